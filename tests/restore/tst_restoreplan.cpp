#include "engine/restore/restore.h"

#include "tests/plan/installation.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
struct Kind { const char* name; QString version, workloadKind, flavour; };
const QList<Kind> kinds{{"2.7 template", u"2.7"_s, u"DeploymentConfig"_s, u"template"_s}, {"2.7 operator", u"2.7"_s, u"DeploymentConfig"_s, u"operator"_s}, {"2.15 operator", u"2.15"_s, u"Deployment"_s, u"operator"_s}};

/// A whole, proven bundle of an installation that has two pods of everything, and the same installation live.
restore::Situation situation(const Kind& kind)
{
    const Installation installation(kind.version, kind.workloadKind, kind.flavour);
    restore::Situation made;
    made.cluster = u"production"_s;
    made.header.flavour = kind.flavour;
    made.header.threescaleVersion = kind.version;
    made.header.workloadKind = kind.workloadKind;
    made.catalog = installation.catalog;
    made.saved = made.live = installation.inventory;
    for (const catalog::Component& component : installation.catalog.components) {
        if (component.id != u"system-postgresql" && component.presence != u"external" && !(component.id == u"apimanager" && kind.flavour != u"operator"))
            made.manifest.components.append({.id = component.id, .title = component.title, .engine = component.engine, .pod = {}, .container = {}, .image = {}, .serverVersion = {}, .state = u"proven"_s, .notes = {}, .summary = {}});
    }
    for (const catalog::WorkloadFact& fact : installation.catalog.workloads)
        made.manifest.workloads.append(QJsonObject{{u"name"_s, fact.name}, {u"replicas"_s, 2}});
    cluster::Route route;
    route.name = u"admin"_s;
    route.host = u"acme-admin.apps.example.com"_s;
    route.admitted = true;
    made.saved.routes = {route};
    made.bundlePath = u"/b.tar"_s;
    made.safetyPath = u"/s.tar"_s;
    made.connection = {.program = u"oc"_s, .kubeconfig = u"/k"_s, .namespaceName = u"threescale"_s, .cacheDir = {}};
    return made;
}

/// Every workload that is stopped in this order of steps and not started after it.
QStringList leftStopped(const Order& order)
{
    QStringList left;
    for (const plan::Step& step : order.steps) {
        if (step.action == u"workloads.stop")
            left += Order::workloads(step);
        else if (step.action == u"workloads.start") {
            for (const QString& name : Order::workloads(step))
                left.removeAll(name);
        }
    }
    return left;
}
} // namespace

class TestRestorePlan : public QObject {
    Q_OBJECT

    static const plan::Step& made(const plan::Plan& plan, const QString& id) { return *plan.step(id); }

