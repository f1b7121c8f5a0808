#include "engine/plan/plan.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::plan;

namespace {
Step step(const QString& id, const QStringList& after = {})
{
    Step made;
    made.id = id;
    made.title = u"Do "_s + id;
    made.action = u"test.do"_s;
    made.after = after;
    return made;
}

Plan example()
{
    Step load = step(u"load:system-mysql"_s, {u"stage:system-mysql"_s});
    load.component = u"system-mysql"_s;
    load.section = u"6.6.3"_s;
    load.departure = u"The text loads over the live schema."_s;
    load.parameters = {{u"replicas"_s, 2}, {u"names"_s, QJsonArray{u"a"_s, u"b"_s}}};
    load.commands = {u"oc exec pod -- true"_s};
    load.weight = 5'000'000'000;
    load.changes = load.idempotent = load.undoable = load.always = true;
    load.undo = u"Loads what the safety bundle holds"_s;
    Step prove = step(u"prove:system-mysql"_s);
    prove.proves = true;
    return {.kind = u"restore"_s, .cluster = u"production"_s, .apiUrl = u"https://api.example.com:6443"_s, .namespaceName = u"threescale"_s, .projectUid = u"1f0e"_s, .bundle = u"/backups/Größe.scalekeep.tar"_s,
            .choices = {{u"queues"_s, u"empty"_s}}, .warnings = {u"API outage"_s},
            .stages = {{.id = u"data"_s, .title = u"Data"_s, .parallel = 3, .steps = {step(u"stage:system-mysql"_s), load}}, {.id = u"verify"_s, .title = u"Verify"_s, .parallel = 1, .steps = {prove}}}};
}

QJsonObject withSteps(const QJsonArray& steps)
{
    return {{u"kind"_s, u"backup"_s}, {u"stages"_s, QJsonArray{QJsonObject{{u"id"_s, u"only"_s}, {u"steps"_s, steps}}}}};
}

QJsonObject stepJson(const QString& id, const QString& action = u"x"_s, const QStringList& after = {})
{
    return {{u"id"_s, id}, {u"action"_s, action}, {u"after"_s, QJsonArray::fromStringList(after)}};
}

/// Standard output of a script that sh ran; empty text when it failed.
QByteArray runScript(const QString& script)
{
    QProcess shell;
    shell.start(u"sh"_s, {u"-s"_s});
    shell.write(script.toUtf8());
    shell.closeWriteChannel();
    return shell.waitForFinished() && shell.exitCode() == 0 ? shell.readAllStandardOutput() : QByteArray();
}
} // namespace

