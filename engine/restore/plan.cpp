#include "engine/restore/steps.h"

#include "engine/oc/argv.h"

#include "engine/store/completeness.h"
#include "engine/store/helper.h"
#include "engine/store/redisdocumented.h"
#include "engine/restore/putback.h"
#include "engine/restore/readers.h"
#include "engine/restore/template.h"
#include "engine/workload/handlers.h"
#include "engine/workload/state.h"

#include <QJsonArray>

#include <algorithm>

namespace scalekeep::restore {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int parallelReads = 3;

/// What a plan is for, worked out once from the choices.
struct Scope {
    QStringList components;
    QStringList stopped;          ///< workloads that must not run while data is loaded, last started first
    QStringList operators;        ///< the operator's Deployments to be stopped with them
    bool systemDatabase = false, freshOperator = false;
    [[nodiscard]] bool has(const QString& id) const { return components.contains(id); }
};

Result<QStringList> chosenComponents(const Situation& situation, const Options& options)
{
    QStringList available;
    for (const bundle::Component& component : situation.manifest.components) {
        if (component.state == u"proven" && situation.catalog.component(component.id))
            available.append(component.id);
    }
    const QStringList chosen = options.components.isEmpty() ? available : options.components;
    for (const QString& id : chosen) {
        if (!available.contains(id))
            return fail(ErrorCode::Usage, u"The bundle has no component “%1” that could be restored."_s.arg(id), u"It has: %1."_s.arg(available.join(u", "_s)));
    }
    // In the catalogue's order, whatever the order of the options.
    QStringList ordered;
    for (const catalog::Component& component : situation.catalog.components) {
        if (chosen.contains(component.id))
            ordered.append(component.id);
    }
    return ordered;
}

/// What a lost run has half-loaded must be part of a restore: its writers are started afterwards.
Result<void> fitsWhatWasLeft(const Situation& situation, const QStringList& components)
{
    if (!situation.left)
        return {};
    QStringList missing;
    for (const QString& id : situation.left->inFlight.keys()) {
        if (!components.contains(id))
            missing.append(id);
    }
    if (missing.isEmpty())
        return {};
    return fail(ErrorCode::Usage, u"Run %1 has left %2 half-loaded in namespace %3: restore it as well."_s.arg(situation.left->runId, missing.join(u", "_s), situation.connection.namespaceName),
                u"Nothing was changed. Add --component %1, from a bundle that has it."_s.arg(missing.join(u" --component "_s)));
}

Scope scopeOf(const Situation& situation, const QStringList& components)
{
    Scope scope{.components = components, .stopped = {}, .operators = {}};
    QSet<QString> writers;
    for (const QString& id : components) {
        const catalog::Component& component = *situation.catalog.component(id);
        for (const QString& name : component.adminWriters + component.apiWriters)
            writers.insert(name);
        scope.systemDatabase = scope.systemDatabase || component.group == u"system-database";
    }
    const bool hasApiManager = !situation.live.objects.isEmpty() && std::any_of(situation.live.objects.begin(), situation.live.objects.end(), [](const QJsonValue& object) { return object[u"kind"].toString() == u"APIManager"; });
    scope.freshOperator = situation.header.flavour == u"operator" && !hasApiManager && scope.has(u"apimanager"_s);
    // The whole of System and its stores: nothing may serve half-restored data, so everything but the stores is stopped.
    const bool whole = scope.systemDatabase && scope.has(u"backend-redis"_s);
    QList<const catalog::WorkloadFact*> facts;
    for (const catalog::WorkloadFact& fact : situation.catalog.workloads) {
        const bool present = situation.live.workload(fact.name) || situation.saved.workload(fact.name);
        if (present && fact.side != u"store" && (writers.contains(fact.name) || whole))
            facts.append(&fact);
    }
    std::stable_sort(facts.begin(), facts.end(), [](const auto* a, const auto* b) { return a->startStage > b->startStage; });
    bool reverted = false;
    for (const catalog::WorkloadFact* fact : facts) {
        scope.stopped.append(fact->name);
        reverted = reverted || fact->revertedByOperator != u"never";
    }
    if (situation.header.flavour == u"operator" && reverted) {
        for (const QString& name : situation.catalog.operatorDeployments) {
            if (situation.live.workload(name))
                scope.operators.append(name);
        }
    }
    return scope;
}

/// Replica fields of the APIManager for workloads that the operator would scale up again: used where the operator itself cannot be stopped.
plan::Step apiManagerZero(const Situation& situation, const RestoreSteps& steps, const Scope& scope)
{
    plan::Step step = steps.workloads(u"apimanager-zero"_s, u"Set the replica counts in the APIManager to 0"_s, u"apimanager.zero"_s, scope.stopped);
    QJsonArray fields;
    for (const QString& name : scope.stopped) {
        const catalog::WorkloadFact* fact = situation.catalog.workload(name);
        if (!fact->replicasField.isEmpty())
            fields.append(fact->replicasField);
    }
    step.parameters[u"resource"] = situation.catalog.customResource;
    step.parameters[u"fields"] = fields;
    step.section = u"6.6.5"_s;
    step.departure = u"A merge patch with the saved spec does not remove `replicas: 0`: every field's value is kept, absent ones are put back as null."_s;
    step.commands = {u"oc patch %1 NAME --type=merge -p '{\"spec\": ... \"replicas\": 0}'"_s.arg(situation.catalog.customResource)};
    step.undo = u"Puts every field back as it was"_s;
    return step;
}

QList<plan::Stage> startStages(const RestoreSteps& steps, const Situation& situation, const Scope& scope, const QList<plan::Step>& zyncLoad)
{
    const catalog::Catalog& catalog = situation.catalog;
    QList<plan::Stage> stages;
    int last = 0;
    for (const catalog::WorkloadFact& fact : catalog.workloads)
        last = std::max(last, fact.startStage);
    int zyncStage = 0;
    if (const catalog::WorkloadFact* zync = catalog.workload(u"zync"_s))
        zyncStage = zync->startStage;
    for (int number = 1; number <= last; ++number) {
        plan::Stage stage{.id = u"start-%1"_s.arg(number), .title = {}, .parallel = 1, .steps = {}};
        QStringList names;
        for (const catalog::WorkloadFact& fact : catalog.workloads) {
            if (fact.startStage == number && scope.stopped.contains(fact.name))
                names.append(fact.name);
        }
        if (number == zyncStage)
            stage.steps += zyncLoad;
        const bool app = names.contains(catalog.hooks.workload);
        if (app && scope.systemDatabase) {
            plan::Step resume = steps.workloads(u"resume-rollouts"_s, u"Let %1 roll out again"_s.arg(catalog.hooks.workload), u"rollouts.resume"_s, {catalog.hooks.workload});
            resume.commands = {oc::argv::display(oc::argv::rollout(situation.connection, u"resume"_s, u"%1/%2"_s.arg(steps.kindOf(catalog.hooks.workload) == u"DeploymentConfig" ? u"dc"_s : u"deployment"_s, catalog.hooks.workload)))};
            resume.undo = u"Pauses it again"_s;
            stage.steps.append(resume);
        }
        if (!names.isEmpty())
            stage.steps.append(steps.start(u"start:%1"_s.arg(number), u"Start %1"_s.arg(names.join(u", "_s)), names));
        if (app && scope.systemDatabase) {
            // The operator makes the hook Jobs of a Deployment, so it comes back before the rollout that runs them.
            if (catalog.hooks.kind == u"Job" && !scope.operators.isEmpty())
                stage.steps.append(steps.start(u"start-operator"_s, u"Start the 3scale operator"_s, scope.operators));
            plan::Step rollout = steps.rollout(u"rollout:"_s + catalog.hooks.workload, catalog.hooks.workload);
            rollout.title = u"Roll out %1, whose hooks migrate the database and rewrite the backend's configuration"_s.arg(catalog.hooks.workload);
            stage.steps.append(rollout);
        }
        if (!stage.steps.isEmpty()) {
            stage.title = names.isEmpty() ? u"Load zync"_s : u"Start %1"_s.arg(names.join(u", "_s));
            stages.append(stage);
        }
    }
    return stages;
}

void describe(plan::Plan& plan, const Situation& situation, const Options& options, const Scope& scope)
{
    QStringList outage;
    for (const QString& name : scope.stopped) {
        if (situation.catalog.workload(name)->side == u"api")
            outage.append(name);
    }
    if (!outage.isEmpty())
        plan.warnings.append(u"API outage: %1 will be stopped until the data is proven."_s.arg(outage.join(u", "_s)));
    else if (!scope.stopped.isEmpty())
        plan.warnings.append(u"Stopped until the data is proven: %1."_s.arg(scope.stopped.join(u", "_s)));
    if (scope.has(u"backend-redis"_s) || scope.has(u"system-redis"_s)) {
        plan.warnings.append(options.emptyQueues
                                 ? u"Queues of background jobs are emptied: no job runs twice, and jobs that were waiting at the time of the backup are lost."_s
                                 : u"Queues of background jobs are restored as documented (6.6.6): jobs that ran after the backup was taken may run a second time. The live queues are not merged in."_s);
    }
    if (scope.systemDatabase && !(scope.has(u"backend-redis"_s) && scope.has(u"system-redis"_s)))
        plan.warnings.append(u"The queues in Redis are not restored with the database: their jobs may name rows that no longer exist. Restore system-redis and backend-redis as well, or empty the queues."_s);
    for (const catalog::Component& component : situation.catalog.components) {
        if (component.emptyDir && !scope.has(component.id) && (scope.has(u"secrets"_s) || scope.has(u"configmaps"_s)) && situation.live.workload(component.workload))
            plan.warnings.append(u"%1 keeps its data in the pod and is not restarted: a changed Secret reaches it only when it is restored as well."_s.arg(component.workload));
    }
    if (!options.acceptUnreadable.isEmpty())
        plan.warnings.append(u"Overwritten without a copy where it cannot be read: %1."_s.arg(options.acceptUnreadable.join(u", "_s)));
    if (!options.withoutSafetyReason.isEmpty())
        plan.warnings.append(u"No safety bundle is taken (%1): what is overwritten cannot be brought back."_s.arg(options.withoutSafetyReason));
    const QJsonArray missing = situation.manifest.completeness[u"missing"].toArray();
    for (const QJsonValue& each : missing)
        plan.warnings.append(u"The bundle is not complete: %1"_s.arg(each[u"reason"].toString()));
}
} // namespace

