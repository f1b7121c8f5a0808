#include "world.h"

#include <QElapsedTimer>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include <csignal>
#include <sys/resource.h>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::run;
using State = Outcome::State;

Q_DECLARE_METATYPE(scalekeep::run::Outcome::State)

namespace {
QStringList types(const QList<Event>& events, const QString& step)
{
    QStringList list;
    for (const Event& event : events) {
        if (event.step == step)
            list.append(event.type);
    }
    return list;
}

/// Waits until the run is stopped, as a handler that polls its token does.
Result<QJsonObject> untilStopped(StepRun& step)
{
    QElapsedTimer timer;
    timer.start();
    while (!step.stop.stop_requested() && timer.elapsed() < 20'000)
        QThread::msleep(5);
    return fail(step.stop.stop_requested() ? ErrorCode::Cancelled : ErrorCode::Timeout, u"Stopped."_s);
}
} // namespace

class TestExecutor : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void order()
    {
        World world;
        plan::Plan plan = World::plan({World::step(u"a"_s), World::change(u"b"_s)});
        plan.stages.append({.id = u"second"_s, .title = u"Second"_s, .parallel = 3, .steps = {World::step(u"c"_s)}});
        const Outcome outcome = world.run(plan);
        QCOMPARE(outcome.state, State::Done);
        QVERIFY(!outcome.error);
        QCOMPARE(world.calls(), (QStringList{u"run:a"_s, u"run:b"_s, u"run:c"_s}));
        QCOMPARE(world.results().value(u"b"_s)[u"of"].toString(), u"b"_s);
        QByteArray head;
        const auto events = Journal::read(world.journalPath(), &head);
        QVERIFY(events);
        QCOMPARE(outcome.journalHead, head);
        QCOMPARE(types(*events, u"b"_s), (QStringList{u"step-started"_s, u"step-done"_s}));
        QCOMPARE(events->first().type, u"stage-started"_s);
        QCOMPARE(events->last().type, u"run-finished"_s);
        QCOMPARE(events->last().data[u"state"].toString(), u"done"_s);
        QCOMPARE(world.live().size(), events->size());
    }

    void parallelLimit()
    {
        World world;
        QList<plan::Step> steps;
        for (int i = 0; i < 9; ++i) {
            const QString id = QString::number(i);
            steps.append(World::step(id));
            world.onRun(id, [](StepRun&) -> Result<QJsonObject> { QThread::msleep(60); return QJsonObject{}; });
        }
        QCOMPARE(world.run(World::plan(steps, 3)).state, State::Done);
        QCOMPARE(world.calls().size(), 9);
        QCOMPARE(world.mostAtOnce(), 3);
    }

    void afterItsPredecessors()
    {
        World world;
        std::atomic<bool> done = false, early = false;
        world.onRun(u"a"_s, [&](StepRun&) -> Result<QJsonObject> { QThread::msleep(80); done = true; return QJsonObject{}; });
        world.onRun(u"c"_s, [&](StepRun&) -> Result<QJsonObject> { early = !done; return QJsonObject{}; });
        QCOMPARE(world.run(World::plan({World::step(u"a"_s), World::step(u"b"_s), World::step(u"c"_s, {u"a"_s, u"b"_s})}, 4)).state, State::Done);
        QVERIFY(!early);
        QCOMPARE(world.calls().last(), u"run:c"_s);
    }

