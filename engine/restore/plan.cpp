#include "engine/restore/scope.h"
#include "engine/restore/steps.h"

#include "engine/oc/argv.h"

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

/// The stages in their order, each by a function of its own.
struct PlanMaker {
    const Situation& situation;
    const Options& options;
    const catalog::Catalog& catalog;
    Scope scope;
    RestoreSteps steps;
    plan::Plan plan;
    bool helperIsThere = false;     ///< since the safety bundle was taken
    QList<plan::Step> zyncLoad;     ///< of a zync-database whose volume goes with its pod: loaded among the starts

    void install();
    void stopWriters();
    void safetyBundle();
    void objects();
    void stores();
    void data();
    void startAgain();
    void verify();

private:
    void addStage(const QString& id, const QString& title, const QList<plan::Step>& list)
    {
        if (!list.isEmpty())
            plan.stages.append({.id = id, .title = title, .parallel = 1, .steps = list});
    }
    [[nodiscard]] bool runs() const { return !situation.live.workloads.isEmpty() || scope.freshOperator; }
    [[nodiscard]] bool objectsChange() const { return scope.has(u"secrets"_s) || scope.has(u"configmaps"_s); }
    /// Whether the database is loaded on which the hooks work, and they run again once it is proven.
    [[nodiscard]] bool hooksRun() const { return scope.systemDatabase && scope.stopped.contains(catalog.hooks.workload); }
    /// Of Deployments the operator makes the hook Jobs, so it is back before the rollout that runs them.
    [[nodiscard]] bool operatorRunsHooks() const { return hooksRun() && catalog.hooks.kind == u"Job" && !scope.operators.isEmpty(); }
    /// Whose hooks would run while the database is loaded, though it is created without pods.
    [[nodiscard]] QJsonArray createdPaused() const { return hooksRun() ? QJsonArray{catalog.hooks.workload} : QJsonArray(); }
    /// Installed first where the operator makes everything else from them.
    [[nodiscard]] static QStringList early() { return {u"secrets"_s, u"configmaps"_s, u"apimanager"_s}; }
    [[nodiscard]] QStringList restartable(bool stores) const;
    /// Whether the writers are kept down through the APIManager, for the operator that looks after them cannot be stopped.
    [[nodiscard]] bool zeroes() const { return runs() && !scope.stopped.isEmpty() && situation.flavour() == u"operator" && scope.operators.isEmpty() && !replicaFields(scope.stopped).isEmpty(); }
    [[nodiscard]] QJsonArray replicaFields(const QStringList& names) const;
    void withFields(plan::Step& step, const QStringList& names) const;
    [[nodiscard]] plan::Step apiManagerZero() const;
    [[nodiscard]] QList<plan::Stage> startStages() const;
};

/// Live workloads that may be restarted when what they read has changed: stores, or what is not stopped anyway.
QStringList PlanMaker::restartable(bool stores) const
{
    QStringList names;
    for (const catalog::WorkloadFact& fact : catalog.workloads) {
        if (!situation.live.workload(fact.name) || (fact.side == u"store") != stores || (!stores && scope.stopped.contains(fact.name)))
            continue;
        // A store whose volume goes with its pod is restarted only where it is loaded afterwards.
        if (std::none_of(catalog.components.begin(), catalog.components.end(), [&](const catalog::Component& component) { return component.workload == fact.name && component.emptyDir && !scope.has(component.id); }))
            names.append(fact.name);
    }
    return names;
}

/// Replica fields of the APIManager for workloads that the operator would scale up again: used where the operator itself cannot be stopped.
QJsonArray PlanMaker::replicaFields(const QStringList& names) const
{
    QJsonArray fields;
    for (const QString& name : names) {
        const catalog::WorkloadFact* fact = situation.catalog.workload(name);
        if (!fact->replicasField.isEmpty())
            fields.append(fact->replicasField);
    }
    return fields;
}

/// A step that stops or starts these workloads moves their fields with them.
void PlanMaker::withFields(plan::Step& step, const QStringList& names) const
{
    const QJsonArray fields = replicaFields(names);
    if (!zeroes() || fields.isEmpty())
        return;
    step.parameters[u"resource"] = situation.catalog.customResource;
    step.parameters[u"fields"] = fields;
}

