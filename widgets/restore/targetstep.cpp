#include "widgets/restore/targetstep.h"

#include "widgets/common/delegates.h"
#include "widgets/common/theme.h"

#include <QHeaderView>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::Kinship;

TargetStep::TargetStep(models::RestoreSession& session, QWidget* parent) : QWidget(parent), m_session(session)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 12, 16, 12);
    layout->setSpacing(12);

    auto* list = new Panel(tr("Namespaces of connected clusters"), this);
    m_view = new ChoiceList(list);
    m_view->setObjectName(u"restoreTargets"_s);
    m_view->setAccessibleName(tr("Namespaces to restore into"));
    m_view->setRootIsDecorated(false);
    m_view->setUniformRowHeights(true);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setItemDelegate(new RowDelegate(m_view));
    m_view->setModel(session.targets());
    m_view->header()->setObjectName(u"restoreTargetsHeader"_s);
    m_view->header()->resizeSection(0, 280);
    m_view->header()->resizeSection(1, 150);
    EmptyState::over(m_view, u"cluster"_s, tr("No cluster is connected"), tr("Add a cluster or log in again in the tree at the left; its namespaces appear here."));
    connect(m_view, &ChoiceList::chosen, this, &TargetStep::choose);
    connect(m_view, &QTreeView::activated, this, [this](const QModelIndex& row) {
        choose(row);
        Q_EMIT goOn();
    });
    list->body()->addWidget(m_view);
    layout->addWidget(list, 1);

    auto* other = new Panel(tr("A namespace where 3scale is gone"), this);
    auto* row = new QWidget(other);
    auto* line = new QHBoxLayout(row);
    line->setContentsMargins(12, 8, 12, 8);
    line->setSpacing(8);
    m_cluster = new QComboBox(row);
    m_cluster->setAccessibleName(tr("Cluster"));
    m_cluster->setToolTip(tr("Connected clusters that are not read only"));
    m_name = new QLineEdit(row);
    m_name->setObjectName(u"targetName"_s);
    m_name->setAccessibleName(tr("Namespace"));
    m_name->setPlaceholderText(tr("Namespace"));
    m_name->setToolTip(tr("A project that exists but holds no 3scale yet, or no longer"));
    m_use = makeButton(tr("Use this namespace"), {}, ButtonKind::Plain, row);
    m_use->setObjectName(u"useTarget"_s);
    m_use->setToolTip(tr("Restore into the namespace that is typed here"));
    connect(m_use, &QPushButton::clicked, this, &TargetStep::useTyped);
    connect(m_name, &QLineEdit::returnPressed, this, &TargetStep::useTyped);
    connect(m_name, &QLineEdit::textChanged, this, [this] { m_use->setEnabled(!m_name->text().trimmed().isEmpty() && m_cluster->count() > 0); });
    m_chosen = new ElidedLabel({}, Qt::ElideRight, row);
    m_chosen->setTextFormat(Qt::PlainText);
    line->addWidget(m_cluster);
    line->addWidget(m_name, 1);
    line->addWidget(m_use);
    line->addWidget(m_chosen, 1);
    other->body()->addWidget(row);
    layout->addWidget(other);

    m_warning = new Panel({}, this);
    auto* box = new QWidget(m_warning);
    auto* lines = new QHBoxLayout(box);
    lines->setContentsMargins(12, 8, 12, 8);
    lines->setSpacing(8);
    lines->addWidget(new GlyphLabel(u"warning"_s, 16, box), 0, Qt::AlignTop);
    auto* texts = new QVBoxLayout;
    m_warningText = new QLabel(box);
    m_warningText->setTextFormat(Qt::PlainText);
    m_warningText->setWordWrap(true);
    m_map = new QCheckBox(tr("Restore it here on purpose"), box);
    m_map->setObjectName(u"map"_s);
    m_map->setToolTip(tr("The identity of the installation is then no failed check, only a warning"));
    connect(m_map, &QCheckBox::toggled, &m_session, &models::RestoreSession::setMap);
    texts->addWidget(m_warningText);
    texts->addWidget(m_map);
    lines->addLayout(texts, 1);
    static_cast<Panel*>(m_warning)->body()->addWidget(box);
    layout->addWidget(m_warning);
}

void TargetStep::choose(const QModelIndex& row)
{
    m_session.setTarget(m_session.targets()->at(row.row()));
}

void TargetStep::useTyped()
{
    if (m_use->isEnabled())
        m_session.setTarget(models::NamespaceRef{m_cluster->currentText(), m_name->text().trimmed()});
}

void TargetStep::update()
{
    const QStringList clusters = m_session.connectedClusters();
    QStringList shown;
    for (int i = 0; i < m_cluster->count(); ++i)
        shown.append(m_cluster->itemText(i));
    if (shown != clusters) {
        const QString current = m_cluster->currentText();
        m_cluster->clear();
        m_cluster->addItems(clusters);
        m_cluster->setCurrentIndex(std::max(0, m_cluster->findText(current)));
    }
    m_use->setEnabled(!m_name->text().trimmed().isEmpty() && m_cluster->count() > 0);

    const auto& target = m_session.target();
    const int row = target ? m_session.targets()->rowOf(*target) : -1;
    m_view->setChosenRow(m_session.targets()->index(row, 0));
    m_chosen->setText(target && row < 0 ? tr("Chosen: %1").arg(target->title()) : QString{});

    const bool foreign = target && m_session.header() && m_session.kinship() != Kinship::Own;
    m_warning->setVisible(foreign);
    if (foreign) {
        const models::NamespaceRef from{m_session.header()->cluster, m_session.header()->namespaceName};
        const QString differs = m_session.differs();
        QString text;
        if (m_session.kinship() == Kinship::Recreated)
            text = tr("%1 is another project than the one in the bundle: it was made again since. That is right after the old one was lost.").arg(target->title());
        else if (differs.isEmpty())
            text = tr("The bundle was taken of %1 (%2), not of %3. Domains inside the database are not changed.").arg(from.title().left(200), m_session.header()->apiUrl.left(200), target->title());
        else
            text = tr("%1 is not as it was when the bundle was taken. Domains inside the database are not changed.").arg(target->title());
        m_warningText->setText(differs.isEmpty() ? text : text + u' ' + differs);
    }
    const QSignalBlocker blocker(m_map);
    m_map->setChecked(m_session.options().map);
}

} // namespace scalekeep::widgets