    /// What holds for every plan, of whatever components.
    static void checkAnyPlan(const plan::Plan& plan)
    {
        const auto read = plan::fromJson(plan::toJson(plan));
        QVERIFY2(read, read ? "" : qPrintable(read.error().message));
        QCOMPARE(*read, plan);
        const Order order(plan);
        static const run::Handlers handlers = restore::handlers();
        for (const plan::Step& step : order.steps) {
            const QByteArray id = step.id.toUtf8();
            QVERIFY2(handlers.contains(step.action), qPrintable(step.action));
            if (step.action == u"safety.try")
                QVERIFY2(handlers.contains(step.parameters[u"inner"].toString()), id.constData());
            QVERIFY2(!step.title.isEmpty(), id.constData());
            QVERIFY2(!step.changes || !step.undo.isEmpty(), id.constData());
            // A step that changes something can be taken back, or says why not; and after a crash it is found out whether it happened.
            QVERIFY2(!step.changes || !step.undoable || handlers.value(step.action)->hasUndo(), id.constData());
            QVERIFY2(!step.changes || handlers.value(step.action)->hasProbe(), id.constData());
            QVERIFY2(!step.changes || step.idempotent, id.constData()); // or a half-undone one could not be gone on with
            QVERIFY2(!handlers.value(step.action)->endangersData() || (step.changes && step.undoable && !step.component.isEmpty()), id.constData());
            QVERIFY2(!step.proves || !step.changes, id.constData());
        }
        QVERIFY2(leftStopped(order).isEmpty(), qPrintable(leftStopped(order).join(u' ')));

        const qsizetype safety = order.of(u"safety-finish"_s);
        for (qsizetype i = 0; i < order.steps.size(); ++i) {
            const plan::Step& step = order.steps[i];
            // The lock says which data is neither old nor new: every step that makes it so is followed by a proof.
            if (handlers.value(step.action)->endangersData())
                QVERIFY2(order.of(u"prove:"_s + step.component) > i && made(plan, u"prove:"_s + step.component).proves, qPrintable(step.id));
            // Nothing is overwritten before what it overwrites is safe.
            if (step.action == u"objects.restore" || step.action.endsWith(u".load") || step.action == u"files.swap")
                QVERIFY2(safety >= 0 && i > safety, qPrintable(step.id));
            if (step.action.endsWith(u".load") || step.action == u"files.swap")
                QVERIFY2(order.of(u"prove:"_s + step.component) > i, qPrintable(step.id));
            if (step.action == u"helper.create") {
                const qsizetype removed = order.of(u"remove-helper:"_s + step.component);
                QVERIFY2(removed > i, qPrintable(step.id)); // also by the undo of this step
                QVERIFY2(step.undoable, qPrintable(step.id));
                for (qsizetype j = i; j < removed; ++j)
                    QVERIFY2(order.steps[j].action != u"workloads.start", qPrintable(order.steps[j].id)); // nobody else on the volume
            }
        }
        QCOMPARE(plan.stages.last().id, u"verify"_s);
    }

private Q_SLOTS:
    void whole_data()
    {
        QTest::addColumn<int>("index");
        for (int i = 0; i < kinds.size(); ++i)
            QTest::newRow(kinds[i].name) << i;
    }
    void whole()
    {
        QFETCH(int, index);
        const Kind& kind = kinds[index];
        const restore::Situation here = situation(kind);
        const auto made = restore::makePlan(here, {});
        QVERIFY2(made, made ? "" : qPrintable(made.error().message));
        QCOMPARE(*restore::makePlan(here, {}), *made); // pure
        checkAnyPlan(*made);
        const Order order(*made);

        // 3scale-facts G: stop, safety, objects, database, files, Redis, then start in stages with zync's load last. An operator that is back for the hooks starts zync by itself where
        // the APIManager has its count: then the load comes before any start.
        const bool operatorRunsHooks = kind.workloadKind == u"Deployment";
        QVERIFY(order.inOrder({u"stop-writers"_s, u"pause-rollouts"_s, u"safety-finish"_s, u"restore:secrets"_s, u"restore:configmaps"_s, u"load:system-mysql"_s, u"prove:system-mysql"_s, u"resume-rollouts"_s,
                               u"rollout:system-app"_s, u"task:resync"_s, u"verify:workloads"_s}));
        QVERIFY(order.inOrder(operatorRunsHooks ? QStringList{u"prove:system-mysql"_s, u"load:zync-database"_s, u"prove:zync-database"_s, u"start:2"_s, u"start-operator"_s, u"rollout:system-app"_s}
                                                : QStringList{u"rollout:system-app"_s, u"load:zync-database"_s, u"prove:zync-database"_s, u"task:resync"_s}));
        for (const QString& id : {u"prove:system-storage"_s, u"prove:backend-redis"_s, u"prove:system-redis"_s})
            QVERIFY(order.inOrder({u"safety-finish"_s, id, u"start:2"_s}));
        for (const QString& id : {u"stop-store:backend-redis"_s, u"stop-store:system-redis"_s})
            QVERIFY(order.inOrder({u"safety-finish"_s, id, u"load:"_s + id.section(u':', 1), u"prove:"_s + id.section(u':', 1), u"start-store:"_s + id.section(u':', 1)}));
        if (kind.flavour == u"operator") {
            QVERIFY(order.inOrder({u"stop-operator"_s, u"stop-writers"_s}));
            QVERIFY(order.inOrder({u"prove:system-mysql"_s, u"start-operator"_s}));
            QVERIFY(made->step(u"start-operator"_s)->parameters[u"undoFirst"].toBool());
            // What the operator carries out in 3scale comes when 3scale has its data and runs, and is proven like the rest.
            QVERIFY(order.inOrder({u"prove:zync-database"_s, u"task:resync"_s, u"restore-capabilities:apimanager"_s, u"verify:workloads"_s, u"prove:apimanager"_s}));
            QVERIFY(order.inOrder({u"start-operator"_s, u"restore-capabilities:apimanager"_s}));
            QCOMPARE(made->step(u"restore:apimanager"_s)->parameters[u"skip"].toArray(), QJsonArray{u"*.capabilities.3scale.net"_s});
            QCOMPARE(made->step(u"restore-capabilities:apimanager"_s)->parameters[u"only"].toArray(), QJsonArray{u"*.capabilities.3scale.net"_s});
            QVERIFY(made->step(u"restore-capabilities:apimanager"_s)->undo.contains(u"created ones stay"_s));
            QCOMPARE(made->step(u"prove:apimanager"_s)->parameters[u"skip"].toArray(), QJsonArray());
            // Of Deployments the operator makes the hook Jobs, so it must be there for the rollout; of DeploymentConfigs it would only interfere.
            QCOMPARE(order.of(u"start-operator"_s) < order.of(u"rollout:system-app"_s), operatorRunsHooks);
        } else {
            QVERIFY(order.of(u"stop-operator"_s) < 0);
        }

        // All but the stores is stopped; system-app never runs on data that is not proven.
        const QStringList stopped = Order::workloads(*made->step(u"stop-writers"_s));
        for (const catalog::WorkloadFact& fact : here.catalog.workloads) {
            if (here.live.workload(fact.name))
                QCOMPARE(stopped.contains(fact.name), fact.side != u"store");
        }
        const auto start = [&order](const QString& name) { return order.first(u"workloads.start"_s, name); };
        for (const QString& proof : {u"prove:system-mysql"_s, u"prove:system-storage"_s, u"prove:backend-redis"_s, u"prove:system-redis"_s}) {
            for (const QString& name : stopped)
                QVERIFY2(order.of(proof) < start(name), qPrintable(name));
            QVERIFY(order.of(proof) < order.first(u"rollouts.resume"_s, u"system-app"_s));
            QVERIFY(order.of(proof) < order.first(u"workloads.rollout"_s, u"system-app"_s));
        }
        QVERIFY(order.first(u"rollouts.pause"_s, u"system-app"_s) < order.of(u"load:system-mysql"_s));
        QVERIFY(start(u"backend-listener"_s) < start(u"system-app"_s)); // or its hook fails
        QVERIFY(start(u"system-memcache"_s) <= start(u"system-app"_s));
        QVERIFY(start(u"system-app"_s) < start(u"system-sidekiq"_s));
        QCOMPARE(start(u"system-sidekiq"_s) < order.of(u"load:zync-database"_s), !operatorRunsHooks);
        QVERIFY(order.of(u"prove:zync-database"_s) < start(u"zync"_s));
        QVERIFY(start(u"zync-que"_s) < order.of(u"task:resync"_s));
        QVERIFY(start(u"zync"_s) < start(u"apicast-production"_s));
        // A restart of zync-database after its load would lose it.
        for (qsizetype i = order.of(u"load:zync-database"_s); i < order.steps.size(); ++i)
            QVERIFY2(!Order::workloads(order.steps[i]).contains(u"zync-database"_s) || order.steps[i].action.startsWith(u"verify"_s), qPrintable(order.steps[i].id));

        // Its hooks run whatever its replicas: a new one is created paused.
        QCOMPARE(made->step(u"restore:workloads"_s)->parameters[u"paused"].toArray(), QJsonArray{u"system-app"_s});
        QVERIFY(made->step(u"restore:workloads"_s)->parameters[u"skip"].toArray().isEmpty());

        // As many pods as the bundle says.
        for (const plan::Step& step : order.steps) {
            if (step.action != u"workloads.start" || step.id == u"start-operator")
                continue;
            for (const QJsonValue& each : step.parameters[u"workloads"].toArray())
                QCOMPARE(each[u"replicas"].toInt(), 2);
        }
        for (const bundle::Component& component : here.manifest.components)
            QVERIFY2(made->step(u"prove:"_s + component.id), qPrintable(component.id));
        QVERIFY(made->warnings.join(u' ').contains(u"outage"_s));
    }

