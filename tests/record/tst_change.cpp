#include "engine/record/change.h"
#include "engine/run/session.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::record;

/// Fields of a change, from people and files.
class TestChange : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void accepted()
    {
        const auto change = changeFromJson({{u"number"_s, u" CHG0041877 "_s}, {u"backout_plan"_s, u"Undo.\r\nThen call."_s}, {u"close_notes"_s, u"  "_s}, {u"requested_by"_s, u"J. Okafor \U0001F600"_s}});
        QVERIFY(change);
        QCOMPARE(*change, (Change{{u"number"_s, u"CHG0041877"_s}, {u"backout_plan"_s, u"Undo.\nThen call."_s}, {u"requested_by"_s, u"J. Okafor \U0001F600"_s}}));
        QCOMPARE(*changeFromJson(toJson(*change)), *change);
    }

    void refused_data()
    {
        QTest::addColumn<QJsonObject>("json");
        QTest::addColumn<QString>("names");
        QTest::newRow("unknown field") << QJsonObject{{u"risk"_s, u"x"_s}} << u"risk"_s;
        QTest::newRow("no text") << QJsonObject{{u"number"_s, 5}} << u"number"_s;
        QTest::newRow("too long") << QJsonObject{{u"justification"_s, QString(8001, u'x')}} << u"justification"_s;
        QTest::newRow("escape") << QJsonObject{{u"approvals"_s, u"board\u001b[31m"_s}} << u"approvals"_s;
        QTest::newRow("hidden direction") << QJsonObject{{u"approvals"_s, u"board\u202Eno"_s}} << u"approvals"_s;
        QTest::newRow("half a character") << QJsonObject{{u"approvals"_s, QString(QChar(0xD83D)) + u"x"_s}} << u"approvals"_s;
    }
    void refused()
    {
        QFETCH(QJsonObject, json);
        QFETCH(QString, names);
        const auto change = changeFromJson(json);
        QVERIFY(!change);
        QCOMPARE(change.error().code, ErrorCode::BadInput);
        QVERIFY2(change.error().message.contains(names), qPrintable(change.error().message));
    }

    void afterwards()
    {
        const QTemporaryDir home;
        const QString run = u"20261122T112402Z-abcdef"_s, journal = run::Session::journalPath(home.path(), run);
        QCOMPARE(enterAfterwards(home.path(), run, {{u"close_notes"_s, u"x"_s}}).error().code, ErrorCode::NotFound);
        QCOMPARE(enterAfterwards(home.path(), u"../x"_s, {{u"close_notes"_s, u"x"_s}}).error().code, ErrorCode::NotFound);
        QVERIFY(QDir().mkpath(QFileInfo(journal).path()) && QFile(journal).open(QIODevice::WriteOnly));
        QCOMPARE(*readAfterwards(home.path(), run), QList<Afterwards>());
        QVERIFY(enterAfterwards(home.path(), run, {{u"close_notes"_s, u"All is well."_s}, {u"number"_s, u"CHG1"_s}}));
        const auto first = readAfterwards(home.path(), run);
        QVERIFY(first);
        QCOMPARE(first->size(), 2);
        QVERIFY(first->first().at.isValid() && first->first().by.contains(u" on "_s));
        const QString file = QFileInfo(journal).path() + u"/change.json"_s;
        QVERIFY(!(QFile::permissions(file) & (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther)));

        QVERIFY(enterAfterwards(home.path(), run, {{u"number"_s, u"CHG1"_s}, {u"close_notes"_s, QString()}}));
        const auto second = readAfterwards(home.path(), run);
        QVERIFY(second);
        QCOMPARE(second->size(), 1);
        QVERIFY(first->contains(second->first())); // as it was entered, at that time
        QVERIFY(!enterAfterwards(home.path(), run, {{u"number"_s, u"a\u0007"_s}}));
        QCOMPARE(*readAfterwards(home.path(), run), *second);
    }

    void hostileFile_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("no JSON") << QByteArray("x");
        QTest::newRow("of another kind") << QByteArray(R"({"schema":"scalekeep-record","version":1,"entries":[]})");
        QTest::newRow("no time") << QByteArray(R"({"schema":"scalekeep-change","version":1,"entries":[{"field":"number","text":"x","at":"then","by":"me"}]})");
        QTest::newRow("unknown field") << QByteArray(R"({"schema":"scalekeep-change","version":1,"entries":[{"field":"colour","text":"x","at":"2026-11-22T11:00:00Z","by":"me"}]})");
        QTest::newRow("huge") << QByteArray(2 * 1024 * 1024, '[');
    }
    void hostileFile()
    {
        QFETCH(QByteArray, content);
        const QTemporaryDir home;
        const QString journal = run::Session::journalPath(home.path(), u"r"_s);
        QVERIFY(QDir().mkpath(QFileInfo(journal).path()) && QFile(journal).open(QIODevice::WriteOnly));
        QFile file(QFileInfo(journal).path() + u"/change.json"_s);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
        file.close();
        QVERIFY(!readAfterwards(home.path(), u"r"_s));
    }
};

QTEST_GUILESS_MAIN(TestChange)
#include "tst_change.moc"
