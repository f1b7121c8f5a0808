#include "models/backup/backupplanmodel.h"
#include "models/backup/readiness.h"
#include "tests/models/backup/planfixture.h"

#include "engine/base/files.h"
#include "engine/bundle/writer.h"
#include "models/common/roles.h"

#include <QAbstractItemModelTester>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;

namespace {
const PlanGroup& groupOf(const BackupPlan& plan, const NamespaceRef& where)
{
    for (const PlanGroup& group : plan.groups()) {
        if (group.where == where)
            return group;
    }
    qFatal("not in the plan: %s", qPrintable(where.title()));
}

bool settled(BackupPlan& plan)
{
    return QTest::qWaitFor([&plan] { return !plan.isComputing(); }, 20'000);
}

QString missingText(const PlanGroup& group, const QString& id)
{
    for (const MissingComponent& each : group.missing) {
        if (each.id == id)
            return each.subject + u' ' + each.text;
    }
    return {};
}
} // namespace

class TestBackupPlanService : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void addAndUndo()
    {
        PlanFixture fixture;
        BackupPlan plan(fixture.hub);
        BackupPlanModel model(plan);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QVERIFY(plan.isEmpty() && plan.undoText().isEmpty());
        QCOMPARE(plan.obstacle(), u"The plan is empty."_s);

        const ComponentRef mysql{PlanFixture::first, u"system-mysql"_s}, storage{PlanFixture::first, u"system-storage"_s};
        QCOMPARE(plan.add({storage, mysql}).size(), 2);
        QVERIFY(plan.contains(mysql) && plan.contains({PlanFixture::first, {}}));
        QCOMPARE(plan.refusal({mysql}), u"system-mysql is already in the plan."_s);
        QVERIFY(plan.add({mysql}).isEmpty());
        // In the order of the catalogue, at once.
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(model.refOf(model.index(0, 0, model.index(0, 0))), mysql);

        const QPersistentModelIndex kept = model.indexOf(storage);
        plan.remove({mysql});
        QCOMPARE(plan.undoText(), u"Undo remove"_s);
        QCOMPARE(kept.row(), 0);
        plan.undo();
        QCOMPARE(kept.row(), 1);
        QCOMPARE(plan.redoText(), u"Redo remove"_s);
        plan.redo();
        QVERIFY(!plan.contains(mysql));
        plan.undo();
        plan.undo();
        QVERIFY(plan.isEmpty() && plan.undoText().isEmpty());
        QVERIFY(!kept.isValid());
        plan.redo();
        QVERIFY(plan.contains(mysql) && plan.contains(storage));
        QVERIFY(settled(plan));
        QVERIFY(plan.obstacle().isEmpty());
        plan.clear();
        QCOMPARE(model.rowCount(), 0);
        plan.undo();
        QCOMPARE(model.rowCount(model.index(0, 0)), 2);
    }

    void severalNamespaces()
    {
        PlanFixture fixture;
        BackupPlan plan(fixture.hub);
        BackupPlanModel model(plan);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const qsizetype whole = plan.add({{PlanFixture::first, {}}}).size();
        QVERIFY(whole > 8); // all that is there now
        QVERIFY(!plan.contains({PlanFixture::first, u"system-postgresql"_s}));
        plan.add({{PlanFixture::second, u"apimanager"_s}, {PlanFixture::second, u"system-mysql"_s}});
        QVERIFY(settled(plan));
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(plan.groups()[0].score, 100);
        QVERIFY(plan.groups()[0].missing.isEmpty());
        QCOMPARE(plan.groups()[0].covered, int(whole));
        QVERIFY(plan.groups()[1].score < 60);
        QCOMPARE(plan.steps(), plan.groups()[0].steps() + plan.groups()[1].steps());
        QVERIFY(plan.steps() > 12);

        const QPersistentModelIndex child = model.indexOf({PlanFixture::second, u"system-mysql"_s});
        plan.remove({{PlanFixture::first, {}}});
        QCOMPARE(model.rowCount(), 1);
        QVERIFY(child.isValid());
        QCOMPARE(model.refOf(child), (ComponentRef{PlanFixture::second, u"system-mysql"_s}));
        QCOMPARE(child.parent().row(), 0);
    }

