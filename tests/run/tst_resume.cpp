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

    /// Data is not taken back under a server that somebody has started since: it is stopped again first, or nothing is undone.
    void startedSince_data()
    {
        QTest::addColumn<QString>("loads");
        QTest::addColumn<bool>("stops");
        QTest::addColumn<QStringList>("calls");
        const QStringList undone{u"undo:load"_s, u"undo:stop"_s};
        QTest::newRow("stopped again") << u"load"_s << true << QStringList{u"run:stop"_s} + undone;
        QTest::newRow("cannot be stopped") << u"load"_s << false << QStringList{u"run:stop"_s};
        QTest::newRow("no data is taken back") << u"test"_s << true << undone;
    }
    void startedSince()
    {
        QFETCH(QString, loads);
        QFETCH(bool, stops);
        World world;
        world.addAction(u"workloads.stop"_s);
        world.addEndangering(u"load"_s);
        plan::Step stop = World::change(u"stop"_s), load = World::change(u"load"_s);
        stop.action = u"workloads.stop"_s;
        load.action = loads;
        const auto plan = World::plan({stop, load});
        QCOMPARE(world.run(plan).state, State::Done);
        world.crashAfter(u"step-started"_s, u"load"_s);
        world.onRecall(u"stop"_s, [](StepRun&, const QJsonObject&) -> Result<bool> { return false; });
        if (!stops)
            world.failAt(u"stop"_s, u"Scaled back by somebody else."_s);
        const Outcome outcome = world.undo(plan);
        QTEST(world.calls(), "calls");
        QCOMPARE(outcome.state, stops ? State::FailedUndone : State::NeedsAttention);
        if (stops)
            return;
        QCOMPARE(outcome.error->message, u"Scaled back by somebody else."_s);
        world.forgetCalls();
        world.onRun(u"stop"_s, {});
        QCOMPARE(world.undo(plan).state, State::FailedUndone);
        QCOMPARE(world.calls(), (QStringList{u"undo:load"_s, u"undo:stop"_s}));
    }

    /// What the writers wrote since the safety bundle was taken is in no bundle: it is not overwritten. Nor are what this run itself starts such writers.
    void wroteSinceTheSafetyBundle()
    {
        World world;
        world.addAction(u"workloads.stop"_s);
        world.addAction(u"workloads.start"_s);
        world.addAction(u"bundle.finish"_s);
        world.addEndangering(u"load"_s);
        const auto of = [](const QString& id, const QString& action) {
            plan::Step step = World::change(id);
            step.action = action;
            step.idempotent = true;
            step.parameters[u"workloads"] = QJsonArray{QJsonObject{{u"kind"_s, u"Deployment"_s}, {u"name"_s, u"app"_s}}};
            return step;
        };
        plan::Step finish = World::step(u"finish"_s);
        finish.action = u"bundle.finish"_s;
        const auto plan = World::plan({of(u"stop"_s, u"workloads.stop"_s), finish, of(u"load"_s, u"load"_s), of(u"start"_s, u"workloads.start"_s), of(u"late"_s, u"load"_s)});
        QCOMPARE(world.run(plan).state, State::Done);
        const auto started = [&world](bool yes) { world.onRecall(u"stop"_s, [yes](StepRun&, const QJsonObject&) -> Result<bool> { return !yes; }); };
        const auto refused = [&world, &plan] {
            const Outcome outcome = world.resume(plan);
            QCOMPARE(outcome.state, State::NeedsAttention);
            QCOMPARE(outcome.error->code, ErrorCode::Conflict);
            QCOMPARE(world.calls(), QStringList());
        };
        started(true);
        world.crashAfter(u"step-started"_s, u"load"_s);
        refused();
        refused();
        started(false);
        QCOMPARE(world.resume(plan).state, State::Done);
        started(true);
        world.crashAfter(u"step-started"_s, u"start"_s);
        QCOMPARE(world.resume(plan).state, State::Done);
        // Undone down to the stop, but not ended.
        started(false);
        QCOMPARE(world.undo(plan).state, State::FailedUndone);
        world.crashAfter(u"undo-done"_s, u"stop"_s);
        refused();
        QCOMPARE(world.undo(plan).state, State::FailedUndone);
    }

    /// Once the old data was removed from the volume, only its undo brings it back.
    void undoBehindTidyingIsNotResumed()
    {
        World world;
        world.addEndangering(u"load"_s);
        plan::Step load = World::change(u"load:redis"_s), tidy = World::change(u"tidy:redis"_s);
        load.action = u"load"_s;
        load.component = tidy.component = u"redis"_s;
        load.idempotent = tidy.idempotent = true;
        const auto plan = World::plan({load, tidy});
        QCOMPARE(world.run(plan).state, State::Done);
        QCOMPARE(world.undo(plan).state, State::FailedUndone);
        world.crashAfter(u"undo-started"_s, u"load:redis"_s);
        const Outcome refused = world.resume(plan);
        QCOMPARE(refused.state, State::NeedsAttention);
        QCOMPARE(refused.error->code, ErrorCode::Conflict);
        QCOMPARE(world.calls(), QStringList());
        QCOMPARE(world.undo(plan).state, State::FailedUndone);
        QCOMPARE(world.calls(), QStringList{u"undo:load:redis"_s});
    }

    /// A pod that is being started counts as started by somebody: what is stopped once more for it is started once more, in its order. Else one that
    /// waits for another that stays down would wait for ever.
    void stoppedOnceMoreStartedOnceMore()
    {
        World world;
        world.addAction(u"workloads.stop"_s);
        world.addAction(u"workloads.start"_s);
        const auto of = [](const QString& id, const QString& action, const QStringList& names) {
            plan::Step step = World::change(id);
            step.action = action;
            step.idempotent = true;
            QJsonArray workloads;
            for (const QString& name : names)
                workloads.append(QJsonObject{{u"kind"_s, u"Deployment"_s}, {u"name"_s, name}});
            step.parameters[u"workloads"] = workloads;
            return step;
        };
        const auto plan = World::plan({of(u"stop"_s, u"workloads.stop"_s, {u"app"_s, u"sidekiq"_s}), of(u"start:1"_s, u"workloads.start"_s, {u"app"_s}), of(u"start:2"_s, u"workloads.start"_s, {u"store"_s}),
                                       of(u"start:3"_s, u"workloads.start"_s, {u"sidekiq"_s})});
        QCOMPARE(world.run(plan).state, State::Done);
        world.crashAfter(u"step-started"_s, u"start:3"_s);
        world.onRecall(u"stop"_s, [](StepRun&, const QJsonObject&) -> Result<bool> { return false; });
        world.onProbe(u"start:3"_s, Handler::Probe::Partly);
        const Outcome outcome = world.resume(plan);
        QVERIFY2(outcome.state == State::Done, outcome.error ? qPrintable(outcome.error->message) : "");
        QStringList runs = world.calls();
        runs.removeIf([](const QString& call) { return !call.startsWith(u"run:"_s); });
        QCOMPARE(runs, (QStringList{u"run:stop"_s, u"run:start:1"_s, u"run:start:3"_s}));
    }

    /// An undo that failed on the data leaves it stopped, for another one.
    void staysStoppedForASecondUndo()
    {
        World world;
        world.addAction(u"workloads.stop"_s);
        world.addEndangering(u"load"_s);
        plan::Step stop = World::change(u"stop"_s), load = World::change(u"load"_s);
        stop.action = u"workloads.stop"_s;
        stop.idempotent = true;
        load.action = u"load"_s;
        const auto plan = World::plan({stop, load});
        QCOMPARE(world.run(plan).state, State::Done);
        world.crashAfter(u"step-started"_s, u"load"_s);
        world.onUndo(u"load"_s, [](StepRun&) -> Result<void> { return fail(ErrorCode::RemoteFailed, u"No."_s); });
        QCOMPARE(world.undo(plan).state, State::NeedsAttention);
        QCOMPARE(world.calls(), QStringList{u"undo:load"_s});
        world.forgetCalls();
        world.onUndo(u"load"_s, {});
        QCOMPARE(world.undo(plan).state, State::FailedUndone);
        QCOMPARE(world.calls(), (QStringList{u"undo:load"_s, u"undo:stop"_s}));
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

    /// An undo that was begun and not ended leaves a step that is neither done nor undone, however much a probe sees of it: it is run again, and
    /// what it was proven by proves nothing.
    void resumeOfAnUndo_data()
    {
        QTest::addColumn<QString>("event");
        QTest::addColumn<QString>("step");
        QTest::addColumn<QStringList>("calls");
        QTest::newRow("begun") << u"undo-started"_s << u"load"_s << QStringList{u"run:load"_s, u"run:prove"_s, u"run:last"_s};
        QTest::newRow("one undone") << u"undo-done"_s << u"load"_s << QStringList{u"run:load"_s, u"run:prove"_s, u"run:last"_s};
        QTest::newRow("the next begun") << u"undo-started"_s << u"stop"_s << QStringList{u"run:stop"_s, u"run:load"_s, u"run:prove"_s, u"run:last"_s};
    }
    void resumeOfAnUndo()
    {
        QFETCH(QString, event);
        QFETCH(QString, step);
        QFETCH(QStringList, calls);
        World world;
        plan::Step stop = World::change(u"stop"_s), load = World::change(u"load"_s), prove = World::step(u"prove"_s), last = World::change(u"last"_s);
        prove.proves = true;
        stop.idempotent = load.idempotent = last.idempotent = true;
        const auto plan = World::plan({stop, load, prove, last});
        world.failAt(u"last"_s);
        QCOMPARE(world.run(plan).state, State::NeedsAttention);
        for (const QString& id : {u"stop"_s, u"load"_s})
            world.onProbe(id, Probe::Happened);
        QCOMPARE(world.undo(plan).state, State::FailedUndone);
        world.onRun(u"last"_s, {});
        world.crashAfter(event, step);
        QCOMPARE(world.resume(plan).state, State::Done);
        QCOMPARE(world.calls(), calls);
        // The same crash, and undone after all.
        world.crashAfter(event, step);
        QCOMPARE(world.undo(plan).state, State::FailedUndone);
        QCOMPARE(world.calls().last(), u"undo:stop"_s);
    }

    /// Without a network neither the run nor its undo gets on; once it is back, a resume does.
    void lostNetwork()
    {
        World world;
        plan::Step a = World::change(u"a"_s), b = World::change(u"b"_s), c = World::change(u"c"_s);
        a.idempotent = b.idempotent = c.idempotent = true;
        const auto plan = World::plan({a, b, c});
        world.onRun(u"b"_s, [](StepRun&) -> Result<QJsonObject> { return fail(ErrorCode::Unreachable, u"No route."_s); });
        for (const QString& id : {u"a"_s, u"b"_s})
            world.onUndo(id, [](StepRun&) -> Result<void> { return fail(ErrorCode::Unreachable, u"No route."_s); });
        const Outcome lost = world.run(plan);
        QCOMPARE(lost.state, State::NeedsAttention);
        QCOMPARE(lost.error->code, ErrorCode::Unreachable);
        QCOMPARE(lost.undoErrors.size(), 1);
        world.forgetCalls();
        world.onRun(u"b"_s, {});
        QCOMPARE(world.resume(plan).state, State::Done);
        QCOMPARE(world.calls(), (QStringList{u"run:b"_s, u"run:c"_s}));
    }

    /// What a probe found is the answer that later steps need.
    void foundByProbe()
    {
        World world;
        const auto plan = World::plan({World::change(u"a"_s), World::change(u"b"_s)});
        QCOMPARE(world.run(plan).state, State::Done);
        world.crashAfter(u"step-started"_s, u"a"_s);
        world.onProbe(u"a"_s, Probe::Happened);
        world.onFound(u"a"_s, {{u"pod"_s, u"p-1"_s}});
        QCOMPARE(world.resume(plan).state, State::Done);
        QCOMPARE(world.results().value(u"a"_s)[u"pod"].toString(), u"p-1"_s);
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

    /// A power loss cuts the journal at any byte. What lies in the cluster then is what whole lines announce; of a step that was announced and not
    /// ended it is open whether it happened. From each such state a resume ends in the new one, an undo in the old one.
    void journalCutAnywhere_data()
    {
        QTest::addColumn<bool>("fails");
        QTest::newRow("a run that succeeds") << false;
        QTest::newRow("a run that fails and is undone") << true;
    }
    void journalCutAnywhere()
    {
        QFETCH(bool, fails);
        const QStringList ids{u"stop"_s, u"load"_s, u"start"_s, u"late"_s};
        World world;
        QHash<QString, int> cluster; // 0: old, 1: new
        bool breaks = false;
        for (const QString& id : ids) {
            world.onRun(id, [&, id](StepRun& step) -> Result<QJsonObject> {
                if (const auto noted = step.evidence({{u"original"_s, 0}}); !noted)
                    return fail(noted.error());
                cluster[id] = 1;
                return breaks && id == u"late" ? Result<QJsonObject>(fail(ErrorCode::RemoteFailed, u"It broke."_s)) : Result<QJsonObject>(QJsonObject{});
            });
            world.onUndo(id, [&, id](StepRun&) -> Result<void> { cluster[id] = 0; return {}; });
        }
        // The proof does not believe: it looks.
        world.onRun(u"prove"_s, [&](StepRun&) -> Result<QJsonObject> { return cluster.value(u"load"_s) ? Result<QJsonObject>(QJsonObject{}) : Result<QJsonObject>(fail(ErrorCode::VerificationFailed, u"Not equal."_s)); });
        plan::Step prove = World::step(u"prove"_s);
        prove.proves = !fails;
        QList<plan::Step> steps;
        for (const QString& id : ids) {
            steps.append(World::change(id));
            if (id == u"load")
                steps.append(prove);
        }
        const auto plan = World::plan(steps);
        breaks = fails;
        QCOMPARE(world.run(plan).state, fails ? State::FailedUndone : State::Done);
        breaks = false;
        QFile file(world.journalPath());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray whole = file.readAll();
        file.close();
        QSet<qsizetype> cuts{0, whole.size()};
        for (qsizetype at = whole.indexOf('\n'); at >= 0; at = whole.indexOf('\n', at + 1))
            cuts += {at, at + 1}; // the line lacks its end; the line is whole
        for (qsizetype at = 0; at < whole.size(); at += 61)
            cuts.insert(at);
        QVERIFY(cuts.size() > 60);
        for (const qsizetype cut : std::as_const(cuts)) {
            for (const bool happened : {false, true}) {
                for (const bool undo : {false, true}) {
                    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(whole.left(cut)) == cut);
                    file.close();
                    cluster.clear();
                    for (const QString& id : ids)
                        world.onProbe(id, Probe::Unknown);
                    for (const Event& event : world.journal()) {
                        if (!ids.contains(event.step))
                            continue;
                        if (event.type == u"step-started") {
                            cluster[event.step] = happened ? 1 : 0;
                            world.onProbe(event.step, happened ? Probe::Happened : Probe::NotHappened);
                        } else if (event.type == u"step-done" || event.type == u"step-failed") {
                            cluster[event.step] = 1;
                        } else if (event.type == u"undo-started") {
                            cluster[event.step] = happened ? 0 : 1;
                            world.onProbe(event.step, Probe::Happened); // of a half-undone step nothing a probe sees may be believed
                        } else if (event.type == u"undo-done") {
                            cluster[event.step] = 0;
                        }
                    }
                    const Outcome outcome = undo ? world.undo(plan) : world.resume(plan);
                    const QByteArray where = QByteArray::number(cut) + (happened ? " happened" : " not happened") + (undo ? " undo" : " resume");
                    // A half-undone step that may not be repeated is undone instead: the good end is then the old state.
                    const bool ended = outcome.state == (undo ? State::FailedUndone : State::Done) || (!undo && fails && outcome.state == State::FailedUndone);
                    QVERIFY2(ended, where.constData());
                    for (const QString& id : ids)
                        QVERIFY2(cluster.value(id) == (outcome.state == State::Done ? 1 : 0), (where + ' ' + id.toUtf8()).constData());
                }
            }
        }
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