    void single_data()
    {
        QTest::addColumn<int>("index");
        QTest::addColumn<QString>("component");
        for (int i = 0; i < kinds.size(); ++i) {
            for (const bundle::Component& component : situation(kinds[i]).manifest.components)
                QTest::addRow("%s %s", kinds[i].name, qPrintable(component.id)) << i << component.id;
        }
    }
    void single()
    {
        QFETCH(int, index);
        QFETCH(QString, component);
        const restore::Situation here = situation(kinds[index]);
        restore::Options options;
        options.components = {component};
        const auto made = restore::makePlan(here, options);
        QVERIFY2(made, made ? "" : qPrintable(made.error().message));
        checkAnyPlan(*made);
        const Order order(*made);
        QVERIFY(made->step(u"prove:"_s + component));
        const catalog::Component& part = *here.catalog.component(component);
        for (const plan::Step& step : order.steps) { // nothing else is written
            if (step.action.endsWith(u".load") || step.action == u"objects.restore" || step.action == u"files.swap")
                QCOMPARE(step.component, component);
        }
        // Its writers do not run while it is loaded, and nothing else is stopped but the operator and the store itself.
        const qsizetype written = std::max(order.of(u"load:"_s + component), order.of(u"swap:"_s + component));
        for (const QString& writer : part.adminWriters + part.apiWriters) {
            if (!here.live.workload(writer))
                continue;
            const qsizetype stopped = order.first(u"workloads.stop"_s, writer);
            QVERIFY2(stopped >= 0 && stopped < written, qPrintable(writer));
            QVERIFY2(order.first(u"workloads.start"_s, writer) > order.of(u"prove:"_s + component), qPrintable(writer));
        }
        for (const plan::Step& step : order.steps) {
            if (step.action != u"workloads.stop")
                continue;
            for (const QString& name : Order::workloads(step))
                QVERIFY2((part.adminWriters + part.apiWriters).contains(name) || here.catalog.operatorDeployments.contains(name) || name == part.workload, qPrintable(name));
        }
    }

