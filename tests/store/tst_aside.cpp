#include "engine/run/lock.h"

#include "tests/store/storepod.h"

#include <QDirIterator>
#include <QJsonArray>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using Probe = run::Handler::Probe;
using Tree = QMap<QString, QByteArray>; ///< path -> content

namespace {
const Tree appendOnlyFile{{u"dump.rdb"_s, "old dump"}, {u"appendonly.aof"_s, "old file"}};
const Tree appendOnlyDirectory{{u"dump.rdb"_s, "old dump"}, {u"appendonlydir/appendonly.aof.1.base.rdb"_s, "old base"}, {u"appendonlydir/appendonly.aof.manifest"_s, "old manifest"}};

void fill(const QString& root, const Tree& tree)
{
    for (auto file = tree.begin(); file != tree.end(); ++file) {
        const QString path = root + u'/' + file.key();
        if (!QDir().mkpath(QFileInfo(path).path()))
            qFatal("cannot make a directory");
        bundle::writeFile(path, *file);
    }
}

Tree treeOf(const QString& root)
{
    Tree tree;
    QDirIterator files(root, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString path = files.next();
        tree.insert(path.mid(root.size() + 1), bundle::fileContent(path));
    }
    return tree;
}

/// backend-redis with its files in a directory of this machine.
class Redis {
public:
    explicit Redis(const Tree& old) : lone(m_catalog, u"load"_s, u"backend-redis"_s)
    {
        componentIn(m_catalog, u"backend-redis"_s).dataDirectory = volume();
        fill(volume(), old);
        if (!bundle::writeBundle(m_bundle.filePath(u"B.tar"_s), {{u"backend-redis/dump.rdb"_s, "new dump"}}))
            qFatal("cannot write the bundle");
        auto reader = bundle::Reader::open(m_bundle.filePath(u"B.tar"_s));
        if (!reader)
            qFatal("cannot read the bundle");
        m_reader = std::move(*reader);
        lone.context.reader = m_reader.get();
        // The first commands that move or remove files kill their shell, before or after they did it: `armed` says which.
        for (const QString& name : {u"mv"_s, u"rm"_s, u"mkdir"_s}) {
            pod.program(name, "d=$(dirname \"$0\"); me=/bin/$(basename \"$0\")\n"
                              "[ -e \"$d/armed\" ] && grep -q -e '[.]aside' -e '[.]scalekeep-aside' \"/proc/$PPID/cmdline\" || exec \"$me\" \"$@\"\n"
                              "read -r n when <\"$d/armed\"; n=$((n-1)); echo \"$n $when\" >\"$d/armed\"\n"
                              "[ \"$n $when\" != '0 before' ] || { kill -9 $PPID; exit 1; }\n"
                              "\"$me\" \"$@\"; rc=$?\n"
                              "[ \"$n $when\" != '0 after' ] || kill -9 $PPID\nexit $rc\n");
        }
    }
    /// Whether it was cut off there.
    bool load(int cutAt = 0, const QByteArray& when = {}) { return cut(cutAt, when, [this] { return bool(runStep(lone, pod, u"redis.documented.load"_s)); }); }
    bool undo(int cutAt = 0, const QByteArray& when = {}) { return cut(cutAt, when, [this] { return bool(undoStep(lone, pod, u"redis.documented.load"_s)); }); }
    Result<QJsonObject> tidy(bool withoutCopy = true)
    {
        LoneStep step(m_catalog, u"tidy"_s, u"backend-redis"_s);
        step.context.nonce = lone.context.nonce;
        step.context.safety = std::move(lone.context.safety);
        step.step.parameters[u"withoutCopy"] = withoutCopy;
        auto tidied = runStep(step, pod, u"redis.documented.tidy"_s);
        lone.others.insert(step.step.id, step.noted);
        return tidied;
    }
    Result<Probe> probe()
    {
        run::StepRun step = lone.on(pod.client());
        return handler(u"redis.documented.load"_s)->probe(step);
    }
    /// What the rewrite of the append-only file makes.
    void rewrite() const { fill(volume(), {{u"appendonly.aof"_s, "new file"}}); }
    [[nodiscard]] QString volume() const { return m_volume.path(); }

private:
    bool cut(int at, const QByteArray& when, const std::function<bool()>& work)
    {
        const QString armed = pod.path(u"armed"_s);
        if (at > 0)
            bundle::writeFile(armed, QByteArray::number(at) + ' ' + when + '\n');
        const bool ended = work();
        QFile::remove(armed);
        return !ended;
    }

