#include "widgets/run/logpane.h"

#include "models/run/runtexts.h"
#include "widgets/common/delegates.h"
#include "widgets/common/theme.h"

#include <QBoxLayout>
#include <QClipboard>
#include <QComboBox>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHeaderView>
#include <QSaveFile>
#include <QScrollBar>
#include <QShortcut>
#include <QTableView>
#include <QtConcurrent>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::LogLine;
using models::RunLogModel;

LogPane::LogPane(QWidget* parent) : Panel(tr("Log"), parent), m_model(new RunLogModel(this))
{
    m_steps = new QComboBox;
    m_steps->setAccessibleName(tr("Step of the log lines"));
    m_steps->setToolTip(tr("Shows the lines of one step only."));
    m_steps->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_steps->setMinimumContentsLength(6);
    m_steps->setMaximumWidth(150);
    m_levels = new QComboBox;
    m_levels->setAccessibleName(tr("Level of the log lines"));
    m_levels->setToolTip(tr("All levels also shows every command; the others leave out what is less important."));
    m_levels->addItem(tr("All levels"), int(LogLine::Level::Debug));
    m_levels->addItem(tr("Info"), int(LogLine::Level::Info));
    m_levels->addItem(tr("Warnings"), int(LogLine::Level::Warning));
    m_levels->addItem(tr("Errors"), int(LogLine::Level::Error));
    m_levels->setCurrentIndex(1);
    m_levels->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_levels->setMinimumContentsLength(6);
    m_levels->setMaximumWidth(120);
    m_search = new SearchField(tr("Search"));
    m_search->setAccessibleName(tr("Search in the log"));
    m_search->setMinimumWidth(60);
    m_follow = makeButton(tr("Follow"), u"chevron-down"_s);
    m_follow->setCheckable(true);
    m_follow->setChecked(true);
    m_follow->setToolTip(tr("Keeps the newest line in view. Scrolling up switches it off."));
    auto* copy = makeToolButton(u"copy"_s, tr("Copy the selected lines, or all that are shown"));
    auto* saveButton = makeToolButton(u"save"_s, tr("Save the shown lines to a file…"));
    const int height = fontMetrics().height() + 8; // small ones: they stand in a title bar
    for (QWidget* each : std::initializer_list<QWidget*>{m_steps, m_levels, m_search, m_follow})
        each->setFixedHeight(height);
    tools()->setSpacing(6);
    tools()->addWidget(m_steps);
    tools()->addWidget(m_levels);
    tools()->addWidget(m_search, 1);
    tools()->addWidget(m_follow);
    tools()->addWidget(copy);
    tools()->addWidget(saveButton);

    m_view = new QTableView;
    m_view->setObjectName(u"log"_s);
    m_view->setAccessibleName(tr("Log lines"));
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setModel(m_model);
    m_view->setShowGrid(false);
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->setTabKeyNavigation(false);
    m_view->setWordWrap(false);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff); // long lines are cut, with a tooltip
    m_view->horizontalHeader()->hide();
    m_view->horizontalHeader()->setStretchLastSection(true);
    m_view->verticalHeader()->hide();
    m_view->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerItem);
    body()->addWidget(m_view);
    setFonts();
    m_empty = EmptyState::over(m_view, u"terminal"_s, tr("No lines yet"), tr("What the run says and which commands it runs goes here."));

    connect(m_steps, &QComboBox::currentIndexChanged, this, &LogPane::filter);
    connect(m_levels, &QComboBox::currentIndexChanged, this, &LogPane::filter);
    m_typing.setSingleShot(true);
    m_typing.setInterval(150);
    connect(&m_typing, &QTimer::timeout, this, &LogPane::filter);
    connect(m_search, &QLineEdit::textChanged, &m_typing, qOverload<>(&QTimer::start));
    connect(copy, &QToolButton::clicked, this, &LogPane::copyShown);
    connect(saveButton, &QToolButton::clicked, this, [this] { save(); });
    m_follow->hide(); // it follows
    connect(m_follow, &QPushButton::toggled, this, [this](bool follow) {
        m_follow->setVisible(!follow);
        rows();
    });
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &LogPane::rows);
    connect(m_model, &QAbstractItemModel::modelReset, this, &LogPane::rows);
    connect(m_view->verticalScrollBar(), &QScrollBar::actionTriggered, this, [this] {
        // The user's own hand: at the end it follows, anywhere else it does not.
        const QScrollBar* bar = m_view->verticalScrollBar();
        m_follow->setChecked(bar->sliderPosition() >= bar->maximum());
    });
    connect(m_view->verticalScrollBar(), &QScrollBar::valueChanged, this, [this](int value) {
        if (!m_scrolling && value < m_view->verticalScrollBar()->maximum())
            m_follow->setChecked(false);
    });
    auto* copyKey = new QShortcut(QKeySequence::Copy, m_view, nullptr, nullptr, Qt::WidgetShortcut);
    connect(copyKey, &QShortcut::activated, this, &LogPane::copyShown);
}

