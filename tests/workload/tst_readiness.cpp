#include "engine/workload/handlers.h"
#include "engine/workload/state.h"

#include "tests/store/lonestep.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
/// A client whose every answer is this object.
class OneObject {
public:
    explicit OneObject(const QJsonObject& object)
    {
        QFile program(m_directory.filePath(u"oc"_s));
        const QByteArray script = "#!/bin/sh\ncat <<'EOF'\n" + QJsonDocument(object).toJson() + "EOF\n";
        if (!program.open(QIODevice::WriteOnly) || program.write(script) != script.size() || !program.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner))
            qFatal("cannot write the client");
    }
    [[nodiscard]] oc::Client client() const { return {oc::Connection{.program = m_directory.filePath(u"oc"_s), .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}}, m_redactor}; }

private:
    QTemporaryDir m_directory;
    Redactor m_redactor;
};

QJsonObject listener(int desired, int ready)
{
    return {{u"kind"_s, u"DeploymentConfig"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"backend-listener"_s}, {u"generation"_s, 3}}}, {u"spec"_s, QJsonObject{{u"replicas"_s, desired}}},
            {u"status"_s, QJsonObject{{u"observedGeneration"_s, 3}, {u"readyReplicas"_s, ready}}}};
}
} // namespace

/// What a restore waits for and checks at its end, with answers of the cluster as they are.
class TestReadiness : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void counts_data()
    {
        QTest::addColumn<int>("desired");
        QTest::addColumn<int>("ready");
        QTest::addColumn<bool>("well");
        QTest::addColumn<bool>("warned");
        QTest::newRow("as planned") << 5 << 5 << true << false;
        QTest::newRow("one is missing") << 5 << 4 << false << false;
        QTest::newRow("an autoscaler wants fewer") << 1 << 1 << true << true;
        QTest::newRow("an autoscaler wants fewer, and they are not ready") << 2 << 1 << false << true;
        QTest::newRow("an autoscaler wants more") << 8 << 5 << true << false;
        QTest::newRow("stopped by somebody") << 0 << 0 << false << false;
    }
    void counts()
    {
        QFETCH(int, desired);
        QFETCH(int, ready);
        QFETCH(bool, well);
        QFETCH(bool, warned);
        const OneObject cluster(listener(desired, ready));
        const catalog::Catalog catalog;
        LoneStep lone(catalog, u"verify"_s, {});
        lone.step.parameters[u"workloads"] = QJsonArray{QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, u"backend-listener"_s}, {u"replicas"_s, 5}}};
        run::Handlers handlers;
        workload::registerHandlers(handlers);
        run::StepRun step = lone.on(cluster.client());
        const auto verified = handlers.value(u"verify.workloads"_s)->run(step);
        QCOMPARE(bool(verified), well);
        if (!well)
            QCOMPARE(verified.error().code, ErrorCode::VerificationFailed);
        QCOMPARE(lone.said.join(u' ').contains(u"Warning: backend-listener"_s), warned);
        const auto waited = workload::awaitReady(step, u"DeploymentConfig"_s, u"backend-listener"_s, 5, std::chrono::minutes(0));
        QCOMPARE(bool(waited), well);
    }
};

QTEST_GUILESS_MAIN(TestReadiness)
#include "tst_readiness.moc"
