#include "models/run/runhub.h"

#include "engine/restore/restore.h"
#include "engine/store/contentcheck.h"
#include "models/common/format.h"
#include "models/run/runfeed.h"
#include "models/run/runtexts.h"

#include <QFileInfo>
#include <QPointer>

#include <list>
#include <thread>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype mostSummaries = 2'000;

RunSummary summaryOf(const QString& home, const QString& runId)
{
    RunSummary summary;
    summary.runId = runId;
    summary.state = u"damaged"_s;
    summary.journal = run::Session::journalPath(home, runId);
    const auto past = run::readPast(home, runId);
    if (!past) {
        summary.message = bounded(past.error().message, 1'000);
        return summary;
    }
    summary.kind = bounded(past->plan.kind, 40);
    summary.cluster = bounded(past->plan.cluster, 200);
    summary.namespaceName = bounded(past->plan.namespaceName, 200);
    summary.bundle = past->setup[u"writesTo"].toString(past->plan.bundle);
    if (summary.bundle.isEmpty())
        summary.bundle = past->plan.bundle;
    summary.state = bounded(past->state, 40);
    summary.started = past->started;
    summary.ended = past->ended;
    summary.resumable = past->resumable;
    summary.undoable = past->undoable;
    summary.message = past->error ? bounded(past->error->message, 1'000) : QString{};
    return summary;
}

/// A journal, folded.
struct History {
    RunFold fold;
    std::optional<Error> error;
    bool elsewhere = false;      ///< another process works on it
};

/// Worker thread.
std::shared_ptr<History> readHistory(const QString& home, const QString& runId)
{
    auto history = std::make_shared<History>();
    const auto past = run::readPast(home, runId);
    if (!past) {
        history->error = past.error();
        return history;
    }
    for (const run::Event& event : past->events)
        history->fold.apply(event);
    history->fold.close(history->fold.outcome(), past->ended);
    history->elsewhere = past->state == u"running";
    return history;
}

struct Kept {
    QDateTime modified;
    qint64 size = 0;
    RunSummary summary;
};
using Cache = QHash<QString, Kept>;

/// Reads only the journals that have changed. Worker thread.
Cache readSummaries(const QString& home, const Cache& known, const QStringList& live)
{
    Cache now;
    for (const QString& id : run::Session::runs(home).mid(0, mostSummaries)) {
        const QFileInfo file(run::Session::journalPath(home, id));
        if (live.contains(id) || !file.exists())
            continue;
        const Kept before = known.value(id);
        // Who works on an open run is not seen in its file.
        const bool open = before.summary.resumable || before.summary.state == u"running";
        if (!open && before.modified == file.lastModified() && before.size == file.size())
            now.insert(id, before);
        else
            now.insert(id, {file.lastModified(), file.size(), summaryOf(home, id)});
    }
    return now;
}
} // namespace

class RunHub::Private {
public:
    /// One run on its thread. Lives until the thread has ended.
    struct Active {
        RunRequest request;
        std::shared_ptr<RunState::Feed> feed;
        RunState* state = nullptr;
        run::Outcome outcome;
        QString runId, journal;
        bool goesOn = false;      ///< resumed or undone: what it left the last time is there still
        QDateTime ended;          ///< before now: it was refused to go on, for it had ended
        std::jthread thread;      ///< last: it uses the others
    };

    explicit Private(RunHub& hub) : q(hub) {}
    ~Private()
    {
        for (auto& each : live)
            each->feed->stop.request_stop();
        for (auto& each : live)
            each->thread.join();
    }

    void launch(std::unique_ptr<Active> run, std::function<Result<run::Session::Ended>(Active&)> work)
    {
        Active* raw = run.get();
        live.push_back(std::move(run));
        raw->thread = std::jthread([this, raw, work = std::move(work)] {
            const auto ended = work(*raw);
            if (ended) {
                raw->outcome = ended->outcome;
                raw->runId = ended->runId;
                raw->journal = ended->journal;
                verify(*raw);
            } else {
                raw->outcome = {.state = raw->goesOn || ended.error().code == ErrorCode::LockUnknown ? run::Outcome::State::NeedsAttention : run::Outcome::State::FailedUnchanged, .error = ended.error(), .failedStep = {}, .undoErrors = {}, .journalHead = {}};
                lookAtItsEnd(*raw);
            }
            QMetaObject::invokeMethod(&q, [this, raw] { finished(raw); }, Qt::QueuedConnection);
        });
    }

    /// A run that is refused to go on may have ended: in another program, or by that refusal. Then it is what its journal says. On the run's thread.
    void lookAtItsEnd(Active& run)
    {
        if (!run.goesOn)
            return;
        const auto past = readHistory(q.m_workplace.home, run.runId);
        const auto& outcome = past->fold.outcome();
        if (past->elsewhere || !outcome || outcome->state == run::Outcome::State::NeedsAttention)
            return;
        run.feed->send({.time = QDateTime::currentDateTimeUtc(), .type = u"log"_s, .step = {}, .data = {{u"text"_s, run.outcome.error->message}}});
        run.outcome = *outcome;
        run.ended = past->fold.finished();
    }

    /// Goes on with an earlier run: its journal is folded first, then what happens now.
    RunState* goOn(const QString& runId, const oc::Connection& connection, bool undo, bool lockWasRemoved)
    {
        RunState* state = q.open(runId);
        if (state->m_feed)
            return state; // is being worked on already
        if (state == opened) { // stays for this session
            opened = nullptr;
            states.append(state);
            watch(state);
        }
        auto made = std::make_unique<Active>();
        made->request.connection = connection;
        made->request.handlers = restore::handlers(); // they know every plan
        made->feed = std::make_shared<RunState::Feed>();
        made->state = state;
        made->runId = runId;
        made->journal = state->m_journal;
        made->goesOn = true;
        state->m_undoRun = undo;
        state->m_phase = RunState::Phase::Loading;
        state->follow(made->feed);
        launch(std::move(made), [this, runId, undo, lockWasRemoved, guarded = QPointer<RunState>(state)](Active& self) -> Result<run::Session::Ended> {
            const auto history = readHistory(q.m_workplace.home, runId);
            const QString cluster = history->fold.plan().cluster;
            QMetaObject::invokeMethod(&q, [guarded, history] {
                if (guarded)
                    guarded->load(std::move(history->fold), history->error, false);
            }, Qt::QueuedConnection);
            const oc::Client client(self.request.connection, q.m_workplace.redactor, {}, self.feed->stop.get_token());
            const auto identity = client.whoami();
            if (!identity)
                return fail(identity.error());
            run::Session session(q.m_workplace.home, self.request.handlers, [feed = self.feed](const run::Event& event) { feed->send(event); });
            run::ResumeSetup setup{.client = client, .redactor = q.m_workplace.redactor, .operatorIdentity = *identity, .catalogueFolder = q.m_workplace.catalogueFolder(),
                                   .pause = &self.feed->pause, .onLoginLost = loginGate(self.feed, cluster), .lockWasRemoved = lockWasRemoved};
            const std::stop_token stop = self.feed->stop.get_token();
            return undo ? session.undo(runId, std::move(setup), stop) : session.resume(runId, std::move(setup), stop);
        });
        Q_EMIT q.started(state);
        return state;
    }

    void watch(RunState* state)
    {
        QObject::connect(state, &RunState::progressed, &q, [this, state] { Q_EMIT q.changed(state); });
        QObject::connect(state, &RunState::phaseChanged, &q, [this, state] { Q_EMIT q.changed(state); });
    }

    void finished(Active* raw)
    {
        const auto found = std::find_if(live.begin(), live.end(), [raw](const auto& each) { return each.get() == raw; });
        const std::unique_ptr<Active> run = std::move(*found);
        live.erase(found);
        run->thread.join();
        if (run->state->m_runId.isEmpty())
            run->state->m_runId = run->runId;
        if (!run->journal.isEmpty())
            run->state->m_journal = run->journal;
        run->state->end(run->outcome, run->ended.isValid() ? run->ended : QDateTime::currentDateTimeUtc());
        Q_EMIT q.ended(run->state);
        q.refresh();
    }

    /// Reads the finished bundle once more, as a step of its own behind the plan's. On the run's thread.
    void verify(Active& run)
    {
        if (!run.request.verifyAfterwards || run.outcome.state != run::Outcome::State::Done || run.request.writesTo.isEmpty())
            return;
        const auto send = [&](const QString& type, const QJsonObject& data) { run.feed->send({.time = QDateTime::currentDateTimeUtc(), .type = type, .step = verifyBundleStep, .data = data}); };
        send(u"step-started"_s, {{u"title"_s, RunHub::tr("Verify the bundle")}});
        const auto problem = [&]() -> std::optional<Error> {
            const auto reader = bundle::Reader::open(run.request.writesTo);
            if (!reader)
                return reader.error();
            const auto report = (*reader)->verify([&](qint64 done, qint64 total) { send(u"progress"_s, {{u"done"_s, done}, {u"total"_s, total}, {u"unit"_s, u"bytes"_s}}); },
                                                  run.feed->stop.get_token(), store::contentChecks(**reader));
            if (!report)
                return report.error();
            if (!report->whole) {
                return Error{ErrorCode::VerificationFailed, RunHub::tr("The bundle is damaged: %1").arg(report->problems.value(0)), report->problems.join(u'\n'),
                             RunHub::tr("Do not rely on it. Check the disk and back up again; what is whole in it can be salvaged.")};
            }
            send(u"step-done"_s, {{u"result"_s, QJsonObject{{u"proven"_s, true}, {u"bytes"_s, report->bytes}}}});
            return {};
        }();
        if (!problem)
            return;
        send(u"step-failed"_s, {{u"code"_s, errorCodeName(problem->code)}, {u"message"_s, problem->message}, {u"detail"_s, problem->detail}, {u"hint"_s, problem->hint}});
        // The cluster is as it should be; it is the file that cannot be trusted.
        if (problem->code == ErrorCode::Cancelled)
            return; // the bundle was complete before
        run.outcome.state = run::Outcome::State::FailedUnchanged;
        run.outcome.error = problem;
        run.outcome.failedStep = verifyBundleStep;
    }

    /// Waits on the run's thread until somebody logs in again.
    std::function<bool(const Error&, std::stop_token)> loginGate(const std::shared_ptr<RunState::Feed>& feed, const QString& cluster)
    {
        return [this, feed, cluster](const Error&, std::stop_token stop) {
            QMetaObject::invokeMethod(&q, [this, cluster] { Q_EMIT q.loginLost(cluster); }, Qt::QueuedConnection);
            return feed->awaitLogin(stop);
        };
    }

    RunHub& q;
    std::list<std::unique_ptr<Active>> live;
    QList<RunState*> states;       ///< of this session
    RunState* opened = nullptr;    ///< of an earlier one
    Cache cache;
    bool reading = false, again = false;
};

RunHub::RunHub(const Workplace& workplace, QObject* parent) : QObject(parent), m_workplace(workplace), d(std::make_unique<Private>(*this)) {}

RunHub::~RunHub()
{
    stopImport();
    d.reset(); // before the states that its runs write to
}

RunState* RunHub::start(RunRequest request)
{
    auto* state = new RunState(this);
    state->m_fold.setPlan(request.plan);
    if (request.verifyAfterwards && !request.writesTo.isEmpty()) {
        qint64 weight = 1;
        for (const plan::Stage& stage : request.plan.stages) {
            for (const plan::Step& step : stage.steps)
                weight += step.weight;
        }
        plan::Step step;
        step.id = verifyBundleStep;
        step.title = tr("Verify the bundle");
        step.action = verifyBundleStep;
        step.weight = std::max<qint64>(weight / 4, 1); // reading a local file is faster than what made it
        state->m_fold.appendStage({.id = verifyBundleStep, .title = tr("Verify"), .parallel = 1, .steps = {step}});
    }
    state->m_started = QDateTime::currentDateTimeUtc();
    state->m_writesTo = request.writesTo;
    state->m_operator = request.operatorIdentity;

    auto run = std::make_unique<Private::Active>();
    run->request = std::move(request);
    run->feed = std::make_shared<RunState::Feed>();
    run->feed->writes = run->request.writesTo;
    run->state = state;
    d->states.append(state);
    d->watch(state);
    state->m_phase = RunState::Phase::Running;
    state->follow(run->feed);
    d->launch(std::move(run), [this, p = d.get()](Private::Active& self) {
        RunRequest& wanted = self.request;
        const oc::Client client(wanted.connection, m_workplace.redactor);
        run::Session session(m_workplace.home, wanted.handlers, [feed = self.feed](const run::Event& event) { feed->send(event); });
        return session.run({.plan = wanted.plan, .catalog = wanted.catalog, .inventory = wanted.inventory, .client = client, .redactor = m_workplace.redactor,
                            .operatorIdentity = wanted.operatorIdentity, .header = wanted.header, .writesTo = wanted.writesTo, .reader = std::move(wanted.reader),
                            .pause = &self.feed->pause, .onLoginLost = p->loginGate(self.feed, wanted.plan.cluster),
                            .checks = wanted.checks, .changes = wanted.changes},
                           self.feed->stop.get_token());
    });
    Q_EMIT started(state);
    return state;
}

QList<RunState*> RunHub::running() const
{
    QList<RunState*> list;
    for (const auto& each : d->live)
        list.append(each->state);
    return list;
}

RunState* RunHub::state(const QString& runId) const
{
    for (RunState* each : d->states) {
        if (!runId.isEmpty() && each->runId() == runId)
            return each;
    }
    return nullptr;
}

RunState* RunHub::open(const QString& runId)
{
    if (RunState* known = state(runId))
        return known;
    if (d->opened && d->opened->runId() == runId)
        return d->opened;
    if (d->opened)
        d->opened->deleteLater();
    auto* opened = new RunState(this);
    d->opened = opened;
    opened->m_runId = runId;
    opened->m_journal = run::Session::journalPath(m_workplace.home, runId);
    m_workplace.inBackground(
        opened, [home = m_workplace.home, runId] { return readHistory(home, runId); },
        [opened](const std::shared_ptr<History>& history) {
            if (opened->m_phase == RunState::Phase::Loading && !opened->m_feed) // not resumed meanwhile
                opened->load(std::move(history->fold), history->error, history->elsewhere);
        });
    return opened;
}

RunState* RunHub::resume(const QString& runId, const oc::Connection& connection, bool lockWasRemoved)
{
    return d->goOn(runId, connection, false, lockWasRemoved);
}

RunState* RunHub::undo(const QString& runId, const oc::Connection& connection, bool lockWasRemoved)
{
    return d->goOn(runId, connection, true, lockWasRemoved);
}

void RunHub::importRun(const QString& folder, QObject* context, std::function<void(const Result<QString>&)> answer)
{
    m_import = {};
    m_workplace.inBackground(
        context, [home = m_workplace.home, folder, stop = m_import.get_token()] { return run::importRun(home, folder, stop); },
        [self = QPointer(this), answer = std::move(answer)](const Result<QString>& imported) {
            answer(imported);
            if (self)
                self->refresh();
        });
}

void RunHub::stopImport()
{
    m_import.request_stop();
}

void RunHub::refresh()
{
    if (std::exchange(d->reading, true)) {
        d->again = true;
        return;
    }
    QStringList live;
    for (const auto& each : d->live)
        live.append(each->state->runId());
    m_workplace.inBackground(
        this, [home = m_workplace.home, cache = d->cache, live] { return std::make_shared<Cache>(readSummaries(home, cache, live)); },
        [this](const std::shared_ptr<Cache>& cache) {
            d->cache = *cache;
            d->reading = false;
            QList<RunSummary> list;
            for (const Kept& kept : std::as_const(d->cache))
                list.append(kept.summary);
            std::sort(list.begin(), list.end(), [](const RunSummary& a, const RunSummary& b) { return a.runId > b.runId; });
            if (list != m_summaries) {
                m_summaries = list;
                Q_EMIT summariesChanged();
            }
            if (std::exchange(d->again, false))
                refresh();
        });
}

void RunHub::loginRenewed(const QString& cluster)
{
    for (const auto& each : d->live) {
        if (each->state->plan().cluster == cluster)
            each->feed->loginRenewed();
    }
}

} // namespace scalekeep::models
