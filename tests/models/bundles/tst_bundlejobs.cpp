#include "models/bundles/bundlejobs.h"
#include "tests/models/bundles/samples.h"

#include <QCryptographicHash>
#include <QSignalSpy>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;

namespace {
/// A library that has read one folder, and jobs over it.
struct Lab : samples::Place {
    BundleLibrary library{workplace};
    BundleJobs jobs{workplace, library};

    void start()
    {
        library.start();
        library.addFolder(folder);
        QVERIFY(samples::settled(library));
    }
    const BundleJob& finish(int id)
    {
        if (!QTest::qWaitFor([&] { return jobs.job(id)->state != BundleJob::State::Running; }, 30'000))
            qFatal("the job does not end");
        return *jobs.job(id);
    }
};
} // namespace

class TestBundleJobs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void verify()
    {
        Lab lab;
        const QString path = lab.path(u"one"_s), bad = lab.path(u"bad"_s);
        samples::writeBundle(path);
        samples::writeBundle(bad);
        samples::damage(bad, u"dump.rdb/000001.zst"_s);
        lab.start();
        QSignalSpy ended(&lab.jobs, &BundleJobs::ended);
        const int id = lab.jobs.verify(path);
        QCOMPARE(lab.jobs.verify(path), id); // already under way
        const BundleJob whole = lab.finish(id);
        QCOMPARE(whole.state, BundleJob::State::Done);
        QCOMPARE(whole.percent, 100);
        QVERIFY(lab.library.verification(path)->whole);
        QCOMPARE(lab.library.glyph(*lab.library.bundle(path)), u"proven"_s);

        QCOMPARE(lab.library.bundle(bad)->state, BundleInfo::State::Readable);
        const BundleJob broken = lab.finish(lab.jobs.verify(bad));
        QCOMPARE(broken.state, BundleJob::State::Failed);
        QCOMPARE(broken.error->code, ErrorCode::Damaged);
        QVERIFY(broken.error->message.contains(u"backend-redis/dump.rdb"_s));
        QVERIFY(!lab.library.verification(bad)->whole);
        QCOMPARE(lab.library.indexOf(bad).siblingAtColumn(BundleLibrary::Verified).data().toString(), u"Damaged"_s);
        QCOMPARE(lab.library.indexOf(bad).siblingAtColumn(BundleLibrary::Verified).data(role::Tint).toString(), u"err"_s);
        QCOMPARE(ended.size(), 2);
    }

    void verifyComparesTheIndexWithTheData()
    {
        Lab lab;
        const QString path = lab.path(u"one"_s);
        QList<samples::Sample> streams = samples::streams();
        samples::writeBundle(path, {}, {streams.first()});
        // A bundle whose bytes are all right, but whose index is of other data.
        auto writer = bundle::Writer::create(lab.path(u"other"_s), [&] { return (*bundle::Reader::open(path))->header(); }());
        QVERIFY(writer.has_value());
        auto stream = (*writer)->openStream(u"system-mysql"_s, u"dump.sql"_s, u"mysqldump"_s);
        const QByteArray data = samples::mysqlDump(5);
        QVERIFY((*stream)->write(std::span(data.constData(), size_t(data.size()))).has_value() && (*stream)->finish({}).has_value());
        QVERIFY((*writer)->addIndex(u"system-mysql"_s, *(*bundle::Reader::open(path))->index(u"system-mysql"_s)).has_value());
        bundle::Manifest manifest = (*bundle::Reader::open(path))->manifest();
        QVERIFY((*writer)->finish(manifest).has_value());
        lab.start();
        const BundleJob job = lab.finish(lab.jobs.verify(lab.path(u"other"_s)));
        QCOMPARE(job.state, BundleJob::State::Failed);
        QVERIFY(job.error->message.contains(u"index"_s));
    }

