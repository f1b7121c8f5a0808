#include "engine/run/preflight.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::run;
using State = Check::State;

Q_DECLARE_METATYPE(scalekeep::run::preflight::Need)
Q_DECLARE_METATYPE(scalekeep::run::Check::State)

namespace {
QByteArray rule(const char* verbs, const char* groups, const char* resources, const char* names = nullptr)
{
    return QByteArray(R"({"verbs":[%V],"apiGroups":[%G],"resources":[%R]%N})").replace("%V", verbs).replace("%G", groups).replace("%R", resources).replace("%N", names ? QByteArray(R"(,"resourceNames":[)") + names + ']' : QByteArray());
}
} // namespace

class TestPreflight : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;
    Redactor m_redactor;

    /// A client that answers every question with this text.
    oc::Client answering(const QByteArray& answer)
    {
        QFile file(m_directory.filePath(u"answer"_s)), program(m_directory.filePath(u"oc"_s));
        const QByteArray script = "#!/bin/sh\ncat >/dev/null\ncat \"$(dirname \"$0\")/answer\"\n";
        if (!file.open(QIODevice::WriteOnly) || file.write(answer) != answer.size() || !program.open(QIODevice::WriteOnly) || program.write(script) != script.size() ||
            !program.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner))
            qFatal("cannot write the client");
        return oc::Client({.program = program.fileName(), .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}}, m_redactor);
    }

