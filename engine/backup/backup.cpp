#include "engine/backup/backup.h"

#include "engine/base/files.h"
#include "engine/oc/argv.h"
#include "engine/run/lock.h"
#include "engine/run/preflight.h"
#include "engine/run/restoremark.h"
#include "engine/store/completeness.h"
#include "engine/store/counts.h"
#include "engine/store/livetree.h"
#include "engine/store/steps.h"
#include "engine/workload/handlers.h"
#include "engine/workload/state.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>

#include <algorithm>
#include <future>
#include <limits>

namespace scalekeep::backup {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qint64 mebibyte = 1024 * 1024;
constexpr qint64 leastLocalSpace = 256 * mebibyte;
constexpr std::chrono::seconds treeTime{30};

/// The admin side's writers, last started first. What serves API traffic goes on: stopping it would be an outage.
QList<const catalog::WorkloadFact*> writers(const catalog::Catalog& catalog, const cluster::Inventory& inventory)
{
    QList<const catalog::WorkloadFact*> list;
    for (const catalog::WorkloadFact& fact : catalog.workloads) {
        if (fact.side == u"admin" && inventory.workload(fact.name))
            list.append(&fact);
    }
    std::stable_sort(list.begin(), list.end(), [](const auto* a, const auto* b) { return a->startStage > b->startStage; });
    return list;
}

/// What the namespace does not tell of itself, with what is assumed for it; the bundle leaves it open.
QStringList assumed(const catalog::Detection& detection)
{
    QStringList list;
    if (!detection.versionKnown)
        list.append(u"the version of 3scale (assumed: %1)"_s.arg(detection.version));
    if (!detection.flavourKnown)
        list.append(u"the way of installation (assumed: %1)"_s.arg(detection.flavour));
    if (!detection.workloadKindKnown)
        list.append(u"the kind of workloads (assumed: %1)"_s.arg(detection.workloadKind));
    return list;
}

Result<qint64> bytesIn(const oc::Client& client, const oc::PodRef& pod, const catalog::Component& component)
{
    if (component.engine == u"files") {
        store::TreeLimits limits;
        limits.time = treeTime;
        return store::treeBytes(client, pod, component.dataDirectory, limits);
    }
    const auto counts = store::lookAt(client, pod, component);
    if (!counts)
        return fail(counts.error());
    return counts->exists ? counts->bytes : 0; // a server without that database has nothing to back up
}
} // namespace

