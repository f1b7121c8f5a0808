#include "models/run/runreport.h"

#include "models/common/format.h"
#include "models/run/runtexts.h"

#include <QCoreApplication>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::RunReport)
};

/// The failed step: as the outcome says, else the first that failed by the clock.
QString failedStep(const RunState& run)
{
    if (run.outcome() && !run.outcome()->failedStep.isEmpty())
        return run.outcome()->failedStep;
    QString id;
    QDateTime first;
    const auto& steps = run.fold().steps();
    for (auto step = steps.cbegin(); step != steps.cend(); ++step) {
        if (step->error && (!first.isValid() || step->finished < first)) {
            first = step->finished;
            id = step.key();
        }
    }
    return id;
}

std::pair<int, int> place(const plan::Plan& plan, const QString& id)
{
    int number = 0, all = 0;
    for (const plan::Stage& stage : plan.stages) {
        for (const plan::Step& step : stage.steps) {
            ++all;
            if (step.id == id)
                number = all;
        }
    }
    return {number, all};
}

/// Resume and Undo will be refused for ever; only the words of the error tell it from other conflicts.
bool neverGoesOn(const RunState& run)
{
    const auto& outcome = run.outcome();
    if (!run.resumable() || !outcome || !outcome->error || outcome->error->code != ErrorCode::Conflict)
        return false;
    const QString& why = outcome->error->message;
    return why.contains(u"was made anew since run"_s) || (!run.mayBeUndone() && why.contains(u"A restore began in namespace"_s));
}

void addNext(RunReport& report, const RunState& run, const Error* error)
{
    const bool restore = run.plan().kind == u"restore";
    if (run.phase() == RunState::Phase::Undoing)
        report.next.append({.title = Texts::tr("Wait for the undo."), .text = Texts::tr("What it has stopped stays stopped until then."), .button = {}});
    // Its hint is how the command line gets out of it.
    const bool lockedByOther = error && error->code == ErrorCode::Locked && error->hint.contains(u"scalekeep-cli"_s);
    if (error && error->code == ErrorCode::LockRemoved) // the hint names an option of the command line
        report.next.append({.title = Texts::tr("Nothing was changed. If it has ended elsewhere, there is nothing to do here."), .text = Texts::tr("Resume and Undo ask whether its lock was removed by hand, and nothing was put back from it (Lock…)."), .button = {}});
    else if (error && error->code == ErrorCode::LockUnknown) // so does this one
        report.next.append({.title = Texts::tr("Nothing else was changed. Wait until the cluster answers."), .text = Texts::tr("Undo then removes the lock if it is there; Resume begins the run after all."), .button = {}});
    else if (error && !error->hint.isEmpty() && !lockedByOther)
        report.next.append({.title = bounded(error->hint, 500), .text = {}, .button = {}});
    if (error && error->code == ErrorCode::Locked && run.phase() == RunState::Phase::Ended)
        report.next.append({.action = NextStep::Action::Lock, .title = Texts::tr("See who holds the namespace."), .text = Texts::tr("Wait until that run ends. What a lost run has left can be put back there."), .button = Texts::tr("Lock…")});
    if (run.resumable()) {
        report.next.append({.action = NextStep::Action::Resume, .title = Texts::tr("Resume the run."), .text = Texts::tr("What is done is skipped; what had begun is looked at first."), .button = Texts::tr("Resume")});
        if (run.mayBeUndone())
            report.next.append({.action = NextStep::Action::Undo, .title = Texts::tr("Or undo it."), .text = Texts::tr("Its changes are taken back, the last one first."), .button = Texts::tr("Undo…")});
    }
    const bool over = run.phase() == RunState::Phase::Ended && (!run.resumable() || neverGoesOn(run)) && !run.elsewhere();
    if (restore && !run.unreadable())
        report.next.append({.action = NextStep::Action::Again, .title = Texts::tr("Restore again."), .text = Texts::tr("The bundle and your choices are kept."), .button = Texts::tr("Restore again…"), .enabled = over});
    else if (run.plan().kind == u"backup" && over)
        report.next.append({.action = NextStep::Action::Again, .title = Texts::tr("Back up again."), .text = Texts::tr("The plan is kept."), .button = Texts::tr("Back up again…")});
    if (restore && !run.unreadable())
        report.next.append({.action = NextStep::Action::Record, .title = Texts::tr("Tell the change board."), .text = Texts::tr("The record says what was done, what failed, and what was taken back."), .button = Texts::tr("Export record…"), .enabled = over});
    report.next.append({.action = NextStep::Action::OpenLog, .title = Texts::tr("Read the log."), .text = Texts::tr("Everything is also in the journal: %1").arg(run.journal().isEmpty() ? u"–"_s : run.journal()), .button = Texts::tr("Show errors")});
}

