#include "bundles.h"

#include "engine/base/digest.h"
#include "engine/index/index.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QTemporaryDir>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::bundle;

class TestSalvage : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_directory;
    QString m_whole = m_directory.filePath(u"whole.tar"_s);
    QString m_cut = m_directory.filePath(u"cut.tar.partial"_s);
    QString m_output = m_directory.filePath(u"salvaged.tar"_s);
    const Streams m_streams{{u"a/dump.sql"_s, textData(2 * SegmentSize + 9, 1)},
                            {u"b/dump.rdb"_s, randomData(900, 2)},
                            {u"c/files.tar"_s, textData(SegmentSize, 3)}};
    QByteArray m_bytes;

    /// The salvaged bundle is whole in itself, holds exactly `saved`, and says that it is salvaged.
    void checkOutput(const QStringList& saved)
    {
        QCOMPARE(wrongWith(m_output), QString{});
        const auto reader = Reader::open(m_output);
        VERIFY_RESULT(reader);
        QStringList found;
        for (const Stream& stream : (*reader)->manifest().streams) {
            const QString key = stream.component + u'/' + stream.name;
            found.append(key);
            const auto data = readWhole(**reader, stream);
            VERIFY_RESULT(data);
            QVERIFY(*data == m_streams.value(key));
        }
        found.sort();
        QCOMPARE(found, saved);
        QCOMPARE((*reader)->header(), testHeader());
        QVERIFY((*reader)->manifest().notes.contains(u"salvaged"_s));
        const int score = (*reader)->manifest().completeness.value(u"score"_s).toInt(-1);
        QVERIFY(score >= 0 && score <= 99);
        QCOMPARE((*reader)->manifest().completeness.value(u"missing"_s).toArray().isEmpty() && score < 99, false);
    }