    void refusals()
    {
        PlanFixture fixture;
        BackupPlan plan(fixture.hub);
        QCOMPARE(plan.refusal({{{u"nowhere"_s, u"x"_s}, u"system-mysql"_s}}), u"There is no cluster nowhere here."_s);
        QCOMPARE(plan.refusal({{PlanFixture::first, u"system-postgresql"_s}}), u"system-postgresql is not in prod-eu / threescale."_s);
        QCOMPARE(plan.refusal({{PlanFixture::first, u"\n<b>"_s}}).contains(u"not a component"_s), true);
        QVERIFY(!plan.refusal(QList<ComponentRef>{}).isEmpty());
        // One that can be added is enough.
        QVERIFY(plan.refusal({{{u"nowhere"_s, u"x"_s}, {}}, {PlanFixture::first, u"system-mysql"_s}}).isEmpty());
        plan.add({{PlanFixture::first, {}}});
        QCOMPARE(plan.refusal({{PlanFixture::first, {}}}), u"They are already in the plan."_s);

        ClusterState state = PlanFixture::state();
        state.state = ConnectionState::LoggedOut;
        fixture.hub.put(state);
        QCOMPARE(plan.refusal({{PlanFixture::second, {}}}), u"prod-eu is not logged in."_s);
        QVERIFY(plan.contains({PlanFixture::first, u"system-mysql"_s})); // nothing that was queued is lost
    }

    void words()
    {
        PlanFixture fixture;
        BackupPlan plan(fixture.hub);
        plan.add({{PlanFixture::first, {}}});
        QVERIFY(settled(plan));
        QHash<QString, PlannedComponent> rows;
        for (const PlannedComponent& each : groupOf(plan, PlanFixture::first).components)
            rows.insert(each.id, each);
        QCOMPARE(rows[u"system-mysql"_s].taken, u"Database system with routines and triggers"_s);
        QCOMPARE(rows[u"backend-redis"_s].taken, u"All databases, after a fresh save"_s);
        QCOMPARE(rows[u"zync-database"_s].taken, u"Database zync_production"_s);
        QCOMPARE(rows[u"secrets"_s].taken, u"12 of 15; 3 belong to service accounts"_s);
        QCOMPARE(rows[u"secrets"_s].title, u"Secrets"_s);
        QVERIFY(rows[u"configmaps"_s].taken.endsWith(u", including smtp"_s));
        QCOMPARE(rows[u"system-mysql"_s].inCluster, 2970LL * 1024 * 1024);
        QCOMPARE(rows[u"system-mysql"_s].inBundle, -1); // nothing is known, so nothing is claimed
        QCOMPARE(rows[u"secrets"_s].inCluster, -1);
        QVERIFY(rows[u"configmaps"_s].inCluster > 0);
    }

    void missing()
    {
        PlanFixture fixture;
        BackupPlan plan(fixture.hub);
        plan.add({{PlanFixture::first, {}}});
        plan.remove({{PlanFixture::first, u"system-storage"_s}, {PlanFixture::first, u"routes"_s}});
        QVERIFY(settled(plan));
        const PlanGroup& group = groupOf(plan, PlanFixture::first);
        QVERIFY(group.score < 100 && group.score > 50);
        QCOMPARE(group.missing.size(), 2);
        QVERIFY(std::all_of(group.missing.begin(), group.missing.end(), [](const MissingComponent& each) { return each.addable; }));
        QVERIFY(missingText(group, u"system-storage"_s).startsWith(u"system-storage is missing: files of the portals"_s));
        QVERIFY(missingText(group, u"routes"_s).startsWith(u"Routes are missing: "_s));
        QCOMPARE(group.expected, group.covered + 2);
        for (const MissingComponent& each : QList(group.missing))
            plan.add({{PlanFixture::first, each.id}});
        QVERIFY(settled(plan));
        QCOMPARE(groupOf(plan, PlanFixture::first).score, 100);
    }

