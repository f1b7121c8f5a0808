#include "engine/store/files.h"
#include "engine/store/helper.h"

#include "tests/bundle/bundles.h"
#include "tests/oc/localpod.h"
#include "tests/store/lonestep.h"

#include <QTest>

#include <thread>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
/// The only pod of its namespace. Its tar reads a tree of one file, and says and ends as the test wants; what it is asked to read is not looked at.
class TarPod {
public:
    TarPod()
    {
        program(u"oc"_s, "case \" $* \" in *' exec '*) exec '" LOCALCLIENT "' \"$@\" ;; esac\ncat \"$(dirname \"$0\")/pods.json\"\n");
        bundle::writeFile(m_folder.filePath(u"pods.json"_s), R"({"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "app-1-abcde", "uid": "uid-1"},
            "spec": {"containers": [{"name": "app"}]}, "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}]})");
        if (!QDir(m_folder.path()).mkpath(u"tree"_s))
            qFatal("cannot make the tree");
        bundle::writeFile(m_folder.filePath(u"tree/logo.png"_s), "PNG");
        program(u"tar"_s, "d=$(dirname \"$0\"); echo x >>\"$d/runs\"; n=$(wc -l <\"$d/runs\")\n/usr/bin/tar -C \"$d/tree\" -cf - . || exit 9\n[ ! -e \"$d/said.$n\" ] || { cat \"$d/said.$n\" >&2; exit 1; }\n");
        m_local.set("PATH", m_folder.path().toUtf8() + ":/usr/bin:/bin");
    }
    /// At its `run`-th run, from 1.
    void says(int run, const QByteArray& words) { bundle::writeFile(m_folder.filePath(u"said.%1"_s.arg(run)), words); }
    [[nodiscard]] int runs() const
    {
        QFile file(m_folder.filePath(u"runs"_s));
        return file.open(QIODevice::ReadOnly) ? int(file.readAll().count('\n')) : 0;
    }
    [[nodiscard]] QString path(const QString& name) const { return m_folder.filePath(name); }
    [[nodiscard]] oc::Client client() const { return {oc::Connection{.program = m_folder.filePath(u"oc"_s), .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}}, m_redactor}; }

private:
    void program(const QString& name, const QByteArray& script)
    {
        bundle::writeFile(m_folder.filePath(name), "#!/bin/sh\n" + script);
        if (!QFile::setPermissions(m_folder.filePath(name), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner))
            qFatal("cannot make a program");
    }

    LocalPod m_local;
    QTemporaryDir m_folder;
    Redactor m_redactor;
};

/// The step that reads the files into a bundle.
struct FilesStep {
    explicit FilesStep(const TarPod& pod) : lone(catalog, u"dump"_s, u"system-storage"_s)
    {
        auto made = bundle::Writer::create(pod.path(u"B.scalekeep.tar"_s), bundle::testHeader());
        if (!made)
            qFatal("no bundle");
        writer = std::move(*made);
        lone.context.writer = writer.get();
        store::files::registerHandlers(handlers);
    }
    Result<QJsonObject> run(const oc::Client& client)
    {
        run::StepRun step = lone.on(client);
        return handlers.value(u"files.dump"_s)->run(step);
    }

    catalog::Catalog catalog = *catalog::catalogFor(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
    LoneStep lone;
    std::unique_ptr<bundle::Writer> writer;
    scalekeep::run::Handlers handlers;
};
} // namespace

/// What is made of a tree that is written to while it is read, and of one that may be older than the database which names its files.
class TestFiles : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whileItIsRead_data()
    {
        QTest::addColumn<bool>("helper");
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        QTest::addColumn<int>("runs");
        QTest::addColumn<QString>("note"); // empty: it fails
        const QByteArray changed = "tar: ./logo.png: file changed as we read it\n", gone = "tar: ./old.png: File removed before we read it\n",
                         cut = "tar: ./logo.png: File shrank by 512 bytes; padding with zeros\n";
        QTest::newRow("changed") << false << changed << QByteArray() << 1 << u"./logo.png: file changed as we read it"_s;
        QTest::newRow("removed, and a hostile name") << false << gone + "tar: ./\x1b[2J: file changed as we read it\n" << QByteArray() << 1 << u"./?[2J: file changed as we read it"_s;
        QTest::newRow("cut short, and well the second time") << false << cut << QByteArray() << 2 << u"-"_s;
        QTest::newRow("cut short, and changed the second time") << false << changed + cut << changed << 2 << u"./logo.png: file changed as we read it"_s;
        QTest::newRow("cut short both times") << false << cut << cut << 2 << QString{};
        QTest::newRow("nobody knows why") << false << QByteArray("\n") << QByteArray("\n") << 2 << QString{};
        QTest::newRow("more than is kept of it") << false << changed.repeated(2000) << changed.repeated(2000) << 2 << QString{};
        QTest::newRow("changed though the writers are stopped") << true << changed << changed << 2 << QString{};
    }
    void whileItIsRead()
    {
        QFETCH(bool, helper);
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        QFETCH(int, runs);
        QFETCH(QString, note);
        TarPod pod;
        pod.says(1, first);
        if (!second.isEmpty())
            pod.says(2, second);
        FilesStep step(pod);
        if (helper) {
            step.lone.step.parameters[u"helper"] = true;
            step.lone.context.results.insert(u"helper:system-storage"_s, {{u"pod"_s, u"app-1-abcde"_s}, {u"container"_s, u"app"_s}, {u"uid"_s, u"uid-1"_s}});
        }
        const auto read = step.run(pod.client());
        QCOMPARE(pod.runs(), runs);
        QCOMPARE(bool(read), !note.isEmpty());
        QCOMPARE(step.writer->streams().size(), read ? 1 : 0);
        QCOMPARE(step.lone.context.manifest.components.size(), read ? 1 : 0);
        if (!read) {
            QCOMPARE(read.error().code, ErrorCode::Conflict);
            QVERIFY(!read.error().hint.isEmpty());
            return;
        }
        const QStringList notes = step.lone.context.manifest.components.first().notes;
        if (note == u"-") {
            QCOMPARE(notes, QStringList{});
            return;
        }
        QVERIFY2(notes.contains(note), qPrintable(notes.join(u'\n')));
        QVERIFY(step.lone.said.contains(u"Warning: "_s + note));
    }

    /// The database was begun anew, for the login was lost: files that were read before would lack what it names.
    void databaseBegunAnew()
    {
        TarPod pod;
        FilesStep step(pod);
        step.lone.step.parameters[u"afterSnapshotOf"] = u"system-mysql"_s;
        const QDateTime start = QDateTime::currentDateTimeUtc();
        run::Context& context = step.lone.context;
        store::noteSnapshot(context, u"system-mysql"_s, start);
        Result<QJsonObject> read = fail(ErrorCode::Internal, u"not run"_s);
        std::jthread thread([&] { read = step.run(pod.client()); });
        QTRY_COMPARE(pod.runs(), 1);
        QTest::qWait(500);
        QVERIFY(step.writer->streams().isEmpty()); // the database is not whole yet
        {
            const std::lock_guard lock(context.mutex);
            context.snapshots.insert(u"system-mysql"_s, start.addSecs(60));
            context.results.insert(u"dump:system-mysql"_s, {});
        }
        thread.join();
        QVERIFY2(read, read ? "" : qPrintable(read.error().message));
        QCOMPARE(pod.runs(), 2);
        QCOMPARE(step.writer->streams().size(), 1);
    }
};

QTEST_GUILESS_MAIN(TestFiles)
#include "tst_files.moc"