Result<QString> outputPath(const QString& cluster, const QString& namespaceName, const Options& options)
{
    const QString name = u"%1-%2-%3.scalekeep.tar"_s.arg(cluster, namespaceName, QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd'T'HHmmss'Z'"_s));
    const QFileInfo wanted(options.output);
    const QString path = options.output.isEmpty() ? QDir::current().filePath(name) : wanted.isDir() ? QDir(options.output).filePath(name) : wanted.absoluteFilePath();
    if (QFileInfo::exists(path))
        return fail(ErrorCode::AlreadyExists, u"“%1” exists already."_s.arg(path), u"Nothing was overwritten. Choose another name."_s);
    if (!QFileInfo(QFileInfo(path).absolutePath()).isDir())
        return fail(ErrorCode::NotFound, u"The folder of “%1” does not exist."_s.arg(path), u"Create it or choose another one."_s);
    return path;
}

Result<plan::Plan> makePlan(const QString& cluster, const catalog::Detection& detection, const cluster::Inventory& inventory, const oc::Connection& connection, const Options& options, const QString& output)
{
    if (const auto whole = inventory.whole(); !whole)
        return fail(whole.error());
    const catalog::Catalog& catalog = detection.catalog;
    const QStringList present = store::presentComponents(catalog, inventory);
    const QStringList components = options.components.isEmpty() ? present : options.components;
    for (const QString& id : components) {
        if (!catalog.component(id))
            return fail(ErrorCode::Usage, u"3scale %1 has no component “%2”."_s.arg(detection.version, id), u"Its components: %1."_s.arg(present.join(u", "_s)));
        if (!present.contains(id))
            return fail(ErrorCode::NotFound, u"%1 is not in namespace %2."_s.arg(id, inventory.namespaceName), u"There: %1."_s.arg(present.join(u", "_s)));
    }

    plan::Plan plan{.kind = u"backup"_s, .cluster = cluster, .apiUrl = inventory.apiUrl, .namespaceName = inventory.namespaceName, .projectUid = inventory.projectUid, .bundle = output,
                    .choices = {{u"components"_s, QJsonArray::fromStringList(components)}, {u"quiesce"_s, options.quiesce}, {u"parallel"_s, options.parallel}, {u"compress"_s, options.compress}}, .warnings = {}, .stages = {}};
    const QJsonArray missing = store::completeness(catalog, inventory, components)[u"missing"].toArray();
    for (const QJsonValue& each : missing)
        plan.warnings.append(each[u"reason"].toString());

    const store::StepMaker maker{.catalog = catalog, .inventory = inventory, .connection = connection, .quiesced = options.quiesce, .writersStopped = options.quiesce, .compress = options.compress};
    plan.stages = maker.backupStages(components, options.parallel);
    if (const QStringList guesses = assumed(detection); !guesses.isEmpty()) {
        const QString note = u"The namespace did not tell %1. The bundle says “not known” instead, and a restore of it cannot compare it."_s.arg(guesses.join(u", "_s));
        plan.warnings.append(note);
        for (plan::Stage& stage : plan.stages) {
            for (plan::Step& step : stage.steps) {
                if (step.action == u"bundle.finish")
                    step.parameters[u"notes"] = QJsonArray{note};
            }
        }
    }
    if (!options.quiesce)
        return plan;

    QJsonArray operators, stopped;
    QStringList stopCommands, lookCommands;
    for (const QString& name : catalog.operatorDeployments) {
        if (inventory.workload(name))
            operators.append(QJsonObject{{u"kind"_s, u"Deployment"_s}, {u"name"_s, name}});
    }
    for (const catalog::WorkloadFact* fact : writers(catalog, inventory)) {
        const QString kind = inventory.workload(fact->name)->kind;
        stopped.append(QJsonObject{{u"kind"_s, kind}, {u"name"_s, fact->name}});
        stopCommands.append(oc::argv::display(oc::argv::scale(connection, workload::target(kind, fact->name), 0, {})));
        lookCommands.append(oc::argv::display(oc::argv::get(connection, {workload::resource(kind)}, {}, fact->name)));
    }
    if (detection.flavour == u"operator" && operators.isEmpty())
        plan.warnings.append(u"The 3scale operator is not in this namespace: it may scale the writers up again while they should be stopped."_s);
    // The operator first, or it reverts the others; on the way back it comes last.
    QJsonArray everything;
    for (const QJsonValue& each : operators)
        everything.append(each);
    for (const QJsonValue& each : stopped)
        everything.append(each);
    plan::Step stop;
    stop.id = u"quiesce"_s;
    stop.title = u"Stop the writers of the admin side"_s;
    stop.action = u"workloads.stop"_s;
    stop.parameters[u"workloads"] = everything;
    stop.parameters[u"watched"] = true;
    stop.commands = stopCommands;
    stop.changes = true;
    stop.undoable = true;
    stop.idempotent = true;
    stop.undo = u"Scales the writers back to what they were"_s;
    plan::Step stayed;
    stayed.id = u"stayed"_s;
    stayed.title = u"See that the writers stayed stopped"_s;
    stayed.action = u"workloads.stayed"_s;
    stayed.parameters[u"workloads"] = everything;
    stayed.parameters[u"since"] = stop.id;
    stayed.commands = lookCommands;
    stayed.idempotent = true;
    plan.stages.insert(plan.stages.size() - 1, {.id = u"stayed"_s, .title = u"Look at the writers"_s, .parallel = 1, .steps = {stayed}}); // right before the bundle is completed
    plan::Step resume;
    resume.id = u"resume"_s;
    resume.title = u"Start the writers again"_s;
    resume.action = u"workloads.resume"_s;
    QJsonArray back;
    for (const QJsonValue& each : stopped)
        back.prepend(each);
    for (const QJsonValue& each : operators)
        back.append(each);
    resume.parameters[u"workloads"] = back;
    resume.always = true;
    resume.changes = true;
    resume.undoable = true;
    resume.idempotent = true;
    resume.undo = u"None needed"_s;
    for (const QString& id : components) {
        const catalog::Component& component = *catalog.component(id);
        if (component.engine != u"files" || !inventory.workload(component.workload))
            continue;
        // With system-app stopped, its volume is read through a helper pod.
        plan::Step remove = maker.removeHelper(component);
        remove.always = true;
        plan.stages.prepend({.id = u"helper"_s, .title = u"Reach the files"_s, .parallel = 1, .steps = {maker.helper(component)}});
        plan.stages.append({.id = u"remove-helper"_s, .title = u"Remove the helper pod"_s, .parallel = 1, .steps = {remove}});
    }
    plan.stages.prepend({.id = u"quiesce"_s, .title = u"Stop the writers"_s, .parallel = 1, .steps = {stop}});
    plan.stages.append({.id = u"resume"_s, .title = u"Start the writers"_s, .parallel = 1, .steps = {resume}});
    plan.warnings.append(u"While the backup runs, the Admin and Developer Portals are down; API traffic goes on."_s);
    return plan;
}

ExpectedSize expectedSize(const oc::Client& client, const catalog::Catalog& catalog, const cluster::Inventory& inventory, const QStringList& components)
{
    ExpectedSize expected;
    std::vector<std::pair<QString, std::future<Result<qint64>>>> asked;
    for (const QString& id : components) {
        const catalog::Component* component = catalog.component(id);
        if (!component || component->engine == u"objects")
            continue; // next to nothing
        if (const auto pod = inventory.readyPod(component->workload))
            asked.emplace_back(id, std::async(std::launch::async, [&client, pod = oc::PodRef{pod->name, component->container, pod->uid}, component] { return bytesIn(client, pod, *component); }));
        else
            expected.unseen.append(id);
    }
    for (auto& [id, answer] : asked) {
        const auto bytes = answer.get();
        if (bytes && *bytes >= 0)
            expected.bytes += std::min(*bytes, std::numeric_limits<qint64>::max() - expected.bytes);
        else
            expected.unseen.append(id);
    }
    return expected;
}

run::Check localSpace(const QString& path, qint64 free, const ExpectedSize& expected)
{
    using State = run::Check::State;
    run::Check check{.id = u"local-space"_s, .title = u"Free space on this machine"_s, .state = {}, .evidence = {}, .remedy = {}};
    check.evidence = u"%1 MiB free for “%2”; uncompressed, the data takes about %3 MiB."_s.arg(free / mebibyte).arg(path).arg(expected.bytes / mebibyte + 1);
    if (!expected.unseen.isEmpty())
        check.evidence += u" The size of these could not be looked at: %1."_s.arg(expected.unseen.join(u", "_s));
    if (free < leastLocalSpace) {
        check.state = State::Failed;
        check.evidence += u" At least %1 MiB must be free."_s.arg(leastLocalSpace / mebibyte);
        check.remedy = u"Free some space or choose another folder."_s;
    } else if (free < expected.bytes) {
        check.state = State::Warning;
        check.remedy = u"It fits only if it compresses well. Free some space or choose another folder: a backup that runs out of space fails."_s;
    } else if (!expected.unseen.isEmpty()) {
        check.state = State::Warning;
        check.remedy = u"See to it that there is room for these as well: a backup that runs out of space fails."_s;
    }
    return check;
}

QList<run::Check> preflight(const oc::Client& client, const catalog::Detection& detection, const cluster::Inventory& inventory, const plan::Plan& plan)
{
    namespace checks = run::preflight;
    QStringList components;
    for (const QJsonValue& id : plan.choices[u"components"].toArray())
        components.append(id.toString());
    // A rollout brings the pods of a writer back while it counts as stopped.
    QStringList stopped;
    if (const plan::Step* quiesce = plan.step(u"quiesce"_s)) {
        for (const QJsonValue& each : quiesce->parameters[u"workloads"].toArray())
            stopped.append(each[u"name"].toString());
    }
    const run::Rights rights = run::rightsOf(plan, detection.catalog);
    QList<run::Check> list{checks::rights(client, rights.needs, rights.unknown), checks::podsReady(detection.catalog, inventory, components, true), checks::tools(client, detection.catalog, inventory, components),
                           localSpace(plan.bundle, freeBytes(plan.bundle), expectedSize(client, detection.catalog, inventory, components)), checks::noRollout(inventory, stopped)};
    // Counts that the inventory saw under a restore are no originals, even if it has ended since.
    const auto before = run::Lock::among(inventory.objects);
    list.append(plan.choices[u"quiesce"].toBool() ? checks::notLocked(client) : checks::notBeingRestored(before && run::mayWriteData(*before) ? before : run::Lock::show(client), inventory.namespaceName));
    return list;
}

bundle::Header header(const QString& cluster, const catalog::Detection& detection, const cluster::Inventory& inventory, const QString& operatorIdentity)
{
    return {.cluster = cluster,
            .apiUrl = inventory.apiUrl,
            .namespaceName = inventory.namespaceName,
            .projectUid = inventory.projectUid,
            .wildcardDomain = inventory.environment.value(u"THREESCALE_SUPERDOMAIN"_s),
            .threescaleVersion = detection.versionKnown ? detection.version : QString{},
            .flavour = detection.flavourKnown ? detection.flavour : QString{},
            .workloadKind = detection.workloadKindKnown ? detection.workloadKind : QString{},
            .purpose = u"backup"_s,
            .runId = {},
            .program = QStringLiteral("scalekeep " SCALEKEEP_VERSION),
            .operatorIdentity = operatorIdentity,
            .started = QDateTime::currentDateTimeUtc()};
}

run::Handlers handlers()
{
    run::Handlers all;
    store::registerHandlers(all);
    workload::registerHandlers(all);
    return all;
}

} // namespace scalekeep::backup