    void queues()
    {
        const restore::Situation here = situation(kinds[0]);
        for (const bool empty : {false, true}) {
            restore::Options options;
            options.emptyQueues = empty;
            const auto made = restore::makePlan(here, options);
            QVERIFY(made);
            QVERIFY(restore::emptiesQueues(here, *made));
            QCOMPARE(made->choices[u"queues"].toString(), empty ? u"empty"_s : u"restore"_s);
            for (const QString& verb : {u"load:"_s, u"prove:"_s})
                QCOMPARE(made->step(verb + u"backend-redis"_s)->parameters[u"emptyDatabases"].toArray(), empty ? QJsonArray{1} : QJsonArray{});
        }
        // Nothing empties them without a Redis, and nothing says so.
        for (const bool empty : {false, true}) {
            restore::Options options;
            options.emptyQueues = empty;
            options.components = {u"system-mysql"_s};
            const auto made = restore::makePlan(here, options);
            QVERIFY(made);
            const auto fits = restore::emptiesQueues(here, *made);
            QCOMPARE(fits.has_value(), !empty);
            QVERIFY(fits || (fits.error().code == ErrorCode::Usage && fits.error().hint.contains(u"--component system-redis"_s)));
            const QString warnings = made->warnings.join(u' ');
            QVERIFY2(warnings.contains(u"The queues in Redis are not restored"_s) && !warnings.contains(u"empty the queues"_s), qPrintable(warnings));
        }
    }

    void documentedRedis()
    {
        const restore::Situation here = situation(kinds[0]);
        restore::Options options;
        options.documentedRedis = true;
        options.components = {u"backend-redis"_s};
        const auto made = restore::makePlan(here, options);
        QVERIFY(made);
        checkAnyPlan(*made);
        QVERIFY(Order(*made).inOrder({u"safety-finish"_s, u"edit-config:backend-redis"_s, u"rollout-1:backend-redis"_s, u"check-off:backend-redis"_s, u"load:backend-redis"_s, u"rollout-2:backend-redis"_s, u"rewrite-aof:backend-redis"_s,
                                      u"prove:backend-redis"_s, u"tidy:backend-redis"_s, u"restore-config:backend-redis"_s, u"rollout-3:backend-redis"_s}));
    }

    void withoutSafety()
    {
        const restore::Situation here = situation(kinds[0]);
        restore::Options options;
        options.withoutSafetyReason = u"the disk is full"_s;
        const auto made = restore::makePlan(here, options);
        QVERIFY(made);
        for (const plan::Step& step : Order(*made).steps)
            QVERIFY2(!step.id.startsWith(u"safety-"_s), qPrintable(step.id));
        QVERIFY(made->warnings.join(u' ').contains(u"the disk is full"_s));
        QVERIFY(Order(*made).inOrder({u"helper:system-storage"_s, u"swap:system-storage"_s, u"remove-helper:system-storage"_s}));
    }