    void extract()
    {
        Lab lab;
        const QString path = lab.path(u"one"_s), output = lab.directory.filePath(u"out"_s);
        samples::writeBundle(path);
        lab.start();
        const BundleJob job = lab.finish(lab.jobs.extract({.bundle = path, .folder = output, .components = {u"system-mysql"_s, u"system-storage"_s}}));
        QVERIFY2(job.state == BundleJob::State::Done, qPrintable(job.result));
        QCOMPARE(samples::contentOf(output + u"/system-mysql/dump.sql"_s), samples::mysqlDump());
        QCOMPARE(samples::contentOf(output + u"/system-storage/files.tar"_s), samples::filesTar());
        QVERIFY(!QFile::exists(output + u"/secrets"_s));
        QCOMPARE(QFile::permissions(output + u"/system-mysql/dump.sql"_s) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
        // Nothing is overwritten.
        const BundleJob again = lab.finish(lab.jobs.extract({.bundle = path, .folder = output, .components = {u"system-mysql"_s}}));
        QCOMPARE(again.state, BundleJob::State::Failed);
        QCOMPARE(again.error->code, ErrorCode::AlreadyExists);
        QCOMPARE(samples::contentOf(output + u"/system-mysql/dump.sql"_s), samples::mysqlDump());
    }

    void extractOneFile_data()
    {
        QTest::addColumn<QByteArray>("member");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("sha256");
        QTest::addColumn<bool>("good");
        const QByteArray digest = Sha256::of(samples::logo);
        QTest::newRow("file") << QByteArray("provider-name/2020/logo.png") << u"logo.png"_s << digest << true;
        QTest::newRow("hard link") << QByteArray("again.png") << u"again.png"_s << digest << true;
        QTest::newRow("other digest") << QByteArray("again.png") << u"again.png"_s << Sha256::of("x") << false;
        QTest::newRow("missing") << QByteArray("nothing") << u"nothing"_s << QByteArray() << false;
        QTest::newRow("directory") << QByteArray("provider-name") << u"provider-name"_s << QByteArray() << false;
        QTest::newRow("name that leads out") << QByteArray("again.png") << u"x/.."_s << digest << false;
        QTest::newRow("name with a path") << QByteArray("again.png") << u"../../logo.png"_s << digest << true;
    }

    void extractOneFile()
    {
        QFETCH(QByteArray, member);
        QFETCH(QString, name);
        QFETCH(QByteArray, sha256);
        QFETCH(bool, good);
        Lab lab;
        const QString path = lab.path(u"one"_s), output = lab.directory.filePath(u"deep/out"_s);
        samples::writeBundle(path);
        lab.start();
        const BundleJob job = lab.finish(lab.jobs.extract(
            {.bundle = path, .folder = output, .components = {}, .fileComponent = u"system-storage"_s, .fileStream = u"files.tar"_s, .fileName = name, .file = member, .fileSha256 = sha256}));
        QVERIFY2((job.state == BundleJob::State::Done) == good, qPrintable(job.result));
        const QStringList files = QDir(output).entryList(QDir::Files);
        QCOMPARE(files.size(), good ? 1 : 0);
        if (good)
            QCOMPARE(samples::contentOf(output + u'/' + files.first()), samples::logo);
    }

    void salvage()
    {
        Lab lab;
        samples::writeBundle(lab.path(u"cut"_s), {.finish = false});
        const QString cut = lab.path(u"cut"_s) + u".partial"_s;
        samples::makeOld(cut);
        const QByteArray before = samples::contentOf(cut);
        lab.start();
        const QString output = BundleJobs::salvagePath(cut);
        QCOMPARE(output, lab.path(u"cut-salvaged"_s));
        const BundleJob job = lab.finish(lab.jobs.salvage(cut, output));
        QVERIFY2(job.state == BundleJob::State::Done, qPrintable(job.result));
        QCOMPARE(job.details.filter(u"Saved"_s).size(), 4);
        QCOMPARE(job.details.filter(u"Lost"_s).size(), 1);
        QCOMPARE(samples::contentOf(cut), before);
        QTRY_VERIFY_WITH_TIMEOUT(lab.library.bundle(output) && lab.library.bundle(output)->state == BundleInfo::State::Readable, 20'000);
        // Never offered as whole.
        QVERIFY(lab.library.bundle(output)->isSalvaged());
        QCOMPARE(lab.library.glyph(*lab.library.bundle(output)), u"warning"_s);
        QCOMPARE(lab.library.indexOf(output).siblingAtColumn(BundleLibrary::Complete).data().toString(), u"4 of 5"_s);
        QCOMPARE(BundleJobs::salvagePath(cut), lab.path(u"cut-salvaged-2"_s));
    }

    void digest()
    {
        Lab lab;
        const QString path = lab.path(u"one"_s);
        samples::writeBundle(path);
        lab.start();
        QVERIFY(lab.jobs.fileDigest(path).isEmpty());
        lab.finish(lab.jobs.digest(path));
        QCOMPARE(lab.jobs.fileDigest(path), QCryptographicHash::hash(samples::contentOf(path), QCryptographicHash::Sha256).toHex());
        // Of the file as it was: another one has another.
        QFile file(path);
        QVERIFY(file.open(QIODevice::Append) && file.write("x") == 1);
        file.close();
        QVERIFY(lab.jobs.fileDigest(path).isEmpty());
    }

    void cancel()
    {
        Lab lab;
        const QString path = lab.path(u"one"_s), output = lab.directory.filePath(u"out"_s);
        samples::Sample large{u"system-mysql"_s, u"mysql"_s, u"dump.sql"_s, u"mysqldump"_s, samples::mysqlDump(1)};
        large.data.insert(large.data.indexOf("\n-- Dump"), "INSERT INTO `cinstances` VALUES (1,'" + QByteArray(48 << 20, 'x') + "');\n");
        samples::writeBundle(path, {}, {large});
        lab.start();
        const int id = lab.jobs.extract({.bundle = path, .folder = output});
        lab.jobs.cancel(id);
        const BundleJob job = lab.finish(id);
        QCOMPARE(job.state, BundleJob::State::Cancelled);
        QCOMPARE(QDir(output + u"/system-mysql"_s).entryList(QDir::Files), QStringList());
        QVERIFY(!lab.library.verification(path));
    }

    void trash()
    {
        Lab lab;
        // Its own trash, on the same disk.
        QVERIFY(QDir().mkpath(lab.directory.filePath(u"data"_s)));
        qputenv("XDG_DATA_HOME", lab.directory.filePath(u"data"_s).toUtf8());
        const QString path = lab.path(u"one"_s);
        samples::writeBundle(path);
        const QByteArray before = samples::contentOf(path);
        lab.start();
        QString trashed;
        bool answered = false;
        lab.jobs.moveToTrash(path, this, [&](const Result<void>& done, const QString& where) {
            answered = true;
            QVERIFY2(done.has_value(), done ? "" : qPrintable(done.error().message + done.error().detail));
            trashed = where;
        });
        QTRY_VERIFY(answered);
        QVERIFY(!QFile::exists(path) && QFile::exists(trashed));
        QTRY_COMPARE(lab.library.rowCount(), 0);
        answered = false;
        lab.jobs.bringBack(trashed, path, this, [&](const Result<void>& done) {
            answered = true;
            QVERIFY(done.has_value());
        });
        QTRY_VERIFY(answered);
        QCOMPARE(samples::contentOf(path), before);
        QVERIFY(!QFile::exists(trashed));
        QTRY_COMPARE(lab.library.rowCount(), 1);
        // No other file is overwritten by one that comes back.
        QVERIFY(QFile::copy(path, lab.directory.filePath(u"elsewhere"_s)));
        answered = false;
        lab.jobs.bringBack(lab.directory.filePath(u"elsewhere"_s), path, this, [&](const Result<void>& done) {
            answered = true;
            QVERIFY(!done.has_value());
        });
        QTRY_VERIFY(answered);
        QCOMPARE(samples::contentOf(path), before);
    }
};

QTEST_GUILESS_MAIN(TestBundleJobs)
#include "tst_bundlejobs.moc"
