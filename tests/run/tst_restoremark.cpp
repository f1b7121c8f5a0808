#include "runs.h"

#include "engine/run/restoremark.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::run;
using State = Outcome::State;

/// What a restore leaves for the backups that read meanwhile, and what these make of it.
class TestRestoreMark : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Who restores says so before the first change, and it stays said: a backup that reads meanwhile takes no lock. Each pass says it anew.
    void restoresAreMarked()
    {
        Runs runs;
        runs.kind = u"restore"_s;
        const auto mark = [&runs] { return restoreMark(runs.world.client()); };
        QCOMPARE(mark(), QString());
        ErrorCode during{};
        QByteArray first, lock;
        runs.world.onRun(u"a"_s, [&](StepRun&) -> Result<QJsonObject> {
            during = mark() ? ErrorCode::Internal : mark().error().code;
            first = content(runs.markFile());
            lock = content(runs.lockFile());
            return QJsonObject{};
        });
        const auto ended = runs.run(World::plan({World::change(u"a"_s), World::change(u"b"_s)}));
        QVERIFY2(ended, ended ? "" : qPrintable(ended.error().message));
        QCOMPARE(during, ErrorCode::Locked);
        QVERIFY(!QFile::exists(runs.lockFile()));
        QVERIFY(mark() && mark()->startsWith(ended->runId));
        QVERIFY(noRestoreSince(runs.world.client(), *mark()));
        QCOMPARE(noRestoreSince(runs.world.client(), QString()).error().code, ErrorCode::Conflict);
        QVERIFY(noRestoreSince(runs.world.client(), std::nullopt)); // of an older version
        // Undone after its lock was taken away by hand, and a backup has begun.
        runs.dieAfter(ended->runId, u"step-started"_s, u"b"_s, {});
        const QString before = *mark();
        QCOMPARE(runs.undo(ended->runId, true)->outcome.state, State::FailedUndone);
        QCOMPARE(noRestoreSince(runs.world.client(), before).error().code, ErrorCode::Conflict);
        QVERIFY(mark()->startsWith(ended->runId));
    }

    /// Nothing is begun by a restore that cannot say so.
    void cannotBeMarked()
    {
        Runs runs;
        runs.kind = u"restore"_s;
        QVERIFY(put(runs.markFile() + u".refused"_s, "yes"));
        const QString safety = QDir(runs.world.home()).filePath(u"S.scalekeep.tar"_s);
        const auto ended = runs.run(World::plan({World::change(u"a"_s)}), safety);
        QVERIFY(!ended);
        QCOMPARE(ended.error().code, ErrorCode::Forbidden);
        QVERIFY(runs.world.calls().isEmpty());
        QVERIFY(!QFile::exists(runs.lockFile()) && !QFile::exists(safety + u".partial"_s));
        QCOMPARE(runs.past(Session::runs(runs.world.home()).value(0))->state, u"failed-unchanged"_s);
    }

    /// What was begun is undone all the same.
    void undoneWithoutMark()
    {
        Runs runs;
        runs.kind = u"restore"_s;
        QByteArray lock;
        runs.world.onRun(u"a"_s, [&](StepRun&) -> Result<QJsonObject> { lock = content(runs.lockFile()); return QJsonObject{}; });
        const auto ended = runs.run(World::plan({World::change(u"a"_s), World::change(u"b"_s)}));
        QVERIFY2(ended, ended ? "" : qPrintable(ended.error().message));
        runs.dieAfter(ended->runId, u"step-done"_s, u"a"_s, lock);
        QVERIFY(put(runs.markFile() + u".refused"_s, "yes"));
        const auto undone = runs.undo(ended->runId);
        QVERIFY2(undone, undone ? "" : qPrintable(undone.error().message));
        QCOMPARE(undone->outcome.state, State::FailedUndone);
        QVERIFY(!QFile::exists(runs.lockFile()));
        QVERIFY(content(runs.journal(ended->runId)).contains("may not notice"));
    }

    /// What a backup has read before it was cut off is older than a restore that came in between.
    void restoredBetweenBackupAndResume()
    {
        for (const bool restored : {true, false}) {
            Runs runs;
            const QString path = QDir(runs.world.home()).filePath(u"B.scalekeep.tar"_s);
            QVERIFY(put(runs.markFile(), R"({"kind":"ConfigMap","metadata":{"name":"scalekeep-last"},"data":{"runId":"run-1","holder":"x"}})"));
            const auto first = runs.run(World::plan({World::step(u"a"_s), World::step(u"b"_s)}), path);
            QVERIFY2(first, first ? "" : qPrintable(first.error().message));
            QCOMPARE(runs.past(first->runId)->setup[u"restoreMark"].toString(), u"run-1 x"_s);
            runs.dieAfter(first->runId, u"step-started"_s, u"b"_s, {});
            if (restored)
                QVERIFY(put(runs.markFile(), R"({"kind":"ConfigMap","metadata":{"name":"scalekeep-last"},"data":{"runId":"run-1","holder":"y"}})"));
            runs.world.onRun(u"b"_s, [](StepRun& step) -> Result<QJsonObject> {
                return step.context.restoreMark == u"run-1 x"_s ? Result<QJsonObject>(QJsonObject{}) : fail(ErrorCode::Internal, u"The mark was forgotten."_s);
            });
            runs.world.onProbe(u"b"_s, Handler::Probe::NotHappened);
            const auto second = runs.resume(first->runId);
            QCOMPARE(second.has_value(), !restored);
            if (restored)
                QCOMPARE(second.error().code, ErrorCode::Conflict);
            else
                QCOMPARE(second->outcome.state, State::Done);
            QVERIFY(!runs.past(first->runId)->resumable); // it is not offered for ever
            QCOMPARE(runs.world.calls().contains(u"run:b"_s), !restored);
        }
    }

    /// Between its checks and its first read: nothing is begun under a restore's lock.
    void noBackupUnderARestore()
    {
        Runs runs;
        QVERIFY(put(runs.lockFile(), R"({"kind":"ConfigMap","metadata":{"name":"scalekeep-lock"},"data":{"nonce":"other","runId":"run-2","owner":"eve","host":"elsewhere","purpose":"restore"}})"));
        const auto ended = runs.run(World::plan({World::step(u"a"_s)}));
        QVERIFY(!ended);
        QCOMPARE(ended.error().code, ErrorCode::Locked);
        QVERIFY(runs.world.calls().isEmpty() && Session::runs(runs.world.home()).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestRestoreMark)
#include "tst_restoremark.moc"