    /// Each sentence about old files, by where there is a copy of them.
    void whatBecomesOfTheOldFiles()
    {
        restore::Situation here = situation(kinds[0]);
        restore::Options options;
        const auto titleOf = [&](const QString& id) { return restore::makePlan(here, options)->step(u"tidy:"_s + id)->title; };
        const auto withoutCopy = [&](const QString& id) { return restore::makePlan(here, options)->step(u"tidy:"_s + id)->parameters[u"withoutCopy"].toBool(); };
        const auto notes = [&] { return restore::makePlan(here, options)->warnings.join(u' '); };
        const QString files = u"system-storage"_s, redis = u"backend-redis"_s;
        for (const QString& id : {files, redis})
            QVERIFY2(titleOf(id).contains(u"which the safety bundle keeps"_s) && !withoutCopy(id), qPrintable(titleOf(id)));
        // Unreadable, and confirmed.
        options.acceptUnreadable = {redis, u"system-mysql"_s};
        QVERIFY2(titleOf(redis).contains(u"if the safety bundle keeps them"_s), qPrintable(titleOf(redis)));
        QVERIFY2(notes().contains(u"Overwritten without a copy where it cannot be read: system-mysql."_s) && notes().contains(u"Not in the safety bundle where it cannot be read: backend-redis."_s), qPrintable(notes()));
        options.acceptUnreadable.clear();
        options.withoutSafetyReason = u"the disk is full"_s;
        QVERIFY2(titleOf(files).contains(u"no safety bundle was taken"_s) && withoutCopy(files), qPrintable(titleOf(files)));
        options.withoutSafetyReason.clear();
        // The volume alone is left.
        here.live.workloads.removeIf([](const cluster::Workload& each) { return each.name == u"system-app" || each.name == u"backend-redis" || each.name == u"system-mysql"; });
        // With nothing else to be kept, no safety bundle is taken; nobody gave it up, so they stay all the same.
        for (const QStringList& components : {QStringList(), QStringList{files, redis}}) {
            options.components = components;
            QVERIFY(restore::makePlan(here, options));
            QCOMPARE(restore::makePlan(here, options)->choices[u"safetyBundle"].toString().isEmpty(), !components.isEmpty());
            for (const QString& id : {files, redis})
                QVERIFY2(titleOf(id).startsWith(u"Leave the old files"_s) && !withoutCopy(id), qPrintable(titleOf(id)));
        }
        options.components.clear();
        QVERIFY2(notes().contains(u"without a copy: mysql-storage (system-mysql)."_s), qPrintable(notes()));
        QVERIFY2(notes().contains(u"(system-storage), backend-redis-storage (backend-redis). It is put aside on its volume and stays there"_s), qPrintable(notes()));
        options.withoutSafetyReason = u"the disk is full"_s;
        QVERIFY2(notes().contains(u"(system-storage), backend-redis-storage (backend-redis). It is put aside on its volume and removed once"_s), qPrintable(notes()));
        options.withoutSafetyReason.clear();
        here.live.claims.clear();
        QVERIFY2(titleOf(files).startsWith(u"Remove what the load has left"_s) && withoutCopy(files), qPrintable(titleOf(files)));
    }

    void rebuildWithTheOperator()
    {
        restore::Situation here = situation(kinds[2]);
        here.live = {};
        const auto made = restore::makePlan(here, {});
        QVERIFY(made);
        checkAnyPlan(*made);
        QCOMPARE(made->choices[u"safetyBundle"].toString(), here.safetyPath);
        // What is left of Secrets is kept first. The operator makes the installation; then its writers are stopped before anything is loaded.
        QVERIFY(Order(*made).inOrder({u"safety-save:secrets"_s, u"safety-save:apimanager"_s, u"safety-finish"_s, u"restore:secrets"_s, u"restore:configmaps"_s, u"restore:apimanager"_s, u"installed"_s, u"stop-writers"_s, u"load:system-mysql"_s, u"prove:system-mysql"_s, u"rollout:system-app"_s, u"restore-capabilities:apimanager"_s}));
        QVERIFY(leftStopped(Order(*made)).isEmpty());
        // Said before the run, too: this is not taken back.
        QVERIFY(made->step(u"restore:apimanager"_s)->undo.contains(u"APIManager stays"_s));
        QVERIFY(made->warnings.join(u' ').contains(u"leaves the APIManager"_s));
        // No store is there to be read; that there was none is what an undo goes by.
        QVERIFY(!made->step(u"safety-dump:system-mysql"_s));
        QVERIFY(made->step(u"safety-finish"_s)->parameters[u"absent"].toArray().contains(u"system-mysql"_s));

        // A claim that outlived it holds data of which there can be no copy: nothing is said to have been absent.
        cluster::Claim claim;
        claim.name = u"mysql-storage"_s;
        here.live.claims = {claim};
        const auto kept = restore::makePlan(here, {});
        QVERIFY(kept);
        QVERIFY(kept->warnings.join(u' ').contains(u"without a copy: mysql-storage (system-mysql)"_s));
        QVERIFY(!kept->step(u"safety-finish"_s)->parameters[u"absent"].toArray().contains(u"system-mysql"_s));

        restore::Options options;
        options.withoutSafetyReason = u"the disk is full"_s;
        const auto without = restore::makePlan(here, options);
        QVERIFY(without);
        QVERIFY(!without->step(u"safety-finish"_s) && without->choices[u"safetyBundle"].toString().isEmpty());
    }

