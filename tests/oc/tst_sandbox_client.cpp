#include "engine/base/digest.h"
#include "engine/base/files.h"
#include "engine/oc/client.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace scalekeep;
using namespace scalekeep::oc;
using namespace std::chrono_literals;
using namespace Qt::Literals::StringLiterals;

/// Every method of Client against a cluster of the sandbox: started for this test, thrown away after it.
class TestSandboxClient : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_home.isValid());
        QVERIFY2(sandbox({u"up"_s, u"--only"_s, u"north/threescale"_s, u"--rows"_s, u"200"_s, u"--die-with-parent"_s}), m_said.constData());
        QVERIFY2(sandbox({u"env"_s}), m_said.constData());
        const QRegularExpressionMatch program = QRegularExpression(u"SCALEKEEP_OC=(\\S+)"_s).match(QString::fromUtf8(m_said));
        m_connection.program = program.captured(1);
        m_connection.kubeconfig = m_home.filePath(u"kubeconfig-north"_s);
        m_connection.namespaceName = u"threescale"_s;
        m_connection.cacheDir = m_home.filePath(u"cache"_s);
        qputenv("SCALEKEEP_SANDBOX_HOME", m_home.path().toUtf8());
        m_mysql = {podOf(u"system-mysql"_s), u"system-mysql"_s, {}};
        QVERIFY(!m_mysql.pod.isEmpty());
    }
    void cleanupTestCase()
    {
        sandbox({u"down"_s});
        // The volumes hold names that Qt can't express, and directories without write permission.
        m_home.setAutoRemove(false);
        QProcess::execute(u"chmod"_s, {u"-R"_s, u"u+rwX"_s, m_home.path()});
        QProcess::execute(u"rm"_s, {u"-rf"_s, m_home.path()});
    }
    void cleanup() { QVERIFY2(sandbox({u"fault"_s, u"clear"_s}), m_said.constData()); }

    void reading()
    {
        QCOMPARE(*client().whoami(), u"admin3s"_s);
        const auto version = client().version();
        QVERIFY2(version, message(version));
        QVERIFY(!(*version)[u"serverVersion"][u"gitVersion"].toString().isEmpty());
        const auto raw = client().raw(u"/version"_s);
        QVERIFY2(raw, message(raw));
        QVERIFY(QJsonDocument::fromJson(*raw).object().contains(u"gitVersion"_s));
        QCOMPARE(client().raw(u"/no/such/path"_s).error().code, ErrorCode::Forbidden);
        QCOMPARE(client().raw(u"/api/v1/namespaces/threescale/frobs"_s).error().code, ErrorCode::Unsupported);
        const auto seed = client().get(u"secret"_s, u"system-seed"_s);
        QVERIFY2(seed, message(seed));
        QCOMPARE((*seed)[u"kind"].toString(), u"Secret"_s);
        QCOMPARE(client().get(u"secret"_s, u"nope"_s).error().code, ErrorCode::NotFound);
    }

    void listing()
    {
        const auto listed = client().list({u"pods"_s, u"dc"_s, u"pvc"_s, u"frobs"_s, u"routes"_s});
        QVERIFY2(listed, message(listed));
        QVERIFY(listed->problems.isEmpty());
        QSet<QString> kinds;
        for (const auto& item : listed->items)
            kinds.insert(item[u"kind"].toString());
        QCOMPARE(kinds, (QSet<QString>{u"Pod"_s, u"DeploymentConfig"_s, u"PersistentVolumeClaim"_s, u"Route"_s}));
        QCOMPARE(client().list({u"pods"_s}, u"deploymentConfig=zync"_s)->items.size(), 1);
        QVERIFY(client().list({u"pods"_s}, u"deploymentConfig=nobody"_s)->items.isEmpty());
        QCOMPARE(client().inNamespace(u"no-such"_s).list({u"pods"_s}).error().code, ErrorCode::Forbidden);
        const auto partly = as(u"view"_s).list({u"configmaps"_s, u"secrets"_s});
        QVERIFY2(partly, message(partly));
        QVERIFY(partly->items.size() > 3);
        QCOMPARE(partly->problems.size(), 1);
        QCOMPARE(partly->problems.first().code, ErrorCode::Forbidden);
    }

    void rights()
    {
        QCOMPARE(*client().canI(u"create"_s, u"pods"_s, u"exec"_s), true);
        QCOMPARE(*as(u"view"_s).canI(u"create"_s, u"pods"_s, u"exec"_s), false);
        const auto rules = client().rules();
        QVERIFY2(rules, message(rules));
        QVERIFY(!(*rules)[u"resourceRules"].toArray().isEmpty());
        const auto refused = as(u"view"_s).exec(m_mysql, {u"true"_s});
        QCOMPARE(refused.error().code, ErrorCode::Forbidden);
        QVERIFY2(refused.error().message.contains(u"viewer3s may not create pods/exec"_s), message(refused));
    }

    void commandsInPods()
    {
        const auto user = client().exec(m_mysql, {u"id"_s, u"-u"_s});
        QVERIFY2(user, message(user));
        QVERIFY(user->output.trimmed().toInt() > 0);
        QCOMPARE(client().exec(m_mysql, {u"sh"_s, u"-c"_s, u"exit 42"_s})->exitCode, 42);
        const auto rows = client().execWithInput(m_mysql, {u"sh"_s, u"-c"_s, u"MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql -N -hsystem-mysql -hsystem-mysql -uroot system"_s}, "SELECT count(*) > 0 FROM accounts;\n");
        QVERIFY2(rows, message(rows));
        QCOMPARE(rows->output, "1\n");
        const auto wrong = client().execWithInput(m_mysql, {u"sh"_s, u"-c"_s, u"MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql -hsystem-mysql -uroot system"_s}, "SELECT 1 FROM nosuch;\n" + QByteArray(500'000, ' '));
        QVERIFY2(wrong, message(wrong));
        QCOMPARE(wrong->exitCode, 1);
        QVERIFY(wrong->errorText.contains("nosuch"));
        QCOMPARE(client().tools(m_mysql, {u"sh"_s, u"gzip"_s, u"no-such-tool"_s})->size(), 2);
        QCOMPARE(client().exec({u"no-such-pod"_s, {}, {}}, {u"true"_s}).error().code, ErrorCode::NotReady);
        QCOMPARE(client().exec({m_mysql.pod, u"nope"_s, {}}, {u"true"_s}).error().code, ErrorCode::NotReady);
        QCOMPARE(client().exec({podOf(u"system-mysql"_s, true), {}, {}}, {u"true"_s}).error().code, ErrorCode::NotReady);
        QCOMPARE(client().exec(m_mysql, {u"sleep"_s, u"60"_s}, 1s).error().code, ErrorCode::Timeout);
    }

    void dump()
    {
        QByteArray data;
        const auto proof = streamDump(client(), data);
        QVERIFY2(proof, message(proof));
        QVERIFY(data.contains("CREATE TABLE `accounts`"));
        QVERIFY(data.trimmed().contains("-- Dump completed"));
        QCOMPARE(proof->sha256, Sha256::of(data));
        QCOMPARE(proof->bytes, data.size());
        QVERIFY(proof->compressedInTransit);
        QVERIFY(proof->bytesThroughClient < data.size() / 2);
    }

    void dumpWithFaults_data()
    {
        QTest::addColumn<QStringList>("fault");
        QTest::addColumn<int>("code");
        const auto row = [](const char* name, const QStringList& fault, ErrorCode code) { QTest::newRow(name) << fault << int(code); };
        row("truncated at 0", {u"truncate"_s, u"--bytes"_s, u"0"_s}, ErrorCode::TruncatedStream);
        row("truncated at 20000", {u"truncate"_s, u"--bytes"_s, u"20000"_s}, ErrorCode::TruncatedStream);
        row("connection lost", {u"drop"_s}, ErrorCode::Unreachable);
        row("hung", {u"hang"_s, u"--bytes"_s, u"20000"_s}, ErrorCode::Timeout);
        row("client fails", {u"exit"_s, u"--code"_s, u"1"_s, u"--stderr"_s, u"error: unexpected EOF"_s}, ErrorCode::Unreachable);
    }
    void dumpWithFaults()
    {
        QFETCH(QStringList, fault);
        QVERIFY2(sandbox(QStringList{u"fault"_s, u"add"_s} + fault + QStringList{u"--verb"_s, u"exec"_s, u"--contains"_s, u"mysqldump"_s}), m_said.constData());
        QByteArray data;
        const auto proof = streamDump(client(), data);
        QVERIFY(!proof);
        QTEST(int(proof.error().code), "code");
        // The fault was for one call.
        data.clear();
        QVERIFY2(streamDump(client(), data), "the next dump works again");
    }

    void nothingLivesOnInThePod()
    {
        std::stop_source source;
        QByteArray told;
        std::thread worker([&] {
            const auto proof = client().withObserver({}, source.get_token()).streamOut(m_mysql, {u"sh"_s, u"-c"_s, u"echo $$; exec sleep 1000"_s}, [&](std::span<const char> data) -> Result<void> {
                told.append(data.data(), static_cast<qsizetype>(data.size()));
                source.request_stop();
                return {};
            }, [] {
                StreamOptions options;
                options.compress = false;
                return options;
            }());
            QVERIFY(!proof);
            QCOMPARE(proof.error().code, ErrorCode::Cancelled);
        });
        worker.join();
        QVERIFY(told.trimmed().toInt() > 1);
        QTRY_COMPARE_WITH_TIMEOUT(client().exec(m_mysql, {u"sh"_s, u"-c"_s, u"kill -0 \"$1\""_s, u"sh"_s, QString::fromLatin1(told.trimmed())})->exitCode, 1, 8000);
    }

    void fileIntoPod()
    {
        const QByteArray content = QByteArray("some bytes \0 of a dump\n", 23).repeated(50000);
        const QString path = u"/tmp/a file.gz"_s;
        const auto source = [&content] {
            return [content, at = qsizetype(0)](qsizetype max) mutable -> Result<QByteArray> {
                const QByteArray part = content.mid(at, max);
                at += part.size();
                return part;
            };
        };
        const auto written = client().streamIn(m_mysql, path, content.size(), Sha256::of(content), source());
        QVERIFY2(written, message(written));
        const auto digest = client().exec(m_mysql, {u"sha256sum"_s, path});
        QVERIFY2(digest->output.startsWith(Sha256::of(content)), digest->output.constData());
        QVERIFY(client().exec(m_mysql, {u"rm"_s, path})->exitCode == 0);

        QVERIFY2(sandbox({u"fault"_s, u"add"_s, u"truncate-stdin"_s, u"--bytes"_s, u"5000"_s, u"--verb"_s, u"exec"_s}), m_said.constData());
        const auto cut = client().streamIn(m_mysql, path, content.size(), Sha256::of(content), source());
        QVERIFY(!cut);
        QVERIFY(client().exec(m_mysql, {u"sh"_s, u"-c"_s, u"ls /tmp | grep -c '^a file'"_s})->output.trimmed() == "0");
    }

    void objects()
    {
        QJsonObject map{{u"apiVersion"_s, u"v1"_s}, {u"kind"_s, u"ConfigMap"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"client-test"_s}}},
                        {u"data"_s, QJsonObject{{u"a"_s, u"1"_s}, {u"gone"_s, u"x"_s}}}};
        const auto created = client().create(map);
        QVERIFY2(created, message(created));
        QCOMPARE(client().create(map).error().code, ErrorCode::AlreadyExists);

        QJsonObject newer = *created;
        newer[u"data"_s] = QJsonObject{{u"a"_s, u"2"_s}};
        const auto replaced = client().replace(newer);
        QVERIFY2(replaced, message(replaced));
        QCOMPARE((*client().get(u"configmap"_s, u"client-test"_s))[u"data"].toObject(), (QJsonObject{{u"a"_s, u"2"_s}}));
        QCOMPARE(client().replace(newer).error().code, ErrorCode::Conflict);

        const auto patched = client().patch(u"configmap"_s, u"client-test"_s, {{u"data"_s, QJsonObject{{u"b"_s, u"3"_s}}}});
        QVERIFY2(patched, message(patched));
        QCOMPARE((*patched)[u"data"][u"b"].toString(), u"3"_s);
        QCOMPARE(client().patch(u"configmap"_s, u"nope"_s, {}).error().code, ErrorCode::NotFound);

        map[u"data"_s] = QJsonObject{{u"c"_s, u"4"_s}};
        const auto tried = client().applyServerSide(map, true);
        QVERIFY2(tried, message(tried));
        QVERIFY(!(*client().get(u"configmap"_s, u"client-test"_s))[u"data"].toObject().contains(u"c"_s));
        const auto applied = client().applyServerSide(map);
        QVERIFY2(applied, message(applied));
        QCOMPARE((*applied)[u"data"][u"c"].toString(), u"4"_s);

        const auto removed = client().remove(u"configmap"_s, u"client-test"_s);
        QVERIFY2(removed, message(removed));
        QVERIFY(client().remove(u"configmap"_s, u"client-test"_s));
        QCOMPARE(client().get(u"configmap"_s, u"client-test"_s).error().code, ErrorCode::NotFound);
        QCOMPARE(as(u"view"_s).create(map).error().code, ErrorCode::Forbidden);
        QCOMPARE(client().create({{u"apiVersion"_s, u"v1"_s}, {u"kind"_s, u"ConfigMap"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"Bad_Name"_s}}}}).error().code, ErrorCode::BadInput);
    }

    void scaling()
    {
        const QString pod = podOf(u"backend-cron"_s);
        QVERIFY(!pod.isEmpty());
        QCOMPARE(client().scale(u"dc/backend-cron"_s, 0, 5).error().code, ErrorCode::Conflict);
        const auto down = client().scale(u"dc/backend-cron"_s, 0, 1);
        QVERIFY2(down, message(down));
        const auto gone = client().waitForDeletion(u"pod"_s, pod, 60s);
        QVERIFY2(gone, message(gone));
        QVERIFY(client().waitForDeletion(u"pod"_s, pod, 5s));
        QVERIFY(podOf(u"backend-cron"_s).isEmpty());
        QVERIFY(client().scale(u"dc/backend-cron"_s, 1));
        QCOMPARE(client().scale(u"dc/nope"_s, 1).error().code, ErrorCode::NotFound);
        QCOMPARE(as(u"view"_s).scale(u"dc/backend-cron"_s, 0).error().code, ErrorCode::Forbidden);
        QCOMPARE(client().waitForDeletion(u"pod"_s, m_mysql.pod, 1s).error().code, ErrorCode::Timeout);
    }

    void rollouts()
    {
        const auto first = client().rolloutLatest(u"backend-worker"_s);
        QVERIFY2(first, message(first));
        // The first is still in progress: waited out.
        const auto second = client().rolloutLatest(u"dc/backend-worker"_s);
        QVERIFY2(second, message(second));
        const auto done = client().rolloutStatus(u"dc/backend-worker"_s, 120s);
        QVERIFY2(done, message(done));
        QCOMPARE((*client().get(u"dc"_s, u"backend-worker"_s))[u"status"][u"latestVersion"].toInt(), 3);

        QVERIFY(client().rolloutPause(u"dc/backend-worker"_s));
        QCOMPARE(client().rolloutLatest(u"backend-worker"_s).error().code, ErrorCode::NotReady);
        QVERIFY(client().rolloutResume(u"dc/backend-worker"_s));
        QCOMPARE(client().rolloutLatest(u"nope"_s).error().code, ErrorCode::NotFound);

        // `restart` is for Deployments: one like a pod that is there.
        const QJsonObject pod = *client().get(u"pod"_s, podOf(u"system-memcache"_s));
        QJsonObject container = pod[u"spec"][u"containers"][0].toObject();
        const QJsonObject labels{{u"app"_s, u"restart-test"_s}};
        const QJsonObject deployment{{u"apiVersion"_s, u"apps/v1"_s}, {u"kind"_s, u"Deployment"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"restart-test"_s}}},
            {u"spec"_s, QJsonObject{{u"replicas"_s, 1}, {u"selector"_s, QJsonObject{{u"matchLabels"_s, labels}}},
                {u"template"_s, QJsonObject{{u"metadata"_s, QJsonObject{{u"labels"_s, labels}}},
                    {u"spec"_s, QJsonObject{{u"containers"_s, QJsonArray{QJsonObject{{u"name"_s, u"c"_s}, {u"image"_s, container[u"image"_s]}, {u"command"_s, QJsonArray{u"sleep"_s, u"1000"_s}}}}}}}}}}}};
        const auto made = client().create(deployment);
        QVERIFY2(made, message(made));
        QVERIFY(client().rolloutStatus(u"deployment/restart-test"_s, 60s));
        const auto restarted = client().rolloutRestart(u"deployment/restart-test"_s);
        QVERIFY2(restarted, message(restarted));
        QVERIFY(client().rolloutStatus(u"deployment/restart-test"_s, 60s));
        QVERIFY((*client().get(u"deployment"_s, u"restart-test"_s))[u"spec"][u"template"][u"metadata"][u"annotations"].toObject().contains(u"kubectl.kubernetes.io/restartedAt"_s));
        QVERIFY(client().remove(u"deployment"_s, u"restart-test"_s));
    }

    void templates()
    {
        const QString file = QStringLiteral(SANDBOX_TEMPLATE);
        const auto objects = client().processTemplate(file, {{u"WILDCARD_DOMAIN"_s, u"apps.example.com"_s}, {u"TENANT_NAME"_s, u"a = b"_s}});
        QVERIFY2(objects, message(objects));
        QVERIFY(objects->size() > 50);
        const QString password = u" ab$X1'${TENANT_NAME}\" #c "_s;
        const auto awkward = client().processTemplate(file, {{u"WILDCARD_DOMAIN"_s, u"x"_s}, {u"SYSTEM_DATABASE_ROOT_PASSWORD"_s, password}});
        QVERIFY2(awkward, message(awkward));
        const auto mysql = std::find_if(awkward->begin(), awkward->end(), [](const QJsonValue& object) { return object[u"kind"].toString() == u"DeploymentConfig" && object[u"metadata"][u"name"].toString() == u"system-mysql"; });
        QVERIFY(mysql != awkward->end());
        QStringList values;
        for (const QJsonValue& variable : (*mysql)[u"spec"][u"template"][u"spec"][u"containers"][0][u"env"].toArray())
            values.append(variable[u"value"].toString());
        QVERIFY2(values.contains(password), qPrintable(values.join(u'\n')));
        QCOMPARE(client().processTemplate(file, {}).error().code, ErrorCode::BadInput);
        QCOMPARE(client().processTemplate(file, {{u"WILDCARD_DOMAIN"_s, u"x"_s}, {u"NOPE"_s, u"1"_s}}).error().code, ErrorCode::BadInput);
    }

    void sessions()
    {
        Connection elsewhere = m_connection;
        elsewhere.kubeconfig = edited(u"port"_s, u":6443\""_s, u":6444\""_s);
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(Client(elsewhere, m_redactor).whoami().error().code, ErrorCode::Unreachable);
        QVERIFY2(timer.elapsed() > 3400, "reads are repeated with back-off");

        // The other cluster's authority did not sign this one's certificate.
        const auto authority = [this](const QString& cluster) {
            const auto text = readFile(m_home.filePath(u"kubeconfig-"_s + cluster), 1 << 20);
            return QRegularExpression(u"certificate-authority-data\": \"([^\"]+)"_s).match(QString::fromUtf8(*text)).captured(1);
        };
        Connection untrusted = m_connection;
        untrusted.kubeconfig = edited(u"ca"_s, authority(u"north"_s), authority(u"south"_s));
        const auto stranger = Client(untrusted, m_redactor).whoami();
        QVERIFY(!stranger);
        QCOMPARE(stranger.error().code, ErrorCode::UntrustedCertificate);

        QVERIFY2(sandbox({u"expire-token"_s, u"--cluster"_s, u"north"_s, u"--user"_s, u"edit"_s}), m_said.constData());
        QCOMPARE(client().whoami().error().code, ErrorCode::NotLoggedIn);
        QCOMPARE(client().list({u"pods"_s, u"dc"_s}).error().code, ErrorCode::NotLoggedIn);
        QCOMPARE(client().scale(u"dc/zync"_s, 1).error().code, ErrorCode::NotLoggedIn);
        QCOMPARE(client().canI(u"get"_s, u"pods"_s).error().code, ErrorCode::NotLoggedIn);
        QByteArray data;
        QCOMPARE(streamDump(client(), data).error().code, ErrorCode::NotLoggedIn);
        QVERIFY2(sandbox({u"renew-token"_s}), m_said.constData());
        QVERIFY(client().whoami());
    }