    void whatTheNamespaceLacks()
    {
        PlanFixture fixture;
        ClusterState state = PlanFixture::state();
        state.namespaces[0].inventory.secrets.removeIf([](const cluster::NamedObject& each) { return each.name == u"system-seed"; });
        state.namespaces[0].inventory.claims.removeIf([](const cluster::Claim& each) { return each.name == u"system-storage"; });
        fixture.hub.put(state);
        BackupPlan plan(fixture.hub);
        plan.add({{PlanFixture::first, {}}});
        QVERIFY(settled(plan));
        const PlanGroup& group = groupOf(plan, PlanFixture::first);
        QVERIFY(group.score < 100);
        QVERIFY(missingText(group, u"Secret/system-seed"_s).contains(u"system-seed is not in the namespace"_s));
        QVERIFY(missingText(group, u"system-storage"_s).contains(u"aws s3 sync"_s));
        for (const MissingComponent& each : group.missing)
            QVERIFY(!each.addable);
    }

    void options()
    {
        PlanFixture fixture;
        BackupPlan plan(fixture.hub);
        plan.add({{PlanFixture::first, {}}});
        QVERIFY(settled(plan));
        QVERIFY(!plan.changesCluster());
        const qsizetype before = plan.steps();
        QVERIFY(!groupOf(plan, PlanFixture::first).plan->step(u"dump:system-mysql"_s)->parameters.contains(u"compress"));
        PlanOptions options = plan.content().options;
        options.quiesce = true;
        options.compress = false;
        plan.setOptions(options);
        QVERIFY(settled(plan));
        QVERIFY(plan.changesCluster());
        QVERIFY(plan.steps() > before);
        QCOMPARE(groupOf(plan, PlanFixture::first).plan->step(u"dump:system-mysql"_s)->parameters.value(u"compress"), QJsonValue(false));
        QVERIFY(plan.script().contains(u"scale"_s));
    }

    void commands()
    {
        PlanFixture fixture;
        BackupPlan plan(fixture.hub);
        fixture.redactor.add(QByteArray("mysqldump"));
        plan.add({{PlanFixture::first, u"system-mysql"_s}, {PlanFixture::first, u"backend-redis"_s}});
        QVERIFY(settled(plan));
        const auto one = plan.commands({{PlanFixture::first, u"backend-redis"_s}});
        QVERIFY(one.part.endsWith(u": backend-redis"_s));
        QVERIFY(one.text.contains(u"BGSAVE"_s) && one.text.contains(u" -- \\\n    "_s) && !one.text.contains(u"system-mysql"_s));
        const auto all = plan.commands({});
        QVERIFY(all.text.startsWith(u"#!/bin/sh"_s) && all.text.contains(u"system-mysql"_s));
        QVERIFY(!all.text.contains(u"mysqldump"_s)); // what the redactor knows is in no text
        QVERIFY(!plan.commands({{PlanFixture::first, u"system-mysql"_s}}).text.contains(u"mysqldump"_s));
    }

    void followsTheHub()
    {
        PlanFixture fixture;
        BackupPlan plan(fixture.hub);
        plan.add({{PlanFixture::first, {}}});
        QVERIFY(settled(plan));
        const int before = groupOf(plan, PlanFixture::first).score;
        ClusterState state = PlanFixture::state();
        state.namespaces[0].inventory.configMaps.removeIf([](const cluster::NamedObject& each) { return each.name == u"smtp"; });
        state.namespaces[0].usedBytes.clear();
        fixture.hub.put(state);
        QTRY_VERIFY(groupOf(plan, PlanFixture::first).score < before);
        QCOMPARE(groupOf(plan, PlanFixture::first).components.first().inCluster, -1);

        // A workload that is gone: the plan keeps it and says so.
        state.namespaces[0].inventory.workloads.removeIf([](const cluster::Workload& each) { return each.name == u"backend-redis"; });
        fixture.hub.put(state);
        QTRY_VERIFY(plan.obstacle().contains(u"backend-redis"_s));
        QVERIFY(plan.contains({PlanFixture::first, u"backend-redis"_s}));
    }

