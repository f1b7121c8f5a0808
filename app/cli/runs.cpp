#include "app/cli/program.h"

#include "engine/run/session.h"

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments&) {}

int run(Program& program, const Arguments&)
{
    const QStringList ids = run::Session::runs(program.home);
    for (const QString& id : ids) {
        const auto past = run::readPast(program.home, id);
        if (!past) {
            program.console.object({{u"type"_s, u"run"_s}, {u"runId"_s, id}, {u"state"_s, u"damaged"_s}, {u"message"_s, past.error().message}});
            program.console.line(u"%1  damaged: %2"_s.arg(id, past.error().message));
            continue;
        }
        const plan::Plan& plan = past->plan;
        const QString started = past->started.toString(Qt::ISODate);
        program.console.object({{u"type"_s, u"run"_s}, {u"runId"_s, id}, {u"kind"_s, plan.kind}, {u"cluster"_s, plan.cluster}, {u"namespace"_s, plan.namespaceName}, {u"state"_s, past->state},
                                {u"started"_s, started}, {u"ended"_s, past->ended.toString(Qt::ISODate)}, {u"resumable"_s, past->resumable}, {u"undoable"_s, past->undoable}});
        const QString offers = past->undoable ? u"  (resume or undo it)"_s : past->resumable ? u"  (resume it)"_s : QString{};
        program.console.line(u"%1  %2  %3/%4  %5  %6%7"_s.arg(id, plan.kind, plan.cluster, plan.namespaceName, past->state, started, offers));
    }
    if (ids.isEmpty())
        program.console.line(u"No runs yet."_s);
    return Done;
}
} // namespace

const Command runsCommand{"runs", "List earlier runs, newest first.", declare, run};

} // namespace scalekeep::cli