private Q_SLOTS:
    void notBeingRestored_data()
    {
        QTest::addColumn<QString>("purpose");
        QTest::addColumn<bool>("inFlight");
        QTest::addColumn<bool>("left");
        QTest::addColumn<State>("state");
        QTest::newRow("restore") << u"restore"_s << false << false << State::Failed;
        QTest::newRow("restore that loads") << u"restore"_s << true << false << State::Failed;
        QTest::newRow("left half-way") << u"restore"_s << true << true << State::Failed;
        QTest::newRow("quiesced backup") << u"backup"_s << false << false << State::Passed;
        QTest::newRow("of a newer version, which loads") << u"backup"_s << true << false << State::Failed;
    }
    void notBeingRestored()
    {
        QFETCH(QString, purpose);
        QFETCH(bool, inFlight);
        QFETCH(bool, left);
        LockInfo holder;
        holder.runId = u"20260101T000000Z-abcdef"_s;
        holder.purpose = purpose;
        holder.left = left;
        if (inFlight)
            holder.inFlight = {{u"system-mysql"_s, QJsonObject{}}};
        const Check check = preflight::notBeingRestored(std::optional(holder), u"threescale"_s);
        QTEST(check.state, "state");
        QCOMPARE(check.subjects, {holder.runId});
        QCOMPARE(check.remedy.isEmpty(), check.state == State::Passed);
    }

    void whetherItIsRestoredIsNotKnown()
    {
        using Holder = Result<std::optional<LockInfo>>;
        QCOMPARE(preflight::notBeingRestored(Holder(std::nullopt), u"threescale"_s).state, State::Passed);
        // One who may read the stores but no ConfigMap may go on; who cannot reach the cluster may not.
        QCOMPARE(preflight::notBeingRestored(Holder(fail(ErrorCode::Forbidden, u"no"_s)), u"threescale"_s).state, State::Warning);
        QCOMPARE(preflight::notBeingRestored(Holder(fail(ErrorCode::Unreachable, u"no"_s)), u"threescale"_s).state, State::Failed);
    }

    void rights_data()
    {
        QTest::addColumn<QByteArray>("rules");
        QTest::addColumn<bool>("incomplete");
        QTest::addColumn<preflight::Need>("need");
        QTest::addColumn<State>("state");
        using preflight::Need;
        const Need list{u"list"_s, {}, u"secrets"_s}, exec{u"create"_s, {}, u"pods/exec"_s}, scale{u"update"_s, u"apps"_s, u"deployments/scale"_s};
        QTest::newRow("exactly that") << rule(R"("list")", R"("")", R"("secrets")") << false << list << State::Passed;
        QTest::newRow("everything") << rule(R"("*")", R"("*")", R"("*")") << false << scale << State::Passed;
        QTest::newRow("among others") << rule(R"("get"),"x")", R"("")", R"("pods")").replace(R"("get"),"x")", R"("get")") + ',' + rule(R"("get","list")", R"("","apps")", R"("pods","secrets")") << false << list << State::Passed;
        QTest::newRow("no rules") << QByteArray() << false << list << State::Failed;
        QTest::newRow("another verb") << rule(R"("get","watch")", R"("")", R"("secrets")") << false << list << State::Failed;
        QTest::newRow("another group") << rule(R"("list")", R"("apps")", R"("secrets")") << false << list << State::Failed;
        QTest::newRow("another resource") << rule(R"("list")", R"("")", R"("configmaps")") << false << list << State::Failed;
        QTest::newRow("verb and resource in two rules") << rule(R"("get")", R"("")", R"("secrets")") + ',' + rule(R"("list")", R"("")", R"("pods")") << false << list << State::Failed;
        QTest::newRow("one named object only") << rule(R"("list")", R"("")", R"("secrets")", R"("system-seed")") << false << list << State::Failed;
        QTest::newRow("the sub-resource") << rule(R"("create")", R"("")", R"("pods/exec")") << false << exec << State::Passed;
        QTest::newRow("that sub-resource of all") << rule(R"("create")", R"("")", R"("*/exec")") << false << exec << State::Passed;
        QTest::newRow("the resource, not its sub-resource") << rule(R"("create")", R"("")", R"("pods")") << false << exec << State::Failed;
        QTest::newRow("another sub-resource") << rule(R"("create")", R"("")", R"("pods/log")") << false << exec << State::Failed;
        QTest::newRow("the sub-resource, not the resource") << rule(R"("list")", R"("")", R"("secrets/x")") << false << list << State::Failed;
        QTest::newRow("not all could be listed") << QByteArray() << true << list << State::Warning;
        QTest::newRow("not all, but this one") << rule(R"("list")", R"("")", R"("secrets")") << true << list << State::Passed;
    }
    void rights()
    {
        QFETCH(QByteArray, rules);
        QFETCH(bool, incomplete);
        QFETCH(preflight::Need, need);
        QFETCH(State, state);
        const QByteArray review = R"({"kind":"SelfSubjectRulesReview","apiVersion":"authorization.k8s.io/v1","status":{"resourceRules":[)" + rules + R"(],"nonResourceRules":[],"incomplete":)" + (incomplete ? "true" : "false") + "}}";
        QVERIFY2(!QJsonDocument::fromJson(review).isNull(), review.constData());
        const Check check = preflight::rights(answering(review), {need});
        QVERIFY2(check.state == state, qPrintable(check.evidence));
        if (state == State::Failed) {
            QVERIFY2(check.evidence.contains(need.verb + u' ' + need.resource), qPrintable(check.evidence));
            QVERIFY(!check.remedy.isEmpty());
        }
        QCOMPARE(anyFailed({check}), state == State::Failed);
    }

    void rightsThatCannotBeAsked()
    {
        const Check check = preflight::rights(answering("oops"), {{u"list"_s, {}, u"pods"_s}});
        QVERIFY(check.state == State::Failed);
        QVERIFY(!check.evidence.isEmpty());
    }

    void localSpace()
    {
        QVERIFY(preflight::localSpace(m_directory.filePath(u"x.tar"_s), 1).state == State::Passed);
        const Check check = preflight::localSpace(m_directory.filePath(u"x.tar"_s), 1LL << 60);
        QVERIFY(check.state == State::Failed);
        QVERIFY(!check.remedy.isEmpty());
    }

    void pods()
    {
        catalog::Catalog catalog;
        catalog::Component mysql, secrets;
        mysql.id = mysql.workload = u"system-mysql"_s;
        mysql.engine = u"mysql"_s;
        secrets.id = u"secrets"_s;
        secrets.engine = u"objects"_s;
        catalog.components = {mysql, secrets};
        cluster::Inventory inventory;
        QVERIFY(preflight::podsReady(catalog, inventory, {u"secrets"_s}, true).state == State::Passed);
        QVERIFY(preflight::podsReady(catalog, inventory, {u"secrets"_s, u"system-mysql"_s}, true).state == State::Failed);
        QVERIFY(preflight::podsReady(catalog, inventory, {u"system-mysql"_s}, false).state == State::Warning);
        cluster::Workload workload;
        workload.kind = u"DeploymentConfig"_s;
        workload.name = u"system-mysql"_s;
        workload.selector = {{u"deploymentConfig"_s, u"system-mysql"_s}};
        cluster::Pod pod;
        pod.name = u"system-mysql-1-abcde"_s;
        pod.phase = u"Running"_s;
        pod.ready = true;
        pod.labels = workload.selector;
        inventory.workloads = {workload};
        inventory.pods = {pod};
        const Check ready = preflight::podsReady(catalog, inventory, {u"system-mysql"_s}, true);
        QVERIFY(ready.state == State::Passed);
        QVERIFY(ready.evidence.contains(u"system-mysql-1-abcde"_s));
        QVERIFY(preflight::noRollout(inventory).state == State::Passed);
        inventory.workloads[0].rolloutInProgress = true;
        QVERIFY(preflight::noRollout(inventory).state == State::Warning);
        inventory.pods[0].terminating = true;
        QVERIFY(preflight::podsReady(catalog, inventory, {u"system-mysql"_s}, true).state == State::Failed);
    }
};

QTEST_GUILESS_MAIN(TestPreflight)
#include "tst_preflight.moc"
