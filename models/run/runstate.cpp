#include "models/run/runfeed.h"

#include "models/run/runtexts.h"

#include <QFileInfo>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int intervalMs = 250;
}

void RunState::Feed::send(const run::Event& sent)
{
    run::Event event = sent;
    if (!event.time.isValid()) // the journal stamps its own copy
        event.time = QDateTime::currentDateTimeUtc();
    measure();
    QList<LogLine> lines = logLines(event); // here, so that the window's thread only appends
    const std::lock_guard lock(m_mutex);
    m_lines.append(std::move(lines));
    if (m_lines.size() > 2 * RunFold::MaxLogLines) {
        const qsizetype drop = m_lines.size() - RunFold::MaxLogLines;
        m_lines.remove(0, drop);
        m_lost += drop;
    }
    if (event.type == u"log" || event.type == u"evidence")
        return;
    if (event.type == u"progress") {
        m_progress.insert(event.step, event);
        return;
    }
    flushProgress(event.step);
    m_events.push_back(event);
}

void RunState::Feed::measure()
{
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    qint64 before = m_measured;
    if (writes.isEmpty() || now - before < 1'000 || !m_measured.compare_exchange_strong(before, now))
        return;
    const QFileInfo partial(writes + u".partial"_s), whole(writes);
    m_written = partial.exists() ? partial.size() : whole.exists() ? whole.size() : -1;
}

void RunState::Feed::flushProgress(const QString& step)
{
    if (const auto found = m_progress.constFind(step); found != m_progress.constEnd()) {
        m_events.push_back(*found);
        m_progress.erase(found);
    }
}

RunState::Feed::Batch RunState::Feed::fetch()
{
    Batch batch;
    const std::lock_guard lock(m_mutex);
    const QStringList steps = m_progress.keys();
    for (const QString& step : steps)
        flushProgress(step);
    batch.events.swap(m_events);
    batch.lines.swap(m_lines);
    batch.lostLines = std::exchange(m_lost, 0);
    return batch;
}

bool RunState::Feed::awaitLogin(const std::stop_token& stopToken)
{
    std::unique_lock lock(m_mutex);
    const quint64 before = m_renewals;
    ++m_waiting;
    const bool renewed = m_renewed.wait(lock, stopToken, [&] { return m_renewals != before; });
    --m_waiting;
    return renewed;
}

void RunState::Feed::loginRenewed()
{
    const std::lock_guard lock(m_mutex);
    ++m_renewals;
    m_renewed.notify_all();
}

bool RunState::Feed::waitsForLogin() const
{
    const std::lock_guard lock(m_mutex);
    return m_waiting > 0;
}

RunState::RunState(QObject* parent) : QObject(parent)
{
    m_timer.setInterval(intervalMs);
    connect(&m_timer, &QTimer::timeout, this, &RunState::take);
}

RunState::~RunState() = default;

QString RunState::title() const
{
    return runTitle(plan().kind, plan().cluster, plan().namespaceName);
}

QString RunState::stateName() const
{
    if (m_unreadable)
        return u"damaged"_s;
    if (m_elsewhere)
        return u"running"_s;
    if (m_interrupted)
        return u"interrupted"_s;
    if (m_phase == Phase::Loading)
        return {};
    return m_outcome ? models::stateName(m_outcome->state) : u"running"_s;
}

qint64 RunState::written() const
{
    return m_feed ? m_feed->written() : -1;
}

bool RunState::resumable() const
{
    return m_phase == Phase::Ended && !m_elsewhere && !m_unreadable && (m_interrupted || (m_outcome && m_outcome->state == run::Outcome::State::NeedsAttention));
}

bool RunState::mayBeUndone() const
{
    const auto changes = [](const plan::Stage& stage) { return std::any_of(stage.steps.begin(), stage.steps.end(), [](const plan::Step& step) { return step.changes; }); };
    return resumable() && std::any_of(plan().stages.begin(), plan().stages.end(), changes);
}

bool RunState::holding() const
{
    return live() && m_feed->pause.held();
}

void RunState::follow(std::shared_ptr<Feed> feed)
{
    m_feed = std::move(feed);
    m_interrupted = m_cancelled = false;
    m_outcome.reset();
    m_timer.start();
    updatePhase();
}

void RunState::take()
{
    if (!m_feed || m_phase == Phase::Loading) // a resumed run: its history comes first
        return;
    Feed::Batch batch = m_feed->fetch();
    const qint64 dropped = m_fold.droppedLogLines(), last = dropped + m_fold.log().size();
    for (const run::Event& event : batch.events)
        m_fold.apply(event, false);
    m_fold.appendLog(std::move(batch.lines), batch.lostLines);
    m_fold.tick(QDateTime::currentDateTimeUtc());
    if (m_runId.isEmpty())
        m_runId = m_fold.runId();
    if (m_writesTo.isEmpty())
        m_writesTo = m_fold.writesTo();
    if (m_operator.isEmpty())
        m_operator = m_fold.operatorIdentity();
    updatePhase();
    if (const QStringList changed = m_fold.takeChanged(); !changed.isEmpty())
        Q_EMIT stepsChanged(changed);
    if (const qint64 gone = m_fold.droppedLogLines() - dropped; gone > 0)
        Q_EMIT logDropped(int(std::min<qint64>(gone, last - dropped)));
    if (const qint64 added = m_fold.droppedLogLines() + m_fold.log().size() - std::max(last, m_fold.droppedLogLines()); added > 0)
        Q_EMIT logAppended(int(added));
    Q_EMIT progressed();
}

void RunState::setPhase(Phase phase)
{
    if (phase == m_phase)
        return;
    m_phase = phase;
    Q_EMIT phaseChanged();
}

void RunState::updatePhase()
{
    if (m_phase == Phase::Ended || m_phase == Phase::Loading || !m_feed)
        return;
    if (m_feed->waitsForLogin())
        setPhase(Phase::WaitingForLogin);
    else if (m_fold.undoing() || m_undoRun)
        setPhase(Phase::Undoing);
    else if (m_cancelled)
        setPhase(Phase::Cancelling);
    else
        setPhase(m_feed->pause.waiting() ? Phase::Paused : Phase::Running);
}

void RunState::pause(bool hold)
{
    if (!live())
        return;
    m_feed->pause.hold(hold);
    updatePhase();
    Q_EMIT progressed();
}

void RunState::cancel()
{
    if (!live())
        return;
    m_cancelled = true;
    m_feed->stop.request_stop();
    updatePhase();
}

void RunState::load(RunFold fold, const std::optional<Error>& unreadable, bool elsewhere)
{
    m_elsewhere = elsewhere;
    m_fold = std::move(fold);
    m_unreadable = unreadable;
    m_started = m_fold.started();
    m_writesTo = m_fold.writesTo();
    m_operator = m_fold.operatorIdentity();
    m_outcome = m_fold.outcome();
    if (!m_outcome && !unreadable && !m_fold.begun()) { // the lock was refused, or the program died before the first step
        m_outcome = run::Outcome{};
        m_outcome->state = run::Outcome::State::FailedUnchanged;
    }
    if (m_feed) { // resumed: live from here on
        m_outcome.reset();
        m_phase = Phase::Running;
        updatePhase();
        Q_EMIT loaded();
        Q_EMIT phaseChanged();
        return;
    }
    m_interrupted = !m_outcome && !unreadable;
    setPhase(Phase::Ended);
    Q_EMIT loaded();
}

void RunState::end(const std::optional<run::Outcome>& outcome, const QDateTime& at)
{
    m_timer.stop();
    if (m_phase == Phase::Loading)
        m_phase = Phase::Running;
    take();
    m_feed.reset();
    m_outcome = outcome;
    m_fold.close(outcome, at);
    if (const QStringList changed = m_fold.takeChanged(); !changed.isEmpty())
        Q_EMIT stepsChanged(changed);
    setPhase(Phase::Ended);
    Q_EMIT progressed();
    Q_EMIT ended();
}

} // namespace scalekeep::models