    QTemporaryDir m_volume, m_bundle;
    catalog::Catalog m_catalog = catalogue();
    std::unique_ptr<bundle::Reader> m_reader;

public:
    StorePod pod;
    LoneStep lone;
};

/// A helper pod, the volume of which is a directory of this machine.
class HelperPod {
public:
    explicit HelperPod(const QString& component, const QString& verb) : lone(m_catalog, verb, component)
    {
        lone.context.results.insert(u"helper:"_s + component, {{u"pod"_s, u"helper-1"_s}, {u"uid"_s, u"uid-1"_s}, {u"container"_s, u"helper"_s}});
        answer({});
    }
    /// `first`: branches of a `case` over the command.
    void answer(const QByteArray& first)
    {
        pod.program(u"oc"_s, "case \" $* \" in\n" + first + "*' exec '*) exec bash -c 'exec " LOCALCLIENT " \"${@//\\/scalekeep\\/volume/'" + volume().toUtf8() + "'}\"' oc \"$@\" ;;\n"
                             "*) echo '{\"kind\":\"Pod\",\"metadata\":{\"name\":\"helper-1\",\"uid\":\"uid-1\"},\"status\":{\"phase\":\"Running\"}}' ;;\nesac\n");
    }
    [[nodiscard]] QString volume() const { return m_volume.path(); }

private:
    QTemporaryDir m_volume;
    catalog::Catalog m_catalog = catalogue();

public:
    StorePod pod;
    LoneStep lone;
};
const QByteArray lookingFails = "*' test -e '*) echo 'Unable to connect to the server: net/http: TLS handshake timeout' >&2; exit 1 ;;\n";
} // namespace

Q_DECLARE_METATYPE(Tree)

