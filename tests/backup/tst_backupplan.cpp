#include "engine/backup/backup.h"
#include "engine/run/rights.h"

#include "tests/oc/localpod.h"
#include "tests/plan/installation.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

class TestBackupPlan : public QObject {
    Q_OBJECT

    static Result<plan::Plan> make(const Installation& installation, const QString& flavour, const backup::Options& options)
    {
        catalog::Detection detection;
        detection.catalog = installation.catalog;
        detection.flavour = flavour;
        detection.version = u"2.x"_s;
        return backup::makePlan(u"production"_s, detection, installation.inventory, {.program = u"oc"_s, .kubeconfig = u"/k"_s, .namespaceName = u"threescale"_s, .cacheDir = {}}, options, u"/tmp/b.scalekeep.tar"_s);
    }

private Q_SLOTS:
    void plans_data()
    {
        QTest::addColumn<QString>("version");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("flavour");
        QTest::addColumn<bool>("quiesce");
        for (const bool quiesce : {false, true}) {
            const char* how = quiesce ? "quiesced" : "online";
            QTest::addRow("2.7 template, %s", how) << u"2.7"_s << u"DeploymentConfig"_s << u"template"_s << quiesce;
            QTest::addRow("2.7 operator, %s", how) << u"2.7"_s << u"DeploymentConfig"_s << u"operator"_s << quiesce;
            QTest::addRow("2.15 operator, %s", how) << u"2.15"_s << u"Deployment"_s << u"operator"_s << quiesce;
        }
    }
    void plans()
    {
        QFETCH(QString, version);
        QFETCH(QString, kind);
        QFETCH(QString, flavour);
        QFETCH(bool, quiesce);
        const Installation installation(version, kind, flavour);
        backup::Options options;
        options.quiesce = quiesce;
        const auto made = make(installation, flavour, options);
        QVERIFY(made);
        QCOMPARE(*make(installation, flavour, options), *made); // pure
        const auto read = plan::fromJson(plan::toJson(*made));
        QVERIFY2(read, read ? "" : qPrintable(read.error().message)); // ids are unique, every `after` stands
        QCOMPARE(*read, *made);
        const Order order(*made);
        const run::Handlers handlers = backup::handlers();
        for (const plan::Step& step : order.steps) {
            QVERIFY2(handlers.contains(step.action), qPrintable(step.action));
            QVERIFY2(!step.title.isEmpty(), qPrintable(step.id));
            QVERIFY2(!step.changes || !step.undo.isEmpty(), qPrintable(step.id));
            QVERIFY2(!step.changes || (step.idempotent && handlers.value(step.action)->hasProbe() && (!step.undoable || handlers.value(step.action)->hasUndo())), qPrintable(step.id));
        }

        // The moments that the dumps show: Redis, then the database, then files and zync.
        QVERIFY(order.inOrder({u"snapshot:backend-redis"_s, u"dump:system-mysql"_s, u"dump:zync-database"_s, u"finish"_s}));
        QVERIFY(order.inOrder({u"snapshot:system-redis"_s, u"dump:system-mysql"_s, u"dump:system-storage"_s, u"finish"_s}));
        QString databaseStage;
        for (const plan::Stage& stage : made->stages) {
            for (const plan::Step& step : stage.steps) {
                if (step.id == u"dump:system-mysql")
                    databaseStage = stage.id;
                if (step.id.startsWith(u"snapshot:"_s))
                    QVERIFY(databaseStage.isEmpty()); // an earlier stage, not a parallel step
            }
        }
        for (const QString& id : {u"dump:system-storage"_s, u"dump:zync-database"_s})
            QCOMPARE(made->step(id)->parameters[u"afterSnapshotOf"].toString(), u"system-mysql"_s);
        for (const QString& id : {u"unlink:backend-redis"_s, u"unlink:system-redis"_s})
            QVERIFY(made->step(id) && made->step(id)->always); // the volume is not left full of hard links
        for (const catalog::Component& component : installation.catalog.components) {
            if (component.id != u"system-postgresql" && component.presence != u"external")
                QVERIFY2(made->step(u"dump:"_s + component.id) || made->step(u"save:"_s + component.id), qPrintable(component.id));
        }

        if (!quiesce) {
            for (const plan::Step& step : order.steps)
                QVERIFY2(!step.changes, qPrintable(step.id)); // a backup needs no lock and no undo
            return;
        }
        const plan::Step* stop = made->step(u"quiesce"_s);
        const plan::Step* resume = made->step(u"resume"_s);
        QVERIFY(stop && resume);
        QVERIFY(order.inOrder({u"quiesce"_s, u"snapshot:backend-redis"_s, u"dump:system-mysql"_s, u"stayed"_s, u"finish"_s, u"resume"_s}));
        QVERIFY(order.inOrder({u"dump:system-storage"_s, u"stayed"_s}) && order.inOrder({u"save:secrets"_s, u"stayed"_s}));
        QCOMPARE(made->step(u"stayed"_s)->parameters[u"workloads"], stop->parameters[u"workloads"]);
        QCOMPARE(made->step(u"stayed"_s)->parameters[u"since"].toString(), stop->id);
        QVERIFY(stop->undoable && resume->always && resume->changes);
        QStringList stopped = Order::workloads(*stop), started = Order::workloads(*resume);
        if (flavour == u"operator") {
            // Or it would start the others again.
            QVERIFY(installation.catalog.operatorDeployments.contains(stopped.first()));
            QVERIFY(installation.catalog.operatorDeployments.contains(started.last()));
        }
        stopped.sort();
        started.sort();
        QCOMPARE(started, stopped);
        QVERIFY(stopped.contains(u"system-app"_s) && stopped.contains(u"system-sidekiq"_s) && stopped.contains(u"zync-que"_s));
        for (const QString& name : {u"backend-listener"_s, u"apicast-production"_s, u"apicast-staging"_s, u"system-mysql"_s, u"backend-redis"_s, u"zync-database"_s})
            QVERIFY2(!stopped.contains(name), qPrintable(name)); // API traffic goes on
        // No pod of system-app is there whose files could be read.
        if (const qsizetype helper = order.of(u"helper:system-storage"_s); helper >= 0) {
            QVERIFY(order.inOrder({u"helper:system-storage"_s, u"dump:system-storage"_s, u"remove-helper:system-storage"_s}));
            QVERIFY(made->step(u"remove-helper:system-storage"_s)->always);
            QVERIFY(made->step(u"dump:system-storage"_s)->parameters[u"helper"].toBool());
        }
    }

