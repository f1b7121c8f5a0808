#include "app/cli/runprinter.h"

#include <algorithm>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

void RunPrinter::show(const run::Event& event)
{
    if (m_console.json()) {
        m_console.object(QJsonObject{{u"type"_s, u"event"_s}, {u"event"_s, run::toJson(event)}});
        return;
    }
    const plan::Step* step = m_plan.step(event.step);
    const QString title = step ? step->title : event.step;
    if (event.type == u"run-started")
        m_console.line(u"Run %1"_s.arg(event.data[u"runId"].toString()));
    else if (event.type == u"run-resumed")
        m_console.line(event.data[u"mode"].toString() == u"undo" ? u"Undo of run %1"_s.arg(event.data[u"runId"].toString()) : u"Run %1 goes on"_s.arg(event.data[u"runId"].toString()));
    else if (event.type == u"step-again")
        m_console.line(u"   again: %1 (%2)"_s.arg(title, event.data[u"because"].toString(u"what it had made is not there any more"_s)));
    else if (event.type == u"stage-started")
        m_console.line(u"== %1"_s.arg(event.data[u"title"].toString()));
    else if (event.type == u"progress") {
        const qint64 done = event.data[u"done"].toInteger();
        m_console.status(event.data[u"unit"].toString() == u"bytes" ? u"   %1: %2"_s.arg(title, size(done)) : u"   %1: %2 of %3 %4"_s.arg(title).arg(done).arg(event.data[u"total"].toInteger()).arg(event.data[u"unit"].toString()));
    } else if (event.type == u"command-started")
        m_console.line(u"   $ %1"_s.arg(event.data[u"command"].toString()));
    else if (event.type == u"command-finished" && event.data[u"exitCode"].toInt() != 0)
        m_console.line(u"     (exit status %1)"_s.arg(event.data[u"exitCode"].toInt()));
    else if (event.type == u"log")
        m_console.line(u"   %1"_s.arg(event.data[u"text"].toString().trimmed().replace(u'\n', u"\n   "_s)));
    else if (event.type == u"step-done") {
        const QJsonObject result = event.data[u"result"].toObject();
        QString what = result.contains(u"bytes"_s) ? u", %1"_s.arg(size(result[u"bytes"].toInteger())) : QString{};
        if (result[u"proven"].toBool())
            what += u": proven, equal to the bundle"_s;
        m_console.line(u"   done: %1%2"_s.arg(title, what));
    } else if (event.type == u"step-failed")
        m_console.line(u"   FAILED: %1: %2"_s.arg(title, event.data[u"message"].toString()));
    else if (event.type == u"undo-started")
        m_console.line(u"   undo: %1%2"_s.arg(title, event.data[u"undo"].toString().isEmpty() ? QString{} : u" (%1)"_s.arg(event.data[u"undo"].toString())));
    else if (event.type == u"undo-failed")
        m_console.line(u"   UNDO FAILED: %1: %2"_s.arg(title, event.data[u"message"].toString()));
}

void printPlan(Console& console, const plan::Plan& plan)
{
    console.object({{u"type"_s, u"plan"_s}, {u"plan"_s, plan::toJson(plan)}, {u"sha256"_s, QString::fromLatin1(plan.digest())}});
    for (const QString& warning : plan.warnings)
        console.line(u"Note: %1"_s.arg(warning));
    int number = 0;
    for (const plan::Stage& stage : plan.stages) {
        console.line(u"\n%1%2"_s.arg(stage.title, stage.parallel > 1 ? u" (up to %1 at once)"_s.arg(stage.parallel) : QString{}));
        for (const plan::Step& step : stage.steps) {
            console.line(u" %1. %2%3"_s.arg(++number, 2).arg(step.title, step.section.isEmpty() ? QString{} : u"  [section %1]"_s.arg(step.section)));
            for (const QString& command : step.commands)
                console.line(u"       $ %1"_s.arg(command));
            if (!step.departure.isEmpty())
                console.line(u"       departs from the text: %1"_s.arg(step.departure));
            if (step.changes)
                console.line(u"       undo: %1"_s.arg(step.undo));
        }
    }
}

void printChecks(Console& console, const QList<run::Check>& checks, bool all)
{
    for (const run::Check& check : checks) {
        console.object({{u"type"_s, u"check"_s}, {u"check"_s, run::toJson(check)}});
        if (!all && check.state == run::Check::State::Passed)
            continue;
        const QString state = check.state == run::Check::State::Passed ? u"ok"_s : check.state == run::Check::State::Warning ? u"warning"_s : u"FAILED"_s;
        console.line(u"%1  %2: %3"_s.arg(state, -7).arg(check.title, check.evidence));
        if (!check.remedy.isEmpty())
            console.line(u"         %1"_s.arg(check.remedy));
    }
}

Exit exitOf(const QList<run::Check>& checks)
{
    for (const run::Check& check : checks) {
        if (check.state == run::Check::State::Failed && check.id == u"rights")
            return LoginOrRights;
    }
    return FailedUnchanged;
}

QJsonObject provenParts(const run::Session::Ended& ended)
{
    QJsonObject proven;
    for (auto result = ended.results.begin(); result != ended.results.end(); ++result) {
        if (result.key().startsWith(u"prove:"))
            proven.insert(result.key().mid(6), result.value());
    }
    return proven;
}

Exit printOutcome(Console& console, const run::Session::Ended& ended, const plan::Plan& plan)
{
    const run::Outcome& outcome = ended.outcome;
    Exit code = Done;
    switch (outcome.state) {
    case run::Outcome::State::Done:
        return Done;
    case run::Outcome::State::FailedUnchanged:
        code = outcome.error && (outcome.error->code == ErrorCode::NotLoggedIn || outcome.error->code == ErrorCode::Forbidden) ? LoginOrRights : FailedUnchanged;
        break;
    case run::Outcome::State::FailedUndone:
        code = FailedUndone;
        break;
    case run::Outcome::State::NeedsAttention:
        code = NeedsAttention;
        break;
    }
    if (outcome.error)
        console.error(*outcome.error);
    for (const Error& error : outcome.undoErrors)
        console.error(error);
    if (code == FailedUnchanged || code == LoginOrRights)
        console.line(u"Nothing was changed in the cluster."_s);
    else if (code == FailedUndone)
        console.line(u"Everything that was begun has been undone."_s);
    else if (std::none_of(plan.stages.begin(), plan.stages.end(), [](const plan::Stage& stage) { return std::any_of(stage.steps.begin(), stage.steps.end(), [](const plan::Step& step) { return step.changes; }); }))
        console.line(u"The data and the workloads are as they were, but something that the run made in a pod could not be removed.\nGo on with: scalekeep-cli resume %1"_s.arg(ended.runId));
    else
        console.line(u"The namespace is not as it was. Its lock and the original counts are kept; do not start the writers before the data is right.\n"
                     "Go on with: scalekeep-cli resume %1\nTake it back with: scalekeep-cli undo %1"_s.arg(ended.runId));
    console.line(u"Journal: %1"_s.arg(ended.journal));
    return code;
}

} // namespace scalekeep::cli