class TestPlan : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void roundTrip()
    {
        const Plan plan = example();
        const QByteArray text = QJsonDocument(toJson(plan)).toJson();
        const auto again = fromJson(QJsonDocument::fromJson(text).object());
        QVERIFY(again);
        QCOMPARE(*again, plan);
        QCOMPARE(again->digest(), plan.digest());
        QVERIFY(plan.step(u"load:system-mysql"_s));
        QCOMPARE(plan.step(u"load:system-mysql"_s)->weight, 5'000'000'000);
        QVERIFY(!plan.step(u"load"_s));
    }

    void digest()
    {
        const Plan plan = example();
        // The record of a run holds it: the same plan must have it in every later version too.
        QCOMPARE(plan.digest(), QByteArray("7d7cb467d3f2282f2d5be25e95a791779665fd13b228da3b6ae9e3ea57917d1c"));
        const QList<std::function<void(Plan&)>> changes{
            [](Plan& other) { other.kind = u"backup"_s; }, [](Plan& other) { other.namespaceName += u'x'; }, [](Plan& other) { other.choices[u"queues"] = u"restore"_s; },
            [](Plan& other) { other.warnings.clear(); }, [](Plan& other) { other.stages[0].parallel = 2; }, [](Plan& other) { other.stages[0].steps.swapItemsAt(0, 1); },
            [](Plan& other) { other.stages[0].steps[1].parameters[u"replicas"] = 3; }, [](Plan& other) { other.stages[0].steps[1].changes = false; },
            [](Plan& other) { other.stages[0].steps[1].commands[0] += u' '; }, [](Plan& other) { other.stages[1].steps[0].proves = false; }};
        QSet<QByteArray> seen{plan.digest()};
        for (const auto& change : changes) {
            Plan other = plan;
            change(other);
            QVERIFY(!seen.contains(other.digest()));
            seen.insert(other.digest());
        }
    }

    void badPlans_data()
    {
        QTest::addColumn<QJsonObject>("json");
        QTest::addColumn<QString>("says");
        QTest::newRow("empty") << QJsonObject() << u"no steps"_s;
        QTest::newRow("stages are text") << QJsonObject{{u"stages"_s, u"many"_s}} << u"no steps"_s;
        QTest::newRow("stage without steps") << withSteps({}) << u"no steps"_s;
        QTest::newRow("a step is a number") << withSteps({7}) << u"without an id"_s;
        QTest::newRow("no id") << withSteps({stepJson({})}) << u"without an id"_s;
        QTest::newRow("no action") << withSteps({stepJson(u"a"_s, {})}) << u"without an id or an action"_s;
        QTest::newRow("two of one id") << withSteps({stepJson(u"a"_s), stepJson(u"a"_s)}) << u"two steps"_s;
        QTest::newRow("after nothing") << withSteps({stepJson(u"a"_s, u"x"_s, {u"ghost"_s})}) << u"“ghost”"_s;
        QTest::newRow("after itself") << withSteps({stepJson(u"a"_s, u"x"_s, {u"a"_s})}) << u"not before it"_s;
        QTest::newRow("a ring") << withSteps({stepJson(u"a"_s, u"x"_s, {u"b"_s}), stepJson(u"b"_s, u"x"_s, {u"a"_s})}) << u"not before it"_s;
    }
    void badPlans()
    {
        QFETCH(QJsonObject, json);
        QFETCH(QString, says);
        const auto plan = fromJson(json);
        QVERIFY(!plan);
        QCOMPARE(plan.error().code, ErrorCode::BadInput);
        QVERIFY2(plan.error().message.contains(says), qPrintable(plan.error().message));
    }

    void boundsOfNumbers()
    {
        QJsonObject json = withSteps({stepJson(u"a"_s)});
        QJsonObject stage = json[u"stages"][0].toObject();
        stage[u"parallel"] = 1'000'000;
        QJsonObject only = stage[u"steps"][0].toObject();
        only[u"weight"] = -5;
        stage[u"steps"] = QJsonArray{only};
        json[u"stages"] = QJsonArray{stage};
        const auto plan = fromJson(json);
        QVERIFY(plan);
        QCOMPARE(plan->stages[0].parallel, 64);
        QCOMPARE(plan->stages[0].steps[0].weight, 0);
        stage[u"parallel"] = 0; // would never start a step
        json[u"stages"] = QJsonArray{stage};
        QCOMPARE(fromJson(json)->stages[0].parallel, 1);
    }

    void script()
    {
        Plan plan = example();
        plan.stages[0].steps[0].commands = {u"echo first"_s};
        plan.stages[0].steps[1].commands = {u"echo second"_s, u"echo third"_s};
        const QString text = toShell(plan);
        QVERIFY(text.startsWith(u"#!/bin/sh\n# Restore of production/threescale"_s));
        QVERIFY(text.contains(u"\nset -eu\n"_s));
        QVERIFY(text.contains(u"# Warning: API outage\n"_s));
        QVERIFY(text.contains(u"# -- Do load:system-mysql (documentation section 6.6.3)\n#    departs from the text: The text loads over the live schema.\necho second\necho third\n"_s));
        QVERIFY(text.contains(u"# -- Do stage:system-mysql\necho first\n"_s));
        QCOMPARE(runScript(text), "first\nsecond\nthird\n");
    }

    /// A warning may come out of a bundle: no text may become a command.
    void hostileTexts()
    {
        const QString evil = u"x\necho owned\r\necho owned\u2028echo owned"_s;
        Plan plan = example();
        plan.cluster = plan.namespaceName = evil;
        plan.warnings = {evil};
        plan.stages[0].title = evil;
        Step& load = plan.stages[0].steps[1];
        load.title = load.section = load.departure = evil;
        load.commands = {u"echo wanted"_s};
        QCOMPARE(runScript(toShell(plan)), "wanted\n");
    }
};

QTEST_GUILESS_MAIN(TestPlan)
#include "tst_plan.moc"
