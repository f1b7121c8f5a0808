#include "recorded.h"

#include "engine/base/digest.h"
#include "engine/record/verify.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::record;

namespace {
using Edit = std::function<void(QJsonObject& whole)>;
using LinesEdit = std::function<void(QList<QByteArray>& lines)>;

QByteArray asFile(const QJsonObject& whole)
{
    return QJsonDocument(whole).toJson(QJsonDocument::Indented);
}

QList<QByteArray> linesOf(const QJsonObject& whole)
{
    QList<QByteArray> lines;
    for (const QJsonValue& line : whole[u"journal"].toArray())
        lines.append(line.toString().toUtf8());
    return lines;
}

void setLines(QJsonObject& whole, const QList<QByteArray>& lines)
{
    QJsonArray array;
    for (const QByteArray& line : lines)
        array.append(QString::fromUtf8(line));
    whole[u"journal"] = array;
}

/// What somebody does who knows the format, but not that all of it is made anew from the journal.
void sealAgain(QJsonObject& whole)
{
    QJsonObject sealed{{u"schema"_s, whole[u"schema"]}, {u"version"_s, whole[u"version"]}, {u"record"_s, whole[u"record"]}, {u"journal"_s, whole[u"journal"]}};
    whole[u"seal"] = QString::fromLatin1(Sha256::of(QJsonDocument(sealed).toJson(QJsonDocument::Compact)));
}

/// Numbers and digests made right again: a chain of its own.
QList<QByteArray> chainedAgain(const QList<QByteArray>& lines)
{
    QList<QByteArray> made;
    QByteArray previous(64, '0');
    for (const QByteArray& line : lines) {
        QJsonObject json = QJsonDocument::fromJson(line).object();
        json[u"number"] = made.size();
        json[u"prev"] = QString::fromLatin1(previous);
        made.append(QJsonDocument(json).toJson(QJsonDocument::Compact));
        previous = Sha256::of(made.last());
    }
    return made;
}

QByteArray edited(QByteArray line)
{
    QJsonObject json = QJsonDocument::fromJson(line).object();
    json[u"step"] = u"another"_s;
    return QJsonDocument(json).toJson(QJsonDocument::Compact);
}

/// Something in the list of an object in the record.
template <class Change>
void inArray(QJsonObject& whole, const QString& key, Change change)
{
    QJsonObject record = whole[u"record"].toObject();
    QJsonArray array = record[key].toArray();
    change(array);
    record[key] = array;
    whole[u"record"] = record;
}

void inCommand(QJsonObject& whole, const std::function<void(QJsonArray& commands)>& change)
{
    inArray(whole, u"activities"_s, [&](QJsonArray& activities) {
        for (auto each : activities) {
            QJsonObject activity = each.toObject();
            QJsonArray commands = activity[u"commands"].toArray();
            if (commands.size() < 3)
                continue;
            change(commands);
            activity[u"commands"] = commands;
            each = activity;
            return;
        }
    });
}

QJsonObject with(QJsonObject object, const QString& key, const QJsonValue& value)
{
    object[key] = value;
    return object;
}

QString failures(const Verification& verified)
{
    QStringList texts;
    for (const Finding& finding : verified.findings) {
        if (finding.state == Finding::State::Fails)
            texts.append(finding.text);
    }
    return texts.join(u'\n');
}
} // namespace

