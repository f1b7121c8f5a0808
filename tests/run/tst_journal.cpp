#include "engine/run/journal.h"

#include "engine/base/digest.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <sys/resource.h>
#include <thread>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::run;

class TestJournal : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;
    int m_files = 0;

    QString newPath() { return m_directory.filePath(u"journal-%1.jsonl"_s.arg(++m_files)); }

    QString write(const QByteArray& content)
    {
        const QString path = newPath();
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write a test file");
        return path;
    }
    static QByteArray content(const QString& path)
    {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            qFatal("cannot read a test file");
        return file.readAll();
    }
    static Event event(int i) { return {.type = u"evidence"_s, .step = u"load:%1"_s.arg(i), .data = {{u"text"_s, u"Größe\n\"%1\""_s.arg(i)}, {u"bytes"_s, qint64(5'000'000'000 + i)}}}; }

    /// Five lines; its content.
    QByteArray example()
    {
        const QString path = newPath();
        const auto journal = Journal::create(path);
        if (!journal)
            qFatal("no journal");
        for (int i = 0; i < 5; ++i) {
            if (!(*journal)->append(event(i), i % 2 == 0))
                qFatal("cannot append");
        }
        return content(path);
    }

private Q_SLOTS:
    void chain()
    {
        const QString path = newPath();
        QByteArray head;
        {
            const auto journal = Journal::create(path);
            QVERIFY(journal);
            for (int i = 0; i < 5; ++i)
                QVERIFY((*journal)->append(event(i), true));
            head = (*journal)->head();
        }
        QCOMPARE(QFileInfo(path).permissions() & ~(QFile::ReadUser | QFile::WriteUser), QFile::ReadOwner | QFile::WriteOwner);
        const QList<QByteArray> lines = content(path).chopped(1).split('\n');
        QCOMPARE(lines.size(), 5);
        // By hand, as an auditor with sha256sum would follow it.
        QByteArray previous(64, '0');
        for (const QByteArray& line : lines) {
            QCOMPARE(QJsonDocument::fromJson(line)[u"prev"].toString().toLatin1(), previous);
            previous = Sha256::of(line);
        }
        QCOMPARE(head, previous);

        QByteArray readHead;
        const auto events = Journal::read(path, &readHead);
        QVERIFY(events);
        QCOMPARE(readHead, head);
        QCOMPARE(events->size(), 5);
        for (int i = 0; i < 5; ++i) {
            QCOMPARE((*events)[i].number, i);
            QCOMPARE((*events)[i].step, event(i).step);
            QCOMPARE((*events)[i].data, event(i).data);
            QVERIFY((*events)[i].time.isValid());
            QVERIFY(qAbs((*events)[i].time.secsTo(QDateTime::currentDateTimeUtc())) < 120);
        }
        QVERIFY(!Journal::create(path)); // never over an earlier run's
        QCOMPARE(content(path).chopped(1).split('\n'), lines);
    }

    /// A crash may end the file anywhere in the line that was being written; that line announces what had not begun.
    void cutAtEveryByteOfTheLastLine()
    {
        const QByteArray whole = example();
        const qsizetype lastLine = whole.lastIndexOf('\n', whole.size() - 2) + 1;
        const QString path = newPath();
        for (qsizetype size = lastLine; size < whole.size(); ++size) {
            QFile::remove(path);
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(whole.first(size)) == size);
            file.close();
            const auto before = Journal::read(path);
            QVERIFY(before);
            QCOMPARE(before->size(), 4);
            bool repaired = false;
            {
                const auto journal = Journal::reopen(path, &repaired);
                QVERIFY(journal);
                QCOMPARE(repaired, size > lastLine);
                QVERIFY((*journal)->append(event(77), true));
            }
            const auto after = Journal::read(path);
            QVERIFY(after);
            QCOMPARE(after->size(), 5);
            QCOMPARE(after->last().step, u"load:77"_s);
            QCOMPARE(after->last().number, 4);
        }
    }

    void reopenWhole()
    {
        const QString path = write(example());
        bool repaired = true;
        const auto journal = Journal::reopen(path, &repaired);
        QVERIFY(journal);
        QVERIFY(!repaired);
        QVERIFY((*journal)->append(event(5), true));
        QCOMPARE(Journal::read(path)->size(), 6);
    }

    void reopenWhatIsNotThere()
    {
        const QString path = newPath();
        QVERIFY(!Journal::reopen(path));
        QVERIFY(!QFile::exists(path)); // an empty journal would say that nothing was done
        QVERIFY(!Journal::read(path));
    }

    void tampered_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<int>("line"); // that the error names
        const QByteArray whole = example();
        QList<QByteArray> lines = whole.chopped(1).split('\n');
        const auto joined = [](const QList<QByteArray>& list) { return list.join('\n') + '\n'; };
        for (int i = 0; i < 4; ++i) {
            QList<QByteArray> edited = lines;
            edited[i].replace("5000000", "6000000");
            QTest::addRow("line %d edited", i + 1) << joined(edited) << i + 2;
            QList<QByteArray> removed = lines;
            removed.removeAt(i);
            QTest::addRow("line %d removed", i + 1) << joined(removed) << i + 1;
            QList<QByteArray> swapped = lines;
            swapped.swapItemsAt(i, i + 1);
            QTest::addRow("lines %d and %d swapped", i + 1, i + 2) << joined(swapped) << i + 1;
            QList<QByteArray> twice = lines;
            twice.insert(i, lines[i]);
            QTest::addRow("line %d twice", i + 1) << joined(twice) << i + 2;
            QList<QByteArray> cut = lines;
            cut[i].chop(10);
            QTest::addRow("line %d cut", i + 1) << joined(cut) << i + 1;
        }
        QTest::newRow("empty line in the middle") << joined({lines[0], {}, lines[1]}) << 2;
        QTest::newRow("line ends lost") << QByteArray(whole).replace('\n', ' ') + '\n' << 1;
        QTest::newRow("not JSON") << QByteArray("hello\n") << 1;
        QTest::newRow("an array") << QByteArray("[1,2]\n") << 1;
        QTest::newRow("zeros") << QByteArray(4096, '\0') + '\n' << 1;
        QTest::newRow("deep") << QByteArray(100'000, '[') + '\n' << 1;
        QTest::newRow("number as text") << QByteArray(lines[0]).replace("\"number\":0", "\"number\":\"0\"") + '\n' << 1;
    }
    void tampered()
    {
        QFETCH(QByteArray, content);
        QFETCH(int, line);
        const QString path = write(content);
        const auto events = Journal::read(path);
        QVERIFY(!events);
        QCOMPARE(events.error().code, ErrorCode::Damaged);
        QVERIFY2(events.error().message.contains(u"Line %1 "_s.arg(line)), qPrintable(events.error().message));
        const auto journal = Journal::reopen(path);
        QVERIFY(!journal);
        QCOMPARE(journal.error().code, ErrorCode::Damaged);
        QCOMPARE(TestJournal::content(path), content); // evidence is never "repaired"
    }

    /// The last line can only be told from its digest, which the record keeps.
    void lastLineEdited()
    {
        QByteArray whole = example();
        QByteArray before, after;
        QVERIFY(Journal::read(write(whole), &before));
        const qsizetype lastLine = whole.lastIndexOf('\n', whole.size() - 2) + 1;
        QVERIFY(Journal::read(write(whole.first(lastLine) + whole.mid(lastLine).replace("5000000", "6000000")), &after));
        QVERIFY(before != after);
    }

    void aLineWithoutEnd()
    {
        // Longer than any line of ours, with more of the chain after it: not what a crash leaves, so nothing is cut away.
        const QByteArray whole = example();
        const QByteArray hostile = whole + "{\"x\":\"" + QByteArray(17 * 1024 * 1024, 'x') + "\"}\n" + whole;
        const QString path = write(hostile);
        QCOMPARE(Journal::read(path).error().code, ErrorCode::Damaged);
        QCOMPARE(Journal::reopen(path).error().code, ErrorCode::Damaged);
        QCOMPARE(QFileInfo(path).size(), hostile.size());
    }

    /// Lines are read in pieces of 64 KiB.
    void linesOfAnyLength()
    {
        const QString path = newPath();
        {
            const auto journal = Journal::create(path);
            QVERIFY(journal);
            for (const int more : {0, 1, 2, 64 * 1024, 3'000'000})
                QVERIFY((*journal)->append({.type = u"log"_s, .data = {{u"text"_s, QString(64 * 1024 - 163 + more, u'x')}}}, false));
        }
        const QList<QByteArray> lines = content(path).chopped(1).split('\n');
        QVERIFY(lines[0].size() < 64 * 1024 && lines[1].size() == lines[0].size() + 1);
        const auto events = Journal::read(path);
        QVERIFY(events);
        QCOMPARE(events->size(), 5);
        QCOMPARE(events->last().data[u"text"].toString().size(), 64 * 1024 - 163 + 3'000'000);
        QVERIFY(Journal::reopen(path));
    }

    void manyThreads()
    {
        const QString path = newPath();
        const auto journal = Journal::create(path);
        QVERIFY(journal);
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&journal] {
                for (int i = 0; i < 200; ++i) {
                    if (!(*journal)->append(event(i), false))
                        qFatal("cannot append");
                }
            });
        }
        threads.clear();
        QCOMPARE(Journal::read(path)->size(), 800);
    }

    /// A full disk refuses a line; when there is room again, the chain goes on as if that line had never been tried.
    void fullDisk()
    {
        const QString path = newPath();
        const auto journal = Journal::create(path);
        QVERIFY(journal);
        QVERIFY((*journal)->append(event(0), true));
        const QByteArray head = (*journal)->head();
        rlimit limit{}, original{};
        QCOMPARE(getrlimit(RLIMIT_FSIZE, &original), 0);
        limit = original;
        limit.rlim_cur = static_cast<rlim_t>(QFileInfo(path).size() + 20);
        const auto handler = std::signal(SIGXFSZ, SIG_IGN);
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &limit), 0);
        const auto refused = (*journal)->append(event(1), true);
        const auto refusedAgain = (*journal)->append(event(2), false);
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &original), 0);
        std::signal(SIGXFSZ, handler);
        QVERIFY(!refused);
        QVERIFY(!refusedAgain);
        QCOMPARE((*journal)->head(), head);
        QVERIFY((*journal)->append(event(3), true));
        const auto events = Journal::read(path);
        QVERIFY(events);
        QCOMPARE(events->size(), 2);
        QCOMPARE(events->last().step, u"load:3"_s);
    }
};

QTEST_GUILESS_MAIN(TestJournal)
#include "tst_journal.moc"
