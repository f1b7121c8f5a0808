#include "app/cli/runprinter.h"
#include "app/cli/target.h"

#include "engine/backup/backup.h"
#include "engine/restore/restore.h"

#include <cstdio>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"backup|restore"_s, u"Which plan."_s);
    arguments.positional(u"WHAT"_s, u"backup: CLUSTER/NAMESPACE; restore: the bundle."_s);
    arguments.positional(u"CLUSTER/NAMESPACE"_s, u"restore: where to."_s, false);
    arguments.option(u"component"_s, u"Only this component; may be given several times."_s, u"ID"_s);
    arguments.option(u"shell"_s, u"Print the plan as a commented shell script."_s);
    arguments.option(u"quiesce"_s, u"backup: stop the writers of the admin side."_s);
    arguments.option(u"queues"_s, u"restore: restore or empty the queues."_s, u"restore|empty"_s);
    arguments.option(u"redis-method"_s, u"restore: helper or documented."_s, u"helper|documented"_s);
    arguments.option(u"template"_s, u"restore: 3scale template."_s, u"FILE"_s);
}

Result<plan::Plan> backupPlan(Program& program, const Arguments& arguments)
{
    const auto target = openTarget(program, arguments.at(1));
    if (!target)
        return fail(target.error());
    const auto detection = catalog::detect(target->inventory, catalogueFolder(program));
    if (!detection)
        return fail(detection.error());
    const backup::Options options{.components = arguments.values(u"component"_s), .output = {}, .quiesce = arguments.isSet(u"quiesce"_s)};
    const auto output = backup::outputPath(target->cluster, target->namespaceName, options);
    if (!output)
        return fail(output.error());
    return backup::makePlan(target->cluster, *detection, target->inventory, target->connection, options, *output);
}

Result<plan::Plan> restorePlan(Program& program, const Arguments& arguments)
{
    if (arguments.at(2).isEmpty())
        return fail(ErrorCode::Usage, u"The plan of a restore needs a bundle and a CLUSTER/NAMESPACE."_s);
    const auto reader = bundle::Reader::open(arguments.at(1));
    if (!reader)
        return fail(reader.error());
    const auto target = openTarget(program, arguments.at(2));
    if (!target)
        return fail(target.error());
    const auto situation = restore::situation(target->cluster, **reader, target->inventory, target->connection, program.home + u"/safety"_s, catalogueFolder(program));
    if (!situation)
        return fail(situation.error());
    auto plan = restore::makePlan(*situation, restore::Options{.components = arguments.values(u"component"_s), .emptyQueues = arguments.value(u"queues"_s) == u"empty", .documentedRedis = arguments.value(u"redis-method"_s) == u"documented",
                                          .templateFile = arguments.value(u"template"_s), .map = false, .withoutSafetyReason = {}});
    if (const auto fits = plan ? restore::emptiesQueues(*situation, *plan) : Result<void>{}; !fits)
        return fail(fits.error());
    return plan;
}

int run(Program& program, const Arguments& arguments)
{
    const auto kind = oneOf(u"plan"_s, arguments.at(0), {u"backup"_s, u"restore"_s});
    if (!kind)
        return program.console.error({ErrorCode::Usage, u"A plan is of a backup or of a restore, not “%1”."_s.arg(arguments.at(0)), {}, u"See scalekeep-cli plan --help."_s});
    for (const auto& [option, allowed] : {std::pair{u"queues"_s, QStringList{u"restore"_s, u"empty"_s}}, std::pair{u"redis-method"_s, QStringList{u"helper"_s, u"documented"_s}}}) {
        if (!arguments.isSet(option))
            continue;
        if (const auto valid = oneOf(option, arguments.value(option), allowed); !valid)
            return program.console.error(valid.error());
    }
    const auto plan = *kind == u"backup" ? backupPlan(program, arguments) : restorePlan(program, arguments);
    if (!plan)
        return program.console.error(plan.error());
    if (arguments.isSet(u"shell"_s) && !program.console.json())
        program.console.line(plan::toShell(*plan));
    else
        printPlan(program.console, *plan);
    return Done;
}
} // namespace

const Command planCommand{"plan", "Show what a backup or restore would do; change nothing.", declare, run};

} // namespace scalekeep::cli