/// Old data that lies aside while the new is not proven: it comes back whole, wherever load and undo were cut off, and is not guessed to be gone.
class TestAside : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cutAnywhere_data()
    {
        QTest::addColumn<Tree>("old");
        QTest::addColumn<QByteArray>("when");
        for (const char* when : {"before", "after"}) {
            QTest::addRow("a file, %s", when) << appendOnlyFile << QByteArray(when);
            QTest::addRow("a directory, %s", when) << appendOnlyDirectory << QByteArray(when);
            QTest::addRow("nothing, %s", when) << Tree() << QByteArray(when);
        }
    }
    void cutAnywhere()
    {
        QFETCH(Tree, old);
        QFETCH(QByteArray, when);
        int cuts = 0;
        for (int at = 1, cut = true; cut; ++at) {
            Redis redis(old);
            cut = redis.load(at, when);
            cuts += cut;
            QVERIFY(!redis.undo());
            QCOMPARE(treeOf(redis.volume()), old);
            QVERIFY(!redis.load()); // gone on with instead
            QCOMPARE(*redis.probe(), Probe::Happened);
            QCOMPARE(bundle::fileContent(redis.volume() + u"/dump.rdb"_s), "new dump");
            QVERIFY(!redis.undo());
            QCOMPARE(treeOf(redis.volume()), old);
        }
        for (int at = 1, cut = true; cut; ++at) {
            Redis redis(old);
            QVERIFY(!redis.load());
            redis.rewrite();
            cut = redis.undo(at, when);
            cuts += cut;
            if (at == 2)
                QVERIFY(!redis.load()); // resumed after the cut
            QVERIFY(!redis.undo());
            QCOMPARE(treeOf(redis.volume()), old);
        }
        QVERIFY2(cuts >= 4, qPrintable(QString::number(cuts)));
    }

    void probes()
    {
        Redis redis(appendOnlyFile);
        QCOMPARE(*redis.probe(), Probe::NotHappened);
        QVERIFY(redis.load(2, "after"));
        QCOMPARE(*redis.probe(), Probe::Partly);
        redis.pod.goes();
        QVERIFY(!redis.probe());
    }

    /// What an earlier run left is its own: another run's old files are other ones.
    void anotherRun()
    {
        Redis redis(appendOnlyFile);
        QVERIFY(!redis.load());
        redis.rewrite();
        const Tree between = treeOf(redis.volume());
        const QString first = redis.lone.context.nonce;
        redis.lone.context.nonce = u"another"_s;
        QVERIFY(!redis.load());
        QVERIFY(!redis.undo());
        QCOMPARE(treeOf(redis.volume()), between);
        redis.lone.context.nonce = first;
        QVERIFY(!redis.undo());
        QCOMPARE(treeOf(redis.volume()), appendOnlyFile);
    }

    /// Once proven and tidied, an undo says that it cannot; it does not say so because it could not look.
    void tidied()
    {
        Redis redis(appendOnlyFile);
        QVERIFY(!redis.load());
        VERIFY_RESULT(redis.tidy());
        QCOMPARE(treeOf(redis.volume()), (Tree{{u"dump.rdb"_s, "new dump"}}));
        for (const bool reachable : {true, false}) {
            if (!reachable)
                redis.pod.goes();
            const auto undone = undoStep(redis.lone, redis.pod, u"redis.documented.load"_s);
            QVERIFY(!undone);
            QCOMPARE(undone.error().code == ErrorCode::Unsupported, reachable);
        }
        QCOMPARE(treeOf(redis.volume()), (Tree{{u"dump.rdb"_s, "new dump"}}));

        // The tidying was announced but not carried out, and the answer to the first undo was lost.
        Redis again(appendOnlyFile);
        QVERIFY(!again.load());
        again.lone.others.insert(u"tidy:backend-redis"_s, {{{u"tidying"_s, true}}});
        for (int i = 0; i < 2; ++i) {
            VERIFY_RESULT(undoStep(again.lone, again.pod, u"redis.documented.load"_s));
            QCOMPARE(treeOf(again.volume()), appendOnlyFile);
        }
    }

    /// An undo in a helper pod, a second time: what is back stays, with or without a safety copy.
    void undoneTwice_data()
    {
        QTest::addColumn<QString>("component");
        QTest::addColumn<QString>("action");
        QTest::addColumn<QString>("aside");
        QTest::addColumn<QString>("begun");
        QTest::newRow("redis") << u"backend-redis"_s << u"redis.load"_s << u"scalekeep-%1-old"_s << u"aside"_s;
        QTest::newRow("files") << u"system-storage"_s << u"files.swap"_s << u".scalekeep-run-%1-old"_s << u"swapping"_s;
    }
    void undoneTwice()
    {
        QFETCH(QString, component);
        QFETCH(QString, action);
        QFETCH(QString, aside);
        QFETCH(QString, begun);
        HelperPod helper(component, u"load"_s);
        const QString directory = helper.volume() + u'/' + aside.arg(helper.lone.context.nonce);
        fill(directory, {{u"dump.rdb"_s, "old"}});
        helper.lone.noted = {{{begun, true}}};
        for (int i = 0; i < 2; ++i) {
            VERIFY_RESULT(undoStep(helper.lone, helper.pod, action));
            QCOMPARE(bundle::fileContent(helper.volume() + u"/dump.rdb"_s), "old");
            QVERIFY(!QFile::exists(directory));
        }
        // Tidied: there is no safety copy, and that is said. Where it cannot be seen whether it is there, that is said.
        helper.lone.noted = {{{begun, true}}};
        helper.lone.others.insert(u"tidy:"_s + component, {{{u"tidying"_s, true}}});
        QCOMPARE(undoStep(helper.lone, helper.pod, action).error().code, ErrorCode::Unsupported);
        helper.answer(lookingFails);
        QCOMPARE(undoStep(helper.lone, helper.pod, action).error().code, ErrorCode::Unreachable);
        QCOMPARE(bundle::fileContent(helper.volume() + u"/dump.rdb"_s), "old");
    }

    /// A half swap, and it cannot be seen how far it went: nothing is taken for tidied.
    void halfSwapped()
    {
        HelperPod helper(u"system-storage"_s, u"swap"_s);
        const QString own = helper.volume() + u"/.scalekeep-run-"_s + helper.lone.context.nonce;
        fill(helper.volume(), {{u"b.png"_s, "old b"}});
        fill(own + u"-old"_s, {{u"a.png"_s, "old a"}});
        fill(own + u"-new"_s, {{u"a.png"_s, "new a"}});
        if (!QDir().mkpath(own + u"-state"_s))
            qFatal("cannot make a directory");
        helper.lone.noted = {{{u"swapping"_s, true}}};
        helper.lone.context.safety = nullptr;
        helper.answer(lookingFails);
        VERIFY_RESULT(undoStep(helper.lone, helper.pod, u"files.swap"_s));
        QCOMPARE(bundle::fileContent(helper.volume() + u"/a.png"_s), "old a");
        QCOMPARE(bundle::fileContent(helper.volume() + u"/b.png"_s), "old b");
        QVERIFY(!QFile::exists(own + u"-new"_s)); // the undo of the step that had made it is over: nobody else removes it
    }

    /// What earlier runs have left goes once the new data is proven, if they are over; but no old files without the mark that a safety bundle holds them, and
    /// nothing of a run that is not known.
    void ofEarlierRuns_data()
    {
        QTest::addColumn<QString>("component");
        QTest::addColumn<QString>("action");
        QTest::addColumn<QString>("prefix");
        QTest::addColumn<QString>("mark");
        QTest::newRow("redis") << u"backend-redis"_s << u"redis.tidy"_s << u"scalekeep-"_s << u"scalekeep-aa01-old/.kept-in"_s;
        QTest::newRow("files") << u"system-storage"_s << u"files.tidy"_s << u".scalekeep-run-"_s << u".scalekeep-run-aa01-state/.kept-in"_s;
    }
    void ofEarlierRuns()
    {
        QFETCH(QString, component);
        QFETCH(QString, action);
        QFETCH(QString, prefix);
        QFETCH(QString, mark);
        HelperPod helper(component, u"tidy"_s);
        const EmptyNamespace cluster;
        const QJsonArray before{u"aa01"_s, u"bb02"_s, u"*"_s, u""_s, helper.lone.context.nonce};
        const auto lock = run::Lock::acquire(cluster.client(), {.nonce = helper.lone.context.nonce, .runId = u"run-9"_s, .owner = u"eve"_s, .host = u"there"_s, .purpose = u"restore"_s,
                                                               .since = QDateTime::currentDateTimeUtc(), .originals = {}, .inherited = {{u"nonces"_s, before}}});
        QVERIFY2(lock, lock ? "" : qPrintable(lock.error().message));
        helper.lone.context.lock = lock->get();
        // The last is of a run that is not known, its name begins like that of one that is.
        const Tree stays{{u"proven"_s, "new"}, {prefix + u"bb02-old/a"_s, "original"}, {prefix + u"bb02-state/aside"_s, QByteArray()}, {prefix + u"aa01f-old/a"_s, "of another"}};
        fill(helper.volume(), stays);
        helper.lone.step.parameters[u"withoutCopy"] = true;
        fill(helper.volume(), {{mark, "safety.tar"}, {prefix + u"bb02-new/a"_s, "half"}, {prefix + u"bb02-dump.rdb"_s, "staged"}, {prefix + u"bb02.rdb"_s, "snapshot"},
                               {prefix + u"aa01-old/a"_s, "old"}, {prefix + u"aa01-new/a"_s, "half"}, {prefix + u"aa01-old.gone/a"_s, "old"}, {prefix + u"aa01.rdb"_s, "snapshot"},
                               {prefix + helper.lone.context.nonce + u"-old/a"_s, "own"}});
        VERIFY_RESULT(runStep(helper.lone, helper.pod, action));
        QCOMPARE(treeOf(helper.volume()), stays);
        const QString said = helper.lone.said.join(u'\n');
        QVERIFY2(said.contains(prefix + u"bb02-old on the volume of "_s + component) && said.contains(prefix + u"aa01f-old on the volume of "_s + component), qPrintable(said));
        QVERIFY2(!said.contains(u"aa01-"_s) && !said.contains(helper.lone.context.nonce), qPrintable(said));
    }

    /// What is put aside is marked where a safety bundle holds it, and removed later. Where none does, be it that it could not keep it or that none was taken,
    /// it stays, unless the user gave it up.
    void onlyCopy_data()
    {
        QTest::addColumn<bool>("taken");
        QTest::addColumn<bool>("held");
        QTest::newRow("held") << true << true;
        QTest::newRow("unreadable") << true << false;
        QTest::newRow("none was taken") << false << false;
    }
    void onlyCopy()
    {
        QFETCH(bool, taken);
        QFETCH(bool, held);
        QTemporaryDir directory;
        const QString path = directory.filePath(u"it's safe.tar"_s);
        bundle::Streams streams{{u"system-mysql/dump.sql"_s, "another component"}};
        if (held) {
            streams.insert(u"backend-redis/dump.rdb"_s, "old");
            streams.insert(u"system-storage/files.tar"_s, "old");
        }
        VERIFY_RESULT(bundle::writeBundle(path, streams));
        const auto safety = [&path, taken] {
            auto reader = bundle::Reader::open(path);
            return reader && taken ? std::move(*reader) : std::unique_ptr<bundle::Reader>();
        };
        const QByteArray marked = "it's safe.tar\n";

        Redis redis(appendOnlyFile);
        redis.lone.context.safety = safety();
        const QString aside = redis.volume() + u"/scalekeep-%1-old"_s.arg(redis.lone.context.nonce);
        QVERIFY(!redis.load());
        QVERIFY(!redis.undo());
        QCOMPARE(treeOf(redis.volume()), appendOnlyFile);
        QVERIFY(!redis.load());
        QCOMPARE(QFile::exists(aside + u"/.kept-in"_s), held);
        if (held)
            QCOMPARE(bundle::fileContent(aside + u"/.kept-in"_s), marked);
        VERIFY_RESULT(redis.tidy(false));
        QCOMPARE(QFile::exists(aside + u"/appendonly.aof"_s), !held);
        redis.lone.context.safety = safety();
        VERIFY_RESULT(redis.tidy(true));
        QVERIFY(!QFile::exists(aside));

        HelperPod helper(u"system-storage"_s, u"swap"_s);
        helper.lone.context.safety = safety();
        const QString own = u".scalekeep-run-"_s + helper.lone.context.nonce;
        fill(helper.volume(), {{u"a.png"_s, "old"}, {own + u"-new/a.png"_s, "new"}});
        VERIFY_RESULT(runStep(helper.lone, helper.pod, u"files.swap"_s));
        QCOMPARE(bundle::fileContent(helper.volume() + u"/a.png"_s), "new");
        const QString mark = helper.volume() + u'/' + own + u"-state/.kept-in"_s;
        QCOMPARE(QFile::exists(mark), held);
        if (held)
            QCOMPARE(bundle::fileContent(mark), marked);
        VERIFY_RESULT(runStep(helper.lone, helper.pod, u"files.tidy"_s));
        QCOMPARE(QFile::exists(helper.volume() + u'/' + own + u"-old/a.png"_s), !held);
        helper.lone.step.parameters[u"withoutCopy"] = true;
        VERIFY_RESULT(runStep(helper.lone, helper.pod, u"files.tidy"_s));
        QCOMPARE(treeOf(helper.volume()), (Tree{{u"a.png"_s, "new"}}));
    }
};

QTEST_GUILESS_MAIN(TestAside)
#include "tst_aside.moc"