/// What an undo of these steps does; none: nothing.
QStringList undoLines(const RunState& run, const QStringList& ids)
{
    if (ids.isEmpty())
        return {};
    QStringList lines{Texts::tr("This will be undone, the last change first:")};
    qint64 took = 0;
    for (const QString& id : ids) {
        const plan::Step* step = run.plan().step(id);
        const StepProgress progress = run.progress(id);
        if (progress.started.isValid())
            took += progress.started.msecsTo(progress.finished.isValid() ? progress.finished : QDateTime::currentDateTimeUtc());
        if (lines.size() <= 12)
            lines.append(u"• %1"_s.arg(bounded(step && !step->undo.isEmpty() ? step->undo : id, 200)));
    }
    if (ids.size() > 12)
        lines.append(Texts::tr("… and %n more", nullptr, int(ids.size()) - 12));
    lines.append(Texts::tr("It took %1 to do this; undoing takes about as long.").arg(formatDuration(took)));
    return lines;
}
} // namespace

QString endSentence(const RunState& run)
{
    const Error* error = run.outcome() && run.outcome()->error ? &*run.outcome()->error : nullptr;
    if (error && error->code == ErrorCode::LockUnknown)
        return Texts::tr("Nothing else was changed. When the cluster answers again, resume the run or undo it.");
    if (run.plan().kind == u"backup" && run.resumable() && !run.mayBeUndone())
        return Texts::tr("Nothing was changed in the namespace, and the bundle is not complete.");
    if ((error && error->code == ErrorCode::LockRemoved) || neverGoesOn(run))
        return Texts::tr("Nothing was changed by this attempt.");
    return stateSentence(run.plan().kind, run.stateName());
}