private:
    [[nodiscard]] Client client() const { return {m_connection, m_redactor}; }
    /// The same cluster as another user of the sandbox.
    [[nodiscard]] Client as(const QString& user) const
    {
        const auto token = [this](const QString& suffix) { return QString::fromUtf8(*readFile(m_home.filePath(u"token-north"_s + suffix), 4096)).trimmed(); };
        Connection other = m_connection;
        other.kubeconfig = edited(user, token({}), token(u'-' + user));
        return {other, m_redactor};
    }
    [[nodiscard]] QString edited(const QString& name, const QString& before, const QString& after) const
    {
        const QString file = m_home.filePath(u"test-"_s + name);
        const QString text = QString::fromUtf8(*readFile(m_connection.kubeconfig, 1 << 20));
        if (!text.contains(before) || !writePrivateFile(file, QString(text).replace(before, after).toUtf8()))
            return {};
        return file;
    }
    /// A running pod of a DeploymentConfig, or its deployer pod.
    [[nodiscard]] QString podOf(const QString& name, bool deployer = false) const
    {
        const auto pods = client().list({u"pods"_s});
        if (!pods)
            return {};
        for (const auto& pod : pods->items) {
            const QString podName = pod[u"metadata"][u"name"].toString();
            const bool running = pod[u"status"][u"phase"].toString() == u"Running"_s && !pod[u"metadata"].toObject().contains(u"deletionTimestamp"_s);
            if (deployer ? podName == name + u"-1-deploy"_s : running && pod[u"metadata"][u"labels"][u"deploymentConfig"].toString() == name)
                return podName;
        }
        return {};
    }
    Result<StreamProof> streamDump(const Client& from, QByteArray& data) const
    {
        StreamOptions options;
        options.silence = 8s;
        options.dataSilence = 8s;
        return from.streamOut(m_mysql, {u"sh"_s, u"-c"_s, u"MYSQL_PWD=$MYSQL_ROOT_PASSWORD exec mysqldump --single-transaction --routines --triggers --hex-blob -hsystem-mysql -uroot system"_s},
                              [&data](std::span<const char> part) -> Result<void> {
                                  data.append(part.data(), static_cast<qsizetype>(part.size()));
                                  return {};
                              },
                              options);
    }
    bool sandbox(const QStringList& args)
    {
        QProcess command;
        command.setProcessChannelMode(QProcess::MergedChannels);
        command.start(QStringLiteral(SANDBOX), QStringList{u"--home"_s, m_home.path()} + args);
        const bool ended = command.waitForFinished(240'000);
        m_said = command.readAll();
        return ended && command.exitStatus() == QProcess::NormalExit && command.exitCode() == 0;
    }
    /// For QVERIFY2: what an error said, kept until the next one.
    template <class T> const char* message(const Result<T>& result)
    {
        m_message = result ? QByteArray() : (result.error().message + u" | "_s + result.error().detail).toUtf8();
        return m_message.constData();
    }

    QTemporaryDir m_home;
    QByteArray m_said;
    QByteArray m_message;
    Connection m_connection;
    PodRef m_mysql;
    Redactor m_redactor;
};

QTEST_GUILESS_MAIN(TestSandboxClient)
#include "tst_sandbox_client.moc"
