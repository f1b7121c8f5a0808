#include "world.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::run;
using State = Outcome::State;
using Probe = Handler::Probe;

Q_DECLARE_METATYPE(scalekeep::run::Handler::Probe)

/// What a later start of the program makes of a journal, and what no journal may ever hold.
class TestResume : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void resume_data()
    {
        QTest::addColumn<Probe>("probe");
        QTest::addColumn<bool>("idempotent");
        QTest::addColumn<QStringList>("calls");
        const QStringList again{u"probe:b"_s, u"run:b"_s, u"run:c"_s}, skipped{u"probe:b"_s, u"run:c"_s}, undone{u"probe:b"_s, u"undo:b"_s, u"undo:a"_s};
        QTest::newRow("not happened") << Probe::NotHappened << false << again;
        QTest::newRow("happened") << Probe::Happened << false << skipped;
        QTest::newRow("happened, could be repeated") << Probe::Happened << true << skipped;
        QTest::newRow("partly, may be repeated") << Probe::Partly << true << again;
        QTest::newRow("unknown, may be repeated") << Probe::Unknown << true << again;
        QTest::newRow("partly") << Probe::Partly << false << undone;
        QTest::newRow("unknown") << Probe::Unknown << false << undone;
    }
    void resume()
    {
        QFETCH(Probe, probe);
        QFETCH(bool, idempotent);
        QFETCH(QStringList, calls);
        World world;
        plan::Step b = World::change(u"b"_s);
        b.idempotent = idempotent;
        const auto plan = World::plan({World::change(u"a"_s), b, World::change(u"c"_s)});
        QCOMPARE(world.run(plan).state, State::Done);
        world.crashAfter(u"step-started"_s, u"b"_s);
        world.onProbe(u"b"_s, probe);
        const Outcome outcome = world.resume(plan);
        QCOMPARE(world.calls(), calls);
        QCOMPARE(outcome.state, calls.contains(u"run:c"_s) ? State::Done : State::FailedUndone);
        if (outcome.state == State::Done)
            QCOMPARE(world.results().value(u"a"_s)[u"of"].toString(), u"a"_s); // from the journal
        else
            QCOMPARE(outcome.error->code, ErrorCode::Conflict);
    }

    void resumeTwice()
    {
        World world;
        const auto plan = World::plan({World::change(u"a"_s), World::change(u"b"_s), World::change(u"c"_s)});
        QCOMPARE(world.run(plan).state, State::Done);
        world.crashAfter(u"step-done"_s, u"a"_s);
        QCOMPARE(world.resume(plan).state, State::Done);
        QCOMPARE(world.calls(), (QStringList{u"run:b"_s, u"run:c"_s}));
        world.crashAfter(u"step-done"_s, u"b"_s);
        QCOMPARE(world.resume(plan).state, State::Done);
        QCOMPARE(world.calls(), (QStringList{u"run:c"_s}));
        world.forgetCalls();
        QCOMPARE(world.resume(plan).state, State::Done);
        QVERIFY(world.calls().isEmpty());
    }

    void undoOfEverything()
    {
        World world;
        plan::Step prove = World::step(u"prove"_s);
        prove.proves = true;
        const auto plan = World::plan({World::change(u"a"_s), prove, World::change(u"b"_s), World::change(u"c"_s)});
        QCOMPARE(world.run(plan).state, State::Done);
        world.crashAfter(u"step-started"_s, u"c"_s);
        QCOMPARE(world.undo(plan).state, State::FailedUndone);
        QCOMPARE(world.calls(), (QStringList{u"undo:c"_s, u"undo:b"_s, u"undo:a"_s})); // asked for: also what is proven

        // Nothing is left: a second undo has nothing to do, and a resume begins anew.
        world.forgetCalls();
        QCOMPARE(world.undo(plan).state, State::FailedUndone);
        QVERIFY(world.calls().isEmpty());
        world.failAt(u"b"_s);
        const Outcome outcome = world.resume(plan);
        QCOMPARE(outcome.state, State::NeedsAttention);
        QCOMPARE(world.calls(), (QStringList{u"run:a"_s, u"run:prove"_s, u"run:b"_s, u"undo:b"_s})); // proven again, not believed
    }

    /// What the undone part of a run proved does not protect what a second attempt changed.
    void undoneProof()
    {
        World world;
        plan::Step prove = World::change(u"prove"_s);
        prove.proves = true;
        const auto plan = World::plan({World::change(u"a"_s), prove, World::change(u"b"_s)});
        QCOMPARE(world.run(plan).state, State::Done);
        QCOMPARE(world.undo(plan).state, State::FailedUndone);
        world.forgetCalls();
        world.failAt(u"prove"_s);
        QCOMPARE(world.resume(plan).state, State::FailedUndone);
        QCOMPARE(world.calls(), (QStringList{u"run:a"_s, u"run:prove"_s, u"undo:prove"_s, u"undo:a"_s}));
    }

    void evidence()
    {
        World world;
        world.onRun(u"a"_s, [](StepRun& step) -> Result<QJsonObject> {
            if (const auto noted = step.evidence({{u"was"_s, 3}}); !noted)
                return fail(noted.error());
            return QJsonObject{};
        });
        world.failAt(u"b"_s);
        QList<QJsonObject> seen;
        const QList<QJsonObject> expected{QJsonObject{{u"was"_s, 3}}};
        world.onUndo(u"a"_s, [&seen](StepRun& step) -> Result<void> { seen = step.earlierEvidence; return {}; });
        const auto plan = World::plan({World::change(u"a"_s), World::step(u"b"_s)});
        QCOMPARE(world.run(plan).state, State::FailedUndone);
        QCOMPARE(seen, expected);
        // After a crash it comes from the journal.
        world.crashAfter(u"evidence"_s, u"a"_s);
        seen.clear();
        QCOMPARE(world.undo(plan).state, State::FailedUndone);
        QCOMPARE(seen, expected);
    }

    void everyEventIsRedacted()
    {
        const QByteArray secret = "s3cr\"et\\pass", digits = "4096";
        World world;
        world.redactor().add(secret);
        world.redactor().add(digits);
        const QString text = QString::fromUtf8(secret);
        qputenv("WORLD_WHOAMI", secret);
        world.onRun(u"a"_s, [&text](StepRun& step) -> Result<QJsonObject> {
            step.log(u"The password is "_s + text);
            if (const auto noted = step.evidence({{u"deep"_s, QJsonArray{QJsonObject{{u"value"_s, text}}}}, {text, 1}, {u"bytes"_s, 4096}}); !noted)
                return fail(noted.error());
            if (const auto asked = step.client.whoami(); !asked)
                return fail(asked.error());
            return QJsonObject{{u"answer"_s, text}, {u"base64"_s, QString::fromLatin1(text.toUtf8().toBase64())}};
        });
        world.onRun(u"b"_s, [&text](StepRun&) -> Result<QJsonObject> { return fail(Error{ErrorCode::Internal, u"With "_s + text, text, text}); });
        world.onUndo(u"a"_s, [&text](StepRun&) -> Result<void> { return fail(ErrorCode::Internal, u"Not undone: "_s + text); });
        QCOMPARE(world.run(World::plan({World::change(u"a"_s), World::step(u"b"_s)})).state, State::NeedsAttention);
        qunsetenv("WORLD_WHOAMI");
        QFile file(world.journalPath());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray journal = file.readAll();
        // In JSON it would be escaped.
        QVERIFY(!journal.contains("s3cr"));
        QVERIFY(!journal.contains(secret.toBase64()));
        QVERIFY(journal.contains("«redacted»"));
        QStringList commands;
        for (const Event& event : world.live()) {
            QVERIFY(!QJsonDocument(event.data).toJson().contains("s3cr"));
            if (event.type == u"evidence")
                QCOMPARE(event.data[u"bytes"].toInt(), 4096); // a count is no secret, and JSON stays JSON
            if (event.type == u"command-finished")
                commands.append(event.data[u"command"].toString());
        }
        QCOMPARE(commands.size(), 1);
        QVERIFY2(commands.first().contains(u"whoami"_s), qPrintable(commands.first()));
    }
};

QTEST_GUILESS_MAIN(TestResume)
#include "tst_resume.moc"