    /// Deleted without what it owned: what runs is stopped and kept like everything else, and the APIManager is one of the objects.
    void onlyTheApiManagerIsGone()
    {
        restore::Situation here = situation(kinds[1]);
        here.live.objects = {};
        const auto made = restore::makePlan(here, {});
        QVERIFY(made);
        checkAnyPlan(*made);
        QVERIFY(!made->step(u"installed"_s));
        QVERIFY(Order(*made).inOrder({u"stop-operator"_s, u"stop-writers"_s, u"safety-dump:system-mysql"_s, u"safety-finish"_s, u"restore:apimanager"_s, u"load:system-mysql"_s, u"start-operator"_s}));
    }

    void rebuildFromTheTemplate()
    {
        restore::Situation here = situation(kinds[0]);
        here.live = {};
        restore::Options options;
        options.templateFile = u"/amp.yml"_s;
        const auto made = restore::makePlan(here, options);
        QVERIFY(made);
        const Order order(*made);
        QVERIFY(order.inOrder({u"restore:secrets"_s, u"restore:configmaps"_s, u"template"_s, u"load:system-mysql"_s, u"prove:system-mysql"_s, u"resume-rollouts"_s}));
        QCOMPARE(made->step(u"template"_s)->parameters[u"paused"].toArray(), QJsonArray{u"system-app"_s});
        for (const plan::Step& step : order.steps)
            QVERIFY2(!step.changes || restore::handlers().value(step.action)->hasProbe(), qPrintable(step.id));
        QVERIFY(order.first(u"workloads.start"_s, u"system-app"_s) > order.of(u"prove:system-mysql"_s));
    }

    void withoutTheOperator()
    {
        // Its Deployments are in another namespace: the APIManager's fields are all that can be set.
        restore::Situation here = situation(kinds[1]);
        here.live.workloads.removeIf([&here](const cluster::Workload& workload) { return here.catalog.operatorDeployments.contains(workload.name); });
        const auto made = restore::makePlan(here, {});
        QVERIFY(made);
        checkAnyPlan(*made);
        // The saved APIManager has its counts, too: it comes when everything runs, and every start gives its own fields back.
        QVERIFY(Order(*made).inOrder({u"apimanager-zero"_s, u"stop-writers"_s, u"prove:system-mysql"_s, u"start:2"_s, u"start:6"_s, u"restore:apimanager"_s, u"prove:apimanager"_s}));
        QStringList zeroed, back;
        for (const plan::Step& step : Order(*made).steps) {
            if (step.action != u"apimanager.zero" && step.action != u"workloads.start")
                continue;
            for (const QJsonValue& field : step.parameters[u"fields"].toArray())
                (step.action == u"apimanager.zero" ? zeroed : back).append(field.toString());
        }
        zeroed.sort();
        back.sort();
        QCOMPARE(zeroed.size(), 9);
        QCOMPARE(back, zeroed);
    }

