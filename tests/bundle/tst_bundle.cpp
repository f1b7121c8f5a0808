#include "bundles.h"

#include "engine/base/digest.h"

#include <QFileInfo>
#include <QTemporaryDir>

#include <thread>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::bundle;

class TestBundle : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_directory;
    QString path(const QString& name) { return m_directory.filePath(name); }

private Q_SLOTS:
    void roundTrip_data()
    {
        QTest::addColumn<qsizetype>("size");
        QTest::newRow("nothing") << qsizetype(0);
        QTest::newRow("one byte") << qsizetype(1);
        QTest::newRow("a segment less one") << qsizetype(SegmentSize - 1);
        QTest::newRow("a segment") << qsizetype(SegmentSize);
        QTest::newRow("a segment and one") << qsizetype(SegmentSize + 1);
        QTest::newRow("many segments") << qsizetype(9 * SegmentSize + 12345);
    }
    void roundTrip()
    {
        QFETCH(qsizetype, size);
        const QString file = path(u"round-%1.tar"_s.arg(size));
        const QByteArray text = textData(size, 1);
        const QByteArray noise = randomData(size, 2);
        VERIFY_RESULT(writeBundle(file, {{u"system-mysql/dump.sql"_s, text}, {u"backend-redis/dump.rdb"_s, noise}}));
        QVERIFY(!QFileInfo::exists(file + u".partial"_s));
        QCOMPARE(QFile::permissions(file) & ~(QFile::ReadUser | QFile::WriteUser),
                 QFile::ReadOwner | QFile::WriteOwner);

        const auto reader = Reader::open(file);
        VERIFY_RESULT(reader);
        QCOMPARE((*reader)->header(), testHeader());
        QCOMPARE((*reader)->manifest().streams.size(), 2);
        QCOMPARE((*reader)->members().at(0).name, u"README.txt"_s);
        QCOMPARE((*reader)->members().at(1).name, u"bundle.json"_s);
        QCOMPARE((*reader)->members().last().name, u"manifest.json"_s);
        for (const auto& [component, data] :
             {std::pair{u"system-mysql/dump.sql"_s, text}, {u"backend-redis/dump.rdb"_s, noise}}) {
            const Stream* stream = (*reader)->stream(component.section(u'/', 0, 0), component.section(u'/', 1));
            QVERIFY(stream);
            QCOMPARE(stream->bytes, size);
            QCOMPARE(stream->sha256, Sha256::of(data));
            QCOMPARE(stream->segments, qMax(1, static_cast<int>((size + SegmentSize - 1) / SegmentSize)));
            const auto read = readWhole(**reader, *stream);
            VERIFY_RESULT(read);
            QVERIFY(*read == data);
            const ByteSource source = (*reader)->source(*stream);
            QByteArray pulled;
            while (true) {
                const auto part = source(70'001);
                VERIFY_RESULT(part);
                if (part->isEmpty())
                    break;
                QVERIFY(part->size() <= 70'001);
                pulled += *part;
            }
            QVERIFY(pulled == data);
        }
        const auto report = (*reader)->verify();
        VERIFY_RESULT(report);
        QCOMPARE(report->problems, QStringList{});
        QVERIFY(report->whole);
        const auto index = (*reader)->index(u"system-mysql"_s);
        VERIFY_RESULT(index);
        QCOMPARE(*index, "{\"of\": \"system-mysql\"}");
        QCOMPARE(report->bytes, 2 * size + index->size() + (*reader)->index(u"backend-redis"_s)->size());
        QCOMPARE((*reader)->index(u"zync"_s).error().code, ErrorCode::NotFound);
        QCOMPARE(*fileDigest(file), Sha256::of(fileContent(file)));
    }

    void readsAnyPart()
    {
        const QString file = path(u"parts.tar"_s);
        const QByteArray data = textData(3 * SegmentSize + 777, 3);
        VERIFY_RESULT(writeBundle(file, {{u"system-mysql/dump.sql"_s, data}}));
        const auto reader = Reader::open(file);
        VERIFY_RESULT(reader);
        const Stream& stream = *(*reader)->stream(u"system-mysql"_s, u"dump.sql"_s);
        QRandomGenerator random(4);
        for (int round = 0; round < 50; ++round) {
            const qint64 offset = random.bounded(static_cast<quint32>(data.size()));
            const qint64 size = random.bounded(static_cast<quint32>(data.size() - offset + 1));
            const auto part = (*reader)->readAt(stream, offset, size);
            VERIFY_RESULT(part);
            QVERIFY(*part == data.mid(offset, size));
        }
        QCOMPARE((*reader)->readAt(stream, data.size(), 0)->size(), 0);
        for (const auto& [offset, size] : {std::pair<qint64, qint64>{-1, 1},
                                           {0, data.size() + 1},
                                           {data.size(), 1},
                                           {1, std::numeric_limits<qint64>::max()}})
            QCOMPARE((*reader)->readAt(stream, offset, size).error().code, ErrorCode::Usage);
    }

    void severalStreamsAtOnce()
    {
        const QString file = path(u"parallel.tar"_s);
        auto writer = Writer::create(file, testHeader());
        VERIFY_RESULT(writer);
        const QStringList components{u"system-mysql"_s, u"backend-redis"_s, u"system-redis"_s, u"system-storage"_s,
                                     u"zync-database"_s};
        QList<QByteArray> data;
        for (int i = 0; i < components.size(); ++i)
            data.append(i % 2 ? randomData(5 * SegmentSize + i * 1000, static_cast<quint32>(i))
                              : textData(12 * SegmentSize + i, static_cast<quint32>(i)));
        QList<Result<Stream>> done(components.size(), fail(ErrorCode::Internal, {}));
        std::vector<std::thread> threads;
        for (int i = 0; i < components.size(); ++i) {
            threads.emplace_back([&, i] {
                auto stream = (*writer)->openStream(components.at(i), u"data"_s, u"tar"_s);
                const QByteArray& all = data.at(i);
                QRandomGenerator random(static_cast<quint32>(i));
                for (qsizetype at = 0; stream && at < all.size();) {
                    const qsizetype size = qMin<qsizetype>(random.bounded(1, 200'000), all.size() - at);
                    if (!(*stream)->write(std::span(all.constData() + at, static_cast<size_t>(size))))
                        return;
                    at += size;
                }
                if (stream)
                    done[i] = (*stream)->finish({});
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        for (const auto& each : done)
            VERIFY_RESULT(each);
        QCOMPARE((*writer)->streams().size(), components.size());
        VERIFY_RESULT((*writer)->finish({}));
        QCOMPARE(QFileInfo(file).size(), (*writer)->bytesWritten());

        const auto reader = Reader::open(file);
        VERIFY_RESULT(reader);
        const auto report = (*reader)->verify();
        VERIFY_RESULT(report);
        QCOMPARE(report->problems, QStringList{});
        bool interleaved = false;
        const QList<Member>& members = (*reader)->members();
        for (qsizetype i = 3; i < members.size(); ++i)
            interleaved |= members.at(i).name.section(u'/', 1, 1) != members.at(i - 1).name.section(u'/', 1, 1) &&
                           members.at(i).name.endsWith(u"000003.zst"_s);
        QVERIFY(interleaved); // components share the file, so that none waits for another
        for (int i = 0; i < components.size(); ++i) {
            const auto read = readWhole(**reader, *(*reader)->stream(components.at(i), u"data"_s));
            VERIFY_RESULT(read);
            QVERIFY(*read == data.at(i));
        }
    }

    void anIndexLargerThanASegment()
    {
        const QString file = path(u"index.tar"_s);
        auto writer = Writer::create(file, testHeader());
        VERIFY_RESULT(writer);
        const QByteArray json = textData(5 * SegmentSize + 1, 5);
        VERIFY_RESULT((*writer)->addIndex(u"system-storage"_s, json));
        QCOMPARE((*writer)->addIndex(u"system-storage"_s, json).error().code, ErrorCode::AlreadyExists);
        QCOMPARE((*writer)->addIndex(u"../etc"_s, json).error().code, ErrorCode::Usage);
        VERIFY_RESULT((*writer)->finish({}));
        const auto reader = Reader::open(file);
        VERIFY_RESULT(reader);
        const auto read = (*reader)->index(u"system-storage"_s);
        VERIFY_RESULT(read);
        QVERIFY(*read == json);
        const auto source = (*reader)->indexSource(u"system-storage"_s);
        VERIFY_RESULT(source);
        QByteArray pieces;
        for (auto piece = (*source)(7000); piece && !piece->isEmpty(); piece = (*source)(7000)) {
            QVERIFY(piece->size() <= 7000);
            pieces += *piece;
        }
        QVERIFY(pieces == json);
        QVERIFY((*reader)->verify()->whole);
    }

    void proofIsKept()
    {
        const QString file = path(u"proof.tar"_s);
        auto writer = Writer::create(file, testHeader());
        VERIFY_RESULT(writer);
        const QByteArray data = textData(1000, 6);
        Stream proof;
        proof.podSha256 = Sha256::of(data);
        proof.endMark = u"-- Dump completed"_s;
        proof.transportBytes = 321;
        proof.started = testHeader().started.addMSecs(1);
        proof.finished = proof.started.addMSecs(2);
        proof.snapshot = proof.started.addMSecs(1);
        const auto stream = writeStream(**writer, u"system-mysql"_s, u"dump.sql"_s, data, proof);
        VERIFY_RESULT(stream);
        Manifest manifest;
        manifest.components = {testComponent(u"system-mysql"_s)};
        manifest.components[0].summary = {{u"rows"_s, 12}};
        manifest.workloads = {QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"replicas"_s, 2}}};
        manifest.completeness = {{u"score"_s, 90}, {u"missing"_s, QJsonArray{}}};
        manifest.skewMilliseconds = 4321;
        manifest.notes = {u"a note"_s};
        manifest.quiesced = true;
        manifest.finished = testHeader().started.addSecs(9);
        VERIFY_RESULT((*writer)->finish(manifest));
        const auto reader = Reader::open(file);
        VERIFY_RESULT(reader);
        manifest.streams = {*stream};
        manifest.membersSha256 = (*reader)->manifest().membersSha256;
        QCOMPARE((*reader)->manifest(), manifest);
        QCOMPARE((*reader)->manifest().streams.at(0).endMark, u"-- Dump completed"_s);
        QCOMPARE((*reader)->manifest().streams.at(0).snapshot, proof.snapshot);
    }

    void anotherDigestInThePodIsATruncatedStream()
    {
        const QString file = path(u"poddigest.tar"_s);
        auto writer = Writer::create(file, testHeader());
        VERIFY_RESULT(writer);
        Stream proof;
        proof.podSha256 = Sha256::of("something else");
        const auto stream = writeStream(**writer, u"system-mysql"_s, u"dump.sql"_s, textData(1000, 6), proof);
        QVERIFY(!stream);
        QCOMPARE(stream.error().code, ErrorCode::TruncatedStream);
        QVERIFY(stream.error().message.contains(u"system-mysql/dump.sql"_s));
        QVERIFY(stream.error().message.contains(u"1000"_s));
        QVERIFY((*writer)->streams().isEmpty());
    }

    void abandonedStreamsMeanNothing()
    {
        const QString file = path(u"abandoned.tar"_s);
        auto writer = Writer::create(file, testHeader());
        VERIFY_RESULT(writer);
        const QByteArray data = textData(4 * SegmentSize, 7);
        {
            auto stream = (*writer)->openStream(u"zync-database"_s, u"dump.sql"_s, u"pg_dump"_s);
            VERIFY_RESULT(stream);
            VERIFY_RESULT((*stream)->write(std::span(data.constData(), static_cast<size_t>(data.size()))));
            QTRY_VERIFY((*writer)->bytesWritten() > 100'000); // some segments are in the file
            // Destroyed without finish(), as by an error on the way.
        }
        VERIFY_RESULT(
            (*writer)->openStream(u"backend-redis"_s, u"dump.rdb"_s, u"rdb"_s)); // opened and given up before any data
        VERIFY_RESULT(writeStream(**writer, u"system-mysql"_s, u"dump.sql"_s, data));
        QCOMPARE((*writer)->openStream(u"system-mysql"_s, u"dump.sql"_s, u"mysqldump"_s).error().code,
                 ErrorCode::AlreadyExists);
        VERIFY_RESULT((*writer)->finish({}));
        const auto reader = Reader::open(file);
        VERIFY_RESULT(reader);
        QCOMPARE((*reader)->manifest().abandoned, QStringList{u"zync-database/dump.sql"_s});
        QCOMPARE((*reader)->stream(u"zync-database"_s, u"dump.sql"_s), nullptr);
        QVERIFY((*reader)->verify()->whole);
    }

    /// A stream that was given up half-way is read again, twice, into the same bundle.
    void readAgain()
    {
        const QString file = path(u"again.tar"_s);
        auto writer = Writer::create(file, testHeader());
        VERIFY_RESULT(writer);
        const QByteArray half = textData(3 * SegmentSize, 7), whole = textData(4 * SegmentSize + 5, 8);
        for (int attempt = 0; attempt < 2; ++attempt) {
            const qint64 before = (*writer)->bytesWritten();
            auto stream = (*writer)->openStream(u"zync-database"_s, u"dump.sql"_s, u"pg_dump"_s);
            VERIFY_RESULT(stream);
            VERIFY_RESULT((*stream)->write(std::span(half.constData(), static_cast<size_t>(half.size()))));
            QTRY_VERIFY((*writer)->bytesWritten() > before + 100'000);
            (*stream)->abandon();
            VERIFY_RESULT(writeStream(**writer, QString(u"between-%1"_s).arg(attempt), u"dump.sql"_s, half));
        }
        VERIFY_RESULT(writeStream(**writer, u"zync-database"_s, u"dump.sql"_s, whole));
        VERIFY_RESULT((*writer)->finish({}));
        const auto reader = Reader::open(file);
        VERIFY_RESULT(reader);
        QCOMPARE((*reader)->manifest().abandoned,
                 (QStringList{u"zync-database/dump.sql.cut1"_s, u"zync-database/dump.sql.cut2"_s}));
        QVERIFY((*reader)->verify()->whole);
        const Stream* stream = (*reader)->stream(u"zync-database"_s, u"dump.sql"_s);
        QVERIFY(stream);
        QVERIFY((*reader)->readAt(*stream, 0, stream->bytes) == whole);
    }

    void namesAreChecked()
    {
        auto writer = Writer::create(path(u"names.tar"_s), testHeader());
        VERIFY_RESULT(writer);
        for (const QString& bad : {u""_s, u".."_s, u"."_s, u".hidden"_s, u"a/b"_s, u"/abs"_s, u"with space"_s,
                                   u"new\nline"_s, u"ünicode"_s, QString(80, u'x')}) {
            QCOMPARE((*writer)->openStream(bad, u"data"_s, u"tar"_s).error().code, ErrorCode::Usage);
            QCOMPARE((*writer)->openStream(u"component"_s, bad, u"tar"_s).error().code, ErrorCode::Usage);
        }
        QVERIFY((*writer)->openStream(QString(40, u'c'), QString(38, u's'), u"tar"_s));
        QCOMPARE((*writer)->openStream(QString(40, u'c'), QString(41, u's'), u"tar"_s).error().code, ErrorCode::Usage);
        (*writer)->discard();
    }

    void neverOverwrites()
    {
        const QString file = path(u"taken.tar"_s);
        writeFile(file, "precious");
        QCOMPARE(Writer::create(file, testHeader()).error().code, ErrorCode::AlreadyExists);

        const QString other = path(u"partial.tar"_s);
        writeFile(other + u".partial"_s, "precious");
        const auto second = Writer::create(other, testHeader());
        QCOMPARE(second.error().code, ErrorCode::AlreadyExists);
        QVERIFY(second.error().hint.contains(u"salvage"_s));
        QCOMPARE(fileContent(other + u".partial"_s), "precious");

        // The name is taken while the backup runs.
        const QString late = path(u"late.tar"_s);
        auto writer = Writer::create(late, testHeader());
        VERIFY_RESULT(writer);
        writeFile(late, "precious");
        const auto finished = (*writer)->finish({});
        QVERIFY(!finished);
        QCOMPARE(finished.error().code, ErrorCode::AlreadyExists);
        QCOMPARE(fileContent(late), "precious");
        QVERIFY(Reader::open(late + u".partial"_s)); // whole, only without its name
    }

    void finishNeedsClosedStreams()
    {
        const QString file = path(u"open.tar"_s);
        auto writer = Writer::create(file, testHeader());
        VERIFY_RESULT(writer);
        auto stream = (*writer)->openStream(u"system-mysql"_s, u"dump.sql"_s, u"mysqldump"_s);
        VERIFY_RESULT(stream);
        QVERIFY(!(*writer)->finish({}));
        VERIFY_RESULT((*stream)->finish({}));
        QVERIFY(!(*stream)->finish({}));
        QVERIFY(!(*stream)->write(std::span("x", 1)));
        VERIFY_RESULT((*writer)->finish({}));
        QVERIFY(!(*writer)->finish({}));
        QVERIFY(QFileInfo::exists(file));
    }

    void finishRefusesWhatNoReaderWouldTake()
    {
        const QString file = path(u"twice.tar"_s);
        auto writer = Writer::create(file, testHeader());
        VERIFY_RESULT(writer);
        Manifest manifest;
        manifest.components = {testComponent(u"zync"_s), testComponent(u"zync"_s)};
        const auto finished = (*writer)->finish(manifest);
        QVERIFY(!finished);
        QVERIFY(finished.error().message.contains(u"zync"_s));
        QVERIFY(!QFileInfo::exists(file));
    }

    void createRefusesWhatNoReaderWouldTake()
    {
        const QString file = path(u"header.tar"_s);
        Header header = testHeader();
        header.cluster = u"north\x1b[2J"_s;
        QCOMPARE(Writer::create(file, header).error().code, ErrorCode::BadInput);
        QVERIFY(!QFileInfo::exists(file + u".partial"_s));
    }

    void aBundleWithoutAStartIsReadable()
    {
        const QString file = path(u"nostart.tar"_s);
        Header header = testHeader();
        header.started = {};
        auto writer = Writer::create(file, header);
        VERIFY_RESULT(writer);
        QTest::qWait(1100); // the members are written in different seconds
        VERIFY_RESULT(writeStream(**writer, u"a"_s, u"dump.sql"_s, "data"));
        VERIFY_RESULT((*writer)->finish({}));
        QCOMPARE(wrongWith(file), QString{});
    }

    void withoutFinishOnlyThePartialFileIsLeft()
    {
        const QString file = path(u"left.tar"_s);
        {
            auto writer = Writer::create(file, testHeader());
            VERIFY_RESULT(writer);
            VERIFY_RESULT(writeStream(**writer, u"system-mysql"_s, u"dump.sql"_s, "data"));
            QCOMPARE((*writer)->partialPath(), file + u".partial"_s);
        }
        QVERIFY(!QFileInfo::exists(file));
        QVERIFY(QFileInfo::exists(file + u".partial"_s));
        QCOMPARE(QFile::permissions(file + u".partial"_s) & (QFile::ReadGroup | QFile::ReadOther),
                 QFile::Permissions{});
        {
            const QString gone = path(u"gone.tar"_s);
            auto writer = Writer::create(gone, testHeader());
            VERIFY_RESULT(writer);
            (*writer)->discard();
            QVERIFY(!(*writer)->openStream(u"a"_s, u"b"_s, u"tar"_s));
            QVERIFY(!(*writer)->finish({}));
            QVERIFY(!QFileInfo::exists(gone + u".partial"_s));
            QVERIFY(!QFileInfo::exists(gone));
        }
    }

    void verifyAsksTheContentChecks()
    {
        struct EndsWith : Reader::ContentCheck {
            QByteArray all;
            Result<void> add(std::span<const char> data) override
            {
                all.append(data.data(), static_cast<qsizetype>(data.size()));
                return {};
            }
            Result<void> finish() override
            {
                return all.endsWith("-- Dump completed\n")
                           ? Result<void>{}
                           : fail(ErrorCode::TruncatedStream, u"the end mark is missing"_s);
            }
        };
        const QString file = path(u"checks.tar"_s);
        VERIFY_RESULT(writeBundle(file, {{u"a/dump.sql"_s, textData(3 * SegmentSize, 8) + "-- Dump completed\n"},
                                         {u"b/dump.sql"_s, textData(3 * SegmentSize, 9)}}));
        const auto reader = Reader::open(file);
        VERIFY_RESULT(reader);
        qint64 last = 0;
        int calls = 0;
        const auto report = (*reader)->verify(
            [&](qint64 done, qint64 total) {
                last = done;
                ++calls;
                QCOMPARE(total, QFileInfo(file).size());
            },
            {}, [](const Stream&) { return std::make_unique<EndsWith>(); });
        VERIFY_RESULT(report);
        QCOMPARE(report->problems, QStringList{u"b/dump.sql: the end mark is missing"_s});
        QVERIFY(!report->whole);
        QCOMPARE(calls, (*reader)->members().size());
        QCOMPARE(last, QFileInfo(file).size() - 1024);
    }

    void whatThisMachineLacksIsNoDamage()
    {
        struct NoRoom : Reader::ContentCheck {
            Result<void> add(std::span<const char>) override { return fail(ErrorCode::NoSpace, u"no space is left"_s); }
            Result<void> finish() override { return {}; }
        };
        const QString file = path(u"noroom.tar"_s);
        VERIFY_RESULT(writeBundle(file, {{u"a/dump.sql"_s, textData(3 * SegmentSize, 8)}}));
        const auto reader = Reader::open(file);
        VERIFY_RESULT(reader);
        const auto report = (*reader)->verify({}, {}, [](const Stream&) { return std::make_unique<NoRoom>(); });
        QVERIFY(!report);
        QCOMPARE(report.error().code, ErrorCode::NoSpace);
    }

    void reallyStops()
    {
        const QString file = path(u"stop.tar"_s);
        VERIFY_RESULT(writeBundle(file, {{u"a/data"_s, textData(6 * SegmentSize, 8)}}));
        const auto reader = Reader::open(file);
        VERIFY_RESULT(reader);
        std::stop_source stop;
        int parts = 0;
        const auto read = (*reader)->read(
            *(*reader)->stream(u"a"_s, u"data"_s),
            [&](std::span<const char>) -> Result<void> {
                if (++parts == 2)
                    stop.request_stop();
                return {};
            },
            stop.get_token());
        QCOMPARE(read.error().code, ErrorCode::Cancelled);
        QCOMPARE(parts, 2);
        QCOMPARE((*reader)->verify({}, stop.get_token()).error().code, ErrorCode::Cancelled);
        QCOMPARE(fileDigest(file, stop.get_token()).error().code, ErrorCode::Cancelled);
        const auto refused =
            (*reader)->read(*(*reader)->stream(u"a"_s, u"data"_s),
                            [](std::span<const char>) -> Result<void> { return fail(ErrorCode::NoSpace, u"full"_s); });
        QCOMPARE(refused.error().code, ErrorCode::NoSpace);
    }
};

QTEST_GUILESS_MAIN(TestBundle)
#include "tst_bundle.moc"
