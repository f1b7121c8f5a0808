#include "engine/restore/readers.h"

#include "tests/bundle/bundles.h"
#include "tests/restore/situations.h"
#include "tests/store/lonestep.h"

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
/// In the place of the real load, whose undo needs a server.
class Load : public run::Handler {
public:
    explicit Load(QStringList& undone) : m_undone(undone) {}
    Result<QJsonObject> run(run::StepRun&) const override { return QJsonObject{}; }
    Result<void> undo(run::StepRun& step) const override
    {
        m_undone.append(step.step.id);
        return {};
    }

private:
    QStringList& m_undone;
};

/// For EmptyNamespace: every DeploymentConfig runs, and what is rolled out is kept.
const QByteArray running = R"sh(
*' get deploymentconfigs.apps.openshift.io '*) echo '{"kind":"DeploymentConfig","metadata":{"name":"x","generation":2},"spec":{"replicas":1},"status":{"observedGeneration":2,"readyReplicas":1}}' ;;
*' rollout latest '*) echo "$*" >>"$(dirname "$0")/written" ;;
*' rollout status '*) ;;
*' get project'*) echo '{"apiVersion":"project.openshift.io/v1","kind":"Project","metadata":{"name":"threescale","uid":"uid-1"}}' ;;
*' get '*) echo '{"apiVersion":"v1","kind":"List","items":[]}' ;;
)sh";
} // namespace

