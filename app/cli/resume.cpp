#include "app/cli/runprinter.h"
#include "app/cli/target.h"

#include "engine/restore/restore.h"

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"RUN"_s, u"A run that was interrupted or needs attention, as “runs” lists it."_s);
    arguments.option(u"lock-removed"_s, u"The run's lock was removed by hand, and nobody changed the namespace since. (If it was resumed or undone elsewhere, its journal here is out of date.)"_s);
}

struct Opened { run::Past past; oc::Client client; QString identity; };

/// Only the cluster is asked who we are: the namespace may hold no 3scale at this moment.
Result<Opened> open(Program& program, const QString& runId)
{
    auto past = run::readPast(program.home, runId);
    if (!past)
        return fail(past.error());
    if (const auto may = mayChange(program, past->plan.cluster); !may && past->undoable)
        return fail(may.error());
    const auto connection = program.logins.connection(past->plan.cluster, past->plan.namespaceName);
    if (!connection)
        return fail(connection.error());
    const oc::Client client(*connection, program.redactor, {}, program.stop);
    const auto identity = client.whoami();
    if (!identity)
        return fail(identity.error());
    return Opened{std::move(*past), client, *identity};
}

int runResume(Program& program, const Arguments& arguments)
{
    const auto opened = open(program, arguments.at(0));
    if (!opened)
        return program.console.error(opened.error());
    const plan::Plan& plan = opened->past.plan;
    RunPrinter printer(program.console, plan);
    const run::Handlers handlers = restore::handlers(); // they know every plan
    run::Session session(program.home, handlers, [&printer](const run::Event& event) { printer.show(event); });
    const auto ended = session.resume(opened->past.runId, {.client = opened->client, .redactor = program.redactor, .operatorIdentity = opened->identity, .catalogueFolder = catalogueFolder(program),
                                                                  .lockWasRemoved = arguments.isSet(u"lock-removed"_s)}, program.stop);
    if (!ended)
        return program.console.error(ended.error());
    const Exit code = printOutcome(program.console, *ended, plan);
    if (code != Done)
        return code;
    QJsonObject result{{u"type"_s, u"result"_s}, {u"result"_s, u"proven"_s}, {u"runId"_s, ended->runId}, {u"journal"_s, ended->journal}};
    if (plan.kind == u"backup") {
        const QString bundle = run::fileOf(opened->past, plan.bundle);
        result[u"bundle"] = bundle;
        program.console.line(u"Proven: %1"_s.arg(bundle));
    } else {
        const QJsonObject proven = provenParts(*ended);
        result[u"proven"] = proven;
        program.console.line(u"Proven equal to the bundle: %1."_s.arg(proven.keys().join(u", "_s)));
    }
    program.console.object(result);
    program.console.line(u"Journal: %1"_s.arg(ended->journal));
    return Done;
}

int runUndo(Program& program, const Arguments& arguments)
{
    const auto opened = open(program, arguments.at(0));
    if (!opened)
        return program.console.error(opened.error());
    RunPrinter printer(program.console, opened->past.plan);
    const run::Handlers handlers = restore::handlers();
    run::Session session(program.home, handlers, [&printer](const run::Event& event) { printer.show(event); });
    const auto ended = session.undo(opened->past.runId, {.client = opened->client, .redactor = program.redactor, .operatorIdentity = opened->identity, .catalogueFolder = catalogueFolder(program),
                                                                  .lockWasRemoved = arguments.isSet(u"lock-removed"_s)}, program.stop);
    if (!ended)
        return program.console.error(ended.error());
    // Undone is what was asked for: here it is the good end.
    if (ended->outcome.state != run::Outcome::State::FailedUndone)
        return printOutcome(program.console, *ended, opened->past.plan);
    program.console.object({{u"type"_s, u"result"_s}, {u"result"_s, u"undone"_s}, {u"runId"_s, ended->runId}, {u"journal"_s, ended->journal}});
    program.console.line(u"Everything that run %1 had begun is undone."_s.arg(ended->runId));
    program.console.line(u"Journal: %1"_s.arg(ended->journal));
    return Done;
}
} // namespace

const Command resumeCommand{"resume", "Go on with a run that was interrupted or needs attention.", declare, runResume};
const Command undoCommand{"undo", "Take back everything that such a run has begun.", declare, runUndo};

} // namespace scalekeep::cli