RunReport reportOf(const RunState& run)
{
    RunReport report;
    const QString name = run.title();
    if (run.unreadable()) {
        report.problem = true;
        report.title = Texts::tr("The journal of this run cannot be read.");
        report.text = bounded(run.unreadable()->message, 1'000);
        report.happened = bounded(run.unreadable()->message, 1'000);
        report.output = run.unreadable()->detail;
        addNext(report, run, &*run.unreadable());
        return report;
    }
    if (run.elsewhere()) {
        report.warning = report.problem = true;
        report.title = Texts::tr("%1 is being worked on by another process.").arg(name);
        report.text = Texts::tr("It is shown as far as its journal goes. Refresh to read on.");
        addNext(report, run, nullptr);
        return report;
    }
    const bool undoing = run.phase() == RunState::Phase::Undoing;
    const bool wantsUndo = run.undoRun() && !run.failed();
    if (!run.failed() && !run.interrupted() && !run.resumable() && !(undoing && run.live()))
        return report;
    report.problem = true;
    const QString failed = failedStep(run);
    const StepProgress progress = run.progress(failed);
    const Error* error = run.outcome() && run.outcome()->error ? &*run.outcome()->error : progress.error ? &*progress.error : nullptr;
    const bool cancelled = error && error->code == ErrorCode::Cancelled;
    report.warning = cancelled || run.interrupted() || wantsUndo;
    report.at = progress.finished.isValid() ? progress.finished : run.finished();

    if (run.interrupted())
        report.title = Texts::tr("%1 was interrupted.").arg(name);
    else if (wantsUndo && run.live())
        report.title = Texts::tr("%1 is being undone.").arg(name);
    else if (run.undoRun() && !run.live() && run.outcome() && run.outcome()->state == run::Outcome::State::FailedUndone)
        report.title = Texts::tr("%1 was undone.").arg(name);
    else if (undoing)
        report.title = cancelled ? Texts::tr("%1 was cancelled. Its changes are being undone.").arg(name) : Texts::tr("%1 failed. Its changes are being undone.").arg(name);
    else
        report.title = cancelled ? Texts::tr("%1 was cancelled.").arg(name) : Texts::tr("%1 failed.").arg(name);

    QStringList sentences;
    if (const auto [number, all] = place(run.plan(), failed); number > 0 && !cancelled)
        sentences.append(Texts::tr("Step %1 of %2: %3").arg(number).arg(all).arg(bounded(error ? error->message : progress.message, 300)));
    else if (error && !cancelled)
        sentences.append(bounded(error->message, 300));
    if (undoing) {
        const qsizetype left = run.undoable().size(), all = left + std::count_if(run.fold().steps().cbegin(), run.fold().steps().cend(), [](const StepProgress& step) { return step.state == StepState::Undone; });
        if (left > 0)
            sentences.append(Texts::tr("Undo step %1 of %2.").arg(all - left + 1).arg(all));
        sentences.append(Texts::tr("Keep this computer on and connected."));
    } else if (!run.live()) {
        sentences.append(endSentence(run));
    }
    report.text = sentences.join(u' ');
    report.happened = error ? bounded(error->message, 1'000) : stateSentence(run.plan().kind, run.stateName());
    report.command = progress.command;
    report.output = error ? error->detail : QString{};
    if (progress.commandEnded && progress.exitCode != 0)
        report.output = (report.output + u'\n' + Texts::tr("exit status %1").arg(progress.exitCode)).trimmed();
    addNext(report, run, error);
    return report;
}

QString reportText(const RunState& run)
{
    const RunReport report = reportOf(run);
    QStringList lines{run.title(), report.title, report.text, report.happened};
    if (!report.command.isEmpty())
        lines.append(u"$ "_s + report.command);
    lines.append(report.output);
    if (run.outcome()) {
        for (const Error& error : run.outcome()->undoErrors)
            lines.append(Texts::tr("Not undone: %1").arg(error.message));
    }
    lines.append(Texts::tr("Run: %1").arg(run.runId()));
    lines.append(Texts::tr("Journal: %1").arg(run.journal()));
    lines.removeAll(QString{});
    lines.removeDuplicates();
    return lines.join(u'\n');
}

QString jobText(const RunState& run)
{
    switch (run.phase()) {
    case RunState::Phase::Loading: return Texts::tr("%1: reading the journal").arg(run.title());
    case RunState::Phase::Paused: return Texts::tr("%1: paused").arg(run.title());
    case RunState::Phase::WaitingForLogin: return Texts::tr("%1: waiting for the login").arg(run.title());
    case RunState::Phase::Cancelling: return Texts::tr("%1: being cancelled").arg(run.title());
    case RunState::Phase::Undoing: return Texts::tr("%1: being undone").arg(run.title());
    case RunState::Phase::Ended: return Texts::tr("%1: %2").arg(run.title(), stateTitle(run.stateName()));
    case RunState::Phase::Running: break;
    }
    if (run.millisecondsLeft() >= 0)
        return Texts::tr("%1: %2 %, about %3 left").arg(run.title()).arg(run.percent()).arg(formatDuration(run.millisecondsLeft()));
    return Texts::tr("%1: %2 %").arg(run.title()).arg(run.percent());
}

QString cancelText(const RunState& run)
{
    const QStringList ids = run.undoable();
    QStringList lines = undoLines(run, ids);
    if (run.fold().undoable(true).size() > ids.size())
        lines.append(Texts::tr("What is proven stays; the writers then stay stopped, and you resume or undo."));
    else if (ids.isEmpty())
        lines.append(Texts::tr("Nothing has been changed in the namespace."));
    if (run.plan().kind == u"backup" && !run.writesTo().isEmpty())
        lines.append(Texts::tr("What was read so far stays in %1.partial, and what is whole in it can be salvaged.").arg(run.writesTo()));
    return lines.join(u'\n');
}

QString undoText(const RunState& run)
{
    const QStringList lines = undoLines(run, run.fold().undoable(true));
    return lines.isEmpty() ? Texts::tr("Nothing has been changed in the namespace.") : lines.join(u'\n');
}

} // namespace scalekeep::models
