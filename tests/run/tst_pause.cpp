#include "world.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QTest>

#include <thread>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::run;
using State = Outcome::State;
using Probe = Handler::Probe;

Q_DECLARE_METATYPE(scalekeep::run::Handler::Probe)

namespace {
constexpr int patience = 20'000;

Result<QJsonObject> lost()
{
    return fail(ErrorCode::NotLoggedIn, u"The token has expired."_s);
}

QStringList types(const QList<Event>& events)
{
    QStringList list;
    for (const Event& event : events)
        list.append(event.step.isEmpty() ? event.type : u"%1:%2"_s.arg(event.type, event.step));
    return list;
}

template <class Condition>
bool soon(Condition condition)
{
    QElapsedTimer timer;
    timer.start();
    while (!condition() && timer.elapsed() < patience)
        QThread::msleep(2);
    return condition();
}
} // namespace

/// Who may hold a run up: somebody who pauses it, and a login that is gone.
class TestPause : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void beforeTheNextStep()
    {
        World world;
        Pause pause;
        world.guards.pause = &pause;
        world.onRun(u"a"_s, [&pause](StepRun&) -> Result<QJsonObject> { pause.hold(true); return QJsonObject{}; });
        QStringList whileHeld;
        std::jthread releaser([&] {
            if (soon([&] { return pause.waiting(); })) {
                QThread::msleep(50);
                whileHeld = world.calls();
            }
            pause.hold(false);
        });
        QCOMPARE(world.run(World::plan({World::change(u"a"_s), World::change(u"b"_s)})).state, State::Done);
        releaser.join();
        QCOMPARE(whileHeld, QStringList{u"run:a"_s});
        QCOMPARE(world.calls(), (QStringList{u"run:a"_s, u"run:b"_s}));
        QVERIFY(!pause.waiting());
        const QStringList journal = types(world.journal());
        QVERIFY(journal.indexOf(u"step-done:a"_s) < journal.indexOf(u"paused"_s));
        QVERIFY(journal.indexOf(u"paused"_s) < journal.indexOf(u"resumed"_s));
        QVERIFY(journal.indexOf(u"resumed"_s) < journal.indexOf(u"step-started:b"_s));
    }

    /// What runs goes on to its end; a held run that is cancelled takes back what it changed without being asked again.
    void cancelled()
    {
        World world;
        Pause pause;
        world.guards.pause = &pause;
        std::stop_source stop;
        world.onRun(u"a"_s, [&pause](StepRun&) -> Result<QJsonObject> { pause.hold(true); return QJsonObject{}; });
        std::jthread canceller([&] { if (soon([&] { return pause.waiting(); })) stop.request_stop(); });
        const Outcome outcome = world.run(World::plan({World::change(u"a"_s), World::change(u"b"_s)}), stop.get_token());
        QCOMPARE(outcome.state, State::FailedUndone);
        QCOMPARE(outcome.error->code, ErrorCode::Cancelled);
        QCOMPARE(world.calls(), (QStringList{u"run:a"_s, u"undo:a"_s}));
        QVERIFY(pause.held());
    }

    void nothingLeftToHold()
    {
        World world;
        Pause pause;
        world.guards.pause = &pause;
        world.onRun(u"b"_s, [&pause](StepRun&) -> Result<QJsonObject> { pause.hold(true); return QJsonObject{}; });
        QCOMPARE(world.run(World::plan({World::change(u"a"_s), World::change(u"b"_s)})).state, State::Done);
        QVERIFY(!types(world.journal()).contains(u"paused"_s));
    }

    void loginLost_data()
    {
        QTest::addColumn<bool>("changes");
        QTest::addColumn<bool>("idempotent");
        QTest::addColumn<Probe>("probe");
        QTest::addColumn<QStringList>("calls");
        const QStringList again{u"run:b"_s, u"run:b"_s, u"run:c"_s}, probed{u"run:b"_s, u"probe:b"_s, u"run:b"_s, u"run:c"_s}, happened{u"run:b"_s, u"probe:b"_s, u"run:c"_s},
            undone{u"run:b"_s, u"probe:b"_s, u"undo:b"_s};
        QTest::newRow("reads") << false << false << Probe::Unknown << again;
        QTest::newRow("may be repeated") << true << true << Probe::Unknown << again;
        QTest::newRow("not happened") << true << false << Probe::NotHappened << probed;
        QTest::newRow("happened") << true << false << Probe::Happened << happened;
        QTest::newRow("partly") << true << false << Probe::Partly << undone;
        QTest::newRow("unknown") << true << false << Probe::Unknown << undone;
    }
    void loginLost()
    {
        QFETCH(bool, changes);
        QFETCH(bool, idempotent);
        QFETCH(Probe, probe);
        QFETCH(QStringList, calls);
        World world;
        plan::Step b = changes ? World::change(u"b"_s) : World::step(u"b"_s);
        b.idempotent = idempotent;
        world.onProbe(u"b"_s, probe);
        int asked = 0;
        world.guards.onLoginLost = [&asked](const Error& error, std::stop_token) { ++asked; return error.code == ErrorCode::NotLoggedIn; };
        bool valid = false;
        world.onRun(u"b"_s, [&valid](StepRun&) { return std::exchange(valid, true) ? Result<QJsonObject>(QJsonObject{}) : lost(); });
        const Outcome outcome = world.run(World::plan({b, World::change(u"c"_s)}));
        QCOMPARE(asked, 1);
        QCOMPARE(world.calls(), calls);
        QCOMPARE(outcome.state, calls.contains(u"run:c"_s) ? State::Done : State::FailedUndone);
        const QStringList journal = types(world.journal());
        QVERIFY(journal.indexOf(u"login-lost:b"_s) > 0);
        QCOMPARE(journal.indexOf(u"login-renewed:b"_s), journal.indexOf(u"login-lost:b"_s) + 1);
    }

    /// Steps that lose it together ask once, and all go on.
    void askedOnce()
    {
        World world;
        std::atomic<bool> valid = false;
        std::atomic<int> asked = 0, failed = 0;
        QList<plan::Step> steps;
        for (const QString& id : {u"a"_s, u"b"_s, u"c"_s}) {
            steps.append(World::step(id));
            world.onRun(id, [&](StepRun&) {
                if (valid)
                    return Result<QJsonObject>(QJsonObject{});
                ++failed;
                return lost();
            });
        }
        world.guards.onLoginLost = [&](const Error&, std::stop_token) {
            ++asked;
            valid = soon([&] { return failed == 3; });
            return valid.load();
        };
        QCOMPARE(world.run(World::plan(steps, 3)).state, State::Done);
        QCOMPARE(asked.load(), 1);
        QCOMPARE(world.calls().size(), 6);
    }

    void notRenewed_data()
    {
        QTest::addColumn<bool>("cancel");
        QTest::newRow("given up") << false;
        QTest::newRow("cancelled while it waits") << true;
    }
    void notRenewed()
    {
        QFETCH(bool, cancel);
        World world;
        std::stop_source stop;
        int asked = 0;
        world.guards.onLoginLost = [&](const Error&, std::stop_token token) {
            ++asked;
            if (cancel)
                stop.request_stop();
            return cancel && !soon([&token] { return token.stop_requested(); });
        };
        world.onRun(u"b"_s, [](StepRun&) { return lost(); });
        const Outcome outcome = world.run(World::plan({World::change(u"a"_s), World::step(u"b"_s)}), stop.get_token());
        QCOMPARE(asked, 1);
        QCOMPARE(outcome.state, State::FailedUndone);
        QCOMPARE(outcome.error->code, ErrorCode::NotLoggedIn);
        QVERIFY(!types(world.journal()).contains(u"login-renewed:b"_s));
    }

    /// An undo that finds no login is not given up either.
    void duringUndo()
    {
        World world;
        bool valid = false;
        world.guards.onLoginLost = [&valid](const Error&, std::stop_token) { return valid = true; };
        world.onUndo(u"a"_s, [&valid](StepRun&) -> Result<void> { return valid ? Result<void>{} : Result<void>(fail(ErrorCode::NotLoggedIn, u"The token has expired."_s)); });
        world.failAt(u"b"_s);
        QCOMPARE(world.run(World::plan({World::change(u"a"_s), World::step(u"b"_s)})).state, State::FailedUndone);
        QCOMPARE(world.calls(), (QStringList{u"run:a"_s, u"run:b"_s, u"undo:a"_s, u"undo:a"_s}));
    }
};

QTEST_GUILESS_MAIN(TestPause)
#include "tst_pause.moc"
