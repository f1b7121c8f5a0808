#include "bundles.h"

#include "engine/bundle/readme.h"

#include <QProcess>
#include <QTemporaryDir>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::bundle;

/// What the bundle's own README.txt says must work with stock tools, letter by letter.
class TestByHand : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_directory;
    QString m_bundle = m_directory.filePath(u"north-threescale-20240531T081500Z.scalekeep.tar"_s);
    const QByteArray m_dump =
        textData(12 * SegmentSize + 345, 1); // more than nine segments: the names must sort as numbers
    QStringList m_commands;

    QByteArray run(const QString& command)
    {
        QProcess shell;
        shell.setWorkingDirectory(m_directory.filePath(u"by hand"_s));
        shell.start(u"sh"_s, {u"-ec"_s, command});
        if (!shell.waitForFinished(60'000) || shell.exitCode() != 0)
            return "failed: " + shell.readAllStandardError();
        const QByteArray errors = shell.readAllStandardError();
        return errors.isEmpty() ? shell.readAllStandardOutput() : "complained: " + errors;
    }
    QByteArray file(const QString& name) { return fileContent(m_directory.filePath(u"by hand/"_s + name)); }

private Q_SLOTS:
    void initTestCase()
    {
        VERIFY_RESULT(writeBundle(m_bundle, {{u"system-mysql/dump.sql"_s, m_dump}, {u"backend-redis/dump.rdb"_s, {}}}));
        QVERIFY(QDir(m_directory.path()).mkdir(u"by hand"_s));
        for (const QString& line : QString::fromUtf8(readmeText()).split(u'\n')) {
            QVERIFY2(line.size() <= 120, qPrintable(line));
            if (line.startsWith(u"    "))
                m_commands.append(line.trimmed());
        }
        QCOMPARE(m_commands.size(), 5);
    }

    void unpacks()
    {
        QCOMPARE(run(QString(m_commands.at(0)).replace(u"BUNDLE"_s, m_bundle)), QByteArray());
        QCOMPARE(file(u"README.txt"_s), readmeText());
        QCOMPARE(run(u"stat -c %a streams/system-mysql/dump.sql/000001.zst bundle.json"_s), "600\n600\n");
    }

    void joinsTheSegments()
    {
        QCOMPARE(run(m_commands.at(1)), QByteArray());
        QVERIFY(file(u"dump.sql"_s) == m_dump);
        QVERIFY(QFile::remove(m_directory.filePath(u"by hand/dump.sql"_s)));
        QCOMPARE(run(m_commands.at(2)), QByteArray());
        QVERIFY(file(u"dump.sql"_s) == m_dump);
    }

    void theDigestIsInTheRecord()
    {
        const QByteArray digest = run(m_commands.at(3)).left(64);
        QCOMPARE(digest.size(), 64);
        QVERIFY(file(u"streams/system-mysql/dump.sql/stream.json"_s).contains("\"sha256\": \"" + digest + '"'));
    }

    void theIndexIsJson()
    {
        QCOMPARE(run(m_commands.at(4)), QByteArray());
        QCOMPARE(file(u"system-mysql.json"_s), "{\"of\": \"system-mysql\"}");
    }

    void oneComponentAlone()
    {
        QVERIFY(readmeText().contains("tar -xf BUNDLE streams/system-mysql\n"));
        QCOMPARE(
            run(u"rm -r streams && tar -xf '%1' streams/system-mysql && find streams -mindepth 1 -maxdepth 1"_s.arg(
                m_bundle)),
            "streams/system-mysql\n");
    }

    void anEmptyStreamIsAnEmptyFile()
    {
        QCOMPARE(run(u"tar -xf '%1' && cat streams/backend-redis/dump.rdb/*.zst | zstd -d"_s.arg(m_bundle)),
                 QByteArray());
    }

    void stockToolsFindNothingToComplainAbout()
    {
        QCOMPARE(run(u"tar -tf '%1' | wc -l"_s.arg(m_bundle)).trimmed(),
                 QByteArray::number((*Reader::open(m_bundle))->members().size()));
        QCOMPARE(run(u"cat streams/system-mysql/dump.sql/*.zst > all.zst && zstd -q -t all.zst"_s), QByteArray());
        QCOMPARE(
            run(u"python3 -c \"import tarfile; print(sum(1 for m in tarfile.open('%1', 'r:') if m.isreg()))\""_s.arg(
                    m_bundle))
                .trimmed(),
            QByteArray::number((*Reader::open(m_bundle))->members().size()));
    }
};

QTEST_GUILESS_MAIN(TestByHand)
#include "tst_byhand.moc"