    /// What a lost run has left: its half-loaded data must be restored, and what it stopped is started at its counts, not at its zeros.
    void takesOver()
    {
        restore::Situation here = situation(kinds[0]);
        for (cluster::Workload& workload : here.live.workloads)
            workload.desired = workload.ready = 0;
        here.left = run::LockInfo{.nonce = u"abcd"_s, .runId = u"lost"_s, .owner = u"eve"_s, .host = u"elsewhere"_s, .purpose = u"restore"_s, .holder = {}, .since = {}, .bundle = {}, .safetyBundle = {},
                                  .originals = {{u"replicas:DeploymentConfig/system-app"_s, 3}, {u"replicas:DeploymentConfig/apicast-production"_s, 5}},
                                  .inFlight = {{u"system-mysql"_s, QJsonObject{{u"action"_s, u"mysql.load"_s}}}}, .left = true, .inherited = {}};
        restore::Options options;
        options.components = {u"backend-redis"_s};
        const auto refused = restore::makePlan(here, options);
        QVERIFY(!refused);
        QVERIFY2(refused.error().hint.contains(u"--component system-mysql"_s), qPrintable(refused.error().hint));

        options.components = {u"system-mysql"_s};
        const auto made = restore::makePlan(here, options);
        QVERIFY2(made, made ? "" : qPrintable(made.error().message));
        QVERIFY(Order(*made).inOrder({u"prove:system-mysql"_s, run::putBackStep, u"verify:workloads"_s}));
        QVERIFY(restore::handlers().value(u"workloads.putBack"_s)->hasUndo() && restore::handlers().value(u"workloads.putBack"_s)->hasProbe());
        QVERIFY(made->warnings.join(u' ').contains(u"elsewhere"_s));
        // Its copy is worth nothing: it need not be readable.
        QVERIFY(made->step(u"safety-dump:system-mysql"_s)->parameters[u"mayBeUnreadable"].toBool());
        for (const plan::Step& step : Order(*made).steps) {
            for (const QJsonValue& each : step.parameters[u"workloads"].toArray()) {
                if (step.action == u"workloads.start" && each[u"name"].toString() == u"system-app")
                    QCOMPARE(each[u"replicas"].toInt(), 3);
            }
        }
        QVERIFY(!restore::makePlan(situation(kinds[0]), options)->step(run::putBackStep));
    }

    void acceptUnreadable()
    {
        const restore::Situation here = situation(kinds[0]);
        restore::Options options;
        options.components = {u"system-mysql"_s, u"backend-redis"_s};
        options.acceptUnreadable = {u"system-redis"_s};
        QCOMPARE(restore::makePlan(here, options).error().code, ErrorCode::Usage); // not restored: nothing of it is lost
        options.acceptUnreadable = {u"system-mysql"_s};
        const auto made = restore::makePlan(here, options);
        QVERIFY(made);
        QVERIFY(made->step(u"safety-dump:system-mysql"_s)->parameters[u"mayBeUnreadable"].toBool());
        QVERIFY(!made->step(u"safety-dump:backend-redis"_s)->parameters.contains(u"mayBeUnreadable"_s));
        QVERIFY(made->choices[u"acceptUnreadable"].toArray() == QJsonArray{u"system-mysql"_s}); // goes into the journal with the plan
        QVERIFY(made->warnings.join(u' ').contains(u"without a copy"_s));
    }

    /// Part of the namespace is hidden by an outage: what is not seen would be overwritten without a copy.
    void outage()
    {
        restore::Situation hidden = situation(kinds.first());
        hidden.live.problems.append(Error{ErrorCode::Forbidden, u"Could not read roles."_s, {}, {}});
        QVERIFY(restore::makePlan(hidden, {}));
        hidden.live.problems.append(Error{ErrorCode::Unreachable, u"Could not read deploymentconfigs."_s, {}, {}});
        const auto plan = restore::makePlan(hidden, {});
        QVERIFY(!plan);
        QCOMPARE(plan.error().code, ErrorCode::Unreachable);
        QVERIFY(plan.error().message.contains(u"Could not read deploymentconfigs."_s));
    }

    void refused()
    {
        restore::Situation here = situation(kinds[0]);
        restore::Options options;
        options.components = {u"nonsense"_s};
        QCOMPARE(restore::makePlan(here, options).error().code, ErrorCode::Usage);
        here.manifest.components[0].state = u"unreadable"_s; // of a safety bundle: not to be had
        options.components = {here.manifest.components[0].id};
        QCOMPARE(restore::makePlan(here, options).error().code, ErrorCode::Usage);
        here.manifest.components.clear();
        QCOMPARE(restore::makePlan(here, {}).error().code, ErrorCode::Usage);
    }
};

QTEST_GUILESS_MAIN(TestRestorePlan)
#include "tst_restoreplan.moc"
