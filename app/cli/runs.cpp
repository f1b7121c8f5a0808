#include "app/cli/program.h"

#include "engine/run/session.h"

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.option(u"import"_s, u"Take over the folder of a run (with its safety bundle) from another workstation, so that it can be resumed or undone here."_s, u"FOLDER"_s);
}

int run(Program& program, const Arguments& arguments)
{
    if (arguments.isSet(u"import"_s)) {
        const auto imported = run::importRun(program.home, arguments.value(u"import"_s), program.stop);
        if (!imported)
            return program.console.error(imported.error());
        program.console.object({{u"type"_s, u"imported"_s}, {u"runId"_s, *imported}});
        program.console.line(u"Run %1 was imported. Go on with: scalekeep-cli resume %1, or scalekeep-cli undo %1. The other workstation must not go on with it any more."_s.arg(*imported));
        return Done;
    }
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
