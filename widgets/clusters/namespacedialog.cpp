#include "widgets/clusters/namespacedialog.h"

#include <QHBoxLayout>
#include <QRegularExpression>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

AddNamespaceDialog::AddNamespaceDialog(models::ClusterHub& hub, const QString& cluster, QWidget* parent) : QDialog(parent), m_hub(hub), m_cluster(cluster)
{
    setObjectName(u"addNamespace"_s);
    setWindowTitle(tr("Add namespace of %1").arg(cluster));
    setWindowModality(Qt::WindowModal);
    setMinimumWidth(460);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    auto* body = new QVBoxLayout;
    body->setContentsMargins(20, 16, 20, 12);
    body->setSpacing(8);
    auto* label = new QLabel(tr("Name of a namespace with 3scale"), this);
    m_name = new QLineEdit(this);
    m_name->setObjectName(u"namespaceName"_s);
    m_name->setAccessibleName(tr("Name of the namespace"));
    m_name->setMaxLength(63);
    label->setBuddy(m_name);
    auto* note = new QLabel(tr("It is looked into at once and remembered for this cluster."), this);
    note->setForegroundRole(QPalette::PlaceholderText);
    note->setWordWrap(true);
    m_banner = new Banner(this);
    m_banner->setObjectName(u"namespaceProblem"_s);
    body->addWidget(label);
    body->addWidget(m_name);
    body->addWidget(note);
    body->addWidget(m_banner);
    body->addStretch(1);
    all->addLayout(body, 1);
    auto* foot = new ActionBar(this);
    m_glyph = new GlyphLabel({}, 16, this);
    m_state = new QLabel(this);
    m_state->setForegroundRole(QPalette::PlaceholderText);
    auto* busy = new QHBoxLayout;
    busy->addWidget(m_glyph);
    busy->addWidget(m_state);
    static_cast<QHBoxLayout*>(foot->layout())->insertLayout(0, busy);
    auto* cancel = makeButton(tr("Cancel"), {}, ButtonKind::Plain, this);
    m_add = makeButton(tr("Add namespace"), {}, ButtonKind::Primary, this);
    m_add->setObjectName(u"add"_s);
    m_add->setDefault(true);
    foot->add(cancel);
    foot->add(m_add);
    all->addWidget(foot);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_add, &QPushButton::clicked, this, &AddNamespaceDialog::tryToAdd);
    connect(m_name, &QLineEdit::textChanged, this, &AddNamespaceDialog::updateState);
    updateState();
}

void AddNamespaceDialog::updateState()
{
    static const QRegularExpression form(u"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"_s);
    const QString name = m_name->text().trimmed();
    QString reason;
    if (!name.isEmpty() && !form.match(name).hasMatch())
        reason = tr("Small letters, digits and dashes only.");
    else if (m_hub.namespaceState({m_cluster, name}))
        reason = tr("It is in the list already.");
    m_add->setEnabled(!m_busy && !name.isEmpty() && reason.isEmpty());
    m_add->setToolTip(reason);
    m_name->setEnabled(!m_busy);
    m_glyph->setGlyph(m_busy ? u"running"_s : QString());
    m_state->setText(m_busy ? tr("Looking into it…") : reason);
}

void AddNamespaceDialog::tryToAdd()
{
    m_busy = true;
    m_banner->hide();
    updateState();
    m_hub.addNamespace({m_cluster, m_name->text().trimmed()}, this, [this](const Result<void>& done) {
        m_busy = false;
        updateState();
        if (done) {
            accept();
            return;
        }
        m_banner->show(Banner::Kind::Error, done.error().message, done.error().hint);
        m_name->setFocus();
        adjustSize();
    });
}

} // namespace scalekeep::widgets
