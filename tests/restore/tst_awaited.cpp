#include "tests/restore/situations.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

/// What a restore starts and waits for, and what it does not.
class TestAwaited : public QObject {
    Q_OBJECT

    static QStringList settled(const plan::Plan& plan)
    {
        const plan::Step* step = plan.step(u"settle-stores"_s);
        return step ? Order::workloads(*step) : QStringList();
    }

private Q_SLOTS:
    /// The bundle's counts only where its workloads are restored, and only of those that it names; whatever was said or left unsaid about components.
    void replicaCounts()
    {
        const auto started = [](const restore::Situation& here) {
            QSet<int> counts;
            for (const plan::Step& step : Order(*restore::makePlan(here, {})).steps) {
                for (const QJsonValue& each : step.parameters[u"workloads"].toArray()) {
                    if (step.action == u"workloads.start")
                        counts.insert(each[u"replicas"].toInt());
                }
            }
            return counts;
        };
        restore::Situation whole = restore::situation();
        for (const catalog::WorkloadFact& fact : whole.catalog.workloads)
            whole.manifest.workloads.append(QJsonObject{{u"name"_s, fact.name}, {u"replicas"_s, 2}});
        for (cluster::Workload& workload : whole.live.workloads)
            workload.desired = workload.ready = 5;
        QCOMPARE(started(whole), QSet<int>{2});
        restore::Situation part = whole;
        part.manifest.components.removeIf([](const bundle::Component& each) { return each.id != u"system-mysql"; });
        QCOMPARE(started(part), QSet<int>{5});
        restore::Situation salvaged = whole;
        salvaged.manifest.workloads = {};
        QCOMPARE(started(salvaged), QSet<int>{5});
    }

    /// A definition that was put back rolls out by itself: nothing is loaded into the pod that goes then.
    void definitions()
    {
        const restore::Situation here = restore::situation();
        const QString mysql = u"system-mysql"_s, zync = u"zync-database"_s, redis = u"backend-redis"_s;
        const plan::Plan whole = restore::planOf(here);
        QVERIFY(Order(whole).inOrder({u"restore:workloads"_s, u"settle-stores"_s, u"prepare:system-mysql"_s, u"rollout-stores"_s, u"stage:system-mysql"_s, u"load:system-mysql"_s}));
        QVERIFY(settled(whole).contains(mysql) && settled(whole).contains(zync));
        QVERIFY(!settled(whole).contains(redis)); // stopped for its helper, whatever it does
        restore::Options options;
        options.documentedRedis = true;
        const auto documented = restore::makePlan(here, options);
        QVERIFY(documented);
        QVERIFY(settled(*documented).contains(redis));
        // Alone: all that were replaced, so that the check at the end finds them ready.
        const QStringList alone = settled(restore::planOf(here, {u"workloads"_s}));
        QVERIFY(alone.contains(mysql) && alone.contains(redis) && !alone.contains(zync)); // whose definition is left as it is
        QVERIFY(settled(restore::planOf(here, {mysql})).isEmpty());
    }

    /// A host that another namespace claims was refused before, and is so again.
    void routes()
    {
        restore::Situation here = restore::situation();
        const auto add = [&here](const QString& host, bool admitted) {
            cluster::Route route;
            route.name = u"zync-3scale-%1"_s.arg(here.saved.routes.size());
            route.host = host;
            route.admitted = admitted;
            here.saved.routes.append(route);
        };
        add(u"admin.example.com"_s, true);
        add(u"admin.example.com"_s, false); // an older one beside it
        add(u"claimed.example.com"_s, false);
        const plan::Plan plan = restore::planOf(here);
        QVERIFY(plan.step(u"verify:routes"_s));
        QCOMPARE(plan.step(u"verify:routes"_s)->parameters[u"hosts"].toArray(), QJsonArray{u"admin.example.com"_s});
        QVERIFY2(plan.warnings.filter(u"not waited for: claimed.example.com."_s).size() == 1, qPrintable(plan.warnings.join(u' ')));
        QVERIFY(restore::planOf(here, {u"system-storage"_s}).warnings.filter(u"claimed.example.com"_s).isEmpty());
        here.saved.routes.removeFirst();
        QVERIFY(!restore::planOf(here).step(u"verify:routes"_s));
    }
};

QTEST_GUILESS_MAIN(TestAwaited)
#include "tst_awaited.moc"
