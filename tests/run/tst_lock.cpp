#include "runs.h"

#include "engine/run/lockbreak.h"

#include <QJsonArray>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::run;
using State = Outcome::State;

namespace {
LockInfo restoreOf(const QString& nonce, const QString& runId, const QString& host)
{
    return {.nonce = nonce, .runId = runId, .owner = u"of "_s + runId, .host = host, .purpose = u"restore"_s, .since = QDateTime::currentDateTimeUtc(), .bundle = u"/bundles/%1.tar"_s.arg(runId),
            .safetyBundle = u"/safety/%1.tar"_s.arg(runId), .originals = {}};
}
} // namespace

/// What the lock says of runs that took it over, and of one that somebody removes it from.
class TestLock : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// The only old data is in the first run's safety bundle: whoever took its lock over and is undone leaves it with that.
    void leftAsItWasTakenOver()
    {
        World world;
        const auto first = Lock::acquire(world.client(), restoreOf(u"aaaa"_s, u"run-1"_s, u"there"_s));
        QVERIFY(first && (*first)->endanger(u"system-mysql"_s, u"load"_s, u"mysql.load"_s) && (*first)->settle(u"system-mysql"_s, true));
        QVERIFY((*first)->endanger(u"zync-database"_s, u"load"_s, u"postgresql.load"_s) && (*first)->leave());
        const auto left = Lock::show(world.client());
        QVERIFY(left && *left);

        const auto second = Lock::acquire(world.client(), restoreOf(u"bbbb"_s, u"run-2"_s, u"here"_s), true);
        QVERIFY(second && (*second)->endanger(u"backend-redis"_s, u"load"_s, u"redis.load"_s) && (*second)->settle(u"backend-redis"_s, true));
        QCOMPARE((*second)->info().safetyBundle, u"/safety/run-2.tar"_s);
        LockInfo lost = (*second)->info();
        lost.left = true;
        lost.inFlight = {};
        const QString remedy = Lock::remedy(lost, u"threescale"_s);
        QVERIFY2(remedy.contains(u"Restore all of /bundles/run-2.tar"_s) && !remedy.contains(u"the rest of /bundles"_s), qPrintable(remedy)); // run-1 loaded another bundle
        QVERIFY2(remedy.contains(u"/safety/run-2.tar on here"_s) && remedy.contains(u"What was there before run run-1 is in /safety/run-1.tar on there"_s), qPrintable(remedy));
        QVERIFY((*second)->endanger(u"backend-redis"_s, u"load"_s, u"undo:redis.load"_s) && (*second)->settle(u"backend-redis"_s, false));

        // A third one over the second, as it stands: each goes back to the one before.
        QVERIFY((*second)->leave());
        const auto third = Lock::acquire(world.client(), restoreOf(u"cccc"_s, u"run-3"_s, u"here"_s), true);
        QVERIFY(third && (*third)->release());
        auto now = Lock::show(world.client());
        QVERIFY(now && *now && (*now)->left);
        QCOMPARE((*now)->runId, u"run-2"_s);
        const auto again = Lock::adopt(world.client(), u"run-2"_s, u"of run-2"_s, u"here"_s);
        QVERIFY(again && (*again)->release());
        now = Lock::show(world.client());
        QVERIFY(now && *now);
        LockInfo asBefore = **now;
        QVERIFY(asBefore.holder != (*left)->holder);
        asBefore.holder = (*left)->holder;
        QCOMPARE(asBefore.runId, u"run-1"_s);
        QCOMPARE(asBefore.safetyBundle, u"/safety/run-1.tar"_s);
        QVERIFY(asBefore == **left);
        // Its own run may go on with it, and removes it.
        const auto own = Lock::adopt(world.client(), u"run-1"_s, u"of run-1"_s, u"there"_s);
        QVERIFY(own && (*own)->release());
        QVERIFY(!QFile::exists(QDir(world.home()).filePath(u"lock.json"_s)));
    }

    /// One that an earlier version of the program took over knows nothing of the lock before: it is left, and not lost.
    void takenOverByAnEarlierVersion()
    {
        World world;
        LockInfo info = restoreOf(u"bbbb"_s, u"run-2"_s, u"here"_s);
        info.loaded = QJsonObject{{u"system-mysql"_s, u"run-1"_s}};
        info.inherited = QJsonObject{{u"runId"_s, u"run-1"_s}, {u"nonces"_s, QJsonArray{u"aaaa"_s}}, {u"loaded"_s, info.loaded}};
        const auto lock = Lock::acquire(world.client(), info);
        QVERIFY(lock && (*lock)->release());
        const auto now = Lock::show(world.client());
        QVERIFY(now && *now && (*now)->left);
        QCOMPARE((*now)->runId, u"run-2"_s);
        QCOMPARE((*now)->loaded, info.loaded);
        QVERIFY(Lock::remedy(**now, u"threescale"_s).contains(u"Restore all of "_s));
    }

    /// What a run took over is half-loaded still when its lock was removed by hand and it is undone: the lock that says so comes again.
    void removedByHandAfterATakeOver()
    {
        Runs runs;
        runs.kind = u"restore"_s;
        {
            const auto lost = Lock::acquire(runs.world.client(), restoreOf(u"aaaa"_s, u"run-1"_s, u"there"_s));
            QVERIFY(lost && (*lost)->remember(u"configmap:redis-config"_s, u"requirepass verysecret"_s));
            QVERIFY((*lost)->endanger(u"system-mysql"_s, u"load"_s, u"mysql.load"_s) && (*lost)->leave());
        }
        runs.world.failAt(putBackStep);
        runs.world.failAt(u"b"_s);
        runs.world.onUndo(u"a"_s, [](StepRun&) -> Result<void> { return fail(ErrorCode::RemoteFailed, u"No."_s); });
        const auto ended = runs.run(World::plan({World::change(u"a"_s), World::change(u"b"_s), World::change(putBackStep)}));
        QVERIFY2(ended, ended ? "" : qPrintable(ended.error().message));
        QCOMPARE(ended->outcome.state, State::NeedsAttention);
        const QByteArray journal = content(runs.journal(ended->runId));
        QVERIFY(journal.contains("lock-inherited") && !journal.contains("verysecret")); // originals hold whole configurations
        QVERIFY(QFile::remove(runs.lockFile()));

        runs.world.onUndo(u"a"_s, {});
        const auto undone = runs.undo(ended->runId, true);
        QVERIFY2(undone, undone ? "" : qPrintable(undone.error().message));
        QCOMPARE(undone->outcome.state, State::FailedUndone);
        const auto now = Lock::show(runs.world.client());
        QVERIFY(now && *now && (*now)->left);
        QCOMPARE((*now)->runId, u"run-1"_s);
        QCOMPARE((*now)->safetyBundle, u"/safety/run-1.tar"_s);
        QCOMPARE((*now)->inFlight[u"system-mysql"][u"nonce"].toString(), u"aaaa"_s);
    }

    /// Between the moment when it is taken from its run and the one when it is gone, that run cannot go on: its originals would go with the lock.
    void notAdoptedWhileItIsRemoved()
    {
        World world;
        const QString file = world.lock();
        const auto seen = Lock::show(world.client());
        QVERIFY(seen && *seen && Lock::claim(world.client(), **seen));
        const auto adopted = Lock::adopt(world.client(), u"run-1"_s, u"admin"_s, u"here"_s);
        QVERIFY(!adopted);
        QCOMPARE(adopted.error().code, ErrorCode::Locked);
        QVERIFY2(adopted.error().message.contains(u"run run-1 (being removed)"_s), qPrintable(adopted.error().message));
        QVERIFY2(adopted.error().hint.contains(u"remove it again with scalekeep-cli unlock"_s), qPrintable(adopted.error().hint));
        // The removal failed: what it remembers can still be put back, or it is removed once more.
        const auto stayed = Lock::show(world.client());
        QVERIFY(stayed && *stayed);
        const auto putBack = Lock::adopt(world.client(), (*stayed)->runId, {}, {}, &**stayed);
        QVERIFY(putBack);
        QCOMPARE((*putBack)->info().runId, u"run-1"_s);
        QVERIFY(!breakLock(world.client(), world.home(), (*putBack)->info()).error);
        QVERIFY(!QFile::exists(file));
    }

    /// An answer that cannot be read does not say that nothing was taken.
    void garbledAnswerToTheClaim()
    {
        World world;
        const QString file = world.lock();
        const auto seen = Lock::show(world.client());
        QVERIFY(seen && *seen && put(file + u".garbled"_s, "yes"));
        const Broken broken = breakLock(world.client(), world.home(), **seen);
        QVERIFY(broken.error);
        QCOMPARE(broken.error->code, ErrorCode::BadInput);
        QVERIFY(broken.begun && QFile::exists(broken.file) && QFile::exists(file));
    }
};

QTEST_GUILESS_MAIN(TestLock)
#include "tst_lock.moc"
