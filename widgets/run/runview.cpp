#include "widgets/run/runview.h"

#include "models/run/timeline.h"
#include "widgets/common/delegates.h"
#include "widgets/common/theme.h"
#include "widgets/run/failurepane.h"
#include "widgets/run/logpane.h"
#include "widgets/run/runhead.h"
#include "widgets/run/stepdetail.h"
#include "widgets/run/timelineview.h"

#include <QBoxLayout>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QSplitter>
#include <QTreeView>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::RunState;
using models::RunStepsModel;

namespace {
constexpr int narrow = 900;

QSplitter* splitter(Qt::Orientation orientation, const QString& name)
{
    auto* made = new QSplitter(orientation);
    made->setObjectName(name);
    made->setChildrenCollapsible(false);
    made->setHandleWidth(12);
    return made;
}
} // namespace

RunView::RunView(QWidget* parent) : QWidget(parent), m_model(new RunStepsModel(this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_banner = new Banner;
    auto* copy = makeButton(tr("Copy as text"), u"copy"_s);
    copy->setToolTip(tr("Copies the failure, the command and its words."));
    m_banner->add(copy);
    connect(copy, &QPushButton::clicked, this, [this] {
        if (m_run)
            QGuiApplication::clipboard()->setText(models::reportText(*m_run));
    });
    m_head = new RunHead;
    layout->addWidget(m_banner);
    layout->addWidget(m_head);

    m_stepsPanel = new Panel({});
    m_steps = new QTreeView;
    m_steps->setObjectName(u"runSteps"_s);
    m_steps->setAccessibleName(tr("Steps of the run"));
    m_steps->setFrameShape(QFrame::NoFrame);
    m_steps->setModel(m_model);
    m_steps->setItemDelegate(new RowDelegate(m_steps));
    m_steps->setUniformRowHeights(true);
    m_steps->setIndentation(16);
    m_steps->setAllColumnsShowFocus(true);
    m_steps->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_steps->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_steps->header()->setStretchLastSection(false);
    m_steps->header()->setSectionResizeMode(RunStepsModel::Step, QHeaderView::Stretch);
    m_steps->header()->setMinimumSectionSize(48);
    const QFontMetrics metrics(font());
    m_steps->installEventFilter(this);
    m_steps->setColumnWidth(RunStepsModel::Data, metrics.horizontalAdvance(u"597 MiB of 1.1 GiB"_s) + 20);
    m_steps->setColumnWidth(RunStepsModel::Rate, metrics.horizontalAdvance(u"61.1 MiB/s"_s) + 20);
    m_steps->setColumnWidth(RunStepsModel::Time, metrics.horizontalAdvance(u"0:00:00 left"_s) + 16);
    m_stepsPanel->body()->addWidget(m_steps);
    m_detail = new StepDetail;
    m_timelinePanel = new Panel(tr("Timeline"));
    m_timeline = new TimelineView;
    m_timelinePanel->tools()->addWidget(TimelineView::legend(m_timelinePanel));
    m_timelinePanel->body()->addWidget(m_timeline);
    m_log = new LogPane;
    m_failure = new FailurePane;

    m_rows = splitter(Qt::Vertical, u"runRows"_s);
    m_rows->setContentsMargins(16, 12, 16, 12);
    m_top = splitter(Qt::Horizontal, u"runTop"_s);
    m_bottom = splitter(Qt::Horizontal, u"runBottom"_s);
    m_columns = splitter(Qt::Horizontal, u"runFailure"_s);
    m_left = splitter(Qt::Vertical, u"runFailureLeft"_s);
    m_rows->addWidget(m_top);
    m_rows->addWidget(m_bottom);
    m_rows->addWidget(m_columns);
    m_rows->setStretchFactor(0, 1);
    m_rows->setStretchFactor(1, 1);
    m_columns->addWidget(m_left);
    m_columns->addWidget(m_failure);
    m_top->addWidget(m_stepsPanel);
    m_top->addWidget(m_detail);
    m_bottom->addWidget(m_timelinePanel);
    m_bottom->addWidget(m_log);
    layout->addWidget(m_rows, 1);
    m_banner->hide();
    m_failed = true; // so that the next line arranges everything
    showFailure(false);

    connect(m_head, &RunHead::showBundle, this, &RunView::showBundle);
    connect(m_head, &RunHead::exportWanted, this, &RunView::exportWanted);
    connect(m_failure, &FailurePane::chosen, this, [this](models::NextStep::Action action) {
        if (action == models::NextStep::Action::OpenLog)
            m_log->showErrors();
        else
            Q_EMIT chosen(action);
    });
    connect(m_steps->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& current) {
        m_chosenByUser = m_chosenByUser || (!m_selecting && current.isValid());
        m_detail->show(m_run, current.siblingAtColumn(0).data(RunStepsModel::StepId).toString());
    });
    connect(m_model, &QAbstractItemModel::modelReset, this, [this] {
        m_opened.clear();
        openBusyStages();
    });
}