    /// What nothing tells of the namespace is no fact in the bundle, or a restore would hold the namespace against it.
    void guessesStayOpen_data()
    {
        QTest::addColumn<QStringList>("guessed");
        QTest::newRow("nothing") << QStringList{};
        QTest::newRow("the version") << QStringList{u"the version of 3scale (assumed: 2.7)"_s};
        QTest::newRow("the flavour") << QStringList{u"the way of installation (assumed: template)"_s};
        QTest::newRow("the kind") << QStringList{u"the kind of workloads (assumed: DeploymentConfig)"_s};
        QTest::newRow("all") << QStringList{u"the version of 3scale (assumed: 2.7)"_s, u"the way of installation (assumed: template)"_s, u"the kind of workloads (assumed: DeploymentConfig)"_s};
    }
    void guessesStayOpen()
    {
        QFETCH(QStringList, guessed);
        const Installation installation(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
        const auto isGuessed = [&guessed](const QString& what) { return !guessed.filter(what).isEmpty(); };
        catalog::Detection detection;
        detection.catalog = installation.catalog;
        detection.version = u"2.7"_s;
        detection.flavour = u"template"_s;
        detection.workloadKind = u"DeploymentConfig"_s;
        detection.versionKnown = !isGuessed(u"version"_s);
        detection.flavourKnown = !isGuessed(u"installation"_s);
        detection.workloadKindKnown = !isGuessed(u"workloads"_s);
        const bundle::Header header = backup::header(u"north"_s, detection, installation.inventory, u"admin"_s);
        QCOMPARE(header.threescaleVersion, detection.versionKnown ? u"2.7"_s : QString());
        QCOMPARE(header.flavour, detection.flavourKnown ? u"template"_s : QString());
        QCOMPARE(header.workloadKind, detection.workloadKindKnown ? u"DeploymentConfig"_s : QString());
        const auto made = backup::makePlan(u"north"_s, detection, installation.inventory, {.program = u"oc"_s, .kubeconfig = u"/k"_s, .namespaceName = u"threescale"_s, .cacheDir = {}}, {}, u"/tmp/b.scalekeep.tar"_s);
        QVERIFY(made);
        const QJsonArray notes = made->step(u"finish"_s)->parameters[u"notes"].toArray();
        QCOMPARE(notes.isEmpty(), guessed.isEmpty());
        for (const QString& each : guessed) {
            QVERIFY2(notes.first().toString().contains(each), qPrintable(notes.first().toString()));
            QVERIFY(made->warnings.contains(notes.first().toString()));
        }
    }

    /// A writer that is being rolled out gets pods while it counts as stopped.
    void rollout_data()
    {
        QTest::addColumn<QString>("workload");
        QTest::addColumn<bool>("quiesce");
        QTest::addColumn<run::Check::State>("state");
        QTest::newRow("a writer, which is stopped") << u"system-app"_s << true << run::Check::State::Failed;
        QTest::newRow("a writer, which runs on") << u"system-app"_s << false << run::Check::State::Warning;
        QTest::newRow("what runs on in any case") << u"backend-listener"_s << true << run::Check::State::Warning;
    }
    void rollout()
    {
        QFETCH(QString, workload);
        QFETCH(bool, quiesce);
        QFETCH(run::Check::State, state);
        Installation installation(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
        for (cluster::Workload& each : installation.inventory.workloads)
            each.rolloutInProgress = each.name == workload;
        backup::Options options;
        options.quiesce = quiesce;
        const auto plan = make(installation, u"template"_s, options);
        QVERIFY(plan);
        catalog::Detection detection;
        detection.catalog = installation.catalog;
        const Redactor redactor;
        const oc::Client nobody(oc::Connection{.program = u"/bin/false"_s, .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}}, redactor);
        const QList<run::Check> checks = backup::preflight(nobody, detection, installation.inventory, *plan);
        const auto found = std::find_if(checks.begin(), checks.end(), [](const run::Check& check) { return check.id == u"rollout"; });
        QVERIFY(found != checks.end());
        QCOMPARE(found->state, state);
    }

    void localSpace_data()
    {
        QTest::addColumn<qint64>("free"); // MiB; the data takes 1000
        QTest::addColumn<bool>("isSeen");
        QTest::addColumn<run::Check::State>("state");
        QTest::newRow("room") << qint64(1000) << true << run::Check::State::Passed;
        QTest::newRow("only if it shrinks") << qint64(999) << true << run::Check::State::Warning;
        QTest::newRow("hardly any") << qint64(255) << true << run::Check::State::Failed;
        QTest::newRow("a part could not be looked at") << qint64(5000) << false << run::Check::State::Warning;
    }
    void localSpace()
    {
        QFETCH(qint64, free);
        QFETCH(bool, isSeen);
        constexpr qint64 mebibyte = 1024 * 1024;
        const run::Check check = backup::localSpace(u"/b.tar"_s, free * mebibyte, {1000 * mebibyte, isSeen ? QStringList{} : QStringList{u"system-storage"_s}});
        QTEST(check.state, "state");
        QCOMPARE(check.remedy.isEmpty(), check.state == run::Check::State::Passed);
        QVERIFY2(check.evidence.contains(u"1001 MiB"_s) && check.evidence.contains(u"system-storage"_s) != isSeen, qPrintable(check.evidence));
        // Who does not answer is not small.
        const Installation installation(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
        const Redactor redactor;
        const oc::Client nobody(oc::Connection{.program = u"/bin/false"_s, .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}}, redactor);
        QCOMPARE(backup::expectedSize(nobody, installation.catalog, installation.inventory, {u"system-mysql"_s, u"secrets"_s}), (backup::ExpectedSize{0, {u"system-mysql"_s}}));
    }

    /// A server without its database has nothing to back up: that is known, and is not "could not be looked at".
    void sizeOfADatabaseThatIsNotThere()
    {
        const QTemporaryDir tools;
        const QString path = tools.filePath(u"mysql"_s);
        QFile script(path);
        QVERIFY(script.open(QIODevice::WriteOnly));
        script.write("#!/bin/bash\ncase \"$*\" in *-e*) printf 'version\\t352e372e3234\\n' ;; *) cat >/dev/null; echo \"ERROR 1049 (42000): Unknown database 'system'\" >&2; exit 1 ;; esac\n");
        script.close();
        QVERIFY(script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
        LocalPod local(u"bash"_s);
        local.set("PATH", tools.path().toUtf8() + ":/usr/bin:/bin");
        Installation installation(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
        for (cluster::Workload& workload : installation.inventory.workloads) {
            if (workload.name == u"system-mysql")
                workload.selector.insert(u"deploymentConfig"_s, workload.name);
        }
        cluster::Pod pod;
        pod.name = u"system-mysql-1-abcde"_s;
        pod.phase = u"Running"_s;
        pod.ready = true;
        pod.labels.insert(u"deploymentConfig"_s, u"system-mysql"_s);
        installation.inventory.pods.append(pod);
        const oc::Client client = local.client();
        QCOMPARE(backup::expectedSize(client, installation.catalog, installation.inventory, {u"system-mysql"_s}), backup::ExpectedSize{});
    }

    void choices()
    {
        const Installation installation(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
        backup::Options options;
        options.components = {u"system-mysql"_s};
        const auto made = make(installation, u"template"_s, options);
        QVERIFY(made);
        QVERIFY(made->step(u"dump:system-mysql"_s) && !made->step(u"dump:zync-database"_s) && !made->step(u"snapshot:backend-redis"_s));
        QVERIFY(!made->warnings.isEmpty()); // what a restore would miss
        options.components = {u"zync-database"_s};
        const auto alone = make(installation, u"template"_s, options);
        QVERIFY(alone);
        QVERIFY(alone->step(u"dump:zync-database"_s)->parameters[u"afterSnapshotOf"].toString().isEmpty()); // it would wait for ever
        options.components = {u"nonsense"_s};
        QCOMPARE(make(installation, u"template"_s, options).error().code, ErrorCode::Usage);
        options.components = {u"system-postgresql"_s};
        QCOMPARE(make(installation, u"template"_s, options).error().code, ErrorCode::NotFound);
    }

    /// A quiesced backup is at work, or was lost: its zeros are nobody's originals. What is up again is so.
    void besideAStoppedInstallation()
    {
        Installation installation(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
        for (cluster::Workload& each : installation.inventory.workloads)
            each.desired = each.name == u"system-app" || each.name == u"backend-cron" ? 0 : 1;
        const QString originals = u"{\"replicas:DeploymentConfig/system-app\":4,\"replicas:DeploymentConfig/zync-que\":3}"_s;
        installation.inventory.objects.append(QJsonObject{{u"kind"_s, u"ConfigMap"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"scalekeep-lock"_s}}}, {u"data"_s, QJsonObject{{u"purpose"_s, u"backup"_s}, {u"originals"_s, originals}}}});
        const auto made = make(installation, u"template"_s, {});
        QVERIFY(made);
        QHash<QString, int> counts;
        for (const QJsonValue& each : made->step(u"finish"_s)->parameters[u"workloads"].toArray())
            counts.insert(each[u"name"].toString(), each[u"replicas"].toInt(-1));
        QCOMPARE(counts.value(u"system-app"_s), 4);
        QCOMPARE(counts.value(u"zync-que"_s), 1);
        QCOMPARE(counts.value(u"backend-cron"_s), 0); // somebody else's choice
    }

    /// Whoever lacks one of them would be stuck in the middle, with a locked namespace and no writers.
    void rights()
    {
        const Installation installation(u"2.7"_s, u"DeploymentConfig"_s, u"operator"_s);
        const auto needs = [&installation](bool quiesce) {
            backup::Options options;
            options.quiesce = quiesce;
            const auto made = make(installation, u"operator"_s, options);
            const run::Rights rights = made ? run::rightsOf(*made, installation.catalog) : run::Rights{};
            QStringList texts = rights.unknown;
            for (const run::Need& need : rights.needs)
                texts.append(run::toText(need));
            return texts;
        };
        const QStringList changing{u"get configmaps"_s, u"update configmaps"_s, u"delete configmaps"_s, u"watch pods"_s, u"delete pods"_s, u"get deploymentconfigs.apps.openshift.io"_s, u"patch deploymentconfigs.apps.openshift.io/scale"_s};
        const QStringList plain = needs(false), quiesced = needs(true);
        for (const QString& right : {u"list secrets"_s, u"list configmaps"_s, u"list pods"_s, u"create pods/exec"_s}) {
            QVERIFY2(plain.contains(right), qPrintable(plain.join(u", "_s)));
            QVERIFY2(quiesced.contains(right), qPrintable(quiesced.join(u", "_s)));
        }
        for (const QString& right : changing) {
            QVERIFY2(quiesced.contains(right), qPrintable(right));
            QVERIFY2(right.startsWith(u"get"_s) || !plain.contains(right), qPrintable(right));
        }
        QVERIFY(quiesced.contains(u"patch deployments.apps/scale"_s)); // of the operator
    }

    void outputPath()
    {
        QTemporaryDir directory;
        backup::Options options;
        options.output = directory.path();
        const auto inFolder = backup::outputPath(u"production"_s, u"threescale"_s, options);
        QVERIFY(inFolder);
        static const QRegularExpression name(u"/production-threescale-\\d{8}T\\d{6}Z\\.scalekeep\\.tar$"_s);
        QVERIFY2(name.match(*inFolder).hasMatch(), qPrintable(*inFolder));
        options.output = directory.filePath(u"mine.tar"_s);
        QCOMPARE(*backup::outputPath(u"p"_s, u"n"_s, options), options.output);
        QFile file(options.output);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(backup::outputPath(u"p"_s, u"n"_s, options).error().code, ErrorCode::AlreadyExists);
        options.output = directory.filePath(u"no/such/folder/x.tar"_s);
        QCOMPARE(backup::outputPath(u"p"_s, u"n"_s, options).error().code, ErrorCode::NotFound);
    }
};

QTEST_GUILESS_MAIN(TestBackupPlan)
#include "tst_backupplan.moc"
