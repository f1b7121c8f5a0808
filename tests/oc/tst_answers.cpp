#include "engine/oc/client.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace scalekeep;
using namespace scalekeep::oc;
using namespace std::chrono_literals;
using namespace Qt::Literals::StringLiterals;

namespace {

constexpr const char* emptyList = R"({"apiVersion":"v1","items":[],"kind":"List","metadata":{"resourceVersion":""}})";
constexpr const char* refused = "echo 'The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?' >&2; exit 1";
constexpr const char* loggedOut = "echo 'error: You must be logged in to the server (Unauthorized)' >&2; exit 1";

} // namespace

/// What the client makes of the answers of `oc`: here a shell script that answers as the recordings do.
class TestAnswers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>();
        m_events.clear();
        qputenv("ANSWERS", m_directory->path().toUtf8());
    }

    void listOfNothingIsNoError()
    {
        const auto listing = oc(u"echo '%1'"_s.arg(QString::fromLatin1(emptyList))).list({u"pods"_s});
        QVERIFY(listing);
        QVERIFY(listing->items.isEmpty());
        QVERIFY(listing->problems.isEmpty());
    }

    void emptyListWithExit1IsAnError_data()
    {
        QTest::addColumn<QByteArray>("error");
        QTest::addColumn<int>("code");
        QTest::newRow("forbidden") << QByteArray("Error from server (Forbidden): pods is forbidden: User \"x\" cannot list resource \"pods\" in API group \"\" in the namespace \"n\"") << int(ErrorCode::Forbidden);
        QTest::newRow("token") << QByteArray("error: You must be logged in to the server (Unauthorized)") << int(ErrorCode::NotLoggedIn);
        QTest::newRow("unknown words") << QByteArray("error: what is this") << int(ErrorCode::RemoteFailed);
        QTest::newRow("no words") << QByteArray() << int(ErrorCode::RemoteFailed);
    }
    void emptyListWithExit1IsAnError()
    {
        QFETCH(QByteArray, error);
        const auto listing = oc(u"echo '%1'; echo '%2' >&2; exit 1"_s.arg(QString::fromLatin1(emptyList), QString::fromUtf8(error))).list({u"pods"_s});
        QVERIFY(!listing);
        QTEST(int(listing.error().code), "code");
    }

    void readableKindsAreReturned()
    {
        const auto listing = oc(uR"(case "$4" in
            configmap) echo '{"items":[{"kind":"ConfigMap","metadata":{"name":"a"}}]}' ;;
            *secret*) echo '{"items":[]}'; echo 'Error from server (Forbidden): secrets is forbidden: User "viewer3s" cannot list resource "secrets" in API group "" in the namespace "n"' >&2; exit 1 ;;
            pvc) echo '{"items":[]}' ;;
            *) exit 9 ;;
        esac)"_s).list({u"configmap"_s, u"secret"_s, u"pvc"_s});
        QVERIFY2(listing, listing ? "" : qPrintable(listing.error().message));
        QCOMPARE(listing->items.size(), 1);
        QCOMPARE(listing->problems.size(), 1);
        QCOMPARE(listing->problems.first().code, ErrorCode::Forbidden);
        QVERIFY(listing->problems.first().message.contains(u"secret"_s));
    }

    void unknownKindsAreLeftOut()
    {
        const auto listing = oc(uR"(case "$4" in
            *dc*) echo 'error: the server doesn'\''t have a resource type "dc"' >&2; exit 1 ;;
            *routes*) echo 'error: the server doesn'\''t have a resource type "routes"' >&2; exit 1 ;;
            pods) echo '{"items":[{"kind":"Pod"}]}' ;;
        esac)"_s).list({u"dc"_s, u"pods"_s, u"routes"_s});
        QVERIFY2(listing, listing ? "" : qPrintable(listing.error().message));
        QCOMPARE(listing->items.size(), 1);
        QVERIFY(listing->problems.isEmpty());
        QCOMPARE(calls().size(), 3);
    }

    void unknownKindsAreNamedWithoutTheirGroup()
    {
        const auto listing = oc(uR"(case "$4" in
            *apimanagers.apps.3scale.net*) echo 'error: the server doesn'\''t have a resource type "apimanagers"' >&2; exit 1 ;;
            pods,routes.route.openshift.io) echo '{"items":[{"kind":"Pod"}]}' ;;
        esac)"_s).list({u"pods"_s, u"apimanagers.apps.3scale.net"_s, u"routes.route.openshift.io"_s});
        QVERIFY2(listing, listing ? "" : qPrintable(listing.error().message));
        QCOMPARE(listing->items.size(), 1);
        QVERIFY2(listing->problems.isEmpty(), listing->problems.isEmpty() ? "" : qPrintable(listing->problems.first().message));
        QCOMPARE(calls().size(), 2);
    }

    /// Which of two groups lacks it is not said: the other one's objects must not be missed.
    void unknownInOneOfTwoGroups()
    {
        const auto listing = oc(uR"(case "$4" in
            *backends.capabilities.3scale.net*) echo 'error: the server doesn'\''t have a resource type "backends"' >&2; exit 1 ;;
            backends.example.com) echo '{"items":[{"kind":"Backend"}]}' ;;
        esac)"_s).list({u"backends.capabilities.3scale.net"_s, u"backends.example.com"_s});
        QVERIFY2(listing, listing ? "" : qPrintable(listing.error().message));
        QCOMPARE(listing->items.size(), 1);
        QVERIFY(listing->problems.isEmpty());
    }

    void onlyUnknownKinds()
    {
        const auto listing = oc(u"echo 'error: the server doesn'\\''t have a resource type \"dc\"' >&2; exit 1"_s).list({u"dc"_s});
        QVERIFY(listing);
        QVERIFY(listing->items.isEmpty());
    }

    void deadSessionOutweighsWhatCouldBeRead()
    {
        const auto listing = oc(u"echo '{\"items\":[{\"kind\":\"Pod\"}]}'; "_s + QString::fromLatin1(loggedOut)).list({u"pods"_s, u"dc"_s});
        QVERIFY(!listing);
        QCOMPARE(listing.error().code, ErrorCode::NotLoggedIn);
        QCOMPARE(calls().size(), 1);
    }

    void nothingReadableIsAnError()
    {
        const auto listing = oc(u"echo 'Error from server (Forbidden): x is forbidden: User \"u\" cannot list resource \"x\"' >&2; exit 1"_s).list({u"pods"_s, u"dc"_s});
        QVERIFY(!listing);
        QCOMPARE(listing.error().code, ErrorCode::Forbidden);
    }

    void garbageIsRefused_data()
    {
        QTest::addColumn<QString>("answer");
        QTest::newRow("text") << u"echo hello"_s;
        QTest::newRow("nothing") << u":"_s;
        QTest::newRow("array") << u"echo []"_s;
        QTest::newRow("cut") << u"printf '{\"items\":[{'"_s;
    }
    void garbageIsRefused()
    {
        QFETCH(QString, answer);
        const Client client = oc(answer);
        QCOMPARE(client.list({u"pods"_s}).error().code, ErrorCode::BadInput);
        QCOMPARE(client.get(u"pod"_s, u"p"_s).error().code, ErrorCode::BadInput);
        QCOMPARE(client.create({}).error().code, ErrorCode::BadInput);
    }

    void readsAreRepeatedWhileUnreachable()
    {
        QElapsedTimer timer;
        timer.start();
        const auto user = oc(u"[ $(wc -l <\"$ANSWERS/calls\") -lt 3 ] && { %1; }; echo admin3s"_s.arg(QString::fromLatin1(refused))).whoami();
        QVERIFY2(user, user ? "" : qPrintable(user.error().message));
        QCOMPARE(*user, u"admin3s"_s);
        QCOMPARE(calls().size(), 3);
        QVERIFY(timer.elapsed() >= 1500);
    }

    void readsAreGivenUpInTheEnd()
    {
        const auto user = oc(QString::fromLatin1(refused)).whoami();
        QVERIFY(!user);
        QCOMPARE(user.error().code, ErrorCode::Unreachable);
        QCOMPARE(calls().size(), 4);
    }

    void otherFailuresAreNotRepeated()
    {
        QCOMPARE(oc(QString::fromLatin1(loggedOut)).whoami().error().code, ErrorCode::NotLoggedIn);
        QCOMPARE(calls().size(), 1);
    }

    void writesAreNeverRepeated_data()
    {
        QTest::addColumn<int>("which");
        const char* names[] = {"create", "replace", "apply", "patch", "remove", "scale", "latest", "restart", "pause", "resume", "exec", "execWithInput", "streamIn", "streamOut"};
        for (int i = 0; i < 14; ++i)
            QTest::newRow(names[i]) << i;
    }
    void writesAreNeverRepeated()
    {
        QFETCH(int, which);
        const Client client = oc(QString::fromLatin1(refused));
        const PodRef pod{u"p"_s, u"c"_s, {}};
        QString hint;
        const auto code = [&hint](const auto& result) {
            hint = result ? QString() : result.error().hint;
            return result ? ErrorCode::Internal : result.error().code;
        };
        const auto run = [&] {
            switch (which) {
            case 0: return code(client.create({}));
            case 1: return code(client.replace({}));
            case 2: return code(client.applyServerSide({}));
            case 3: return code(client.patch(u"cm"_s, u"x"_s, {}));
            case 4: return code(client.remove(u"cm"_s, u"x"_s));
            case 5: return code(client.scale(u"dc/x"_s, 1));
            case 6: return code(client.rolloutLatest(u"x"_s));
            case 7: return code(client.rolloutRestart(u"deployment/x"_s));
            case 8: return code(client.rolloutPause(u"dc/x"_s));
            case 9: return code(client.rolloutResume(u"dc/x"_s));
            case 10: return code(client.exec(pod, {u"true"_s}));
            case 11: return code(client.execWithInput(pod, {u"true"_s}, "x"));
            case 12: return code(client.streamIn(pod, u"/x"_s, 0, "0", [](qsizetype) { return Result<QByteArray>(QByteArray()); }));
            default: return code(client.streamOut(pod, {u"true"_s}, [](std::span<const char>) { return Result<void>(); }));
            }
        };
        QCOMPARE(run(), ErrorCode::Unreachable);
        QCOMPARE(calls().size(), 1);
        const bool inPod = which >= 10;
        QVERIFY2(inPod || hint.contains(u"is not known"_s), qPrintable(hint));
    }

    void objectsTravelOnStandardInput()
    {
        const QJsonObject object{{u"kind"_s, u"Secret"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"seed"_s}}}, {u"data"_s, QJsonObject{{u"k"_s, u"c2VjcmV0"_s}}}};
        const auto created = oc(u"cat"_s).create(object);
        QVERIFY(created);
        QCOMPARE(*created, object);
        QVERIFY(!calls().join().contains("c2VjcmV0"));
    }

    void patchTravelsOnStandardInput()
    {
        const QJsonObject patch{{u"data"_s, QJsonObject{{u"k"_s, u"c2VjcmV0"_s}}}};
        // As the real client reads it: the file that the option names.
        const auto patched = oc(u"for a; do case $a in --patch-file=*) cat \"${a#*=}\" ;; esac; done"_s).patch(u"secret"_s, u"seed"_s, patch);
        QVERIFY2(patched, patched ? "" : qPrintable(patched.error().message));
        QCOMPARE(*patched, patch);
        QVERIFY(!calls().join().contains("c2VjcmV0"));
    }

    void templateParameters_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("yaml") << QByteArray("apiVersion: template.openshift.io/v1\nkind: Template\nobjects: []\nparameters:\n- name: A\n  value: old\n- {name: B, generate: expression, from: '[a-z]{8}'}\n- name: C\n  value: '3'\n");
        QTest::newRow("json") << QByteArray(R"({"apiVersion":"template.openshift.io/v1","kind":"Template","objects":[],"parameters":[{"name":"A","value":"old"},{"name":"B","generate":"expression","from":"[a-z]{8}"},{"name":"C","value":"3"}]})");
    }
    /// Values are part of the template, exactly as they are: no argument and no parameter file, which oc would read as a shell does.
    void templateParameters()
    {
        QFETCH(QByteArray, text);
        const QString file = written(text);
        const QString awkward = u" ab$X1 ${C} \"q\" 'r' # \\n=\nsecond line\t"_s;
        const auto objects = oc(u"cat >\"$ANSWERS/in\"; echo '{\"items\":[{\"kind\":\"Route\"}]}'"_s).processTemplate(file, {{u"A"_s, awkward}, {u"B"_s, u""_s}});
        QVERIFY2(objects, objects ? "" : qPrintable(objects.error().message));
        QCOMPARE(objects->size(), 1);
        QFile in(m_directory->filePath(u"in"_s));
        QVERIFY(in.open(QIODevice::ReadOnly));
        const QJsonObject sent = QJsonDocument::fromJson(in.readAll()).object();
        QCOMPARE(sent[u"kind"].toString(), u"Template"_s);
        const QJsonArray expected{QJsonObject{{u"name"_s, u"A"_s}, {u"value"_s, awkward}}, QJsonObject{{u"name"_s, u"B"_s}, {u"value"_s, u""_s}}, QJsonObject{{u"name"_s, u"C"_s}, {u"value"_s, u"3"_s}}};
        QCOMPARE(sent[u"parameters"].toArray(), expected);
        QVERIFY2(!calls().join().contains("ab$X1"), calls().join().constData());
    }

    void templatesThatAreNone_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("said");
        QTest::newRow("another object") << QByteArray("kind: Secret\n") << u"is not a template"_s;
        QTest::newRow("empty") << QByteArray() << u"is not a template"_s;
        QTest::newRow("cut json") << QByteArray(R"({"kind":"Template","parameters":[{)") << u"can't be read"_s;
        QTest::newRow("unknown parameter") << QByteArray("kind: Template\nparameters: []\n") << u"has no parameter A"_s;
    }
    void templatesThatAreNone()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, said);
        const auto objects = oc(u"echo '{\"items\":[]}'"_s).processTemplate(written(text), {{u"A"_s, u"topsecret"_s}});
        QVERIFY(!objects);
        QCOMPARE(objects.error().code, ErrorCode::BadInput);
        QVERIFY2(objects.error().message.contains(said) && objects.error().hint.contains(u"Nothing was changed"_s), qPrintable(objects.error().message));
        QVERIFY(!objects.error().message.contains(u"topsecret"_s));
        QVERIFY(calls().isEmpty());
        QCOMPARE(oc(u":"_s).processTemplate(u"/nonexistent.yml"_s, {}).error().code, ErrorCode::Io);
    }

    void scaleSaysWhatIsReallyWrong_data()
    {
        QTest::addColumn<QString>("get");
        QTest::addColumn<int>("code");
        QTest::newRow("token") << QString::fromLatin1(loggedOut) << int(ErrorCode::NotLoggedIn);
        QTest::newRow("absent") << u"echo 'Error from server (NotFound): deploymentconfigs.apps.openshift.io \"x\" not found' >&2; exit 1"_s << int(ErrorCode::NotFound);
        QTest::newRow("there") << u"echo '{}'"_s << int(ErrorCode::BadInput);
    }
    void scaleSaysWhatIsReallyWrong()
    {
        QFETCH(QString, get);
        const auto scaled = oc(u"case $3 in scale) echo 'error: no objects passed to scale' >&2; exit 1 ;; get) %1 ;; esac"_s.arg(get)).scale(u"dc/x"_s, 2);
        QVERIFY(!scaled);
        QTEST(int(scaled.error().code), "code");
        QVERIFY2(scaled.error().message.contains(u"scale dc/x to 2"_s), qPrintable(scaled.error().message));
    }

    void rolloutWaitsForTheOneInProgress()
    {
        const auto rolled = oc(u"[ $(wc -l <\"$ANSWERS/calls\") -lt 2 ] && { echo 'error: #4 is already in progress (Pending).' >&2; exit 1; }; echo rolled out"_s).rolloutLatest(u"zync"_s);
        QVERIFY2(rolled, rolled ? "" : qPrintable(rolled.error().message));
        QCOMPARE(calls().size(), 2);
        QVERIFY2(calls().first().contains("rollout latest dc/zync"), calls().first().constData());
    }

    void goneAlreadyIsDeleted()
    {
        QVERIFY(oc(u"echo 'Error from server (NotFound): pods \"p\" not found' >&2; exit 1"_s).waitForDeletion(u"pod"_s, u"p"_s, 5s));
        QCOMPARE(oc(u"echo 'error: timed out waiting for the condition on pods/p' >&2; exit 1"_s).waitForDeletion(u"pod"_s, u"p"_s, 5s).error().code, ErrorCode::Timeout);
    }

    void rights()
    {
        QCOMPARE(*oc(u"echo yes"_s).canI(u"get"_s, u"pods"_s), true);
        QCOMPARE(*oc(u"echo no; exit 1"_s).canI(u"get"_s, u"pods"_s), false);
        QCOMPARE(*oc(u"echo no; echo \"Warning: the server doesn't have a resource type 'frobs'\" >&2; exit 1"_s).canI(u"get"_s, u"frobs"_s), false);
        QCOMPARE(oc(QString::fromLatin1(loggedOut)).canI(u"get"_s, u"pods"_s).error().code, ErrorCode::NotLoggedIn);
        QCOMPARE((*oc(u"cat >/dev/null; echo '{\"status\":{\"incomplete\":false}}'"_s).rules()), (QJsonObject{{u"incomplete"_s, false}}));
    }

    void versionNeedsAServer()
    {
        QVERIFY(oc(u"echo '{\"clientVersion\":{},\"serverVersion\":{\"gitVersion\":\"v1.27\"}}'"_s).version());
        QCOMPARE(oc(u"echo '{\"clientVersion\":{}}'"_s).version().error().code, ErrorCode::NotLoggedIn);
        QCOMPARE(oc(u"echo '{\"serverVersion\":{\"gitVersion\":\"v1.27.8\"},\"openshiftVersion\":\"4.14.5\"}'"_s).serverVersion(), u"OpenShift 4.14.5"_s);
        QCOMPARE(oc(u"echo '{\"serverVersion\":{\"gitVersion\":\"v1.27.8\"}}'"_s).serverVersion(), u"Kubernetes 1.27.8"_s);
        QCOMPARE(oc(u"exit 1"_s).serverVersion(), QString());
    }

    void missingClient()
    {
        Connection connection;
        connection.program = u"/nonexistent/oc"_s;
        const auto user = Client(connection, m_redactor).whoami();
        QVERIFY(!user);
        QCOMPARE(user.error().code, ErrorCode::ToolMissing);
        QVERIFY(user.error().hint.contains(u"SCALEKEEP_OC"_s));
    }

    void hostileNames()
    {
        const Client client = oc(u"echo '{}'"_s);
        QCOMPARE(client.get(u"pod"_s, u"--as=admin"_s).error().code, ErrorCode::BadInput);
        QCOMPARE(client.list({u"--all-namespaces"_s}).error().code, ErrorCode::BadInput);
        QCOMPARE(client.remove(u"pod"_s, u"--all"_s).error().code, ErrorCode::BadInput);
        QCOMPARE(client.remove(u"pod"_s, {}).error().code, ErrorCode::BadInput);
        QCOMPARE(client.scale(u"--all"_s, 0).error().code, ErrorCode::BadInput);
        QCOMPARE(client.raw(u"--x"_s).error().code, ErrorCode::Usage);
        QVERIFY(calls().isEmpty());
    }

    void environment()
    {
        const auto answer = oc(u"printf '{\"locale\":\"%s\",\"cache\":\"%s\"}' \"$LC_ALL\" \"$KUBECACHEDIR\""_s).get(u"x"_s, u"y"_s);
        QVERIFY(answer);
        QCOMPARE((*answer)[u"locale"].toString(), u"C.UTF-8"_s);
        QCOMPARE((*answer)[u"cache"].toString(), m_directory->filePath(u"cache"_s));
    }

    void bulkStreamsUseTheSteadyTransport()
    {
        const PodRef pod{u"p"_s, u"c"_s, {}};
        const Client client = oc(u"echo \"$KUBECTL_REMOTE_COMMAND_WEBSOCKETS\" >>\"$ANSWERS/transport\"; exit 1"_s);
        QVERIFY(!client.streamOut(pod, {u"true"_s}, [](std::span<const char>) { return Result<void>(); }));
        QVERIFY(!client.streamIn(pod, u"/x"_s, 0, "0", [](qsizetype) { return Result<QByteArray>(QByteArray()); }));
        QFile transport(m_directory->filePath(u"transport"_s));
        QVERIFY(transport.open(QIODevice::ReadOnly));
        QCOMPARE(transport.readAll(), "false\nfalse\n");
    }

    void events()
    {
        m_redactor.add(QByteArray("hunter22"));
        QVERIFY(!oc(u"echo 'error: hunter22 is wrong' >&2; echo 'Warning: apps.openshift.io/v1 DeploymentConfig is deprecated in v4.14+' >&2; exit 3"_s).get(u"secret"_s, u"hunter22"_s));
        QCOMPARE(m_events.size(), 2);
        QCOMPARE(m_events.first().kind, CommandEvent::Kind::Started);
        QCOMPARE(m_events.last().kind, CommandEvent::Kind::Finished);
        QCOMPARE(m_events.first().number, m_events.last().number);
        QCOMPARE(m_events.last().exitCode, 3);
        for (const CommandEvent& event : m_events)
            QVERIFY(!event.commandLine.contains(u"hunter22"_s) && !event.errorText.contains(u"hunter22"_s) && event.commandLine.contains(u"redacted"_s));
        QVERIFY(m_events.last().errorText.contains(u"is wrong"_s));
        QVERIFY(!m_events.last().errorText.contains(u"deprecated"_s));
    }

    void errorsAreRedacted()
    {
        m_redactor.add(QByteArray("hunter22"));
        const auto read = oc(u"echo 'error: password hunter22' >&2; exit 1"_s).get(u"secret"_s, u"x"_s);
        QVERIFY(!read);
        QVERIFY(read.error().detail.contains(u"redacted"_s));
        QVERIFY(!read.error().detail.contains(u"hunter22"_s));
    }

    void cancelEndsTheBackOff()
    {
        std::stop_source source;
        QElapsedTimer timer;
        timer.start();
        const Client client = oc(QString::fromLatin1(refused)).withObserver(
            [&source](const CommandEvent& event) {
                if (event.kind == CommandEvent::Kind::Finished)
                    source.request_stop();
            },
            source.get_token());
        QVERIFY(!client.whoami());
        QCOMPARE(calls().size(), 1);
        QVERIFY(timer.elapsed() < 500);
    }

