#include "recorded.h"

#include "engine/record/search.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::record;

namespace {
const CountFact* countOf(const Record& record, const QString& component)
{
    const auto found = std::find_if(record.counts.begin(), record.counts.end(), [&](const CountFact& each) { return each.component == component; });
    return found == record.counts.end() ? nullptr : &*found;
}

QList<const Activity*> activitiesOf(const Record& record, const QString& step, const QString& kind = u"step"_s)
{
    QList<const Activity*> found;
    for (const Activity& each : record.activities) {
        if (each.step == step && each.kind == kind)
            found.append(&each);
    }
    return found;
}

const Section* sectionOf(const Document& document, const QString& title)
{
    const auto found = std::find_if(document.sections.begin(), document.sections.end(), [&](const Section& each) { return each.title == title; });
    return found == document.sections.end() ? nullptr : &*found;
}

/// Every tag is closed in order, and nothing is among them that HTML of ours does not have.
QString htmlProblem(const QByteArray& html)
{
    static const QStringList empty{u"meta"_s, u"col"_s}, known{u"html"_s, u"head"_s, u"title"_s, u"style"_s, u"body"_s, u"header"_s, u"div"_s, u"h1"_s, u"b"_s, u"small"_s, u"svg"_s, u"circle"_s, u"path"_s, u"section"_s, u"h2"_s,
                                                           u"span"_s, u"dl"_s, u"dt"_s, u"dd"_s, u"p"_s, u"code"_s, u"table"_s, u"colgroup"_s, u"thead"_s, u"tbody"_s, u"tr"_s, u"th"_s, u"td"_s, u"footer"_s};
    QStringList open;
    static const QRegularExpression tag(u"<(/?)([a-zA-Z0-9!]+)([^<>]*?)(/?)>"_s);
    const QString text = QString::fromUtf8(html);
    if (text.count(u'<') != text.count(tag))
        return u"there is a < outside of tags"_s;
    for (auto each = tag.globalMatch(text); each.hasNext();) {
        const auto match = each.next();
        const QString name = match.captured(2);
        if (name == u"!DOCTYPE" || empty.contains(name) || match.captured(4) == u"/")
            continue;
        if (!known.contains(name))
            return name;
        if (match.captured(1).isEmpty())
            open.append(name);
        else if (open.isEmpty() || open.takeLast() != name)
            return u"</%1> closes nothing"_s.arg(name);
    }
    return open.join(u' ');
}
} // namespace