    void firstFailureIsTheCause()
    {
        World world;
        world.onRun(u"a"_s, [](StepRun&) -> Result<QJsonObject> { QThread::msleep(60); return fail(ErrorCode::NoSpace, u"The disk is full."_s); });
        world.onRun(u"b"_s, untilStopped);
        plan::Plan plan = World::plan({World::step(u"a"_s), World::step(u"b"_s), World::step(u"c"_s, {u"a"_s})}, 2);
        plan.stages.append({.id = u"second"_s, .title = {}, .parallel = 1, .steps = {World::step(u"d"_s)}});
        QElapsedTimer timer;
        timer.start();
        const Outcome outcome = world.run(plan);
        QVERIFY(timer.elapsed() < 10'000);
        QCOMPARE(outcome.state, State::FailedUnchanged);
        QCOMPARE(outcome.error->code, ErrorCode::NoSpace);
        QCOMPARE(outcome.failedStep, u"a"_s);
        QStringList calls = world.calls();
        calls.sort();
        QCOMPARE(calls, (QStringList{u"run:a"_s, u"run:b"_s})); // neither what waited for it nor the next stage
        QCOMPARE(types(world.journal(), u"b"_s), (QStringList{u"step-started"_s, u"step-failed"_s}));
    }

    /// An operator would start again what the others stop.
    void whatIsUndoneFirst()
    {
        World world;
        world.failAt(u"d"_s);
        plan::Step first = World::change(u"b"_s), repeatable = World::change(u"c"_s);
        first.parameters[u"undoFirst"] = true;
        repeatable.idempotent = true;
        const plan::Plan plan = World::plan({World::change(u"a"_s), first, repeatable, World::change(u"d"_s)});
        bool fails = true;
        world.onUndo(u"c"_s, [&fails](StepRun&) -> Result<void> { return fails ? fail(ErrorCode::Timeout, u"It stays."_s) : Result<void>(); });
        QCOMPARE(world.run(plan).state, State::NeedsAttention);
        QCOMPARE(world.calls().mid(4), (QStringList{u"undo:b"_s, u"undo:d"_s, u"undo:c"_s}));
        // So a resume does it again, in its place.
        world.forgetCalls();
        world.failAt(u"d"_s);
        fails = false;
        QCOMPARE(world.resume(plan).state, State::FailedUndone);
        QVERIFY2(world.calls().indexOf(u"run:b"_s) >= 0 && world.calls().indexOf(u"run:b"_s) < world.calls().indexOf(u"run:d"_s), qPrintable(world.calls().join(u' ')));
        QCOMPARE(world.calls().last(), u"undo:a"_s);
    }

    void undoInReverseOrder()
    {
        World world;
        world.failAt(u"d"_s);
        const Outcome outcome = world.run(World::plan({World::change(u"a"_s), World::step(u"look"_s), World::change(u"b"_s), World::change(u"c"_s), World::change(u"d"_s), World::change(u"e"_s)}));
        QCOMPARE(outcome.state, State::FailedUndone);
        QCOMPARE(outcome.failedStep, u"d"_s);
        QCOMPARE(world.calls().mid(5), (QStringList{u"undo:d"_s, u"undo:c"_s, u"undo:b"_s, u"undo:a"_s}));
        QCOMPARE(types(world.journal(), u"a"_s), (QStringList{u"step-started"_s, u"step-done"_s, u"undo-started"_s, u"undo-done"_s}));
        QCOMPARE(world.journal().last().data[u"state"].toString(), u"failed-undone"_s);
    }

    void notBeyondWhatIsProven()
    {
        World world;
        world.failAt(u"c"_s);
        plan::Step prove = World::step(u"prove"_s);
        prove.proves = true;
        const Outcome outcome = world.run(World::plan({World::change(u"a"_s), prove, World::change(u"b"_s), World::change(u"c"_s)}));
        QCOMPARE(outcome.state, State::NeedsAttention); // a's change stands
        QVERIFY(outcome.undoErrors.isEmpty());
        QCOMPARE(world.calls().mid(4), (QStringList{u"undo:c"_s, u"undo:b"_s}));
    }

    /// A resumed run does not tidy again, for what it would work with is gone.
    void whatIsTidiedBehindAProofStays()
    {
        World world;
        world.addStaying(u"tidy"_s);
        world.failAt(u"c"_s);
        plan::Step prove = World::step(u"prove"_s), tidy = World::change(u"tidy"_s);
        prove.proves = true;
        tidy.action = u"tidy"_s;
        const auto plan = World::plan({World::change(u"a"_s), prove, tidy, World::change(u"b"_s), World::change(u"c"_s)});
        QCOMPARE(world.run(plan).state, State::NeedsAttention);
        QCOMPARE(world.calls().mid(5), (QStringList{u"undo:c"_s, u"undo:b"_s}));
        world.forgetCalls();
        world.onRun(u"c"_s, [](StepRun&) -> Result<QJsonObject> { return QJsonObject{}; });
        QCOMPARE(world.resume(plan).state, State::Done);
        QVERIFY(!world.calls().contains(u"run:tidy"_s));
        QVERIFY(world.calls().contains(u"run:b"_s));
    }

    void tidyingIsTakenBackWithWhatItTidied()
    {
        World world;
        world.addStaying(u"tidy"_s);
        world.failAt(u"b"_s);
        plan::Step tidy = World::change(u"tidy"_s);
        tidy.action = u"tidy"_s;
        QCOMPARE(world.run(World::plan({World::change(u"a"_s), tidy, World::change(u"b"_s)})).state, State::FailedUndone); // nothing is proven
        QCOMPARE(world.calls().mid(3), (QStringList{u"undo:b"_s, u"undo:tidy"_s, u"undo:a"_s}));
    }

    void always()
    {
        plan::Step tidy = World::change(u"tidy"_s);
        tidy.always = true;
        const auto plan = World::plan({World::change(u"a"_s), World::step(u"b"_s), tidy});
        {
            World world;
            QCOMPARE(world.run(plan).state, State::Done);
            QCOMPARE(world.calls().count(u"run:tidy"_s), 1);
        }
        {
            World world;
            world.failAt(u"b"_s);
            QCOMPARE(world.run(plan).state, State::FailedUndone);
            QCOMPARE(world.calls(), (QStringList{u"run:a"_s, u"run:b"_s, u"undo:a"_s, u"run:tidy"_s}));
        }
        {
            World world;
            std::stop_source stop;
            world.onRun(u"b"_s, [&stop](StepRun& step) { stop.request_stop(); return untilStopped(step); });
            const Outcome outcome = world.run(plan, stop.get_token());
            QCOMPARE(outcome.state, State::FailedUndone);
            QCOMPARE(outcome.error->code, ErrorCode::Cancelled);
            QCOMPARE(world.calls(), (QStringList{u"run:a"_s, u"run:b"_s, u"undo:a"_s, u"run:tidy"_s}));
        }
        {
            World world; // what must be put back could not be: somebody has to look
            world.failAt(u"b"_s);
            world.failAt(u"tidy"_s, u"It stays."_s);
            const Outcome outcome = world.run(plan);
            QCOMPARE(outcome.state, State::NeedsAttention);
            QCOMPARE(outcome.error->message, u"It broke."_s);
            QCOMPARE(outcome.undoErrors.size(), 1);
            QCOMPARE(outcome.undoErrors.first().message, u"It stays."_s);
        }
        {
            World world; // nothing was changed, but something that the run made is left: whoever resumes it, gets it removed
            plan::Step snapshot = World::step(u"b"_s), unlink = World::step(u"unlink"_s);
            snapshot.component = unlink.component = u"backend-redis"_s;
            unlink.always = true;
            world.failAt(u"b"_s);
            world.failAt(u"unlink"_s, u"It stays."_s);
            const Outcome outcome = world.run(World::plan({snapshot, unlink}));
            QCOMPARE(outcome.state, State::NeedsAttention);
            QCOMPARE(outcome.undoErrors.size(), 1);
        }
    }

    void cancelBeforeTheStart()
    {
        World world;
        std::stop_source stop;
        stop.request_stop();
        const Outcome outcome = world.run(World::plan({World::change(u"a"_s)}), stop.get_token());
        QCOMPARE(outcome.state, State::FailedUnchanged);
        QCOMPARE(outcome.error->code, ErrorCode::Cancelled);
        QVERIFY(world.calls().isEmpty());
    }

    void undoThatFails_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("action");
        QTest::addColumn<QStringList>("calls");
        // Data is not taken back under writers that could not be stopped.
        QTest::newRow("restore") << u"restore"_s << u"test"_s << QStringList{u"undo:b"_s};
        QTest::newRow("what only lies beside") << u"restore"_s << u"mysql.stage"_s << QStringList{u"undo:b"_s, u"undo:a"_s};
        QTest::newRow("backup") << u"backup"_s << u"test"_s << QStringList{u"undo:b"_s, u"undo:a"_s};
    }
    void undoThatFails()
    {
        QFETCH(QString, kind);
        QFETCH(QString, action);
        World world;
        world.addAction(u"mysql.stage"_s);
        world.failAt(u"c"_s);
        plan::Step stays = World::change(u"stays"_s);
        stays.undoable = false;
        stays.undo = u"None: it cannot be taken back"_s;
        world.onUndo(u"b"_s, [](StepRun&) -> Result<void> { return fail(ErrorCode::Forbidden, u"You may not."_s); });
        plan::Step b = World::change(u"b"_s);
        b.action = action;
        plan::Plan plan = World::plan({World::change(u"a"_s), stays, b, World::step(u"c"_s)});
        plan.kind = kind;
        const Outcome outcome = world.run(plan);
        QCOMPARE(outcome.state, State::NeedsAttention);
        QCOMPARE(outcome.error->message, u"It broke."_s); // the cause, not the undo's trouble
        QCOMPARE(outcome.undoErrors[0].code, ErrorCode::Forbidden);
        QTEST(world.calls().mid(4), "calls");
        if (outcome.undoErrors.size() > 1)
            QVERIFY(outcome.undoErrors[1].message.contains(u"Step stays"_s));
        QVERIFY(types(world.journal(), u"b"_s).contains(u"undo-failed"_s));
    }