/// zync-database loses its data with its pod: a restore that does not load it leaves its pod alone, and at the end of an undo its data is there again. Who had read what was
/// restored reads what is there then.
class TestReaders : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Pods that had read restored Secrets are rolled out by an undo: after the objects' own, so the step stands before theirs.
    void standBeforeTheObjects()
    {
        const auto made = restore::makePlan(restore::situation(), {});
        QVERIFY(made);
        QVERIFY(Order(*made).inOrder({u"safety-finish"_s, u"readers"_s, u"restore:secrets"_s, u"restore:configmaps"_s, u"rollout-stores"_s}));
        restore::Options options;
        options.components = {u"system-mysql"_s};
        QVERIFY(!restore::makePlan(restore::situation(), options)->step(u"readers"_s));
    }

    void undone_data()
    {
        QTest::addColumn<QString>("step");
        QTest::addColumn<QJsonObject>("fact");
        QTest::addColumn<QString>("rolledOut");
        QTest::addColumn<bool>("loaded");
        QTest::newRow("nothing") << QString() << QJsonObject() << QString() << false;
        QTest::newRow("had read a Secret") << u"rollout-others"_s << QJsonObject{{u"rollingOut"_s, u"system-app"_s}} << u"system-app"_s << false;
        QTest::newRow("a store in its pod had read one") << u"rollout-stores"_s << QJsonObject{{u"rollingOut"_s, u"zync-database"_s}} << u"zync-database"_s << true;
        QTest::newRow("its old definition is back") << u"restore:workloads"_s << QJsonObject{{u"replacing"_s, u"DeploymentConfig/zync-database"_s}} << u"zync-database"_s << true;
        QTest::newRow("its Service's") << u"restore:workloads"_s << QJsonObject{{u"replacing"_s, u"Service/zync-database"_s}} << QString() << false;
        QTest::newRow("that of a store with a volume") << u"restore:workloads"_s << QJsonObject{{u"replacing"_s, u"DeploymentConfig/system-mysql"_s}} << QString() << false;
    }
    void undone()
    {
        QFETCH(QString, step);
        QFETCH(QJsonObject, fact);
        QFETCH(QString, rolledOut);
        QFETCH(bool, loaded);
        const auto catalog = catalog::catalogFor(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
        QVERIFY(catalog);
        QTemporaryDir folder;
        VERIFY_RESULT(bundle::writeBundle(folder.filePath(u"safety.tar"_s), {{u"zync-database/dump.sql"_s, "-- PostgreSQL database dump complete\n"}}));
        auto safety = bundle::Reader::open(folder.filePath(u"safety.tar"_s));
        VERIFY_RESULT(safety);
        LoneStep lone(*catalog, u"readers"_s, {});
        lone.context.safety = std::move(*safety);
        lone.others.insert(step, QList<QJsonObject>{fact});
        QJsonArray workloads;
        for (const QString& name : {u"system-app"_s, u"system-mysql"_s, u"zync-database"_s})
            workloads.append(QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, name}});
        lone.step.parameters[u"workloads"] = workloads;
        QStringList undoneLoads;
        run::Handlers handlers;
        run::add<Load>(handlers, u"postgresql.load"_s, undoneLoads);
        restore::registerReadersHandler(handlers);
        const EmptyNamespace cluster(running);
        run::StepRun undo = lone.on(cluster.client());
        VERIFY_RESULT(handlers.value(u"objects.readers"_s)->undo(undo));
        QCOMPARE(cluster.written().count(u'\n'), rolledOut.isEmpty() ? 0 : 1);
        QVERIFY2(cluster.written().contains(rolledOut), qPrintable(cluster.written()));
        QCOMPARE(undoneLoads, loaded ? QStringList{u"load:zync-database"_s} : QStringList());
    }

    /// Its definition, and the image that it follows, are restored only with its data, as a changed Secret reaches it only then.
    void definition()
    {
        restore::Situation here = restore::situation();
        const QJsonObject from{{u"kind"_s, u"ImageStreamTag"_s}, {u"name"_s, u"zync-database-postgresql:2.7"_s}};
        const QJsonArray triggers{QJsonObject{{u"type"_s, u"ConfigChange"_s}}, QJsonObject{{u"type"_s, u"ImageChange"_s}, {u"imageChangeParams"_s, QJsonObject{{u"from"_s, from}}}}};
        here.live.objects.append(QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"zync-database"_s}}}, {u"spec"_s, QJsonObject{{u"triggers"_s, triggers}}}});
        const QString warning = u"zync-database keeps its data in the pod and is not restarted: a changed %1 reaches it only when it is restored as well."_s;
        const QJsonArray left{u"DeploymentConfig/zync-database"_s, u"ImageStream/zync-database-postgresql"_s};
        const plan::Plan alone = restore::planOf(here, {u"workloads"_s});
        QCOMPARE(alone.step(u"restore:workloads"_s)->parameters[u"skip"].toArray(), left);
        QCOMPARE(alone.step(u"prove:workloads"_s)->parameters[u"skip"].toArray(), left);
        QVERIFY2(alone.warnings.contains(warning.arg(u"definition"_s)), qPrintable(alone.warnings.join(u' ')));
        QVERIFY(!alone.step(u"readers"_s));
        QVERIFY(alone.step(u"restore:workloads"_s)->parameters[u"paused"].toArray().isEmpty()); // no database is loaded

        const plan::Plan both = restore::planOf(here, {u"workloads"_s, u"zync-database"_s});
        for (const QString& id : {u"restore:workloads"_s, u"prove:workloads"_s})
            QVERIFY(both.step(id)->parameters[u"skip"].toArray().isEmpty());
        QVERIFY(!both.warnings.join(u' ').contains(u"keeps its data in the pod"_s));
        QVERIFY(Order(both).inOrder({u"readers"_s, u"restore:workloads"_s, u"load:zync-database"_s}));

        const plan::Plan secrets = restore::planOf(here, {u"secrets"_s});
        QVERIFY2(secrets.warnings.contains(warning.arg(u"Secret"_s)), qPrintable(secrets.warnings.join(u' ')));
        QVERIFY(secrets.step(u"restore:secrets"_s)->parameters[u"skip"].toArray().isEmpty());
        QVERIFY(restore::planOf(here, {u"secrets"_s, u"workloads"_s}).warnings.contains(warning.arg(u"Secret or definition"_s)));
    }
};

QTEST_GUILESS_MAIN(TestReaders)
#include "tst_readers.moc"