/// The record as a fold of journals that the executor wrote.
class TestRecord : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countedBeforeByThePreview_data()
    {
        QTest::addColumn<QJsonObject>("secrets");
        QTest::addColumn<qint64>("before");
        QTest::addColumn<QString>("note");
        const QJsonObject entry{{u"component"_s, u"secrets"_s}, {u"kind"_s, u"objects"_s}, {u"now"_s, 3}};
        const auto with = [&entry](const QString& key, const QJsonValue& value) { QJsonObject made = entry; made[key] = value; return made; };
        QTest::newRow("counted") << entry << qint64(3) << QString();
        QTest::newRow("estimated") << with(u"approximate"_s, true) << qint64(-1) << u"about 3"_s;
        QTest::newRow("not known") << with(u"now"_s, QJsonValue()) << qint64(-1) << QString();
        QTest::newRow("unreadable") << QJsonObject{{u"component"_s, u"secrets"_s}, {u"kind"_s, u"objects"_s}, {u"now"_s, QJsonValue()}, {u"unreadable"_s, u"Forbidden."_s}} << qint64(-1) << u"unreadable"_s;
        QTest::newRow("of another kind") << with(u"kind"_s, u"writers"_s) << qint64(-1) << QString();
    }

    void countedBeforeByThePreview()
    {
        QFETCH(QJsonObject, secrets);
        Recorded run;
        run.changes = {{u"format"_s, 1}, {u"entries"_s, QJsonArray{secrets, QJsonObject{{u"component"_s, u"system-mysql"_s}, {u"kind"_s, u"database"_s}, {u"now"_s, 7}}}}};
        QVERIFY(run.restore());
        const auto record = makeRecord(run.lines());
        QVERIFY(record);
        QTEST(countOf(*record, u"secrets"_s)->before, "before");
        QTEST(countOf(*record, u"secrets"_s)->beforeNote, "note");
        QCOMPARE(countOf(*record, u"system-mysql"_s)->before, 2423906); // a safety bundle knows better
    }

    void restored()
    {
        Recorded run;
        QVERIFY(run.restore({{u"number"_s, u"CHG0041877"_s}, {u"justification"_s, u"The plan migration failed."_s}}));
        const QList<QByteArray> lines = run.lines();
        const auto made = makeRecord(lines, {{.field = u"close_notes"_s, .text = u"Good."_s, .at = QDateTime(QDate(2026, 11, 22), QTime(12, 0), Qt::UTC), .by = u"wagner on ops"_s}});
        QVERIFY2(made, made ? "" : qPrintable(made.error().message));
        const Record& record = *made;
        QCOMPARE(record.runId, run.runId);
        QCOMPARE(record.state, u"done"_s);
        QCOMPARE(record.lines, lines.size());
        QByteArray head;
        QVERIFY(run::Journal::read(run.journal(), &head));
        QCOMPARE(record.head, head);
        QCOMPARE(record.change.size(), 3);
        QCOMPARE(record.text(u"number"_s), u"CHG0041877"_s);
        QVERIFY(!record.change.first().afterwards() && record.change.last().afterwards());
        QCOMPARE(record.passes.size(), 1);
        QCOMPARE(record.passes.first().operatorIdentity, u"mwagner"_s);
        QCOMPARE(record.threescaleVersion, u"2.7.1"_s);
        QCOMPARE(record.flavour, u"template"_s);

        QCOMPARE(record.checks.size(), 2);
        QCOMPARE(record.checks.last().state, run::Check::State::Warning);
        QCOMPARE(record.stages.size(), 4);
        for (const StageFact& stage : record.stages) {
            QCOMPARE(stage.done, stage.steps);
            QVERIFY(stage.milliseconds >= 0);
        }
        QCOMPARE(record.stages[2].sections, QStringList{u"6.6.3"_s});
        QVERIFY(record.stages[2].proven && !record.stages[3].proven);
        QCOMPARE(record.departures, (QList<Departure>{{u"6.6.3"_s, u"Load the dump into system-mysql"_s, u"Streamed into mysql: leaves no copy of the data in the container."_s}}));

        const CountFact* rows = countOf(record, u"system-mysql"_s);
        QVERIFY(rows);
        QCOMPARE(*rows, (CountFact{.component = u"system-mysql"_s, .unit = u"rows"_s, .before = 2423906, .bundle = 2423020, .after = 2423020, .beforeNote = {}, .proof = u"3 tables equal by digest; 1 difference noted"_s, .state = u"proven"_s}));
        QCOMPARE(countOf(record, u"secrets"_s)->bundle, 1);
        QCOMPARE(countOf(record, u"secrets"_s)->state, u"none"_s); // its proof is no step of this plan

        QCOMPARE(record.bundles.size(), 2);
        const auto reader = bundle::Reader::open(run.bundle());
        QVERIFY(reader);
        QCOMPARE(record.bundles[0].digest, QString::fromLatin1((*reader)->manifest().membersSha256));
        QCOMPARE(record.bundles[0].bytes, (*reader)->fileSize());
        QCOMPARE(record.bundles[0].contents, (QStringList{u"system-mysql: 3 tables, 2423020 rows"_s, u"secrets: 1 objects"_s}));
        QCOMPARE(record.bundles[1].role, u"safety"_s);
        QCOMPARE(record.bundles[1].digest, QString(64, u'5'));
        QCOMPARE(record.bundles[1].contents, QStringList{u"system-mysql 5.7.24: 3 tables, 2423906 rows"_s});

        const auto load = activitiesOf(record, u"load:system-mysql"_s);
        QCOMPARE(load.size(), 1);
        QCOMPARE(load.first()->commands.size(), 3);
        for (const CommandFact& command : load.first()->commands) {
            QVERIFY(command.ended && command.exitCode == 0 && command.milliseconds >= 0 && command.command.contains(u"whoami"_s));
            const run::Event event = (*run::journalEvents(lines))[command.line - 1];
            QCOMPARE(event.type, u"command-finished"_s);
        }
        QCOMPARE(record.warnings, (QStringList{u"API outage: apicast-production will be stopped until the data is proven."_s, u"Load the dump into system-mysql: the server's character set is latin1"_s,
                                               u"Prove system-mysql: table sessions: rights differ"_s}));
        QCOMPARE(record.stopped, (QStringList{u"system-app"_s, u"apicast-production"_s}));
        QVERIFY(!record.stillStopped);
        const auto stop = activitiesOf(record, u"stop-writers"_s).first(), start = activitiesOf(record, u"start:1"_s).first();
        QCOMPARE(record.stoppedMilliseconds, stop->started.msecsTo(start->started) + start->milliseconds);
        QVERIFY(!record.error && record.undoErrors.isEmpty() && record.interruptions.isEmpty());
    }

    /// Nothing is said of Redis where none is restored.
    void redisChoices()
    {
        for (const bool redis : {false, true}) {
            Recorded run;
            run.redis = redis;
            QVERIFY(run.restore());
            const auto record = makeRecord(run.lines());
            QVERIFY(record);
            const QString choices = record->choices.join(u' ');
            QCOMPARE(choices.contains(u"Queues of background jobs"_s), redis);
            QCOMPARE(choices.contains(u"Redis: loaded"_s), redis);
        }
    }

    void failedAndUndone()
    {
        Recorded run;
        QVERIFY(run.restore({}, u"load:system-mysql"_s));
        const auto record = makeRecord(run.lines());
        QVERIFY(record);
        QCOMPARE(record->state, u"failed-undone"_s);
        QVERIFY(record->error);
        QCOMPARE(record->error->message, u"The pod went away."_s);
        QCOMPARE(activitiesOf(*record, u"load:system-mysql"_s).first()->state, u"failed"_s);
        QCOMPARE(activitiesOf(*record, u"load:system-mysql"_s, u"undo"_s).first()->state, u"done"_s);
        QCOMPARE(record->stages[0].undone, 1);
        QCOMPARE(record->stages[1].done, 2);
        QCOMPARE(record->stages[2].undone + record->stages[2].never, 2);
        QCOMPARE(countOf(*record, u"system-mysql"_s)->state, u"undone"_s);
        QCOMPARE(countOf(*record, u"system-mysql"_s)->before, 2423906);
        QVERIFY(!record->stillStopped); // the undo of the stop started them again
        const Document document = makeDocument(*record);
        QCOMPARE(document.mark, Mark::Undone);
        QVERIFY(plainText(document).contains(u"Takes it back"_s));
    }

    void diedResumedAndUndone()
    {
        Recorded run;
        QVERIFY(run.restore());
        QVERIFY(run.cutAfter(u"step-started"_s, u"load:system-mysql"_s));
        auto record = makeRecord(run.lines());
        QVERIFY(record);
        QCOMPARE(record->state, u"interrupted"_s);
        QVERIFY(record->stillStopped);
        QCOMPARE(activitiesOf(*record, u"load:system-mysql"_s).first()->state, u"interrupted"_s);
        QCOMPARE(record->stages[3].never, 1);
        QVERIFY(plainText(makeDocument(*record)).contains(u"which goes on"_s));

        QVERIFY(run.undo());
        record = makeRecord(run.lines());
        QVERIFY(record);
        QCOMPARE(record->state, u"failed-undone"_s);
        QCOMPARE(record->passes.size(), 2);
        QCOMPARE(record->passes.last().mode, u"undo"_s);
        QCOMPARE(record->passes.last().operatorIdentity, u"second"_s);
        QCOMPARE(record->interruptions.size(), 1);
        QVERIFY(!record->stillStopped);
        QCOMPARE(activitiesOf(*record, u"stop-writers"_s, u"undo"_s).size(), 1);
    }

    /// The same journal gives the same record, bytes and all, in every form; what is told of the run stands in each.
    void everyForm()
    {
        Recorded run;
        QVERIFY(run.restore({{u"number"_s, u"CHG0041877"_s}, {u"requested_by"_s, u"J. Okafor, API platform owner"_s}, {u"approvals"_s, u"Change board"_s}, {u"justification"_s, u"j-text"_s}, {u"risk_impact_analysis"_s, u"r-text"_s},
                             {u"implementation_plan"_s, u"i-text"_s}, {u"backout_plan"_s, u"b-text"_s}, {u"test_plan"_s, u"t-text"_s}, {u"cmdb_ci"_s, u"ci-text"_s}, {u"close_code"_s, u"Successful, c-text"_s}}));
        QVERIFY(enterAfterwards(run.world.home(), run.runId, {{u"close_notes"_s, u"n-text"_s}}));
        const auto exported = prepareExport(run.world.home(), run.runId, {});
        QVERIFY2(exported, exported ? "" : qPrintable(exported.error().message));
        const auto again = prepareExport(run.world.home(), run.runId, {});
        QVERIFY(again && again->json == exported->json && again->document == exported->document);
        const QByteArray html = toHtml(exported->document), markdown = toMarkdown(exported->document);
        QCOMPARE(htmlProblem(html), QString());
        for (const QByteArray& form : {exported->json, html, QByteArray(markdown).replace("\\", "")}) {
            for (const char* text : {"CHG0041877", "J. Okafor, API platform owner", "Change board", "j-text", "r-text", "i-text", "b-text", "t-text", "ci-text", "c-text", "n-text", "mwagner", "https://api.north.example:6443", "threescale", "2.7.1",
                                     "Rolling out: zync.", "Load the dump into system-mysql", "leaves no copy of the data", "whoami", "character set is latin1", "apicast-production"})
                QVERIFY2(form.contains(text), text);
            QVERIFY(form.contains(exported->file.record.head));
        }
        QVERIFY(html.contains("2,423,906") && markdown.contains("2,423,906"));
        QVERIFY(html.contains("Close notes ¹") && html.contains("Entered before the run, except ¹ entered afterwards"));
        QVERIFY(html.contains("(3×)")); // the same command, asked again and again
        QCOMPARE(exported->document.change, u"CHG0041877"_s);
        QVERIFY(sectionOf(exported->document, u"Departures from the documented procedure"_s));
        QVERIFY(!sectionOf(exported->document, u"Failure, undo and interruptions"_s));
    }

    void hostileText()
    {
        Recorded run;
        const QString hostile = u"<script>alert(1)</script><b>|`*[x](http://evil)</td> & \"' \u202E txt"_s;
        run.world.onRun(u"load:system-mysql"_s, [&](run::StepRun& step) -> Result<QJsonObject> {
            step.log(u"Warning: "_s + hostile + u'\u0007');
            return QJsonObject{};
        });
        QVERIFY(run.restore({{u"justification"_s, QString(hostile).remove(QChar(0x202E))}}));
        const auto exported = prepareExport(run.world.home(), run.runId, {});
        QVERIFY(exported);
        const QByteArray html = toHtml(exported->document);
        QCOMPARE(htmlProblem(html), QString());
        QVERIFY(!html.contains("<script") && html.contains("&lt;script&gt;"));
        QVERIFY(html.contains("default-src 'none'"));
        const QString markdown = QString::fromUtf8(toMarkdown(exported->document));
        QVERIFY(!markdown.contains(u"<script"_s) && markdown.contains(u"\\[x\\]\\(http"_s));
        for (const QString& text : {QString::fromUtf8(html), markdown, plainText(exported->document)})
            QVERIFY(!text.contains(QChar(0x202E)) && !text.contains(QChar(7)));
        // A table's row keeps its number of cells.
        const QStringList rows = markdown.split(u'\n');
        for (qsizetype index = 0; index < rows.size(); ++index) {
            if (!rows[index].startsWith(u"| --- |"_s))
                continue;
            static const QRegularExpression bar(u"(?<!\\\\)\\|"_s);
            for (qsizetype row = index + 1; row < rows.size() && rows[row].startsWith(u'|'); ++row)
                QCOMPARE(rows[row].count(bar), rows[index].count(bar));
        }
    }

    void damagedJournal()
    {
        Recorded run;
        QVERIFY(run.restore());
        QList<QByteArray> lines = run.lines();
        QVERIFY(lines[1].contains("Stop the writers"));
        lines[1].replace("Stop the writers", "Stop the readers");
        QCOMPARE(makeRecord(lines).error().code, ErrorCode::Damaged);
        QCOMPARE(makeRecord({}).error().code, ErrorCode::Damaged);
        QCOMPARE(prepareExport(run.world.home(), u"nope"_s, {}).error().code, ErrorCode::NotFound);
    }

    /// A record of a run that goes on would be out of date as it is written.
    void running()
    {
        Recorded run;
        QVERIFY(run.restore());
        const auto guard = run::RunGuard::take(run.world.home(), run.runId);
        QVERIFY(guard);
        QCOMPARE(prepareExport(run.world.home(), run.runId, {}).error().code, ErrorCode::Locked);
    }

    void secretStopsTheExport_data()
    {
        QTest::addColumn<QString>("form");
        QTest::newRow("raw") << u"raw"_s;
        QTest::newRow("base64") << u"base64"_s;
        QTest::newRow("URL-encoded") << u"url"_s;
    }
    void secretStopsTheExport()
    {
        QFETCH(QString, form);
        Recorded run;
        const QByteArray secret = run.bundleSecret;
        const QByteArray leaked = form == u"raw" ? secret : form == u"base64" ? secret.toBase64() : secret.toPercentEncoding();
        QVERIFY(run.restore({{u"justification"_s, u"The password was "_s + QString::fromLatin1(leaked)}}));
        const auto exported = prepareExport(run.world.home(), run.runId, {});
        QVERIFY(!exported);
        QCOMPARE(exported.error().code, ErrorCode::VerificationFailed);
        const QString text = exported.error().message + exported.error().hint + exported.error().detail;
        QVERIFY2(text.contains(u"key PASSWORD of Secret system-database"_s), qPrintable(text));
        QVERIFY(!text.contains(QString::fromLatin1(secret)) && !text.contains(QString::fromLatin1(leaked)));
    }

    /// Entered afterwards is searched as well; a bundle that is gone is named in the record.
    void secretAfterwards()
    {
        Recorded run;
        QVERIFY(run.restore());
        QVERIFY(enterAfterwards(run.world.home(), run.runId, {{u"close_notes"_s, QString::fromLatin1(run.bundleSecret)}}));
        QCOMPARE(prepareExport(run.world.home(), run.runId, {}).error().code, ErrorCode::VerificationFailed);
        QVERIFY(QFile::remove(run.bundle()));
        const auto exported = prepareExport(run.world.home(), run.runId, {});
        QVERIFY(exported);
        QVERIFY(!exported->file.record.searched.first().atHand);
        QVERIFY(plainText(exported->document).contains(u"was not at hand"_s));
    }

    /// A secret of the namespace never gets into the plan, which the journal holds as it is.
    void secretBeforeTheRun()
    {
        Recorded run;
        run.world.redactor().add(QByteArray("hunter2hunter2"));
        QVERIFY(!run.restore({{u"justification"_s, u"It is hunter2hunter2."_s}}));
        QVERIFY(run::Session::runs(run.world.home()).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestRecord)
#include "tst_record.moc"