plan::Step PlanMaker::apiManagerZero() const
{
    plan::Step step = steps.workloads(u"apimanager-zero"_s, u"Set the replica counts in the APIManager to 0"_s, u"apimanager.zero"_s, scope.stopped);
    withFields(step, scope.stopped);
    step.section = u"6.6.5"_s;
    step.departure = u"A merge patch with the saved spec does not remove `replicas: 0`: every field's value is kept, absent ones are put back as null."_s;
    step.commands = {u"oc patch %1 NAME --type=merge -p '{\"spec\": ... \"replicas\": 0}'"_s.arg(situation.catalog.customResource)};
    step.undo = u"Puts every field back as it was"_s;
    return step;
}

QList<plan::Stage> PlanMaker::startStages() const
{
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
        if (!names.isEmpty()) {
            plan::Step start = steps.start(u"start:%1"_s.arg(number), u"Start %1"_s.arg(names.join(u", "_s)), names);
            withFields(start, names);
            if (start.parameters.contains(u"fields"_s)) {
                start.commands.prepend(u"oc patch %1 NAME --type=merge -p '{\"spec\": ... \"replicas\": AS IT WAS}'"_s.arg(situation.catalog.customResource));
                start.undo = u"Sets their replica counts in the APIManager to 0 and scales them to 0 again"_s;
            }
            stage.steps.append(start);
        }
        if (app && scope.systemDatabase) {
            if (operatorRunsHooks())
                stage.steps.append(steps.startOperator(scope.operators));
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

/// A rebuild with the operator: it makes the installation from Secrets, ConfigMaps and APIManager first (G, step 1).
void PlanMaker::install()
{
    if (!scope.freshOperator)
        return;
    QList<plan::Step> install;
    for (const QString& id : early()) {
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
        adopt.undo = u"Takes the owner away from what was there before without one; what was made is removed by the undo of the step that made it"_s;
        install.append(adopt);
    }
    addStage(u"install"_s, u"Let the operator install 3scale"_s, install);
}

void PlanMaker::stopWriters()
{
    QList<plan::Step> stop;
    if (runs() && !scope.stopped.isEmpty()) {
        if (!scope.operators.isEmpty())
            stop.append(steps.stop(u"stop-operator"_s, u"Stop the 3scale operator, which would start the writers again"_s, scope.operators));
        else if (zeroes())
            stop.append(apiManagerZero());
        plan::Step writers = steps.stop(u"stop-writers"_s, u"Stop what writes to the data"_s, scope.stopped);
        withFields(writers, scope.stopped);
        stop.append(writers);
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
}

void PlanMaker::safetyBundle()
{
    if (!options.withoutSafetyReason.isEmpty())
        return;
    const catalog::Component* files = nullptr;
    for (const QString& id : scope.components) {
        if (catalog.component(id)->engine == u"files")
            files = catalog.component(id);
    }
    if (files && steps.kept.contains(files->id)) {
        addStage(u"safety-helper"_s, u"Reach the files"_s, {steps.maker.helper(*files)});
        helperIsThere = true;
    }
    if (!steps.kept.isEmpty()) {
        store::StepMaker safety = steps.maker;
        safety.safety = true;
        safety.writersStopped = true;
        // What a lost run has half-loaded is worth no copy.
        safety.mayBeUnreadable = options.acceptUnreadable + (situation.left ? situation.left->inFlight.keys() : QStringList{});
        safety.absent = absentComponents(situation, scope);
        plan.stages += safety.backupStages(steps.kept, parallelReads);
        plan.choices[u"safetyBundle"] = situation.safetyPath;
    }
}

void PlanMaker::objects()
{
    QList<plan::Step> objects;
    const auto restoreObjects = [&](const QString& id) {
        if (scope.has(id) && !(scope.freshOperator && early().contains(id)))
            objects.append(steps.objects(*catalog.component(id)));
    };
    restoreObjects(u"secrets"_s);
    restoreObjects(u"configmaps"_s);
    // A definition that is put back restarts a store as well.
    const bool storeIsDefined = scope.has(u"workloads"_s) && std::any_of(catalog.components.begin(), catalog.components.end(), [this](const catalog::Component& component) { return component.emptyDir && scope.has(component.id); });
    if ((!objects.isEmpty() || storeIsDefined) && !situation.live.workloads.isEmpty()) {
        QStringList all;
        for (const catalog::WorkloadFact& fact : catalog.workloads) {
            if (situation.live.workload(fact.name))
                all.append(fact.name);
        }
        plan::Step readers = steps.workloads(u"readers"_s, u"Keep in mind which pods read what is restored"_s, u"objects.readers"_s, all);
        readers.undo = u"Rolls out the pods that had read the restored values, once the old ones are back, and loads again what went with a pod"_s;
        objects.prepend(readers);
    }
    if (!options.templateFile.isEmpty()) {
        plan::Step made;
        made.id = u"template"_s;
        made.title = u"Create what is missing from the template"_s;
        made.section = u"6.6.1"_s;
        made.departure = u"`oc new-app` takes the parameters in its arguments and prints them: the template %1 is processed locally, with its parameters on standard input, and its objects are created one by one."_s.arg(options.templateFile);
        made.action = u"template.create"_s;
        made.parameters[u"file"] = options.templateFile;
        made.parameters[u"paused"] = createdPaused();
        made.changes = made.idempotent = made.undoable = true;
        made.undo = u"Removes what was created (a claim or an APIManager stays: removing it would destroy data)"_s;
        made.commands = {oc::argv::display(oc::argv::processTemplate()), oc::argv::display(oc::argv::create(situation.connection))};
        objects.append(made);
    }
    if (!zeroes()) // else once everything runs: its replica counts must stay at 0 until then
        restoreObjects(u"apimanager"_s);
    restoreObjects(u"workloads"_s);
    if (scope.has(u"workloads"_s))
        objects.last().parameters[u"paused"] = createdPaused();
    restoreObjects(u"routes"_s);
    addStage(u"objects"_s, u"Restore objects"_s, objects);
}

void PlanMaker::stores()
{
    // Stores whose secrets or configuration changed get them before they are loaded: zync-database would lose a load by a later restart.
    const QStringList stores = restartable(true);
    // A data store that does not run now is started first. One whose definition was put back rolls out by itself, which ends a pod that is ready until then.
    QStringList idle, rolling = scope.has(u"workloads"_s) ? stores : QStringList();
    QList<plan::Step> settle;
    for (const QString& id : scope.components) {
        const catalog::Component& component = *catalog.component(id);
        if (component.engine == u"objects" || component.engine == u"files")
            continue;
        const cluster::Workload* live = situation.live.workload(component.workload);
        // The helper's way stops Redis anyhow, and starts it on whole files.
        const bool stopped = component.engine == u"redis" && !options.documentedRedis;
        if (!stopped && (!live || live->desired == 0))
            idle.append(component.workload);
        if (stopped)
            rolling.removeAll(component.workload);
        if (component.engine == u"mysql" || component.engine == u"postgresql")
            settle.append(steps.prepare(component));
    }
    if (!idle.isEmpty())
        settle.prepend(steps.start(u"start-stores"_s, u"Start the data stores"_s, idle));
    if (!rolling.isEmpty())
        settle.prepend(steps.settle(rolling));
    if (objectsChange() && !stores.isEmpty()) {
        plan::Step restart = steps.workloads(u"rollout-stores"_s, u"Restart data stores whose secrets or configuration changed"_s, u"workloads.rolloutChanged"_s, stores);
        restart.undo = u"None needed"_s;
        settle.append(restart);
    }
    addStage(u"stores"_s, u"Make the data stores ready"_s, settle);
}

void PlanMaker::data()
{
    for (const QString& id : scope.components) {
        const catalog::Component& component = *catalog.component(id);
        const QString title = u"Restore %1"_s.arg(component.id);
        // An operator that comes back for the hooks may start zync, which must not write while its database is loaded and proven.
        if (component.engine == u"mysql" || (component.engine == u"postgresql" && (!component.emptyDir || operatorRunsHooks())))
            addStage(u"data-"_s + id, title, steps.database(component));
        else if (component.engine == u"postgresql")
            zyncLoad = steps.database(component); // last, for its volume goes with its pod
        else if (component.engine == u"files")
            addStage(u"data-"_s + id, title, steps.files(component, helperIsThere));
        else if (component.engine == u"redis")
            addStage(u"data-"_s + id, title, options.documentedRedis ? steps.redisDocumented(component) : steps.redisByHelper(component));
    }
}

void PlanMaker::startAgain()
{
    plan.stages += startStages();
    QList<plan::Step> after;
    const QStringList others = restartable(false);
    if (objectsChange() && !others.isEmpty()) {
        plan::Step restart = steps.workloads(u"rollout-others"_s, u"Restart workloads whose secrets or configuration changed"_s, u"workloads.rolloutChanged"_s, others);
        restart.undo = u"None needed"_s;
        after.append(restart);
    }
    for (const QString& name : others) {
        const catalog::WorkloadFact& fact = *catalog.workload(name);
        const bool affected = std::any_of(fact.restartAfter.begin(), fact.restartAfter.end(), [&](const QString& id) { return scope.components.contains(id) && catalog.component(id) && catalog.component(id)->engine != u"objects"; });
        if (affected)
            after.append(steps.rollout(u"rollout:"_s + name, name));
    }
    if (!scope.operators.isEmpty() && !operatorRunsHooks())
        after.append(steps.startOperator(scope.operators));
    if (zeroes() && !scope.freshOperator && scope.has(u"apimanager"_s))
        after.prepend(steps.objects(*catalog.component(u"apimanager"_s)));
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
    }
    addStage(u"after"_s, u"Bring the rest up to date"_s, after);
    if (scope.has(u"apimanager"_s))
        addStage(u"capabilities"_s, u"Restore what the operator carries out in 3scale"_s, steps.capabilities(*catalog.component(u"apimanager"_s)));
}

void PlanMaker::verify()
{
    const catalog::Component* zync = catalog.component(u"zync-database"_s);
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
    for (const QString& id : scope.components) {
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
    const QStringList hosts = admittedHosts(situation);
    if (!hosts.isEmpty() && (scope.has(u"routes"_s) || scope.systemDatabase)) {
        plan::Step routes;
        routes.id = u"verify:routes"_s;
        routes.title = u"Every Route that was admitted at the time of the backup is so"_s;
        routes.section = u"6.6.12"_s;
        routes.action = u"verify.routes"_s;
        routes.parameters[u"hosts"] = QJsonArray::fromStringList(hosts);
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
}
} // namespace

Result<plan::Plan> makePlan(const Situation& situation, const Options& options)
{
    if (const auto whole = situation.live.whole(); !whole)
        return fail(whole.error());
    const auto scope = scopeOf(situation, options);
    if (!scope)
        return fail(scope.error());
    const catalog::Catalog& catalog = situation.catalog;
    const cluster::Inventory& known = situation.live.workloads.isEmpty() ? situation.saved : situation.live;
    PlanMaker maker{.situation = situation, .options = options, .catalog = catalog, .scope = *scope,
                    .steps = {.situation = situation, .options = options, .catalog = catalog, .workloadsRestored = scope->has(u"workloads"_s), .maker = {.catalog = catalog, .inventory = known, .connection = situation.connection}, .kept = keptComponents(situation, options, *scope), .left = leftAsTheyAre(situation, *scope)},
                    .plan = {.kind = u"restore"_s, .cluster = situation.cluster, .apiUrl = situation.live.apiUrl, .namespaceName = situation.connection.namespaceName, .projectUid = situation.live.projectUid, .bundle = situation.bundlePath,
                    .choices = {{u"components"_s, QJsonArray::fromStringList(scope->components)}, {u"queues"_s, options.emptyQueues ? u"empty"_s : u"restore"_s},
                                {u"redisMethod"_s, options.documentedRedis ? u"documented"_s : u"helper"_s}, {u"template"_s, options.templateFile}, {u"map"_s, options.map},
                                {u"withoutSafetyBundle"_s, options.withoutSafetyReason}, {u"acceptUnreadable"_s, QJsonArray::fromStringList(options.acceptUnreadable)}, {u"safetyBundle"_s, QString{}}},
                    .warnings = warnings(situation, options, *scope), .stages = {}}, .zyncLoad = {}};
    // In a rebuild no writer runs yet, and the first step already replaces Secrets and ConfigMaps.
    if (scope->freshOperator)
        maker.safetyBundle();
    maker.install();
    maker.stopWriters();
    if (!scope->freshOperator)
        maker.safetyBundle();
    maker.objects();
    maker.stores();
    maker.data();
    maker.startAgain();
    maker.verify();
    if (maker.plan.stages.isEmpty())
        return fail(ErrorCode::Usage, u"There is nothing to restore."_s);
    return maker.plan;
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
