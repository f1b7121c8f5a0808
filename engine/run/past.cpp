#include "engine/run/past.h"

#include "engine/run/facts.h"
#include "engine/run/session.h"

#include <QDir>
#include <QFileInfo>
#include <QLockFile>
#include <QSysInfo>

#include <algorithm>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
QString guardPath(const QString& home, const QString& runId)
{
    return QFileInfo(Session::journalPath(home, runId)).absolutePath() + u"/working"_s;
}
} // namespace

Result<void> knownRun(const QString& home, const QString& runId)
{
    if (runId.isEmpty() || runId.contains(u'/') || runId.startsWith(u'.') || !QFileInfo::exists(Session::journalPath(home, runId)))
        return fail(ErrorCode::NotFound, u"There is no run “%1” in “%2”."_s.arg(runId, QDir::toNativeSeparators(home)),
                    u"Nothing was changed. A run is resumed or undone where it was started, for its journal is there: the lock in its namespace names the host."_s);
    return {};
}

Result<Past> readPast(const QString& home, const QString& runId)
{
    if (const auto known = knownRun(home, runId); !known)
        return fail(known.error());
    Past past{.runId = runId, .journal = Session::journalPath(home, runId), .plan = {}, .setup = {}, .state = u"interrupted"_s, .started = {}, .ended = {}, .error = {}, .events = {}};
    auto events = Journal::read(past.journal);
    if (!events)
        return fail(events.error());
    past.events = std::move(*events);
    for (const Event& event : past.events) {
        if (event.type == u"run-started" && past.setup.isEmpty())
            past.setup = event.data;
        else if (event.type == u"run-resumed")
            past.state = u"interrupted"_s;
        else if (event.type == u"run-finished")
            past.state = event.data[u"state"].toString();
        if ((event.type == u"run-finished" && event.data.contains(u"error"_s)) || event.type == u"step-failed") {
            if (!past.error)
                past.error = errorFromJson(event.type == u"step-failed" ? event.data : event.data[u"error"].toObject());
        }
    }
    if (!past.events.isEmpty()) {
        past.started = past.events.first().time;
        past.ended = past.events.last().time;
    }
    auto plan = plan::fromJson(past.setup[u"plan"].toObject());
    if (past.setup.isEmpty() || !plan)
        return fail(ErrorCode::Damaged, u"The journal of run %1 does not say what was to be done."_s.arg(runId), u"Nothing was changed. The run ended before it could change anything."_s,
                    plan ? QString{} : plan.error().message);
    past.plan = std::move(*plan);
    if (past.plan.digest() != past.setup[u"planSha256"].toString().toLatin1())
        return fail(ErrorCode::Damaged, u"The plan in the journal of run %1 is not the one that was begun."_s.arg(runId), u"Nothing was changed. The journal was altered: put things back by hand, with its list of commands."_s);
    const bool open = past.state == u"interrupted" || past.state == u"needs-attention";
    if (open && RunGuard::isTaken(home, runId)) {
        past.state = u"running"_s;
    } else if (open) {
        const bool changes = std::any_of(past.plan.stages.begin(), past.plan.stages.end(), [](const plan::Stage& stage) {
            return std::any_of(stage.steps.begin(), stage.steps.end(), [](const plan::Step& step) { return step.changes; });
        });
        past.resumable = true;
        past.undoable = changes;
    }
    return past;
}

QHash<QString, QJsonObject> doneSteps(const Past& past)
{
    QHash<QString, QJsonObject> done;
    for (const Event& event : past.events) {
        if (event.type == u"step-done" && !event.data[u"cleanup"].toBool())
            done.insert(event.step, event.data[u"result"].toObject());
        else if (event.type == u"step-again" || event.type == u"undo-started" || event.type == u"undo-done")
            done.remove(event.step);
    }
    return done;
}

struct RunGuard::Private {
    explicit Private(const QString& path) : file(path) { file.setStaleLockTime(0); }

    bool lock()
    {
        if (file.tryLock(0))
            return true;
        // Qt takes any program of this name that has the number of a process that died for that process. The native lock beside it, which ends with its
        // process, tells them apart: without it nothing is removed here. On another host's file it may say nothing.
        qint64 process = 0;
        QString host, program;
        return file.error() == QLockFile::LockFailedError && file.getLockInfo(&process, &host, &program) && host == QSysInfo::machineHostName() &&
               file.removeStaleLockFile() && file.tryLock(0);
    }
    /// After lock() failed.
    [[nodiscard]] bool isTaken() const { return file.error() == QLockFile::LockFailedError; }

    QLockFile file;
};

RunGuard::RunGuard() = default;
RunGuard::~RunGuard() = default;

Result<std::unique_ptr<RunGuard>> RunGuard::take(const QString& home, const QString& runId)
{
    std::unique_ptr<RunGuard> guard(new RunGuard);
    guard->d = std::make_unique<Private>(guardPath(home, runId));
    if (!guard->d->lock()) {
        if (!guard->d->isTaken())
            return fail(ErrorCode::Io, u"The folder of run %1 cannot be written."_s.arg(runId), u"Nothing was changed."_s);
        return fail(ErrorCode::Locked, u"Run %1 is being worked on by another process of this program."_s.arg(runId), u"Nothing was changed. Wait until it ends, or end it."_s);
    }
    return guard;
}

bool RunGuard::isTaken(const QString& home, const QString& runId)
{
    if (!QFileInfo::exists(guardPath(home, runId)))
        return false;
    Private probe(guardPath(home, runId));
    return !probe.lock() && probe.isTaken();
}

} // namespace scalekeep::run
