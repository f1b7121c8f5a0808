#include "app/cli/changeoptions.h"
#include "app/cli/runprinter.h"
#include "app/cli/target.h"

#include "engine/base/files.h"
#include "engine/restore/changes.h"
#include "engine/restore/checks.h"

#include <QFileInfo>
#include <QJsonArray>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"BUNDLE"_s, u"The bundle to restore."_s);
    arguments.positional(u"CLUSTER/NAMESPACE"_s, u"Where to."_s);
    arguments.option(u"component"_s, u"Only this component; may be given several times. Without it: everything in the bundle."_s, u"ID"_s);
    arguments.option(u"confirm"_s, u"The namespace, typed again: nothing is changed without it."_s, u"NAMESPACE"_s);
    arguments.option(u"dry-run"_s, u"Show the checks, what will change (counted now), and the plan with every command; change nothing."_s);
    arguments.option(u"all"_s, u"With --dry-run: every table, key prefix, file, object and field that will change, not only the sums."_s);
    arguments.option(u"queues"_s, u"Queues of background jobs in Redis: restore (as documented; jobs may run twice) or empty."_s, u"restore|empty"_s);
    arguments.option(u"redis-method"_s, u"helper (safe: a pod on the volume) or documented (edits redis-config; refused on Redis 6.2 and later)."_s, u"helper|documented"_s);
    arguments.option(u"template"_s, u"3scale template from which objects that are missing are made (template-based installations)."_s, u"FILE"_s);
    arguments.option(u"map"_s, u"The bundle is of another installation, on purpose."_s);
    arguments.option(u"without-safety-bundle"_s, u"Do not back up first what is overwritten, for this reason."_s, u"REASON"_s);
    arguments.option(u"accept-unreadable"_s, u"In a disaster: this component is replaced although nothing can be kept of it in a safety bundle, should it not be readable. May be given several times; each must be named."_s, u"ID"_s);
    declareChange(arguments);
}

/// Looks at what the plan would overwrite, with a line that says how far it is.
restore::Reading readNow(Program& program, const Target& target, const restore::Situation& situation, const plan::Plan& plan, const bundle::Reader& reader, const restore::ReadingLimits& limits)
{
    const auto progress = [&program](const QString& component, int done, int total) { program.console.status(u"Looked at %1 (%2 of %3)"_s.arg(component).arg(done).arg(total)); };
    return restore::read(target.client, situation, plan, reader, program.redactor, progress, limits);
}

