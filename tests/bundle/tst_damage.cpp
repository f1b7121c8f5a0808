#include "bundles.h"

#include <QTemporaryDir>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::bundle;

class TestDamage : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_directory;
    QString m_path = m_directory.filePath(u"bundle.tar"_s);
    QByteArray m_bytes;

    /// What is found when the byte is changed; the file is as before afterwards.
    QString withChangedByte(QFile& file, qint64 at, char mask)
    {
        const char changed = static_cast<char>(m_bytes.at(at) ^ mask);
        if (!file.seek(at) || file.write(&changed, 1) != 1 || !file.flush())
            qFatal("cannot write");
        const QString problem = wrongWith(m_path);
        const char original = m_bytes.at(at);
        if (!file.seek(at) || file.write(&original, 1) != 1 || !file.flush())
            qFatal("cannot write");
        return problem;
    }

private Q_SLOTS:
    void initTestCase()
    {
        VERIFY_RESULT(
            writeBundle(m_path, {{u"a/dump.sql"_s, textData(3000, 1)}, {u"b/dump.rdb"_s, randomData(700, 2)}}));
        m_bytes = fileContent(m_path);
        QCOMPARE(wrongWith(m_path), QString{});
    }

    void everyChangedByteIsFound()
    {
        QFile file(m_path);
        QVERIFY(file.open(QIODevice::ReadWrite));
        for (qint64 at = 0; at < m_bytes.size(); ++at) {
            const QString problem = withChangedByte(file, at, static_cast<char>(1U << static_cast<unsigned>(at % 8)));
            QVERIFY2(!problem.isEmpty(), qPrintable(u"byte %1 of %2"_s.arg(at).arg(m_bytes.size())));
        }
    }

    void everyChangedBitOfHeadersAndEndIsFound()
    {
        const auto reader = Reader::open(m_path);
        VERIFY_RESULT(reader);
        QList<qint64> places{m_bytes.size() - 1024, m_bytes.size() - 512};
        for (const Member& member : (*reader)->members()) {
            if (member.name.endsWith(u".zst"_s) || member.name == u"README.txt"_s || member.name == u"manifest.json"_s)
                places.append(member.offset - 512);
        }
        QFile file(m_path);
        QVERIFY(file.open(QIODevice::ReadWrite));
        for (const qint64 place : std::as_const(places)) {
            for (qint64 bit = 0; bit < 512 * 8; ++bit) {
                const QString problem =
                    withChangedByte(file, place + bit / 8, static_cast<char>(1U << static_cast<unsigned>(bit % 8)));
                QVERIFY2(!problem.isEmpty(), qPrintable(u"bit %1 of the block at %2"_s.arg(bit).arg(place)));
            }
        }
        QCOMPARE(wrongWith(m_path), QString{});
    }

    void everyCutIsFound()
    {
        const QString cut = m_directory.filePath(u"cut.tar"_s);
        writeFile(cut, m_bytes);
        for (qint64 size = m_bytes.size() - 1; size >= 0; --size) {
            QVERIFY(QFile::resize(cut, size));
            const auto reader = Reader::open(cut);
            QVERIFY2(!reader, qPrintable(QString::number(size)));
            QVERIFY2(reader.error().message.contains(u"cut off"_s), qPrintable(reader.error().message));
            QCOMPARE(reader.error().code, size < 512 ? ErrorCode::BadInput : ErrorCode::TruncatedStream);
        }
    }

    void aMissingOrAddedStretchIsFound()
    {
        const QString other = m_directory.filePath(u"other.tar"_s);
        for (qsizetype at = 0; at < m_bytes.size(); at += 512) {
            writeFile(other, QByteArray(m_bytes).remove(at, 512));
            QVERIFY2(!wrongWith(other).isEmpty(), qPrintable(QString::number(at)));
            writeFile(other, QByteArray(m_bytes).insert(at, m_bytes.mid(at, 512)));
            QVERIFY2(!wrongWith(other).isEmpty(), qPrintable(QString::number(at)));
            writeFile(other, QByteArray(m_bytes).insert(at, QByteArray(512, '\0')));
            QVERIFY2(!wrongWith(other).isEmpty(), qPrintable(QString::number(at)));
        }
    }

    void randomChangesAreFound()
    {
        const QString other = m_directory.filePath(u"mutant.tar"_s);
        QRandomGenerator random(20240607);
        for (int round = 0; round < 3000; ++round) {
            QByteArray mutant = m_bytes;
            for (int i = random.bounded(1, 8); i > 0; --i)
                mutant[static_cast<qsizetype>(random.bounded(static_cast<quint32>(mutant.size())))] =
                    static_cast<char>(random.generate());
            if (mutant == m_bytes)
                continue;
            writeFile(other, mutant);
            QVERIFY2(!wrongWith(other).isEmpty(), qPrintable(QString::number(round)));
        }
    }

    void allDamageIsReported()
    {
        const QString file = m_directory.filePath(u"several.tar"_s);
        VERIFY_RESULT(writeBundle(file, {{u"a/dump.sql"_s, textData(5 * SegmentSize, 1)},
                                         {u"b/dump.rdb"_s, randomData(700, 2)},
                                         {u"c/dump.sql"_s, textData(100, 3)}}));
        QByteArray bytes = fileContent(file);
        {
            const auto reader = Reader::open(file);
            VERIFY_RESULT(reader);
            for (const Member& member : (*reader)->members()) {
                if (member.name == u"streams/a/dump.sql/000002.zst"_s ||
                    member.name == u"streams/a/dump.sql/000004.zst"_s ||
                    member.name == u"streams/b/dump.rdb/000001.zst"_s)
                    bytes[member.offset + member.size / 2] =
                        static_cast<char>(bytes.at(member.offset + member.size / 2) ^ 0x10);
            }
        }
        writeFile(file, bytes);
        const auto reader = Reader::open(file);
        VERIFY_RESULT(reader);
        const auto report = (*reader)->verify();
        VERIFY_RESULT(report);
        QVERIFY(!report->whole);
        const QString all = report->problems.join(u'\n');
        QVERIFY2(all.contains(u"a/dump.sql: segment 2 is damaged"_s) &&
                     all.contains(u"a/dump.sql: segment 4 is damaged"_s) &&
                     all.contains(u"b/dump.rdb: segment 1 is damaged"_s),
                 qPrintable(all));
        QVERIFY(!all.contains(u"c/dump.sql"_s));
        QVERIFY(readWhole(**reader, *(*reader)->stream(u"c"_s, u"dump.sql"_s)));
        const auto damaged = (*reader)->readAt(*(*reader)->stream(u"a"_s, u"dump.sql"_s), SegmentSize + 5, 10);
        QCOMPARE(damaged.error().code, ErrorCode::Damaged);
        QVERIFY((*reader)->readAt(*(*reader)->stream(u"a"_s, u"dump.sql"_s), 5, 10));
    }

    /// A half-written bundle that is gone on with: what must not be older than a damaged stream goes with it.
    void reopened_data()
    {
        QTest::addColumn<bool>("damaged");
        QTest::addColumn<QStringList>("kept");
        QTest::newRow("whole") << false << QStringList{u"a"_s, u"b"_s, u"c"_s};
        QTest::newRow("the database is damaged") << true << QStringList{u"b"_s};
    }
    void reopened()
    {
        QFETCH(bool, damaged);
        QFETCH(QStringList, kept);
        const QString file = m_directory.filePath(damaged ? u"again-damaged.tar"_s : u"again.tar"_s);
        {
            const auto writer = Writer::create(file, testHeader());
            VERIFY_RESULT(writer);
            // The files were read first, and lie before the damaged place.
            for (const QString& key : {u"c/files.tar"_s, u"b/dump.rdb"_s, u"a/dump.sql"_s}) {
                const QString component = key.section(u'/', 0, 0);
                VERIFY_RESULT(writeStream(**writer, component, key.section(u'/', 1), randomData(900, 7)));
                VERIFY_RESULT((*writer)->addIndex(component, "{}"));
            }
        }
        QByteArray bytes = fileContent(file + u".partial"_s);
        if (damaged) {
            const qsizetype at = bytes.indexOf("streams/a/dump.sql/000001.zst") + 512 + 450;
            bytes[at] = static_cast<char>(bytes.at(at) ^ 0x10);
            writeFile(file + u".partial"_s, bytes);
        }
        const auto writer = Writer::reopen(file, {u"a"_s, u"b"_s, u"c"_s}, {{u"c"_s, u"a"_s}});
        VERIFY_RESULT(writer);
        QStringList found;
        const QList<Stream> streams = (*writer)->streams();
        for (const Stream& stream : streams)
            found.append(stream.component);
        found.sort();
        QCOMPARE(found, kept);
        // What is not kept may be written again.
        if (damaged) {
            VERIFY_RESULT(writeStream(**writer, u"c"_s, u"files.tar"_s, randomData(900, 8)));
            VERIFY_RESULT((*writer)->addIndex(u"c"_s, "{}"));
        }
    }
};

QTEST_GUILESS_MAIN(TestDamage)
#include "tst_damage.moc"