private Q_SLOTS:
    void initTestCase()
    {
        VERIFY_RESULT(writeBundle(m_whole, m_streams));
        m_bytes = fileContent(m_whole);
    }
    void cleanup()
    {
        QFile::remove(m_cut);
        QFile::remove(m_output);
    }

    void savesWhatWasFinishedBeforeTheCut()
    {
        const auto reader = Reader::open(m_whole);
        VERIFY_RESULT(reader);
        // A stream is saved exactly when the cut comes after its record.
        QList<qint64> cuts;
        QMap<QString, qint64> ends;
        for (const Member& member : (*reader)->members()) {
            for (const qint64 near :
                 {member.offset - 512, member.offset - 1, member.offset, member.offset + 1,
                  member.offset + member.size - 1, member.offset + member.size, member.offset + member.size + 1})
                cuts.append(qMin<qint64>(near, m_bytes.size() - 1));
            if (member.name.endsWith(u"/stream.json"_s))
                ends.insert(member.name.section(u'/', 1, 2), member.offset + member.size);
        }
        for (qint64 at = 700; at < m_bytes.size(); at += 131'071)
            cuts.append(at);
        for (const qint64 cut : std::as_const(cuts)) {
            cleanup();
            writeFile(m_cut, m_bytes.left(cut));
            QStringList expected;
            for (auto at = ends.begin(); at != ends.end(); ++at) {
                if (*at <= cut)
                    expected.append(at.key());
            }
            // The survey reads headers only, and finds the same here: what was cut off is all that is wrong.
            if (const auto found = survey(m_cut); found) {
                QStringList complete;
                for (const Stream& stream : found->complete)
                    complete.append(stream.component + u'/' + stream.name);
                QCOMPARE(complete, expected);
                QCOMPARE(found->header, testHeader());
            } else {
                QVERIFY(expected.isEmpty());
            }
            const auto saved = salvage(m_cut, m_output);
            if (expected.isEmpty()) {
                QVERIFY2(!saved, qPrintable(QString::number(cut)));
                QVERIFY(!QFileInfo::exists(m_output));
                QVERIFY(!QFileInfo::exists(m_output + u".partial"_s));
            } else {
                VERIFY_RESULT(saved);
                QCOMPARE(saved->saved, expected);
                checkOutput(expected);
                if (QTest::currentTestFailed())
                    return;
            }
            QCOMPARE(fileContent(m_cut).size(), cut); // left as it was
        }
    }

    void savesWhatAWriterLeft()
    {
        const QString file = m_directory.filePath(u"crashed.tar"_s);
        {
            auto writer = Writer::create(file, testHeader());
            VERIFY_RESULT(writer);
            VERIFY_RESULT(writeStream(**writer, u"a"_s, u"dump.sql"_s, m_streams.value(u"a/dump.sql"_s)));
            VERIFY_RESULT((*writer)->addIndex(u"a"_s, "{}"));
            const qint64 before = (*writer)->bytesWritten();
            auto unfinished = (*writer)->openStream(u"c"_s, u"files.tar"_s, u"tar"_s);
            VERIFY_RESULT(unfinished);
            const QByteArray data = textData(3 * SegmentSize, 3);
            VERIFY_RESULT((*unfinished)->write(std::span(data.constData(), static_cast<size_t>(data.size()))));
            QTRY_VERIFY((*writer)->bytesWritten() > before + 100'000);
        }
        const auto saved = salvage(file + u".partial"_s, m_output);
        VERIFY_RESULT(saved);
        QCOMPARE(saved->saved, QStringList{u"a/dump.sql"_s});
        QCOMPARE(saved->lost.size(), 1);
        QVERIFY(saved->lost.at(0).startsWith(u"c/files.tar: "_s));
        checkOutput({u"a/dump.sql"_s});
        const auto reader = Reader::open(m_output);
        QCOMPARE((*reader)->manifest().components.size(), 1);
        QCOMPARE((*reader)->manifest().components.at(0).id, u"a"_s);
        QCOMPARE((*reader)->manifest().components.at(0).engine, u"mysql"_s);
        QCOMPARE(
            (*reader)->manifest().completeness.value(u"missing"_s).toArray().at(0).toObject().value(u"id"_s).toString(),
            u"c"_s);
        QCOMPARE(*(*reader)->index(u"a"_s), "{}");
    }

    /// Killed between the end of a stream and its index: a stream without one can neither be verified nor restored.
    void makesTheIndexThatWasNotWrittenYet()
    {
        const QString file = m_directory.filePath(u"unindexed.tar"_s);
        const QByteArray dump = "CREATE TABLE `t` (\n  `id` int\n);\nINSERT INTO `t` VALUES (1),(2);\n"
                                "\n-- Dump completed on 2020-01-01  0:00:00\n";
        {
            auto writer = Writer::create(file, testHeader());
            VERIFY_RESULT(writer);
            {
                // A first attempt that was given up is no loss.
                auto attempt = (*writer)->openStream(u"a"_s, u"dump.sql"_s, u"mysqldump"_s);
                VERIFY_RESULT(attempt);
                const QByteArray half = textData(2 * SegmentSize, 5);
                VERIFY_RESULT((*attempt)->write(std::span(half.constData(), static_cast<size_t>(half.size()))));
                (*attempt)->abandon();
            }
            VERIFY_RESULT(writeStream(**writer, u"a"_s, u"dump.sql"_s, dump));
        }
        const auto saved = salvage(file + u".partial"_s, m_output);
        VERIFY_RESULT(saved);
        QCOMPARE(saved->saved, QStringList{u"a/dump.sql"_s});
        QCOMPARE(saved->lost, QStringList{});
        const auto reader = Reader::open(m_output);
        VERIFY_RESULT(reader);
        QCOMPARE((*reader)->manifest().components.at(0).state, u"proven"_s);
        const auto indexer = index::indexer(u"mysqldump"_s);
        VERIFY_RESULT(indexer->add(std::span(dump.constData(), static_cast<size_t>(dump.size()))));
        const auto expected = indexer->finish();
        VERIFY_RESULT(expected);
        const auto found = (*reader)->index(u"a"_s);
        VERIFY_RESULT(found);
        QCOMPARE(QJsonDocument::fromJson(*found).object(), *expected);
    }

    void savesTheRestOfADamagedBundle_data()
    {
        QTest::addColumn<QString>("member");
        QTest::addColumn<qint64>("where"); ///< from the start of the member's data
        QTest::addColumn<QStringList>("saved");
        const QStringList all{u"a/dump.sql"_s, u"b/dump.rdb"_s, u"c/files.tar"_s};
        const auto without = [&](const QString& lost) {
            QStringList rest = all;
            rest.removeAll(lost);
            return rest;
        };
        QTest::newRow("data") << u"streams/a/dump.sql/000002.zst"_s << qint64(5000) << without(u"a/dump.sql"_s);
        QTest::newRow("header of a segment")
            << u"streams/a/dump.sql/000002.zst"_s << qint64(-300) << without(u"a/dump.sql"_s);
        QTest::newRow("size in a header")
            << u"streams/a/dump.sql/000002.zst"_s << qint64(-512 + 130) << without(u"a/dump.sql"_s);
        QTest::newRow("record") << u"streams/b/dump.rdb/stream.json"_s << qint64(40) << without(u"b/dump.rdb"_s);
        QTest::newRow("header of a record")
            << u"streams/b/dump.rdb/stream.json"_s << qint64(-1) << without(u"b/dump.rdb"_s);
        QTest::newRow("padding") << u"streams/b/dump.rdb/000001.zst"_s << qint64(-2000'000) << all;
        QTest::newRow("index") << u"index/a.json.zst"_s << qint64(7) << all;
        QTest::newRow("manifest") << u"manifest.json"_s << qint64(100) << all;
        QTest::newRow("header of the manifest") << u"manifest.json"_s << qint64(-5) << all;
        QTest::newRow("README") << u"README.txt"_s << qint64(3) << all;
    }
    void savesTheRestOfADamagedBundle()
    {
        QFETCH(QString, member);
        QFETCH(qint64, where);
        QFETCH(QStringList, saved);
        QByteArray bytes = m_bytes;
        const auto reader = Reader::open(m_whole);
        for (const Member& each : (*reader)->members()) {
            if (each.name == member) {
                const qint64 at = where < -1'000'000 ? each.offset + each.size
                                                     : each.offset + where; // far before: the padding behind
                bytes[at] = static_cast<char>(bytes.at(at) ^ 1);
            }
        }
        QVERIFY(bytes != m_bytes);
        writeFile(m_cut, bytes);
        const auto answer = salvage(m_cut, m_output);
        VERIFY_RESULT(answer);
        QCOMPARE(answer->saved, saved);
        checkOutput(saved);
        const auto output = Reader::open(m_output);
        for (const Component& component : (*output)->manifest().components) {
            const bool lost =
                std::ranges::none_of(saved, [&](const QString& key) { return key.startsWith(component.id + u'/'); });
            QCOMPARE(component.state, lost ? u"unreadable"_s : u"proven"_s);
        }
        if (member.startsWith(u"index/"_s)) {
            QCOMPARE(answer->lost.size(), 1);
            QVERIFY(answer->lost.at(0).startsWith(u"the index of a: "_s)); // its data is no dump
            QCOMPARE((*output)->index(u"a"_s).error().code, ErrorCode::NotFound);
            QVERIFY((*output)->index(u"b"_s));
        }
    }

    void refusals()
    {
        QCOMPARE(salvage(m_whole, m_output).error().code, ErrorCode::Usage);
        QCOMPARE(salvage(m_directory.filePath(u"nothing"_s), m_output).error().code, ErrorCode::NotFound);
        writeFile(m_cut, QByteArray("not a bundle").repeated(1000));
        QCOMPARE(salvage(m_cut, m_output).error().code, ErrorCode::BadInput);
        QVERIFY(!QFileInfo::exists(m_output));

        writeFile(m_cut, m_bytes.left(m_bytes.size() - 1));
        writeFile(m_output, "precious");
        QCOMPARE(salvage(m_cut, m_output).error().code, ErrorCode::AlreadyExists);
        QCOMPARE(fileContent(m_output), "precious");
        QFile::remove(m_output);

        std::stop_source stop;
        stop.request_stop();
        QCOMPARE(salvage(m_cut, m_output, stop.get_token()).error().code, ErrorCode::Cancelled);
        QVERIFY(!QFileInfo::exists(m_output + u".partial"_s));

        // Without bundle.json nobody knows what it is a backup of.
        const auto reader = Reader::open(m_whole);
        QByteArray bytes = m_bytes;
        bytes[(*reader)->members().at(1).offset + 20] = '#';
        writeFile(m_cut, bytes);
        QCOMPARE(salvage(m_cut, m_output).error().code, ErrorCode::Damaged);
    }

    void randomDamageNeverMakesFalseData()
    {
        QRandomGenerator random(77);
        for (int round = 0; round < 100; ++round) {
            cleanup();
            QByteArray bytes = m_bytes.left(random.bounded(static_cast<quint32>(m_bytes.size())));
            for (int i = random.bounded(0, 5); i > 0 && !bytes.isEmpty(); --i)
                bytes[static_cast<qsizetype>(random.bounded(static_cast<quint32>(bytes.size())))] =
                    static_cast<char>(random.generate());
            writeFile(m_cut, bytes);
            if (const auto saved = salvage(m_cut, m_output); saved) {
                checkOutput(saved->saved);
                if (QTest::currentTestFailed())
                    return;
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestSalvage)
#include "tst_salvage.moc"