void RunView::setChip(const QString& text, const QColor& colour)
{
    m_head->setChip(text, colour);
}

void RunView::setRun(RunState* run)
{
    if (m_run == run && run)
        return;
    if (m_run)
        m_run->disconnect(this);
    m_run = run;
    m_chosenByUser = m_sawLive = false;
    m_opened.clear();
    m_model->setRun(run);
    m_head->setRun(run);
    m_log->setRun(run);
    m_failure->setRun(run);
    m_detail->show(run, {});
    if (run) {
        connect(run, &RunState::progressed, this, &RunView::update);
        connect(run, &RunState::phaseChanged, this, &RunView::update);
        connect(run, &RunState::loaded, this, &RunView::update);
    }
    showFailure(false);
    update();
}

void RunView::openBusyStages()
{
    for (const QModelIndex& stage : m_model->busyStages()) {
        const QString id = m_run->plan().stages[stage.row()].id;
        if (m_opened.contains(id))
            continue;
        m_opened.insert(id);
        m_steps->expand(stage);
    }
}

void RunView::update()
{
    if (!m_run)
        return;
    m_sawLive = m_sawLive || m_run->live();
    openBusyStages();
    const models::RunReport report = models::reportOf(*m_run);
    if (report.problem)
        m_banner->show(report.warning ? Banner::Kind::Warning : Banner::Kind::Error, report.title, report.text);
    showFailure(report.problem);
    if (!m_failed)
        m_timeline->show(models::timelineOf(m_run->fold(), m_run->started(), QDateTime::currentDateTimeUtc(), m_run->live()));
    if (m_chosenByUser)
        return;
    // Until the user chooses a step: the one that failed, else the first that runs.
    m_selecting = true;
    QModelIndex wanted = m_model->nextFailed({}, true);
    for (int stage = 0; !wanted.isValid() && stage < m_model->rowCount(); ++stage) {
        const QModelIndex parent = m_model->index(stage, 0);
        for (int row = 0; row < m_model->rowCount(parent) && !wanted.isValid(); ++row) {
            const QModelIndex each = m_model->index(row, 0, parent);
            if (models::StepState(each.data(RunStepsModel::State).toInt()) == models::StepState::Running)
                wanted = each;
        }
    }
    const QModelIndex current = m_steps->currentIndex();
    const bool currentRuns = current.isValid() && models::StepState(current.data(RunStepsModel::State).toInt()) == models::StepState::Running && current.parent().isValid();
    if (wanted.isValid() && wanted != current && !(currentRuns && !m_run->failed()))
        m_steps->setCurrentIndex(wanted);
    m_selecting = false;
}

void RunView::showFailure(bool failure)
{
    m_banner->setVisible(failure);
    if (failure == m_failed)
        return;
    m_failed = failure;
    if (failure) {
        m_left->addWidget(m_stepsPanel);
        m_left->addWidget(m_log);
    } else {
        m_top->insertWidget(0, m_stepsPanel);
        m_bottom->addWidget(m_log);
    }
    m_columns->setVisible(failure);
    m_top->setVisible(!failure);
    m_bottom->setVisible(!failure);
    m_steps->setColumnHidden(RunStepsModel::Data, failure);
    m_steps->setColumnHidden(RunStepsModel::Rate, failure);
    arrange();
    if (failure && isVisible() && m_sawLive) // not while the user walks through earlier runs
        m_failure->focusNext();
}

void RunView::arrange()
{
    const bool slim = width() < narrow;
    m_top->setOrientation(slim && !m_failed ? Qt::Vertical : Qt::Horizontal);
    m_columns->setOrientation(slim && m_failed && width() < 700 ? Qt::Vertical : Qt::Horizontal);
    // Larger than any window, so that they are taken as shares.
    m_top->setSizes(slim ? QList<int>{30'000, 20'000} : width() < 1'100 ? QList<int>{70'000, 30'000} : QList<int>{64'000, 36'000});
    m_bottom->setSizes({46'000, 54'000});
    m_columns->setSizes({50'000, 50'000});
    m_left->setSizes({52'000, 48'000});
}

void RunView::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const bool slim = width() < narrow;
    if (!event->oldSize().isValid() || slim != (event->oldSize().width() < narrow))
        arrange();
    // When the page must shrink, the log goes first, then the timeline.
    m_timelinePanel->setVisible(height() > 430);
}

bool RunView::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_steps && event->type() == QEvent::Resize) // names first, bars may be short
        m_steps->setColumnWidth(RunStepsModel::Progress, std::clamp(m_steps->width() * 27 / 100, 110, 200));
    return QWidget::eventFilter(watched, event);
}

void RunView::nextFailed(bool forward)
{
    const QModelIndex next = m_model->nextFailed(m_steps->currentIndex(), forward);
    if (!next.isValid())
        return;
    m_steps->setCurrentIndex(next);
    m_steps->scrollTo(next);
    m_steps->setFocus();
}

void RunView::setLogVisible(bool visible)
{
    m_log->setVisible(visible);
}

} // namespace scalekeep::widgets
