#include "widgets/record/changedialog.h"

#include "widgets/record/changeform.h"

#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

ChangeDialog::ChangeDialog(const record::Change& change, QWidget* parent) : QDialog(parent), m_form(new ChangeForm(false)), m_problem(new Banner)
{
    setObjectName(u"change-dialog"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowModality(Qt::WindowModal);
    setWindowTitle(tr("Change"));
    resize(620, 560);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(m_problem);
    auto* inner = new QWidget;
    auto* layout = new QVBoxLayout(inner);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setSpacing(12);
    auto* note = new QLabel(tr("The plan carries these fields, and the record of the run shows them as entered before it. All may be left empty. Write no password into them."));
    note->setWordWrap(true);
    layout->addWidget(note);
    m_form->setTexts(change);
    layout->addWidget(m_form);
    layout->addStretch(1);
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(inner);
    all->addWidget(scroll, 1);
    auto* bar = new ActionBar;
    auto* cancel = makeButton(tr("Cancel"));
    auto* keep = makeButton(tr("Use these"), {}, ButtonKind::Primary);
    keep->setObjectName(u"change-use"_s);
    keep->setDefault(true);
    bar->add(cancel);
    bar->add(keep);
    all->addWidget(bar);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(keep, &QPushButton::clicked, this, &ChangeDialog::accept);
}

void ChangeDialog::accept()
{
    const auto change = record::changeFromJson(m_form->filled());
    if (!change) {
        m_problem->show(Banner::Kind::Error, change.error().message, change.error().hint);
        return;
    }
    Q_EMIT chosen(*change);
    QDialog::accept();
}

QString changeButtonText(const record::Change& change)
{
    const QString number = change.value(u"number"_s).left(24);
    if (!number.isEmpty())
        return ChangeDialog::tr("Change %1…").arg(QString(number).replace(u'&', u"&&"_s));
    return change.isEmpty() ? ChangeDialog::tr("Change…") : ChangeDialog::tr("Change (filled in)…");
}

} // namespace scalekeep::widgets