    /// The step that failed is the one whose undo writes down what it does.
    void undoNotesEvidence()
    {
        World world;
        world.failAt(u"b"_s);
        world.onUndo(u"b"_s, [](StepRun& step) { return step.evidence({{u"movingBack"_s, true}}); });
        const Outcome outcome = world.run(World::plan({World::change(u"a"_s), World::change(u"b"_s)}));
        QCOMPARE(outcome.state, State::FailedUndone);
        QVERIFY(outcome.undoErrors.isEmpty());
    }

    void unknownAction()
    {
        World world;
        plan::Step strange = World::change(u"b"_s);
        strange.action = u"from.the.future"_s;
        const Outcome outcome = world.run(World::plan({World::change(u"a"_s), strange}));
        QCOMPARE(outcome.state, State::FailedUndone);
        QVERIFY(outcome.error->message.contains(u"from.the.future"_s));
        QCOMPARE(world.calls(), (QStringList{u"run:a"_s, u"undo:a"_s}));
    }

    void lockLost_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<bool>("tidies");
        QTest::newRow("removed") << QByteArray() << true;
        QTest::newRow("another run's") << QByteArray(R"({"kind":"ConfigMap","metadata":{"name":"scalekeep-lock"},"data":{"nonce":"other","runId":"run-2","owner":"eve"}})") << true;
        // Whoever goes on with the run has staged its files under the same names.
        QTest::newRow("this run's, elsewhere") << QByteArray(R"({"kind":"ConfigMap","metadata":{"name":"scalekeep-lock"},"data":{"nonce":"abcd","runId":"run-1","owner":"eve","holder":"other"}})") << false;
    }
    void lockLost()
    {
        QFETCH(QByteArray, content);
        QFETCH(bool, tidies);
        World world;
        const QString file = world.lock();
        world.onRun(u"look"_s, [&](StepRun&) -> Result<QJsonObject> {
            QFile::remove(file);
            QFile other(file);
            if (!content.isEmpty() && (!other.open(QIODevice::WriteOnly) || other.write(content) != content.size()))
                return fail(ErrorCode::Io, u"test"_s);
            return QJsonObject{};
        });
        plan::Step back = World::change(u"back"_s), tidy = World::step(u"tidy"_s);
        back.always = tidy.always = true;
        const Outcome outcome = world.run(World::plan({World::change(u"a"_s), World::step(u"look"_s), World::change(u"b"_s), back, tidy}));
        QCOMPARE(outcome.state, State::NeedsAttention);
        QCOMPARE(outcome.error->code, ErrorCode::Locked);
        QCOMPARE(outcome.failedStep, u"b"_s);
        // Neither the next change nor an undo, which may destroy what the other run does; what changes nothing is still tidied.
        QStringList calls{u"run:a"_s, u"run:look"_s};
        if (tidies)
            calls.append(u"run:tidy"_s);
        QCOMPARE(world.calls(), calls);
        QCOMPARE(outcome.undoErrors.size(), 2);
    }

    void journalThatCannotBeWritten_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QStringList>("calls");
        // Nothing more is changed. A backup takes back what it changed; of a restore a later pass could not know that.
        QTest::newRow("backup") << u"backup"_s << QStringList{u"run:a"_s, u"run:look"_s, u"undo:a"_s};
        QTest::newRow("restore") << u"restore"_s << QStringList{u"run:a"_s, u"run:look"_s};
    }

    void journalThatCannotBeWritten()
    {
        QFETCH(QString, kind);
        World world;
        rlimit original{};
        QCOMPARE(getrlimit(RLIMIT_FSIZE, &original), 0);
        const auto signalHandler = std::signal(SIGXFSZ, SIG_IGN);
        world.onRun(u"look"_s, [&](StepRun&) -> Result<QJsonObject> {
            rlimit limit = original;
            limit.rlim_cur = static_cast<rlim_t>(QFileInfo(world.journalPath()).size() + 10);
            setrlimit(RLIMIT_FSIZE, &limit);
            return QJsonObject{};
        });
        plan::Plan plan = World::plan({World::change(u"a"_s), World::step(u"look"_s), World::change(u"b"_s)});
        plan.kind = kind;
        const Outcome outcome = world.run(plan);
        setrlimit(RLIMIT_FSIZE, &original);
        std::signal(SIGXFSZ, signalHandler);
        QVERIFY(outcome.error);
        QVERIFY2(outcome.error->message.contains(u"journal"_s), qPrintable(outcome.error->message));
        QTEST(world.calls(), "calls");
        QCOMPARE(outcome.state, kind == u"restore" ? State::NeedsAttention : State::FailedUndone);
        QVERIFY(world.journal().size() > 3); // whole lines only
    }
};

QTEST_GUILESS_MAIN(TestExecutor)
#include "tst_executor.moc"
