#include "widgets/run/failurepane.h"

#include "models/common/format.h"
#include "models/run/runtexts.h"
#include "widgets/common/delegates.h"
#include "widgets/common/theme.h"

#include <QBoxLayout>
#include <QHeaderView>
#include <QTableView>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::NextStep;
using models::RunState;
using models::UndoModel;

FailurePane::FailurePane(QWidget* parent) : QWidget(parent), m_undo(new UndoModel(this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(12);

    m_happened = new Panel(tr("What happened"));
    auto* content = new QWidget;
    auto* inner = new QVBoxLayout(content);
    inner->setContentsMargins(12, 8, 12, 12);
    m_sentence = new QLabel;
    m_sentence->setTextFormat(Qt::PlainText);
    m_sentence->setWordWrap(true);
    m_sentence->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_words = new CommandView;
    m_words->setLineWrapMode(QPlainTextEdit::WidgetWidth); // the panel is narrow, and the whole command is what one looks for here
    m_words->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    m_words->setAccessibleName(tr("The command and what it said"));
    m_words->setMinimumHeight(3 * QFontMetrics(theme::fixedFont()).lineSpacing() + 12);
    inner->addWidget(m_sentence);
    inner->addWidget(m_words, 1);
    m_happened->body()->addWidget(content);
    layout->addWidget(m_happened, 1);

    m_undoPanel = new Panel(tr("Undo"));
    m_undoPanel->setTitle(tr("Undo"), tr("last change first"));
    m_undoView = new QTableView;
    m_undoView->setObjectName(u"undo"_s);
    m_undoView->setAccessibleName(tr("Changes that are undone"));
    m_undoView->setFrameShape(QFrame::NoFrame);
    m_undoView->setModel(m_undo);
    m_undoView->setItemDelegate(new RowDelegate(m_undoView));
    m_undoView->setShowGrid(false);
    m_undoView->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_undoView->setTabKeyNavigation(false);
    m_undoView->verticalHeader()->hide();
    m_undoView->verticalHeader()->setDefaultSectionSize(theme::rowHeight());
    m_undoView->horizontalHeader()->hide();
    m_undoView->horizontalHeader()->setSectionResizeMode(UndoModel::Step, QHeaderView::Stretch);
    m_undoView->horizontalHeader()->setSectionResizeMode(UndoModel::Text, QHeaderView::Stretch);
    m_undoView->setColumnWidth(UndoModel::Time, 70);
    m_undoPanel->body()->addWidget(m_undoView);
    layout->addWidget(m_undoPanel, 1);

    m_next = new Panel(tr("What to do next"));
    layout->addWidget(m_next); // as high as its sentences; the two above share what is left
    for (QWidget* each : std::initializer_list<QWidget*>{m_words, m_undoView})
        each->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Ignored);
}

void FailurePane::setRun(RunState* run)
{
    if (m_run)
        m_run->disconnect(this);
    m_run = run;
    m_undo->setRun(run);
    m_steps.clear();
    if (run) {
        connect(run, &RunState::progressed, this, &FailurePane::update);
        connect(run, &RunState::phaseChanged, this, &FailurePane::update);
        connect(run, &RunState::loaded, this, &FailurePane::update);
    }
    update();
}

void FailurePane::update()
{
    if (!m_run)
        return;
    const models::RunReport report = models::reportOf(*m_run);
    m_happened->setTitle(tr("What happened"), report.at.isValid() ? report.at.toUTC().toString(u"HH:mm:ss"_s) + u" UTC"_s : QString{});
    m_sentence->setText(report.happened);
    QString words = report.command;
    if (!report.output.isEmpty())
        words += (words.isEmpty() ? u""_s : u"\n"_s) + report.output;
    if (m_words->toPlainText() != words)
        m_words->setPlainText(words);
    m_words->setVisible(!words.isEmpty());
    m_undoPanel->setVisible(m_undo->rowCount() > 0);
    if (report.next != m_steps || !m_list)
        showNext(report.next);
}

void FailurePane::showNext(const QList<NextStep>& steps)
{
    const bool hadFocus = m_list && m_list->isAncestorOf(window()->focusWidget());
    delete m_list;
    m_steps = steps;
    m_buttons.clear();
    m_list = new QWidget;
    auto* layout = new QVBoxLayout(m_list);
    layout->setContentsMargins(12, 6, 12, 6);
    layout->setSpacing(10);
    int number = 0;
    for (const NextStep& step : steps) {
        auto* row = new QHBoxLayout;
        row->setSpacing(10);
        auto* count = new QLabel(QString::number(++number));
        count->setForegroundRole(QPalette::PlaceholderText);
        // Foreign text may be in it (hints, paths): escaped, so that nothing but our own bold is markup.
        auto* text = new QLabel(u"<b>%1</b> %2"_s.arg(step.title.toHtmlEscaped(), step.text.toHtmlEscaped()));
        text->setTextFormat(Qt::RichText);
        text->setWordWrap(true);
        text->setAlignment(Qt::AlignTop | Qt::AlignLeft);
        text->setTextInteractionFlags(Qt::TextSelectableByMouse);
        row->addWidget(count, 0, Qt::AlignTop);
        row->addWidget(text, 1);
        if (!step.button.isEmpty()) {
            auto* button = makeButton(step.button);
            button->setToolTip(step.title);
            button->setEnabled(step.enabled);
            connect(button, &QPushButton::clicked, this, [this, action = step.action] { Q_EMIT chosen(action); });
            row->addWidget(button, 0, Qt::AlignTop);
            m_buttons.append(button);
        }
        layout->addLayout(row);
    }
    layout->addStretch(1);
    m_next->body()->addWidget(m_list);
    if (hadFocus)
        focusNext();
}

void FailurePane::focusNext()
{
    for (QPushButton* button : m_buttons) {
        if (button->isEnabled()) {
            button->setFocus();
            return;
        }
    }
}

} // namespace scalekeep::widgets