/// A record file that was tampered with: every way of the table is found, and said in words that lead to the place.
class TestVerify : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_run.restore({{u"number"_s, u"CHG0041877"_s}, {u"approvals"_s, u"Change board"_s}}));
        QVERIFY(enterAfterwards(m_run.world.home(), m_run.runId, {{u"close_notes"_s, u"Good."_s}}));
        const auto exported = prepareExport(m_run.world.home(), m_run.runId, {});
        QVERIFY(exported);
        m_file = exported->json;
        m_whole = QJsonDocument::fromJson(m_file).object();
        m_lines = linesOf(m_whole);
        QVERIFY(m_lines.size() > 12);
        QCOMPARE(m_lines, m_run.lines());
    }

    void asExported()
    {
        for (const QString& journal : {QString(), m_run.journal()}) {
            const auto verified = verify(m_file, {.journal = journal, .allowedSigners = {}, .minisignKey = {}, .stampAuthority = {}});
            QVERIFY2(verified, verified ? "" : qPrintable(verified.error().message));
            QVERIFY2(verified->holds(), qPrintable(failures(*verified)));
            QCOMPARE(verified->runId, m_run.runId);
            QCOMPARE(verified->change, u"CHG0041877"_s);
            QCOMPARE(verified->lines, m_lines.size());
            QVERIFY(verified->worth.contains(u"could have made all of it anew"_s) && verified->worth.contains(QString::fromLatin1(verified->head)));
        }
    }

    /// Edited with the seal as it was: the seal tells. Each also with the seal made right: then what is made of the journal tells.
    void manipulation_data()
    {
        QTest::addColumn<Edit>("edit");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* name, const QString& said, Edit edit) { QTest::newRow(name) << std::move(edit) << said; };
        const auto lines = [&row](const char* name, const QString& said, const LinesEdit& change) {
            row(name, said, [change](QJsonObject& whole) {
                QList<QByteArray> list = linesOf(whole);
                change(list);
                setLines(whole, list);
            });
        };
        lines("journal: a line edited", u"line 6 was edited"_s, [](auto& list) { list[5] = edited(list[5]); });
        lines("journal: the first line edited", u"line 1 was edited"_s, [](auto& list) { list[0] = edited(list[0]); });
        lines("journal: the last line edited", u"last line of the journal was edited"_s, [](auto& list) { list.last() = edited(list.last()); });
        lines("journal: a blank added in a line", u"line 4 was edited"_s, [](auto& list) { list[3].replace("\":", "\" :"); });
        lines("journal: a line removed", u"line 8 was removed"_s, [](auto& list) { list.removeAt(7); });
        lines("journal: two lines removed", u"lines 8 to 9 were removed"_s, [](auto& list) { list.remove(7, 2); });
        lines("journal: the first line removed", u"line 1 was removed"_s, [](auto& list) { list.removeFirst(); });
        lines("journal: the last line removed", u"lines were removed or added at the end"_s, [](auto& list) { list.removeLast(); });
        lines("journal: a line twice", u"line 7 was inserted"_s, [](auto& list) { list.insert(6, list[5]); });
        lines("journal: a line inserted", u"line 6 was edited"_s, [](auto& list) {
            QJsonObject json = QJsonDocument::fromJson(list[5]).object();
            json[u"number"] = 6;
            list.insert(6, QJsonDocument(json).toJson(QJsonDocument::Compact));
        });
        lines("journal: two lines exchanged", u"removed or moved"_s, [](auto& list) { list.swapItemsAt(5, 8); });
        lines("journal: a line moved to the end", u"line 6 was removed"_s, [](auto& list) { list.append(list.takeAt(5)); });
        lines("journal: garbage for a line", u"line 5 is none of a journal"_s, [](auto& list) { list[4] = "garbage"; });
        lines("journal: a line added at the end", u"lines were removed or added at the end"_s, [](auto& list) {
            list.append(R"({"type":"log"})");
            list = chainedAgain(list);
        });
        lines("journal: all lines gone", u"journal"_s, [](auto& list) { list.clear(); });
        lines("journal: edited and chained again", u"whole chain was made anew"_s, [](auto& list) {
            list[5] = edited(list[5]);
            list = chainedAgain(list);
        });
        row("record: exit code", u"exitCode is 1, the journal gives 0"_s, [](QJsonObject& whole) { inCommand(whole, [](QJsonArray& commands) { commands[1] = with(commands[1].toObject(), u"exitCode"_s, 1); }); });
        row("record: duration", u"milliseconds is 123456789"_s, [](QJsonObject& whole) { inCommand(whole, [](QJsonArray& commands) { commands[0] = with(commands[0].toObject(), u"milliseconds"_s, 123456789); }); });
        row("record: command", u"command is “oc delete"_s, [](QJsonObject& whole) { inCommand(whole, [](QJsonArray& commands) { commands[0] = with(commands[0].toObject(), u"command"_s, u"oc delete project"_s); }); });
        row("record: a command removed", u"entry 2 was removed"_s, [](QJsonObject& whole) { inCommand(whole, [](QJsonArray& commands) { commands.removeAt(1); }); });
        row("record: a command inserted", u"was inserted"_s, [](QJsonObject& whole) { inCommand(whole, [](QJsonArray& commands) { commands.insert(1, commands[0]); }); });
        row("record: commands exchanged", u"commands[1].line"_s, [](QJsonObject& whole) {
            inCommand(whole, [](QJsonArray& commands) {
                const QJsonValue first = commands[0];
                commands[0] = commands[2];
                commands[2] = first;
            });
        });
        row("record: a step removed", u"activities has"_s, [](QJsonObject& whole) { inArray(whole, u"activities"_s, [](QJsonArray& list) { list.removeAt(2); }); });
        row("record: steps exchanged", u"activities[1]"_s, [](QJsonObject& whole) {
            inArray(whole, u"activities"_s, [](QJsonArray& list) {
                const QJsonValue first = list[0];
                list[0] = list[1];
                list[1] = first;
            });
        });
        row("record: result of a step", u"state is “proven”, the journal gives “done”"_s, [](QJsonObject& whole) { inArray(whole, u"activities"_s, [](QJsonArray& list) { list[0] = with(list[0].toObject(), u"state"_s, u"proven"_s); }); });
        row("record: outcome", u"state is “failed-undone”, the journal gives “done”"_s, [](QJsonObject& whole) { whole[u"record"] = with(whole[u"record"].toObject(), u"state"_s, u"failed-undone"_s); });
        row("record: count", u"after is 5"_s, [](QJsonObject& whole) { inArray(whole, u"counts"_s, [](QJsonArray& list) { list[0] = with(list[0].toObject(), u"after"_s, 5); }); });
        row("record: bundle's digest", u"membersSha256"_s, [](QJsonObject& whole) { inArray(whole, u"bundles"_s, [](QJsonArray& list) { list[0] = with(list[0].toObject(), u"membersSha256"_s, QString(64, u'f')); }); });
        row("record: a check turned green", u"checks[2].state"_s, [](QJsonObject& whole) { inArray(whole, u"checks"_s, [](QJsonArray& list) { list[1] = with(list[1].toObject(), u"state"_s, u"passed"_s); }); });
        row("record: a warning removed", u"warnings has"_s, [](QJsonObject& whole) { inArray(whole, u"warnings"_s, [](QJsonArray& list) { list.removeFirst(); }); });
        row("record: a departure removed", u"departures has"_s, [](QJsonObject& whole) { inArray(whole, u"departures"_s, [](QJsonArray& list) { list.removeFirst(); }); });
        row("record: who approved", u"change[2].text is “Nobody”"_s, [](QJsonObject& whole) { inArray(whole, u"change"_s, [](QJsonArray& list) { list[1] = with(list[1].toObject(), u"text"_s, u"Nobody"_s); }); });
        row("record: entered afterwards made entered before", u"change has 3"_s, [](QJsonObject& whole) { inArray(whole, u"change"_s, [](QJsonArray& list) { list[2] = with(list[2].toObject(), u"entered"_s, u"before the run"_s); }); });
        row("record: operator", u"operator is “somebody”"_s, [](QJsonObject& whole) { inArray(whole, u"passes"_s, [](QJsonArray& list) { list[0] = with(list[0].toObject(), u"operator"_s, u"somebody"_s); }); });
        row("record: time", u"started is"_s, [](QJsonObject& whole) { whole[u"record"] = with(whole[u"record"].toObject(), u"started"_s, u"2020-01-01T00:00:00.000Z"_s); });
        row("record: chain head", u"chain head is another one"_s, [](QJsonObject& whole) { whole[u"record"] = with(whole[u"record"].toObject(), u"head"_s, QString(64, u'0')); });
        row("record: a value added", u"remark"_s, [](QJsonObject& whole) { whole[u"record"] = with(whole[u"record"].toObject(), u"remark"_s, u"all good"_s); });
        row("record: a value removed", u"apiUrl is missing"_s, [](QJsonObject& whole) {
            QJsonObject record = whole[u"record"].toObject();
            record.remove(u"apiUrl"_s);
            whole[u"record"] = record;
        });
    }
    void manipulation()
    {
        QFETCH(Edit, edit);
        QFETCH(QString, said);
        QJsonObject whole = m_whole;
        edit(whole);
        QVERIFY(whole != m_whole);
        const auto simple = verify(asFile(whole));
        QVERIFY(simple);
        QVERIFY(!simple->holds());
        QVERIFY2(failures(*simple).contains(u"seal"_s), qPrintable(failures(*simple)));
        sealAgain(whole);
        const auto sealed = verify(asFile(whole));
        QVERIFY(sealed);
        QVERIFY(!sealed->holds());
        QVERIFY2(failures(*sealed).contains(said), qPrintable(failures(*sealed)));
        QCOMPARE(sealed->worth, u"This record proves nothing as it is."_s);
    }

    /// What the values do not show, the bytes do.
    void bytes_data()
    {
        QTest::addColumn<QByteArray>("content");
        QByteArray file = m_file;
        QTest::newRow("written anew by another program") << QJsonDocument(m_whole).toJson(QJsonDocument::Compact);
        QTest::newRow("a key twice, of which a reader may take the other") << QByteArray(file).replace("\"runId\":", "\"runId\": \"another\",\n        \"runId\":");
        QTest::newRow("something behind it") << file + " ";
        QTest::newRow("a byte in the seal") << QByteArray(file).replace("\"seal\": \"", "\"seal\": \"0");
        QTest::newRow("cut off") << file.left(file.size() - 20);
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("another schema") << QByteArray(file).replace("scalekeep-record", "scalekeep-recorx");
        QTest::newRow("a key of its own") << QByteArray(file).replace("\"schema\":", "\"approved\": true,\n    \"schema\":");
        QTest::newRow("a newer version") << QByteArray(file).replace("\"version\": 1", "\"version\": 2");
    }
    void bytes()
    {
        QFETCH(QByteArray, content);
        QVERIFY(content != m_file);
        const auto verified = verify(content);
        QVERIFY(!verified || !verified->holds());
    }

    /// Every byte of the file, changed: none goes unseen.
    void everyByte()
    {
        for (qsizetype at = 0; at < m_file.size(); at += 97) {
            QByteArray content = m_file;
            content[at] = char(content[at] ^ 1);
            const auto verified = verify(content);
            QVERIFY2(!verified || !verified->holds(), qPrintable(QString::number(at)));
        }
    }

    /// The whole chain made anew, record and seal with it: only a journal, a signature or a stamp can tell, and verify says what it is worth.
    void forgedAsAWhole()
    {
        QList<QByteArray> lines = m_lines;
        lines[5] = edited(lines[5]);
        lines = chainedAgain(lines);
        const auto record = makeRecord(lines);
        QVERIFY(record);
        const QByteArray forged = toFile({.record = *record, .lines = lines, .signature = {}, .stamp = {}});
        const auto alone = verify(forged);
        QVERIFY(alone && alone->holds());
        QVERIFY(alone->worth.contains(u"could have made all of it anew"_s));
        const auto held = verify(forged, {.journal = m_run.journal(), .allowedSigners = {}, .minisignKey = {}, .stampAuthority = {}});
        QVERIFY(held && !held->holds());
        QVERIFY2(failures(*held).contains(u"line 6 was edited"_s), qPrintable(failures(*held)));
    }

    void journalAtHand_data()
    {
        QTest::addColumn<LinesEdit>("change");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* name, const QString& said, LinesEdit change) { QTest::newRow(name) << std::move(change) << said; };
        row("edited", u"line 6 was edited"_s, [](auto& list) { list[5] = edited(list[5]); });
        row("edited and chained again", u"line 6 was edited"_s, [](auto& list) { list[5] = edited(list[5]); list = chainedAgain(list); });
        row("removed", u"line 6 was removed"_s, [](auto& list) { list.removeAt(5); });
        row("inserted", u"line 6 was inserted"_s, [](auto& list) { list.insert(5, edited(list[5])); });
        row("exchanged", u"line 6 was moved"_s, [](auto& list) { list.swapItemsAt(5, 6); });
        row("cut off", u"its lines from 6 on were removed"_s, [](auto& list) { list.resize(5); });
        row("of another run", u"does not belong"_s, [](auto& list) {
            QJsonObject json = QJsonDocument::fromJson(list[0]).object();
            json[u"data"] = with(json[u"data"].toObject(), u"runId"_s, u"another"_s);
            list[0] = QJsonDocument(json).toJson(QJsonDocument::Compact);
            list = chainedAgain(list);
        });
        row("empty", u"does not belong"_s, [](auto& list) { list.clear(); });
    }
    void journalAtHand()
    {
        QFETCH(LinesEdit, change);
        QFETCH(QString, said);
        QList<QByteArray> lines = m_lines;
        change(lines);
        const QString path = m_run.world.home() + u"/other.jsonl"_s;
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(lines.join('\n') + '\n') >= 0);
        file.close();
        const auto verified = verify(m_file, {.journal = path, .allowedSigners = {}, .minisignKey = {}, .stampAuthority = {}});
        QVERIFY(verified);
        QVERIFY(!verified->holds());
        QVERIFY2(failures(*verified).contains(said), qPrintable(failures(*verified)));
    }

    /// The run was undone after the record was made: the record holds, but is no longer all there is to say.
    void wentOn()
    {
        Recorded run;
        QVERIFY(run.restore() && run.cutAfter(u"step-started"_s, u"load:system-mysql"_s));
        const auto exported = prepareExport(run.world.home(), run.runId, {});
        QVERIFY(exported);
        QVERIFY(run.undo());
        const auto verified = verify(exported->json, {.journal = run.journal(), .allowedSigners = {}, .minisignKey = {}, .stampAuthority = {}});
        QVERIFY(verified && verified->holds());
        QVERIFY(std::any_of(verified->findings.begin(), verified->findings.end(), [](const Finding& each) { return each.state == Finding::State::Note && each.text.contains(u"went on"_s); }));
    }

    void noRecord()
    {
        for (const char* content : {"", "[]", "{}", "{\"schema\":\"scalekeep-record\",\"version\":1}", "{\"schema\":\"scalekeep-record\",\"version\":1,\"record\":{},\"journal\":[1],\"seal\":\"\"}"})
            QCOMPARE(verify(content).error().code, ErrorCode::BadInput);
    }

private:
    Recorded m_run;
    QByteArray m_file;
    QJsonObject m_whole;
    QList<QByteArray> m_lines;
};

QTEST_GUILESS_MAIN(TestVerify)
#include "tst_verify.moc"
