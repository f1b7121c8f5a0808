#include "app/cli/changeoptions.h"
#include "app/cli/runprinter.h"
#include "app/cli/target.h"

#include "engine/backup/backup.h"

#include <QJsonArray>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"CLUSTER/NAMESPACE"_s, u"What to back up."_s);
    arguments.option(u"component"_s, u"Only this component; may be given several times. Without it: everything that is there."_s, u"ID"_s);
    arguments.option(u"output"_s, u"Bundle to write, or folder for it. Without it: the current folder."_s, u"PATH"_s);
    arguments.option(u"quiesce"_s, u"Stop the writers of the admin side for a backup of one point in time; they are always started again."_s);
    declareChange(arguments);
}

int run(Program& program, const Arguments& arguments)
{
    const auto change = changeFrom(arguments);
    if (!change)
        return program.console.error(change.error());
    const auto target = openTarget(program, arguments.at(0));
    if (!target)
        return program.console.error(target.error());
    const auto detection = catalog::detect(target->inventory, catalogueFolder(program));
    if (!detection)
        return program.console.error(detection.error());
    const backup::Options options{.components = arguments.values(u"component"_s), .output = arguments.value(u"output"_s), .quiesce = arguments.isSet(u"quiesce"_s)};
    if (const auto may = mayChange(program, target->cluster); !may && options.quiesce)
        return program.console.error(may.error());
    const auto output = backup::outputPath(target->cluster, target->namespaceName, options);
    if (!output)
        return program.console.error(output.error());
    auto plan = backup::makePlan(target->cluster, *detection, target->inventory, target->connection, options, *output);
    if (!plan)
        return program.console.error(plan.error());
    carry(*change, *plan);
    for (const QString& warning : plan->warnings)
        program.console.line(u"Note: %1"_s.arg(warning));
    const QList<run::Check> checks = backup::preflight(target->client, *detection, target->inventory, *plan);
    printChecks(program.console, checks, false);
    if (run::anyFailed(checks)) {
        program.console.line(u"Nothing was changed, and no bundle was written."_s);
        return exitOf(checks);
    }

    RunPrinter printer(program.console, *plan);
    const run::Handlers handlers = backup::handlers();
    run::Session session(program.home, handlers, [&printer](const run::Event& event) { printer.show(event); });
    const auto ended = session.run({.plan = *plan, .catalog = detection->catalog, .inventory = target->inventory, .client = target->client, .redactor = program.redactor, .operatorIdentity = target->identity,
                                    .header = backup::header(target->cluster, *detection, target->inventory, target->identity), .writesTo = *output, .reader = {}, .checks = checks},
                                   program.stop);
    if (!ended)
        return program.console.error(ended.error());
    const Exit code = printOutcome(program.console, *ended, *plan);
    if (code != Done && ended->results.contains(u"finish"_s)) {
        program.console.line(u"The bundle is proven all the same: %1"_s.arg(*output));
        return code;
    }
    if (code != Done) {
        program.console.line(u"There is no bundle. What was read until then is in %1.partial; its whole streams can be saved with: scalekeep-cli salvage"_s.arg(*output));
        return code;
    }
    const QJsonObject finished = ended->results[u"finish"].toObject();
    const QJsonObject completeness = finished[u"completeness"].toObject();
    program.console.object({{u"type"_s, u"result"_s}, {u"result"_s, u"proven"_s}, {u"bundle"_s, *output}, {u"runId"_s, ended->runId}, {u"journal"_s, ended->journal}, {u"completeness"_s, completeness}});
    program.console.line(u"Completeness %1 of 100; %2 ms between the first and the last snapshot."_s.arg(completeness[u"score"].toInt()).arg(finished[u"skewMilliseconds"].toInteger()));
    for (const QJsonValue& missing : completeness[u"missing"].toArray())
        program.console.line(u"  missing: %1"_s.arg(missing[u"reason"].toString()));
    program.console.line(u"Proven: %1"_s.arg(*output));
    program.console.line(u"Journal: %1"_s.arg(ended->journal));
    return Done;
}
} // namespace

const Command backupCommand{"backup", "Back a namespace up into one proven bundle.", declare, run};

} // namespace scalekeep::cli
