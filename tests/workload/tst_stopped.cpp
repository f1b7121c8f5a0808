#include "engine/workload/handlers.h"

#include "tests/store/lonestep.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
/// A namespace with two workloads, which can be changed, and the pods that it has now.
class Cluster {
public:
    Cluster()
    {
        write(u"oc"_s, "#!/bin/sh\nd=$(dirname \"$0\")\ncase \" $* \" in\n"
                       "*' get pods '*) cat \"$d/pods\" ;;\n"
                       "*' get deploymentconfigs.apps.openshift.io system-app '*) cat \"$d/system-app\" ;;\n"
                       "*' get deployments.apps 3scale-operator '*) cat \"$d/3scale-operator\" ;;\n"
                       "*) echo \"error: unknown command\" >&2; exit 1 ;;\nesac\n");
        QFile::setPermissions(m_directory.filePath(u"oc"_s), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        set(u"DeploymentConfig"_s, u"system-app"_s, 0, 4, 7);
        set(u"Deployment"_s, u"3scale-operator"_s, 0, 2, 0);
        pods({});
    }
    void set(const QString& kind, const QString& name, int replicas, int generation, int version)
    {
        const QJsonObject labels{{u"name"_s, name}};
        const QJsonObject object{{u"kind"_s, kind}, {u"metadata"_s, QJsonObject{{u"name"_s, name}, {u"uid"_s, u"uid-"_s + name}, {u"generation"_s, generation}}},
                                 {u"spec"_s, QJsonObject{{u"replicas"_s, replicas}, {u"selector"_s, kind == u"Deployment" ? QJsonObject{{u"matchLabels"_s, labels}} : labels}}},
                                 {u"status"_s, QJsonObject{{u"latestVersion"_s, version}, {u"observedGeneration"_s, generation}}}};
        write(name, QJsonDocument(object).toJson());
    }
    void pods(const QStringList& names)
    {
        QJsonArray items;
        for (const QString& name : names)
            items.append(QJsonObject{{u"kind"_s, u"Pod"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, name}}}, {u"status"_s, QJsonObject{{u"phase"_s, u"Running"_s}}}});
        write(u"pods"_s, QJsonDocument(QJsonObject{{u"apiVersion"_s, u"v1"_s}, {u"kind"_s, u"List"_s}, {u"items"_s, items}}).toJson());
    }
    [[nodiscard]] oc::Client client() const { return {oc::Connection{.program = m_directory.filePath(u"oc"_s), .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}}, m_redactor}; }

private:
    void write(const QString& name, const QByteArray& content)
    {
        QFile file(m_directory.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write %s", qPrintable(name));
    }

    QTemporaryDir m_directory;
    Redactor m_redactor;
};
} // namespace

/// Whether what a quiesced backup has stopped can have run while it read.
class TestStopped : public QObject {
    Q_OBJECT

    using Change = std::function<void(Cluster&)>;

private Q_SLOTS:
    void stayed_data()
    {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QString>("error");
        QTest::addColumn<bool>("warned");
        QTest::addColumn<bool>("recalled");
        const QString app = u"DeploymentConfig"_s, deployment = u"Deployment"_s;
        QTest::newRow("untouched") << Change([](Cluster&) {}) << QString{} << false << true;
        QTest::newRow("it runs") << Change([app](Cluster& cluster) { cluster.set(app, u"system-app"_s, 2, 5, 7); cluster.pods({u"system-app-7-abcde"_s}); }) << u"system-app was started"_s << true << false;
        QTest::newRow("a deployer has brought pods") << Change([](Cluster& cluster) { cluster.pods({u"system-app-7-abcde"_s}); }) << u"system-app was started"_s << true << true;
        QTest::newRow("it ran and was stopped again") << Change([app](Cluster& cluster) { cluster.set(app, u"system-app"_s, 0, 6, 7); }) << u"may have run"_s << false << false;
        QTest::newRow("it was rolled out") << Change([app](Cluster& cluster) { cluster.set(app, u"system-app"_s, 0, 4, 8); }) << u"may have run"_s << false << false;
        QTest::newRow("the operator runs") << Change([deployment](Cluster& cluster) { cluster.set(deployment, u"3scale-operator"_s, 1, 3, 0); }) << QString{} << true << false;
    }
    void stayed()
    {
        QFETCH(Change, change);
        QFETCH(QString, error);
        QFETCH(bool, warned);
        QFETCH(bool, recalled);
        Cluster cluster;
        catalog::Catalog catalog;
        catalog.operatorDeployments = {u"3scale-operator"_s};
        LoneStep lone(catalog, u"quiesce"_s, {});
        lone.step.parameters[u"workloads"] = QJsonArray{QJsonObject{{u"kind"_s, u"Deployment"_s}, {u"name"_s, u"3scale-operator"_s}}, QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, u"system-app"_s}}};
        lone.step.parameters[u"watched"] = true;
        lone.step.parameters[u"since"] = u"quiesce"_s;
        run::Handlers handlers;
        workload::registerHandlers(handlers);
        run::StepRun step = lone.on(cluster.client());
        QCOMPARE(*handlers.value(u"workloads.stop"_s)->probe(step), run::Handler::Probe::NotHappened); // nothing is remembered
        lone.context.results.insert(u"quiesce"_s, step.found);
        QCOMPARE(step.found[u"marks"].toObject().size(), 2);
        change(cluster);
        const auto found = handlers.value(u"workloads.stayed"_s)->run(step);
        QCOMPARE(bool(found), error.isEmpty());
        if (!error.isEmpty()) {
            QCOMPARE(found.error().code, ErrorCode::Conflict);
            QVERIFY2(found.error().message.contains(error), qPrintable(found.error().message));
        }
        QCOMPARE(lone.said.join(u' ').contains(u"Warning: 3scale-operator"_s), warned);
        // A resumed run stops again, and reads again, where this would fail.
        const auto holds = handlers.value(u"workloads.stop"_s)->recall(step, lone.context.results.value(u"quiesce"_s));
        QVERIFY(holds);
        QCOMPARE(*holds, recalled);
    }
};

QTEST_GUILESS_MAIN(TestStopped)
#include "tst_stopped.moc"