int run(Program& program, const Arguments& arguments)
{
    restore::Options options{.components = arguments.values(u"component"_s), .templateFile = arguments.isSet(u"template"_s) ? QFileInfo(arguments.value(u"template"_s)).absoluteFilePath() : QString{},
                             .map = arguments.isSet(u"map"_s), .withoutSafetyReason = arguments.value(u"without-safety-bundle"_s).trimmed(),
                             .acceptUnreadable = arguments.values(u"accept-unreadable"_s)};
    const auto queues = oneOf(u"queues"_s, arguments.isSet(u"queues"_s) ? arguments.value(u"queues"_s) : u"restore"_s, {u"restore"_s, u"empty"_s});
    const auto method = queues ? oneOf(u"redis-method"_s, arguments.isSet(u"redis-method"_s) ? arguments.value(u"redis-method"_s) : u"helper"_s, {u"helper"_s, u"documented"_s}) : queues;
    if (!method)
        return program.console.error(method.error());
    options.emptyQueues = *queues == u"empty";
    options.documentedRedis = *method == u"documented";
    if (arguments.isSet(u"without-safety-bundle"_s) && options.withoutSafetyReason.isEmpty())
        return program.console.error({ErrorCode::Usage, u"--without-safety-bundle needs a reason, which goes into the journal."_s, {}, {}});
    if (arguments.isSet(u"all"_s) && !arguments.isSet(u"dry-run"_s))
        return program.console.error({ErrorCode::Usage, u"--all belongs to --dry-run."_s, {}, u"Nothing was changed."_s});
    if (!options.templateFile.isEmpty() && !QFileInfo::exists(options.templateFile))
        return program.console.error({ErrorCode::Usage, u"The template “%1” does not exist."_s.arg(options.templateFile), {}, u"Nothing was changed."_s});
    const auto change = changeFrom(arguments);
    if (!change)
        return program.console.error(change.error());
    const auto names = splitTarget(arguments.at(1), true);
    if (!names)
        return program.console.error(names.error());
    if (!arguments.isSet(u"dry-run"_s) && arguments.value(u"confirm"_s) != names->second)
        return program.console.error({ErrorCode::Usage, u"A restore overwrites data in namespace %1: confirm it with --confirm %1, or look first with --dry-run."_s.arg(names->second), {}, u"Nothing was changed."_s});
    if (const auto may = mayChange(program, names->first); !may && !arguments.isSet(u"dry-run"_s))
        return program.console.error(may.error());

    auto reader = bundle::Reader::open(arguments.at(0));
    if (!reader)
        return program.console.error(reader.error());
    const auto target = openTarget(program, arguments.at(1));
    if (!target)
        return program.console.error(target.error());
    const QString safetyFolder = program.home + u"/safety"_s;
    if (const auto made = makePrivateDirectory(safetyFolder); !made)
        return program.console.error(made.error());
    const auto situation = restore::situation(target->cluster, **reader, target->inventory, target->connection, safetyFolder, catalogueFolder(program));
    if (!situation)
        return program.console.error(situation.error());
    auto plan = restore::makePlan(*situation, options);
    if (!plan)
        return program.console.error(plan.error());
    if (const auto fits = restore::emptiesQueues(*situation, *plan); !fits)
        return program.console.error(fits.error());
    carry(*change, *plan);
    const bool dryRun = arguments.isSet(u"dry-run"_s);
    QList<run::Check> checks = restore::preflight(target->client, *situation, *plan, options);
    if (dryRun) {
        const restore::Reading now = readNow(program, *target, *situation, *plan, **reader, {});
        checks.append(restore::checks::serverTakes(now));
        printChecks(program.console, checks, true);
        printChanges(program.console, restore::changesOf(*situation, *plan, now), arguments.isSet(u"all"_s));
        if (program.stop.stop_requested())
            return program.console.error({ErrorCode::Cancelled, u"The dry run was stopped."_s, {}, u"Nothing was changed."_s});
        printPlan(program.console, *plan);
        program.console.line(u"\nDry run: nothing was changed."_s);
        return run::anyFailed(checks) ? exitOf(checks) : Done;
    }
    for (const QString& warning : plan->warnings)
        program.console.line(u"Note: %1"_s.arg(warning));
    printChecks(program.console, checks, false);
    if (run::anyFailed(checks)) {
        program.console.line(u"Nothing was changed."_s);
        return exitOf(checks);
    }

    // What was there before is part of the record: counted, but files are not read.
    restore::ReadingLimits limits;
    limits.trees.contentBytes = -1;
    const restore::Reading now = readNow(program, *target, *situation, *plan, **reader, limits);
    const QJsonObject changes = restore::summaryOf(restore::changesOf(*situation, *plan, now));
    if (program.stop.stop_requested())
        return program.console.error({ErrorCode::Cancelled, u"The restore was stopped before it began."_s, {}, u"Nothing was changed."_s});

    checks.append(restore::checks::serverTakes(now));
    if (checks.last().state == run::Check::State::Failed) {
        printChecks(program.console, {checks.last()}, false);
        program.console.line(u"Nothing was changed."_s);
        return exitOf(checks);
    }

    const bool safety = plan->step(u"safety-finish"_s) != nullptr;
    const QString safetyPath = safety ? situation->safetyPath : QString{};
    RunPrinter printer(program.console, *plan);
    const run::Handlers handlers = restore::handlers();
    run::Session session(program.home, handlers, [&printer](const run::Event& event) { printer.show(event); });
    const auto ended = session.run({.plan = *plan, .catalog = situation->catalog, .inventory = target->inventory, .client = target->client, .redactor = program.redactor, .operatorIdentity = target->identity,
                                    .header = restore::safetyHeader(*situation, target->identity), .writesTo = safetyPath, .reader = std::move(*reader), .checks = checks, .changes = changes},
                                   program.stop);
    if (!ended)
        return program.console.error(ended.error());
    if (safety && QFileInfo::exists(safetyPath))
        program.console.line(u"Safety bundle: %1"_s.arg(safetyPath));
    const Exit code = printOutcome(program.console, *ended, *plan);
    if (code != Done)
        return code;
    const QJsonObject proven = provenParts(*ended);
    program.console.object({{u"type"_s, u"result"_s}, {u"result"_s, u"proven"_s}, {u"proven"_s, proven}, {u"safetyBundle"_s, safetyPath}, {u"runId"_s, ended->runId}, {u"journal"_s, ended->journal}});
    program.console.line(u"Proven equal to the bundle: %1."_s.arg(proven.keys().join(u", "_s)));
    program.console.line(u"Journal: %1"_s.arg(ended->journal));
    return Done;
}
} // namespace

const Command restoreCommand{"restore", "Restore components of a bundle, or all of it, and prove it.", declare, run};

} // namespace scalekeep::cli