void LogPane::setFonts()
{
    m_view->setFont(theme::fixedFont());
    const QFontMetrics metrics(theme::fixedFont());
    m_view->verticalHeader()->setMinimumSectionSize(metrics.height() + 3);
    m_view->verticalHeader()->setDefaultSectionSize(metrics.height() + 3);
    m_view->setItemDelegate(new RowDelegate(m_view, metrics.height() + 3));
    m_view->setColumnWidth(RunLogModel::Time, metrics.horizontalAdvance(u"00:00:00.000"_s) + 20);
    m_view->setColumnWidth(RunLogModel::Level, metrics.horizontalAdvance(u"warning"_s) + 18);
    m_view->setColumnWidth(RunLogModel::Step, metrics.horizontalAdvance(u"system-storage"_s) + 18);
}

void LogPane::showEvent(QShowEvent* event)
{
    Panel::showEvent(event);
    rows();
}

void LogPane::changeEvent(QEvent* event)
{
    Panel::changeEvent(event);
    if (event->type() == QEvent::FontChange && m_view)
        setFonts();
}

void LogPane::setRun(models::RunState* run)
{
    if (m_run)
        m_run->disconnect(this);
    m_run = run;
    m_model->setRun(run);
    if (run)
        connect(run, &models::RunState::loaded, this, &LogPane::fillSteps);
    m_follow->setChecked(true);
    fillSteps();
    rows();
}

void LogPane::fillSteps()
{
    const QString before = m_steps->currentData().toString();
    const QSignalBlocker blocker(m_steps);
    m_steps->clear();
    m_steps->addItem(tr("All steps"), QString{});
    if (m_run) {
        for (const plan::Stage& stage : m_run->plan().stages) {
            for (const plan::Step& step : stage.steps)
                m_steps->addItem(models::bounded(step.title, 80), step.id);
        }
    }
    m_steps->setCurrentIndex(std::max(m_steps->findData(before), 0));
    m_steps->view()->setMinimumWidth(320);
    filter();
}

void LogPane::filter()
{
    m_typing.stop();
    const RunLogModel::Filter wanted{m_steps->currentData().toString(), LogLine::Level(m_levels->currentData().toInt()), m_search->text()};
    if (wanted.text.isEmpty())
        m_empty->set(tr("No lines yet"), tr("What the run says and which commands it runs goes here."));
    else
        m_empty->set(tr("No line matches “%1”").arg(models::bounded(wanted.text, 60)), tr("Clear the search, or choose other steps and levels."));
    m_model->setFilter(wanted);
}

void LogPane::rows()
{
    if (!m_follow->isChecked())
        return;
    m_scrolling = true;
    m_view->scrollToBottom();
    m_scrolling = false;
}

void LogPane::showStep(const QString& stepId)
{
    m_steps->setCurrentIndex(std::max(m_steps->findData(stepId), 0));
}

void LogPane::showErrors()
{
    m_steps->setCurrentIndex(0);
    m_search->clear();
    m_levels->setCurrentIndex(m_levels->findData(int(LogLine::Level::Error)));
    m_view->setFocus();
}

QString LogPane::shownText(bool selectedOnly) const
{
    QList<int> chosen;
    if (selectedOnly) {
        for (const QModelIndex& index : m_view->selectionModel()->selectedRows())
            chosen.append(index.row());
        std::sort(chosen.begin(), chosen.end());
    }
    QString text;
    const int count = chosen.isEmpty() ? m_model->rowCount() : int(chosen.size());
    for (int at = 0; at < count; ++at)
        text += m_model->line(chosen.isEmpty() ? at : chosen[at]) + u'\n';
    return text;
}

void LogPane::copyShown()
{
    QGuiApplication::clipboard()->setText(shownText(true));
}

void LogPane::save(const QString& path)
{
    if (path.isEmpty()) {
        auto* dialog = new QFileDialog(this, tr("Save the Log"), {}, tr("Text (*.txt *.log)"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setAcceptMode(QFileDialog::AcceptSave);
        dialog->setDefaultSuffix(u"log"_s);
        dialog->selectFile(m_run && !m_run->runId().isEmpty() ? m_run->runId() + u".log"_s : u"run.log"_s);
        connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& chosen) { save(chosen); });
        dialog->open();
        return;
    }
    // The text is made here, a disk may take its time.
    QtConcurrent::run([path, text = shownText(false)] {
        QSaveFile file(path);
        const QByteArray bytes = text.toUtf8();
        return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit() ? QString{} : file.errorString();
    }).then(this, [this, path](const QString& problem) {
        if (!problem.isEmpty())
            showError(this, tr("Saving the log"), {ErrorCode::Io, tr("“%1” could not be written: %2").arg(path, problem), {}, tr("Choose another folder.")});
    });
}

} // namespace scalekeep::widgets
