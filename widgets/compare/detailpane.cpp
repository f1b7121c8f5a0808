#include "widgets/compare/detailpane.h"

#include "models/common/format.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"
#include "widgets/compare/sidebyside.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::CompareDetail;

PanelFoot::PanelFoot(QWidget* parent) : ElidedLabel({}, Qt::ElideRight, parent)
{
    setFont(theme::smallFont());
    setForegroundRole(QPalette::PlaceholderText);
    setFixedHeight(theme::controlHeight());
    setIndent(0);
    setContentsMargins(10, 1, 10, 0);
}

void PanelFoot::paintEvent(QPaintEvent* event)
{
    ElidedLabel::paintEvent(event);
    QPainter(this).fillRect(QRect(0, 0, width(), 1), theme::color(Token::Line));
}

DetailPane::DetailPane(CompareDetail& detail, bool pinned, QWidget* parent) : Panel(tr("Details"), parent), m_detail(detail), m_pinned(pinned)
{
    setObjectName(pinned ? u"pinnedDetail"_s : u"detail"_s);
    m_columns = makeButton({}, {}, ButtonKind::Flat, this);
    m_columns->setCheckable(true);
    m_columns->setObjectName(u"allColumns"_s);
    m_columns->setToolTip(tr("Shows all columns, not only the key and what differs"));
    m_pin = makeButton(pinned ? tr("Pinned") : tr("Pin"), u"pin"_s, ButtonKind::Flat, this);
    m_pin->setObjectName(pinned ? u"unpin"_s : u"pin"_s);
    m_pin->setToolTip(pinned ? tr("Lets this pane go") : tr("Keeps this open in a pane of its own while others are looked at"));
    m_copy = makeToolButton(u"copy"_s, tr("Copy as text"), this);
    for (QPushButton* each : {m_columns, m_pin}) {
        each->setProperty("small", true);
        tools()->addWidget(each);
    }
    tools()->addWidget(m_copy);

    m_stack = new QStackedWidget(this);
    m_sides = new SideBySide(*detail.sides(), m_stack);
    auto* messages = new QWidget(m_stack);
    auto* column = new QVBoxLayout(messages);
    column->setContentsMargins(16, 8, 16, 16);
    column->setSpacing(8);
    m_message = new EmptyState({}, {}, {}, messages);
    m_open = m_message->addAction(tr("Show"));
    m_open->setObjectName(u"openDetail"_s);
    m_cancel = m_message->addAction(tr("Cancel"));
    m_cancel->setObjectName(u"cancelDetail"_s);
    m_progress = new ThinProgress(messages);
    m_progress->setAccessibleName(tr("Progress"));
    column->addWidget(m_message, 1);
    column->addWidget(m_progress);
    m_stack->addWidget(messages);
    m_stack->addWidget(m_sides);
    m_notes = new QLabel(this);
    m_notes->setObjectName(u"notes"_s);
    m_notes->setTextFormat(Qt::PlainText);
    m_notes->setWordWrap(true);
    m_notes->setFont(theme::smallFont());
    m_notes->setContentsMargins(10, 6, 10, 6);
    m_foot = new PanelFoot(this);
    m_foot->setObjectName(u"foot"_s);
    body()->addWidget(m_stack, 1);
    body()->addWidget(m_notes);
    body()->addWidget(m_foot);

    connect(&detail, &CompareDetail::changed, this, &DetailPane::update);
    connect(&detail, &CompareDetail::progressed, this, [this] { m_progress->setPercent(m_detail.percent()); });
    connect(m_columns, &QPushButton::toggled, m_sides, &SideBySide::setAllColumns);
    connect(m_pin, &QPushButton::clicked, this, &DetailPane::pinClicked);
    connect(m_copy, &QToolButton::clicked, this, &DetailPane::copyAsText);
    connect(m_open, &QPushButton::clicked, &detail, &CompareDetail::open);
    connect(m_cancel, &QPushButton::clicked, &detail, &CompareDetail::cancel);
    connect(m_sides, &SideBySide::rowsShown, this, [this](int first, int last) {
        m_first = first;
        m_last = last;
        updateFoot();
    });
    update();
}

void DetailPane::setNothing(const QString& title, const QString& text)
{
    m_nothingTitle = title;
    m_nothingText = text;
    if (m_detail.state() == CompareDetail::State::Nothing)
        m_message->set(title, text);
}

void DetailPane::copyAsText()
{
    m_sides->copyRows();
}

void DetailPane::updateFoot()
{
    QString text = m_detail.foot();
    const int rows = m_detail.sides()->rowCount();
    if (!text.isEmpty() && rows > 0 && (m_first > 0 || m_last + 1 < rows))
        text += u' ' + tr("Rows %1 to %2 are in view.").arg(models::formatCount(m_first + 1), models::formatCount(m_last + 1));
    m_foot->setText(text);
}

void DetailPane::update()
{
    using State = CompareDetail::State;
    const State state = m_detail.state();
    const models::SidesModel& sides = *m_detail.sides();
    const bool rows = state == State::Done && sides.rowCount() > 0;
    setTitle(m_detail.title().isEmpty() ? tr("Details") : m_detail.title(), m_detail.subtitle());
    const int columns = sides.sideColumns();
    m_columns->setVisible(rows && sides.telling().size() < columns);
    m_columns->setText(tr("All %1 columns").arg(columns));
    m_pin->setVisible(m_pinned || (state != State::Nothing && state != State::Plain));
    m_copy->setVisible(rows);
    m_open->setVisible(state == State::Waiting || state == State::Failed);
    m_open->setText(state == State::Failed ? tr("Try again") : tr("Show"));
    m_cancel->setVisible(state == State::Working);
    m_progress->setVisible(state == State::Working);
    m_progress->setPercent(m_detail.percent());
    const QStringList notes = m_detail.notes();
    const bool inMessage = state == State::Plain || (state == State::Done && !rows);
    m_notes->setText(notes.join(u'\n'));
    m_notes->setVisible(!notes.isEmpty() && rows);
    switch (state) {
    case State::Nothing: m_message->set(m_nothingTitle, m_nothingText); break;
    case State::Waiting: m_message->set(tr("Not read yet"), m_detail.cost()); break;
    case State::Working: m_message->set(tr("Reading both sides…"), {}); break;
    case State::Failed: m_message->set(m_detail.error()->message, m_detail.error()->hint); break;
    case State::Plain:
    case State::Done: break;
    }
    if (inMessage)
        m_message->set(notes.isEmpty() ? tr("There is no more to show of it") : notes.first(), notes.mid(1).join(u'\n'));
    m_stack->setCurrentIndex(rows ? 1 : 0);
    m_foot->setVisible(rows);
    updateFoot();
}

} // namespace scalekeep::widgets