    void estimates()
    {
        PlanFixture fixture;
        const QString path = fixture.folder.filePath(u"prod-eu-threescale-20261122T101500Z.scalekeep.tar"_s);
        bundle::Header header{.cluster = PlanFixture::first.cluster, .apiUrl = u"https://api"_s, .namespaceName = PlanFixture::first.name, .projectUid = u"u"_s, .wildcardDomain = {}, .threescaleVersion = u"2.7"_s,
                              .flavour = u"template"_s, .workloadKind = u"DeploymentConfig"_s, .purpose = u"backup"_s, .runId = u"r"_s, .program = u"scalekeep"_s, .operatorIdentity = u"me"_s, .started = QDateTime::currentDateTimeUtc()};
        auto writer = bundle::Writer::create(path, header);
        QVERIFY2(writer, writer ? "" : qPrintable(writer.error().message));
        auto stream = (*writer)->openStream(u"system-mysql"_s, u"dump.sql"_s, u"mysqldump"_s);
        QVERIFY(stream);
        const QByteArray data(200'000, 'x');
        QVERIFY((*stream)->write(std::span(data.constData(), size_t(data.size()))));
        bundle::Stream proof{.component = u"system-mysql"_s, .name = u"dump.sql"_s, .format = u"mysqldump"_s, .sha256 = {}, .podSha256 = {}, .endMark = u"end"_s, .started = QDateTime::currentDateTimeUtc(), .finished = QDateTime::currentDateTimeUtc().addSecs(80), .snapshot = QDateTime::currentDateTimeUtc()};
        QVERIFY((*stream)->finish(proof));
        bundle::Manifest manifest;
        manifest.components = {{.id = u"system-mysql"_s, .title = u"t"_s, .engine = u"mysql"_s, .pod = {}, .container = {}, .image = {}, .serverVersion = {}, .state = u"proven"_s, .notes = {}, .summary = {}}};
        manifest.completeness = {{u"score"_s, 20}, {u"missing"_s, QJsonArray{}}};
        manifest.finished = QDateTime::currentDateTimeUtc();
        const auto finished = (*writer)->finish(manifest);
        QVERIFY2(finished, finished ? "" : qPrintable(finished.error().message));
        // Of another namespace, and not a bundle at all: no reason to stop.
        QVERIFY(QFile::copy(path, fixture.folder.filePath(u"prod-eu-threescale-partner-20261122T101500Z.scalekeep.tar"_s)));
        QVERIFY(writePrivateFile(fixture.folder.filePath(u"prod-eu-threescale-zzz.scalekeep.tar"_s), "no bundle"));

        QVERIFY(lastBundle(fixture.folder.path(), PlanFixture::second).path.isEmpty());
        QVERIFY(QFile::remove(fixture.folder.filePath(u"prod-eu-threescale-partner-20261122T101500Z.scalekeep.tar"_s)));
        const LastBundle last = lastBundle(fixture.folder.path(), PlanFixture::first);
        QCOMPARE(last.path, path);
        QCOMPARE(last.components[u"system-mysql"_s].bytes, 200'000);

        BackupPlan plan(fixture.hub);
        PlanOptions options = plan.content().options;
        options.folder = fixture.folder.path();
        plan.setOptions(options);
        plan.add({{PlanFixture::first, u"system-mysql"_s}});
        QVERIFY(settled(plan));
        const PlannedComponent row = groupOf(plan, PlanFixture::first).components.first();
        QVERIFY(row.inBundle > 0 && row.inBundle < 200'000);
        QVERIFY(row.milliseconds >= 80'000 && row.milliseconds < 81'000);
        QVERIFY(plan.sums().inBundleComplete);
        QCOMPARE(plan.sums().needed, row.inBundle);
        QVERIFY(plan.freeBytes() > 0);
        BackupPlanModel model(plan);
        QCOMPARE(model.index(0, BackupPlanModel::Time, model.index(0, 0)).data().toString(), u"≈ 1:20"_s);
    }

    void savedPlans()
    {
        PlanFixture fixture;
        BackupPlan plan(fixture.hub);
        plan.add({{PlanFixture::first, u"system-mysql"_s}, {PlanFixture::second, {}}});
        QVERIFY(plan.isModified());
        std::optional<Result<void>> answer;
        const auto keep = [&answer](const Result<void>& result) { answer = result; };
        const auto done = [&answer] {
            const bool came = QTest::qWaitFor([&answer] { return answer.has_value(); });
            const bool good = came && answer->has_value();
            return good;
        };
        plan.save(u"Before change, prod-eu"_s, false, this, keep);
        QVERIFY(done());
        QVERIFY(!plan.isModified());
        QCOMPARE(plan.name(), u"Before change, prod-eu"_s);
        QTRY_COMPARE(plan.savedPlans().size(), 1);
        const QFileInfoList files = QDir(fixture.workplace.plansFolder()).entryInfoList(QDir::Files);
        QCOMPARE(files.size(), 1);
        QCOMPARE(files.first().permissions() & (QFileDevice::ReadGroup | QFileDevice::ReadOther), QFileDevice::Permissions{});

        const PlanContent content = plan.content();
        plan.remove({{PlanFixture::second, {}}});
        QVERIFY(plan.isModified());
        plan.undo();
        QVERIFY(!plan.isModified());

        plan.startNew();
        QVERIFY(plan.isEmpty() && plan.name().isEmpty());
        plan.add({{PlanFixture::first, u"secrets"_s}});
        answer.reset();
        plan.save(u"Before change, prod-eu"_s, false, this, keep);
        QTRY_VERIFY(answer.has_value());
        QCOMPARE(answer->error().code, ErrorCode::AlreadyExists); // a question first
        answer.reset();
        plan.load(u"Before change, prod-eu"_s, this, keep);
        QVERIFY(done());
        QCOMPARE(plan.content(), content);
        QVERIFY(plan.undoText().isEmpty());

        answer.reset();
        plan.rename(u"Weekly"_s, this, keep);
        QVERIFY(done());
        QCOMPARE(plan.name(), u"Weekly"_s);
        QTRY_COMPARE(plan.savedPlans().value(0).name, u"Weekly"_s);
        answer.reset();
        plan.removeSaved(u"Weekly"_s, this, keep);
        QVERIFY(done());
        QTRY_VERIFY(plan.savedPlans().isEmpty());
        QVERIFY(!plan.isEmpty()); // the page keeps its components
        answer.reset();
        plan.load(u"Weekly"_s, this, keep);
        QTRY_VERIFY(answer.has_value());
        QVERIFY(!answer->has_value());
        QCOMPARE(plan.content().selections, content.selections);
        QVERIFY(!planstore::nameProblem(u"a\nb"_s).isEmpty() && !planstore::nameProblem(u" "_s).isEmpty() && !planstore::nameProblem(QString(81, u'x')).isEmpty());
    }

    void restored()
    {
        PlanFixture fixture;
        BackupPlan plan(fixture.hub);
        plan.add({{PlanFixture::first, u"system-mysql"_s}});
        bool saved = false;
        plan.save(u"A"_s, false, this, [&saved](const Result<void>& result) { saved = result.has_value(); });
        QTRY_VERIFY(saved);
        plan.add({{PlanFixture::first, u"secrets"_s}});
        const PlanContent content = plan.content();
        BackupPlan again(fixture.hub);
        again.restore(plan.name(), content);
        QCOMPARE(again.content(), content);
        QVERIFY(again.isModified()); // as it was when the program ended
        again.remove({{PlanFixture::first, u"secrets"_s}});
        QTRY_VERIFY(!again.isModified());
    }

    void hostileFiles_data()
    {
        QTest::addColumn<QByteArray>("json");
        const QByteArray good = R"({"format":1,"namespaces":[{"cluster":"c","namespace":"n","components":["a"]}],"folder":"/x","parallel":3})";
        QTest::newRow("no object") << QByteArray("[]");
        QTest::newRow("other format") << QByteArray(good).replace("\"format\":1", "\"format\":2");
        QTest::newRow("no components") << QByteArray(good).replace("[\"a\"]", "[]");
        QTest::newRow("components twice") << QByteArray(good).replace("[\"a\"]", "[\"a\",\"a\"]");
        QTest::newRow("a number as component") << QByteArray(good).replace("[\"a\"]", "[1]");
        QTest::newRow("control character") << QByteArray(good).replace("\"n\"", "\"n\\u0007\"");
        QTest::newRow("long name") << QByteArray(good).replace("\"c\"", '"' + QByteArray(300, 'c') + '"');
        QTest::newRow("NUL in the folder") << QByteArray(good).replace("/x", "/x\\u0000");
    }
    void hostileFiles()
    {
        QFETCH(QByteArray, json);
        QVERIFY(!planContentFromJson(QJsonDocument::fromJson(json).object()));
        PlanFixture fixture(false);
        QVERIFY(makePrivateDirectory(fixture.workplace.plansFolder()));
        QVERIFY(writePrivateFile(fixture.workplace.plansFolder() + u"/x.json"_s, json));
        QVERIFY(planstore::list(fixture.workplace.plansFolder()).isEmpty());
    }
    void boundedNumbers()
    {
        const auto content = planContentFromJson(QJsonDocument::fromJson(R"({"format":1,"parallel":100000,"namespaces":[{"cluster":"c","namespace":"n","components":["not known here"]}]})").object());
        QVERIFY(content);
        QCOMPARE(content->options.parallel, mostParallelStreams);
        QCOMPARE(planContentFromJson(toJson(*content)).value(), *content);
        // A plan of a cluster that is not here: it stays, and says why nothing can be done.
        PlanFixture fixture;
        BackupPlan plan(fixture.hub);
        BackupPlanModel model(plan);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        plan.restore({}, *content);
        QVERIFY(settled(plan));
        QCOMPARE(plan.obstacle(), u"There is no cluster c here."_s);
        QCOMPARE(model.index(0, 0, model.index(0, 0)).data().toString(), u"not known here"_s);
        QCOMPARE(model.index(0, BackupPlanModel::InCluster, model.index(0, 0)).data().toString(), u"–"_s);
    }

    void drops()
    {
        PlanFixture fixture;
        BackupPlan plan(fixture.hub);
        BackupPlanModel model(plan);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QSignalSpy dropped(&model, &BackupPlanModel::dropped);
        const std::unique_ptr<QMimeData> data(toMimeData({{PlanFixture::first, u"system-mysql"_s}, {PlanFixture::second, {}}}));
        QVERIFY(model.canDropMimeData(data.get(), Qt::CopyAction, -1, -1, {}));
        QVERIFY(model.dropMimeData(data.get(), Qt::CopyAction, -1, -1, {}));
        QCOMPARE(dropped.size(), 1);
        QCOMPARE(model.rowCount(), 2);
        QVERIFY(!model.canDropMimeData(data.get(), Qt::CopyAction, -1, -1, {})); // already in the plan
        QVERIFY(!model.dropMimeData(data.get(), Qt::CopyAction, 0, 0, model.index(0, 0)));
        QMimeData foreign;
        foreign.setText(u"system-mysql"_s);
        QVERIFY(!model.canDropMimeData(&foreign, Qt::CopyAction, -1, -1, {}));
        foreign.setData(QLatin1String(componentsMimeType), "{{{{");
        QVERIFY(!model.dropMimeData(&foreign, Qt::CopyAction, -1, -1, {}));
    }

    void kubeconfigs()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(u"config"_s);
        QCOMPARE(contextsIn(path), 0);
        QVERIFY(writePrivateFile(path, "apiVersion: v1\ncontexts:\n- name: a\n  context: {cluster: x, user: y}\n- name: b\n  context: {cluster: x, user: y}\n"));
        QCOMPARE(contextsIn(path), 2);
        QVERIFY(writePrivateFile(path, "contexts: &a [*a]\n"));
        QCOMPARE(contextsIn(path), 0);
    }

    void readinessWithoutAClient()
    {
        QTemporaryDir folder;
        qputenv("SCALEKEEP_OC", folder.filePath(u"no-such-oc"_s).toUtf8());
        qputenv("KUBECONFIG", folder.filePath(u"none"_s).toUtf8());
        const Redactor redactor;
        Readiness readiness = readReadiness(folder.path(), redactor);
        QVERIFY(readiness.ocError && readiness.ocVersion.isEmpty() && readiness.ocNamed);
        QVERIFY(!readiness.ocError->hint.isEmpty());
        QVERIFY(readiness.freeBytes > 0);
        QCOMPARE(readiness.contexts, 0);

        const QString program = folder.filePath(u"oc"_s);
        QVERIFY(writePrivateFile(program, "#!/bin/sh\n[ \"$1 $2\" = 'version --client' ] && echo '{\"releaseClientVersion\":\"4.16.21\"}'\n"));
        QVERIFY(QFile::setPermissions(program, QFileDevice::ReadOwner | QFileDevice::ExeOwner));
        qputenv("SCALEKEEP_OC", program.toUtf8());
        readiness = readReadiness(folder.path(), redactor);
        QVERIFY(!readiness.ocError);
        QCOMPARE(readiness.ocVersion, u"4.16.21"_s);
        qunsetenv("SCALEKEEP_OC");
        qunsetenv("KUBECONFIG");
    }
};

QTEST_GUILESS_MAIN(TestBackupPlanService)
#include "tst_backupplanservice.moc"