private:
    [[nodiscard]] QString written(const QByteArray& text) const
    {
        QFile file(m_directory->filePath(u"t.yml"_s));
        if (file.open(QIODevice::WriteOnly | QIODevice::Truncate))
            file.write(text);
        return file.fileName();
    }
    /// A client whose `oc` is this script; every call is noted.
    Client oc(const QString& script)
    {
        QFile file(m_directory->filePath(u"oc"_s));
        if (file.open(QIODevice::WriteOnly | QIODevice::Truncate)) {
            file.write("#!/bin/sh\nexport LC_MESSAGES=C\necho \"$*\" | tr '\\n' ' ' >>\"$ANSWERS/calls\"; echo >>\"$ANSWERS/calls\"\n" + script.toUtf8() + '\n');
            file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        }
        Connection connection;
        connection.program = file.fileName();
        connection.namespaceName = u"n"_s;
        connection.cacheDir = m_directory->filePath(u"cache"_s);
        return {connection, m_redactor, [this](const CommandEvent& event) { m_events << event; }};
    }
    [[nodiscard]] QByteArrayList calls() const
    {
        QFile file(m_directory->filePath(u"calls"_s));
        return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed().split('\n') : QByteArrayList();
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    Redactor m_redactor;
    QList<CommandEvent> m_events;
};

QTEST_GUILESS_MAIN(TestAnswers)
#include "tst_answers.moc"
