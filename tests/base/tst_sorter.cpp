#include "engine/base/sorter.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <random>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
using Records = std::vector<std::pair<std::string, std::string>>;

Records rest(Sorter& sorter)
{
    Records out;
    Sorter::Record record;
    for (auto more = sorter.next(record); more && *more; more = sorter.next(record))
        out.emplace_back(record.key, record.payload);
    return out;
}

Records sorted(Sorter& sorter, const Records& records)
{
    for (const auto& [key, payload] : records) {
        if (!sorter.add(key, payload))
            return {};
    }
    return sorter.finish() ? rest(sorter) : Records();
}

Records randomRecords(size_t count, size_t longest)
{
    std::mt19937 random(7);
    Records records;
    for (size_t i = 0; i < count; ++i) {
        std::string key(random() % 6, '\0'), payload(random() % (longest + 1), '\0');
        for (std::string* text : {&key, &payload})
            std::ranges::generate(*text, [&random] { return static_cast<char>(random() % 7 + 250); });
        records.emplace_back(key, payload);
    }
    return records;
}
} // namespace

class SorterTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sorts_data()
    {
        QTest::addColumn<qint64>("memory");
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("longest");
        QTest::newRow("nothing") << qint64(1000) << 0 << 10;
        QTest::newRow("in memory") << qint64(10'000'000) << 5000 << 20;
        QTest::newRow("some runs") << qint64(100'000) << 5000 << 60;
        QTest::newRow("so many runs that they are merged in steps") << qint64(2000) << 20'000 << 20;
        QTest::newRow("one record a run") << qint64(1) << 300 << 20;
        QTest::newRow("longer than a buffer") << qint64(50'000) << 60 << 20'000;
    }
    void sorts()
    {
        QFETCH(qint64, memory);
        QFETCH(int, count);
        QFETCH(int, longest);
        QTemporaryDir directory;
        Records records = randomRecords(static_cast<size_t>(count), static_cast<size_t>(longest));
        Sorter sorter(directory.path(), memory);
        const Records out = sorted(sorter, records);
        QCOMPARE(sorter.count(), count);
        std::ranges::sort(records, [](const auto& a, const auto& b) {
            const auto bytes = [](const std::string& text) { return std::string_view(text); };
            return std::pair(bytes(a.first), bytes(a.second)) < std::pair(bytes(b.first), bytes(b.second));
        });
        QVERIFY(out == records);
        QVERIFY(sorter.rewind());
        QVERIFY(rest(sorter) == records);
    }

    void orderedInputIsOneRun()
    {
        QTemporaryDir directory;
        Records records;
        for (int i = 0; i < 20'000; ++i)
            records.emplace_back(QByteArray::number(i).rightJustified(8, '0').toStdString(), "payload");
        Sorter sorter(directory.path(), 20'000);
        QVERIFY(sorted(sorter, records) == records);
        // Merging runs in steps would write everything again.
        QCOMPARE(sorter.bytesOnDisk(), 20'000 * (8 + 8 + 7));
    }

    void nothingIsLeftBehind()
    {
        QTemporaryDir directory;
        {
            Sorter sorter(directory.path(), 1000);
            for (int i = 0; i < 1000; ++i)
                QVERIFY(sorter.add(std::to_string(i * 7919 % 1000), "secret"));
            QVERIFY(sorter.bytesOnDisk() > 0);
#ifdef Q_OS_LINUX
            // Nameless while it is used: not even a crash leaves rows on the disk.
            QCOMPARE(QDir(directory.path()).entryList(QDir::NoDotAndDotDot | QDir::AllEntries | QDir::Hidden | QDir::System), QStringList());
#endif
        }
        QCOMPARE(QDir(directory.path()).entryList(QDir::NoDotAndDotDot | QDir::AllEntries | QDir::Hidden | QDir::System), QStringList());
    }

    void noRoomIsAnError()
    {
        // A device on which every write fails for want of space, through a directory that cannot take files.
        Sorter sorter(u"/proc/self"_s, 10);
        auto added = Result<void>();
        for (int i = 0; i < 10 && added; ++i)
            added = sorter.add("key", "payload");
        QVERIFY(!added);
        QVERIFY(!added.error().message.isEmpty());
    }
};

QTEST_GUILESS_MAIN(SorterTest)
#include "tst_sorter.moc"