Result<plan::Plan> makePlan(const Situation& situation, const Options& options)
{
    const auto components = chosenComponents(situation, options);
    if (!components)
        return fail(components.error());
    if (const auto fits = fitsWhatWasLeft(situation, *components); !fits)
        return fail(fits.error());
    for (const QString& id : options.acceptUnreadable) {
        if (!components->contains(id))
            return fail(ErrorCode::Usage, u"“%1” is not restored, so nothing of it is given up."_s.arg(id), u"Restored are: %1."_s.arg(components->join(u", "_s)));
    }
    const catalog::Catalog& catalog = situation.catalog;
    const Scope scope = scopeOf(situation, *components);
    const cluster::Inventory& known = situation.live.workloads.isEmpty() ? situation.saved : situation.live;
    RestoreSteps steps{.situation = situation, .options = options, .catalog = catalog, .maker = {.catalog = catalog, .inventory = known, .connection = situation.connection}};

    plan::Plan plan{.kind = u"restore"_s, .cluster = situation.cluster, .apiUrl = situation.live.apiUrl, .namespaceName = situation.connection.namespaceName, .projectUid = situation.live.projectUid, .bundle = situation.bundlePath,
                    .choices = {{u"components"_s, QJsonArray::fromStringList(*components)}, {u"queues"_s, options.emptyQueues ? u"empty"_s : u"restore"_s},
                                {u"redisMethod"_s, options.documentedRedis ? u"documented"_s : u"helper"_s}, {u"template"_s, options.templateFile}, {u"map"_s, options.map},
                                {u"withoutSafetyBundle"_s, options.withoutSafetyReason}, {u"acceptUnreadable"_s, QJsonArray::fromStringList(options.acceptUnreadable)}, {u"safetyBundle"_s, options.withoutSafetyReason.isEmpty() ? situation.safetyPath : QString{}}},
                    .warnings = {}, .stages = {}};
    describe(plan, situation, options, scope);

    const auto addStage = [&plan](const QString& id, const QString& title, const QList<plan::Step>& list, int parallel = 1) {
        if (!list.isEmpty())
            plan.stages.append({.id = id, .title = title, .parallel = parallel, .steps = list});
    };

    // A rebuild with the operator: it makes the installation from secrets, ConfigMaps and APIManager first (G, step 1).
    const QStringList early{u"secrets"_s, u"configmaps"_s, u"apimanager"_s};
    if (scope.freshOperator) {
        QList<plan::Step> install;
        for (const QString& id : early) {
            if (scope.has(id))
                install.append(steps.objects(*catalog.component(id)));
        }
        plan::Step wait = steps.workloads(u"installed"_s, u"Wait until the operator has made the installation"_s, u"workloads.await"_s, {});
        QJsonArray all;
        for (const catalog::WorkloadFact& fact : catalog.workloads) {
            if (situation.saved.workload(fact.name) || std::any_of(situation.manifest.workloads.begin(), situation.manifest.workloads.end(), [&](const QJsonValue& each) { return each[u"name"].toString() == fact.name; }))
                all.append(QJsonObject{{u"kind"_s, catalog.workloadKind}, {u"name"_s, fact.name}});
        }
        wait.parameters[u"workloads"] = all;
        wait.changes = false;
        install.append(wait);
        for (const QString& id : {u"secrets"_s, u"configmaps"_s}) {
            if (!scope.has(id))
                continue;
            plan::Step adopt;
            adopt.id = u"adopt:"_s + id;
            adopt.title = u"Give the %1 to the APIManager"_s.arg(id);
            adopt.component = id;
            adopt.action = u"objects.adopt"_s;
            adopt.commands = {oc::argv::display(oc::argv::patch(situation.connection, id, u"NAME"_s))};
            adopt.changes = adopt.idempotent = adopt.undoable = true;
            adopt.undo = u"None needed: the objects are removed by the undo of the step that made them"_s;
            install.append(adopt);
        }
        addStage(u"install"_s, u"Let the operator install 3scale"_s, install);
    }

    // Stop the writers ---------------------------------------------------------------------------------------------------------------
    QList<plan::Step> stop;
    const bool liveOrInstalled = !situation.live.workloads.isEmpty() || scope.freshOperator;
    if (liveOrInstalled && !scope.stopped.isEmpty()) {
        if (situation.header.flavour == u"operator") {
            if (!scope.operators.isEmpty())
                stop.append(steps.stop(u"stop-operator"_s, u"Stop the 3scale operator, which would start the writers again"_s, scope.operators));
            else
                stop.append(apiManagerZero(situation, steps, scope));
        }
        stop.append(steps.stop(u"stop-writers"_s, u"Stop what writes to the data"_s, scope.stopped));
        // After the scaling: a paused DeploymentConfig is not reconciled, so its pods would stay.
        if (scope.systemDatabase && steps.exists(catalog.hooks.workload)) {
            plan::Step pause = steps.workloads(u"pause-rollouts"_s, u"Pause rollouts of %1"_s.arg(catalog.hooks.workload), u"rollouts.pause"_s, {catalog.hooks.workload});
            pause.departure = u"Any rollout on a half-loaded database would drop and seed it."_s;
            pause.commands = {oc::argv::display(oc::argv::rollout(situation.connection, u"pause"_s, u"%1/%2"_s.arg(steps.kindOf(catalog.hooks.workload) == u"DeploymentConfig" ? u"dc"_s : u"deployment"_s, catalog.hooks.workload)))};
            pause.undo = u"Lets it roll out again"_s;
            stop.append(pause);
        }
    }
    addStage(u"stop"_s, u"Stop the writers"_s, stop);

    // Safety bundle ------------------------------------------------------------------------------------------------------------------
    const catalog::Component* files = nullptr;
    for (const QString& id : *components) {
        if (catalog.component(id)->engine == u"files")
            files = catalog.component(id);
    }
    bool helperIsThere = false;
    if (options.withoutSafetyReason.isEmpty() && !scope.freshOperator) {
        QStringList overwritten;
        for (const QString& id : store::presentComponents(catalog, situation.live)) {
            if (components->contains(id))
                overwritten.append(id);
        }
        const bool hasFiles = files && overwritten.contains(files->id) && situation.live.workload(files->workload);
        if (files && !hasFiles)
            overwritten.removeAll(files->id);
        if (hasFiles) {
            addStage(u"safety-helper"_s, u"Reach the files"_s, {steps.maker.helper(*files)});
            helperIsThere = true;
        }
        if (!overwritten.isEmpty()) {
            store::StepMaker safety = steps.maker;
            safety.safety = true;
            safety.writersStopped = true;
            // What a lost run has half-loaded is worth no copy.
            safety.mayBeUnreadable = options.acceptUnreadable + (situation.left ? situation.left->inFlight.keys() : QStringList{});
            plan.stages += safety.backupStages(overwritten, parallelReads);
        }
    }

    // Objects ------------------------------------------------------------------------------------------------------------------------
    QList<plan::Step> objects;
    const auto restoreObjects = [&](const QString& id) {
        if (scope.has(id) && !(scope.freshOperator && early.contains(id)))
            objects.append(steps.objects(*catalog.component(id)));
    };
    const bool objectsChange = scope.has(u"secrets"_s) || scope.has(u"configmaps"_s);
    restoreObjects(u"secrets"_s);
    restoreObjects(u"configmaps"_s);
    if (!objects.isEmpty() && !situation.live.workloads.isEmpty()) {
        QStringList all;
        for (const catalog::WorkloadFact& fact : catalog.workloads) {
            if (situation.live.workload(fact.name))
                all.append(fact.name);
        }
        plan::Step readers = steps.workloads(u"readers"_s, u"Keep in mind which pods read Secrets and ConfigMaps"_s, u"objects.readers"_s, all);
        readers.undo = u"Rolls out the pods that had read the restored values, once the old ones are back"_s;
        objects.prepend(readers);
    }
    if (!options.templateFile.isEmpty()) {
        plan::Step made;
        made.id = u"template"_s;
        made.title = u"Create what is missing from the template"_s;
        made.section = u"6.6.1"_s;
        made.departure = u"`oc new-app` takes the parameters in its arguments and prints them: the template is processed locally with the parameters on standard input, and its objects are created one by one."_s;
        made.action = u"template.create"_s;
        made.parameters[u"file"] = options.templateFile;
        made.changes = made.idempotent = made.undoable = true;
        made.undo = u"Removes what was created (a claim or an APIManager stays: removing it would destroy data)"_s;
        made.commands = {oc::argv::display(oc::argv::processTemplate(options.templateFile)), oc::argv::display(oc::argv::create(situation.connection))};
        objects.append(made);
    }
    restoreObjects(u"apimanager"_s);
    restoreObjects(u"workloads"_s);
    restoreObjects(u"routes"_s);
    addStage(u"objects"_s, u"Restore objects"_s, objects);

    // Stores whose secrets or configuration changed get them before they are loaded: zync-database would lose a load by a later restart.
    QStringList stores, others;
    for (const catalog::WorkloadFact& fact : catalog.workloads) {
        if (!situation.live.workload(fact.name))
            continue;
        // A store whose volume goes with its pod is restarted only where it is loaded afterwards.
        const bool kept = std::any_of(catalog.components.begin(), catalog.components.end(), [&](const catalog::Component& component) { return component.workload == fact.name && component.emptyDir && !scope.has(component.id); });
        if (kept)
            continue;
        if (fact.side == u"store")
            stores.append(fact.name);
        else if (!scope.stopped.contains(fact.name))
            others.append(fact.name);
    }
    // A data store that does not run now, or whose definition is restored, is started first.
    QStringList idle;
    QList<plan::Step> settle;
    for (const QString& id : *components) {
        const catalog::Component& component = *catalog.component(id);
        if (component.engine == u"objects" || component.engine == u"files")
            continue;
        const cluster::Workload* live = situation.live.workload(component.workload);
        if (!live || live->desired == 0)
            idle.append(component.workload);
        if (component.engine == u"mysql" || component.engine == u"postgresql")
            settle.append(steps.prepare(component));
    }
    if (!idle.isEmpty())
        settle.prepend(steps.start(u"start-stores"_s, u"Start the data stores"_s, idle));
    if (objectsChange && !stores.isEmpty()) {
        plan::Step restart = steps.workloads(u"rollout-stores"_s, u"Restart data stores whose secrets or configuration changed"_s, u"workloads.rolloutChanged"_s, stores);
        restart.undo = u"None needed"_s;
        settle.append(restart);
    }
    addStage(u"stores"_s, u"Make the data stores ready"_s, settle);

    // Data ---------------------------------------------------------------------------------------------------------------------------
    QList<plan::Step> zyncLoad;
    for (const QString& id : *components) {
        const catalog::Component& component = *catalog.component(id);
        const QString title = u"Restore %1"_s.arg(component.id);
        if (component.engine == u"mysql" || (component.engine == u"postgresql" && !component.emptyDir))
            addStage(u"data-"_s + id, title, steps.database(component));
        else if (component.engine == u"postgresql")
            zyncLoad = steps.database(component); // last, for its volume goes with its pod
        else if (component.engine == u"files")
            addStage(u"data-"_s + id, title, steps.files(component, helperIsThere));
        else if (component.engine == u"redis")
            addStage(u"data-"_s + id, title, options.documentedRedis ? steps.redisDocumented(component) : steps.redisByHelper(component));
    }

    // Start --------------------------------------------------------------------------------------------------------------------------
    plan.stages += startStages(steps, situation, scope, zyncLoad);
    QList<plan::Step> after;
    if (objectsChange && !others.isEmpty()) {
        plan::Step restart = steps.workloads(u"rollout-others"_s, u"Restart workloads whose secrets or configuration changed"_s, u"workloads.rolloutChanged"_s, others);
        restart.undo = u"None needed"_s;
        after.append(restart);
    }
    for (const QString& name : others) {
        const catalog::WorkloadFact& fact = *catalog.workload(name);
        const bool affected = std::any_of(fact.restartAfter.begin(), fact.restartAfter.end(), [&](const QString& id) { return components->contains(id) && catalog.component(id) && catalog.component(id)->engine != u"objects"; });
        if (affected)
            after.append(steps.rollout(u"rollout:"_s + name, name));
    }
    const bool operatorStarted = catalog.hooks.kind == u"Job" && scope.systemDatabase;
    if (!scope.operators.isEmpty() && !operatorStarted)
        after.append(steps.start(u"start-operator"_s, u"Start the 3scale operator"_s, scope.operators));
    if (situation.header.flavour == u"operator" && scope.operators.isEmpty() && !scope.stopped.isEmpty() && liveOrInstalled) {
        plan::Step back = apiManagerZero(situation, steps, scope);
        back.id = u"apimanager-back"_s;
        back.title = u"Put the replica counts in the APIManager back"_s;
        back.action = u"apimanager.back"_s;
        back.undo = u"Sets them to 0 again"_s;
        after.prepend(back);
    }
    const bool app = steps.exists(u"system-app"_s);
    if (scope.has(u"backend-redis"_s) && !scope.systemDatabase && catalog.task(u"rewrite"_s) && app)
        after.append(steps.task(u"rewrite"_s));
    if (scope.systemDatabase && catalog.task(u"reindex"_s))
        after.append(steps.task(u"reindex"_s));
    const catalog::Component* zync = catalog.component(u"zync-database"_s);
    if ((scope.systemDatabase || (zync && scope.has(zync->id)) || scope.has(u"routes"_s)) && catalog.task(u"resync"_s) && app)
        after.append(steps.task(u"resync"_s));
    if (situation.left) {
        plan::Step back;
        back.id = run::putBackStep;
        back.title = u"Put back what run %1 has left stopped or changed"_s.arg(situation.left->runId);
        back.action = u"workloads.putBack"_s;
        back.changes = back.idempotent = back.undoable = true;
        back.undo = u"Stops again what it started"_s;
        for (const QString& key : situation.left->originals.keys()) {
            if (key.startsWith(u"replicas:"_s))
                back.commands.append(oc::argv::display(oc::argv::scale(situation.connection, workload::target(key.section(u':', 1).section(u'/', 0, 0), key.section(u'/', 1)), situation.left->originals[key].toInt(), {})));
        }
        after.append(back);
        plan.warnings.append(u"The namespace was left half-way by run %1 (%2 by %3 on %4): this run takes over its lock and starts again what it had stopped."_s.arg(situation.left->runId, situation.left->purpose, situation.left->owner, situation.left->host));
    }
    addStage(u"after"_s, u"Bring the rest up to date"_s, after);

    // Verify -------------------------------------------------------------------------------------------------------------------------
    QList<plan::Step> verify;
    plan::Step ready = steps.workloads(u"verify:workloads"_s, u"Every workload is ready at its count"_s, u"verify.workloads"_s, {});
    QJsonArray counts;
    for (const catalog::WorkloadFact& fact : catalog.workloads) {
        if (steps.exists(fact.name))
            counts.append(QJsonObject{{u"kind"_s, steps.kindOf(fact.name)}, {u"name"_s, fact.name}, {u"replicas"_s, steps.replicas(fact.name)}});
    }
    ready.parameters[u"workloads"] = counts;
    ready.changes = ready.undoable = false;
    verify.append(ready);
    for (const QString& id : *components) {
        if (catalog.component(id)->engine == u"objects")
            verify.append(steps.proveObjects(*catalog.component(id)));
    }
    if (zync && scope.has(zync->id) && zync->emptyDir) {
        plan::Step same;
        same.id = u"verify:zync-database"_s;
        same.title = u"zync-database is still the pod that was loaded"_s;
        same.component = zync->id;
        same.section = u"6.6.5"_s;
        same.action = u"postgresql.samePod"_s;
        same.idempotent = true;
        verify.append(same);
    }
    QJsonArray hosts;
    for (const cluster::Route& route : situation.saved.routes)
        hosts.append(route.host);
    if (!hosts.isEmpty() && (scope.has(u"routes"_s) || scope.systemDatabase)) {
        plan::Step routes;
        routes.id = u"verify:routes"_s;
        routes.title = u"Every Route of the bundle is admitted"_s;
        routes.section = u"6.6.12"_s;
        routes.action = u"verify.routes"_s;
        routes.parameters[u"hosts"] = hosts;
        routes.idempotent = true;
        verify.append(routes);
    }
    if (scope.systemDatabase) {
        plan::Step http;
        http.id = u"verify:http"_s;
        http.title = u"3scale answers on its status pages"_s;
        http.action = u"verify.http"_s;
        http.parameters[u"checks"] = QJsonArray{QJsonObject{{u"workload"_s, u"system-app"_s}, {u"container"_s, u"system-master"_s}, {u"port"_s, 3002}, {u"path"_s, u"/check.txt"_s}},
                                                QJsonObject{{u"workload"_s, u"system-app"_s}, {u"container"_s, u"system-provider"_s}, {u"port"_s, 3000}, {u"path"_s, u"/check.txt"_s}},
                                                QJsonObject{{u"workload"_s, u"system-app"_s}, {u"container"_s, u"system-developer"_s}, {u"port"_s, 3001}, {u"path"_s, u"/check.txt"_s}},
                                                QJsonObject{{u"workload"_s, u"backend-listener"_s}, {u"container"_s, u"backend-listener"_s}, {u"port"_s, 3000}, {u"path"_s, u"/status"_s}}};
        http.idempotent = true;
        verify.append(http);
    }
    addStage(u"verify"_s, u"Verify"_s, verify);
    if (plan.stages.isEmpty())
        return fail(ErrorCode::Usage, u"There is nothing to restore."_s);
    return plan;
}

run::Handlers handlers()
{
    run::Handlers all;
    store::redis::registerDocumentedHandlers(all);
    registerTemplateHandlers(all);
    workload::registerHandlers(all);
    store::registerHandlers(all);
    registerReadersHandler(all); // these two know the actions registered before them
    registerPutBackHandler(all);
    return all;
}

} // namespace scalekeep::restore
