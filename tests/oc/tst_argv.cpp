#include "engine/oc/argv.h"
#include "engine/oc/scripts.h"

#include <QProcess>
#include <QTest>

using namespace scalekeep::oc;
using namespace std::chrono_literals;
using namespace Qt::Literals::StringLiterals;

namespace {
const Connection connection{u"oc"_s, u"/run/user/1/k"_s, u"threescale"_s, u"/c"_s};
const PodRef pod{u"system-mysql-1-abcde"_s, u"system-mysql"_s, {}};
const QString nonce = u"00ff"_s;
} // namespace

class TestArgv : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// `SCRIPT` stands for whatever follows `sh -c`.
    void table_data()
    {
        QTest::addColumn<QStringList>("argv");
        QTest::addColumn<QString>("expected");
        QTest::addColumn<QString>("shown");
        const QString common = u"--kubeconfig=/run/user/1/k -n threescale "_s;
        const auto row = [&common](const char* name, const QStringList& argv, const QString& expected, const QString& shown) {
            QTest::newRow(name) << argv << QString(common + expected) << QString(u"oc -n threescale "_s + shown);
        };
        row("list", argv::get(connection, {u"pods"_s, u"dc"_s}), u"get pods,dc -o json --request-timeout=60s"_s, u"get pods,dc -o json"_s);
        row("list with selector", argv::get(connection, {u"pods"_s}, u"app=x"_s), u"get pods -l app=x -o json --request-timeout=60s"_s, u"get pods -l app=x -o json"_s);
        row("get", argv::get(connection, {u"secret"_s}, {}, u"system-seed"_s), u"get secret system-seed -o json --request-timeout=60s"_s, u"get secret system-seed -o json"_s);
        row("raw", argv::raw(connection, u"/apis"_s), u"get --raw /apis --request-timeout=60s"_s, u"get --raw /apis"_s);
        row("whoami", argv::whoami(connection), u"whoami --request-timeout=60s"_s, u"whoami"_s);
        row("version", argv::version(connection), u"version -o json --request-timeout=60s"_s, u"version -o json"_s);
        row("can-i", argv::canI(connection, u"create"_s, u"pods"_s, u"exec"_s), u"auth can-i create pods --subresource=exec --request-timeout=60s"_s, u"auth can-i create pods --subresource=exec"_s);
        row("can-i plain", argv::canI(connection, u"get"_s, u"secrets"_s, {}), u"auth can-i get secrets --request-timeout=60s"_s, u"auth can-i get secrets"_s);
        row("create", argv::create(connection), u"create -f - -o json --request-timeout=60s"_s, u"create -f - -o json"_s);
        row("replace", argv::replace(connection), u"replace -f - -o json --request-timeout=60s"_s, u"replace -f - -o json"_s);
        row("apply", argv::applyServerSide(connection, false), u"apply --server-side --force-conflicts --field-manager=scalekeep -f - -o json --request-timeout=60s"_s,
            u"apply --server-side --force-conflicts --field-manager=scalekeep -f - -o json"_s);
        row("apply dry", argv::applyServerSide(connection, true), u"apply --server-side --force-conflicts --field-manager=scalekeep --dry-run=server -f - -o json --request-timeout=60s"_s,
            u"apply --server-side --force-conflicts --field-manager=scalekeep --dry-run=server -f - -o json"_s);
        row("patch", argv::patch(connection, u"configmap"_s, u"redis-config"_s), u"patch configmap redis-config --type=merge --patch-file=/dev/stdin -o json --request-timeout=60s"_s,
            u"patch configmap redis-config --type=merge --patch-file=/dev/stdin -o json"_s);
        row("delete", argv::remove(connection, u"pod"_s, u"p"_s, true, 60s), u"delete pod p --ignore-not-found --wait=true --timeout=60s"_s, u"delete pod p --ignore-not-found --wait=true --timeout=60s"_s);
        row("delete at once", argv::remove(connection, u"pod"_s, u"p"_s, false, 60s), u"delete pod p --ignore-not-found --wait=false --timeout=60s"_s, u"delete pod p --ignore-not-found --wait=false --timeout=60s"_s);
        row("scale", argv::scale(connection, u"dc/zync"_s, 0, {}), u"scale dc/zync --replicas=0 --request-timeout=60s"_s, u"scale dc/zync --replicas=0"_s);
        row("scale from", argv::scale(connection, u"dc/zync"_s, 0, 2), u"scale dc/zync --replicas=0 --current-replicas=2 --request-timeout=60s"_s, u"scale dc/zync --replicas=0 --current-replicas=2"_s);
        row("rollout", argv::rollout(connection, u"latest"_s, u"dc/zync"_s), u"rollout latest dc/zync"_s, u"rollout latest dc/zync"_s);
        row("rollout status", argv::rollout(connection, u"status"_s, u"dc/zync"_s, 10min), u"rollout status dc/zync --timeout=600s"_s, u"rollout status dc/zync --timeout=600s"_s);
        row("wait", argv::waitForDeletion(connection, u"pod"_s, u"p"_s, 60s), u"wait --for=delete pod/p --timeout=60s"_s, u"wait --for=delete pod/p --timeout=60s"_s);
        const QString at = u"system-mysql-1-abcde -c system-mysql -- sh -c SCRIPT sh 00ff "_s;
        const QString in = u"system-mysql-1-abcde -c system-mysql -- "_s;
        row("form A", argv::streamOut(connection, pod, {u"mysqldump"_s, u"system"_s}, nonce, true), u"exec -i "_s + at + u"gzip mysqldump system"_s, u"exec -i "_s + in + u"mysqldump system"_s);
        row("form A sampled", argv::streamOut(connection, pod, {u"tar"_s}, nonce, true, true), u"exec -i "_s + at + u"sample tar"_s, u"exec -i "_s + in + u"tar"_s);
        row("form A plain", argv::streamOut(connection, pod, {u"cat"_s, u"a b"_s}, nonce, false), u"exec -i "_s + at + u"plain cat a b"_s, u"exec -i "_s + in + u"cat 'a b'"_s);
        row("form B", argv::streamIn(connection, pod, u"/tmp/it's"_s, 5, "abcd", nonce), u"exec -i "_s + at + u"/tmp/it's 5 abcd"_s, u"exec -i "_s + in + u"sh -c 'cat > '\\''/tmp/it'\\''\\'\\'''\\''s'\\'''"_s);
        row("form D", argv::exec(connection, pod, {u"redis-cli"_s, u"ping"_s}, nonce, 90s), u"exec "_s + at + u"90 redis-cli ping"_s, u"exec "_s + in + u"redis-cli ping"_s);
        row("form D with input", argv::execWithInput(connection, pod, {u"mysql"_s}, nonce, 90s, 7, "abcd"), u"exec -i "_s + at + u"90 7 abcd mysql"_s, u"exec -i "_s + in + u"mysql"_s);
        QTest::newRow("template") << argv::processTemplate() << u"process --local -f - -o json"_s << u"oc process --local -f - -o json"_s;
    }
    void table()
    {
        QFETCH(QStringList, argv);
        QFETCH(QString, expected);
        QFETCH(QString, shown);
        QCOMPARE(argv::display(argv), shown);
        if (const qsizetype script = argv.indexOf(u"-c"_s, argv.indexOf(u"--"_s)); argv.contains(u"--"_s))
            argv[script + 1] = u"SCRIPT"_s;
        QCOMPARE(argv.join(u' '), expected);
    }

    void withoutNamespaceOrContainer()
    {
        const QStringList argv = argv::exec({}, {u"p"_s, {}, {}}, {u"true"_s}, nonce, 1s);
        QCOMPARE(argv.first(3), (QStringList{u"exec"_s, u"p"_s, u"--"_s}));
    }

    void scriptsAreValidShell_data()
    {
        QTest::addColumn<QString>("script");
        QTest::newRow("streamOut") << scripts::streamOut();
        QTest::newRow("streamIn") << scripts::streamIn();
        QTest::newRow("exec") << scripts::exec();
        QTest::newRow("execWithInput") << scripts::execWithInput();
    }
    void scriptsAreValidShell()
    {
        QFETCH(QString, script);
        for (const QString& shell : {u"dash"_s, u"bash"_s}) {
            QProcess check;
            check.start(shell, {u"-n"_s, u"-c"_s, script});
            QVERIFY(check.waitForFinished());
            QCOMPARE(check.exitCode(), 0);
        }
        // It travels in the URL of the request.
        QVERIFY2(script.size() < 2000, qPrintable(QString::number(script.size())));
    }

    void shellLineIsExact_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::newRow("plain") << QStringList{u"a"_s, u"--b=c"_s};
        QTest::newRow("quotes") << QStringList{u"it's"_s, u"\"x\""_s, u"'"_s, u"''"_s};
        QTest::newRow("shell") << QStringList{u"$HOME"_s, u"`id`"_s, u"a;b|c&d"_s, u"*"_s, u"~"_s, u"\\"_s, u"!x"_s, u"#"_s};
        QTest::newRow("space") << QStringList{u""_s, u" "_s, u"a\nb"_s, u"\t"_s, u"é"_s};
    }
    void shellLineIsExact()
    {
        QFETCH(QStringList, words);
        for (const QString& shell : {u"dash"_s, u"bash"_s}) {
            QProcess run;
            run.start(shell, {u"-c"_s, argv::shellLine(u"printf"_s, QStringList{u"%s\\0"_s} + words)});
            QVERIFY(run.waitForFinished());
            QCOMPARE(QString::fromUtf8(run.readAllStandardOutput()), words.join(QChar(u'\0')) + QChar(u'\0'));
        }
    }

    void displayIsSafeForATerminal()
    {
        QCOMPARE(argv::display({u"get"_s, u"pods"_s, u"x\033[2Jy\r\b"_s}).count(QChar::ReplacementCharacter), 3);
    }
};

QTEST_GUILESS_MAIN(TestArgv)
#include "tst_argv.moc"
