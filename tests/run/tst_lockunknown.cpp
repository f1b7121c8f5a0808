#include "runs.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::run;
using State = Outcome::State;

/// A run that is not known to have its lock.
class TestLockUnknown : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// The connection is lost while the lock is taken: it may be there, so the run is not over. Undone, or begun after all, it leaves no lock.
    void lockUnknown_data()
    {
        QTest::addColumn<bool>("killed");
        QTest::addColumn<bool>("taken");
        QTest::addColumn<bool>("undo");
        for (const bool killed : {true, false}) {
            for (const bool taken : {true, false}) {
                for (const bool undo : {true, false})
                    QTest::addRow("%s, %s, %s", killed ? "the client was killed" : "no connection", taken ? "it was taken" : "it was not taken", undo ? "undone" : "resumed") << killed << taken << undo;
            }
        }
    }
    void lockUnknown()
    {
        QFETCH(bool, killed);
        QFETCH(bool, taken);
        QFETCH(bool, undo);
        Runs runs;
        const QString path = QDir(runs.world.home()).filePath(u"B.scalekeep.tar"_s), lost = runs.lockFile() + u".lost"_s;
        QVERIFY(put(lost, killed ? "killed\n" : "yes\n"));
        const auto first = runs.run(World::plan({World::change(u"a"_s)}), path);
        QVERIFY(!first);
        QCOMPARE(first.error().code, ErrorCode::LockUnknown); // of which the exit code is made
        const QString id = Session::runs(runs.world.home()).value(0);
        QVERIFY2(first.error().message.startsWith(u"It is not known whether namespace threescale was locked for run %1"_s.arg(id)), qPrintable(first.error().message));
        QVERIFY2(first.error().hint.contains(u"undo the run"_s) && first.error().hint.contains(u"or resume it"_s), qPrintable(first.error().hint));
        QVERIFY2(!first.error().hint.contains(u"scalekeep-cli"_s), qPrintable(first.error().hint)); // the window shows it, too
        QVERIFY(QFile::exists(runs.lockFile()) && QFile::exists(path + u".partial"_s));
        QVERIFY(QFile::remove(lost) && (taken || QFile::remove(runs.lockFile())));
        QCOMPARE(runs.past(id)->state, u"interrupted"_s);
        const auto second = undo ? runs.undo(id) : runs.resume(id);
        QVERIFY2(second, second ? "" : qPrintable(second.error().message));
        QCOMPARE(second->outcome.state, undo ? State::FailedUndone : State::Done);
        QCOMPARE(runs.world.calls(), undo ? QStringList{} : QStringList{u"run:a"_s});
        QVERIFY(!QFile::exists(runs.lockFile()));
    }

    /// A run that was to take a left lock over, and is not known to have it: it had not. Undone it is over, resumed it takes it then.
    void takeoverUnknown()
    {
        for (const bool undo : {true, false}) {
            Runs runs;
            QVERIFY(put(runs.lockFile(), content(runs.world.lock()).replace("restore", "backup"))); // under a restore's no backup begins
            {
                const auto lost = Lock::adopt(runs.world.client(), u"run-1"_s, u"eve"_s, u"there"_s);
                QVERIFY(lost && (*lost)->leave());
            }
            const QString stays = runs.lockFile() + u".stays"_s, path = QDir(runs.world.home()).filePath(u"B.scalekeep.tar"_s);
            QVERIFY(put(stays, "yes"));
            const auto first = runs.run(World::plan({World::change(u"a"_s), World::change(putBackStep)}), path);
            QVERIFY(!first);
            QVERIFY2(first.error().message.startsWith(u"It is not known"_s), qPrintable(first.error().message));
            const QString id = Session::runs(runs.world.home()).value(0);
            QVERIFY(QFile::remove(stays));
            const auto second = undo ? runs.undo(id) : runs.resume(id);
            QVERIFY2(second, second ? "" : qPrintable(second.error().message));
            QCOMPARE(second->outcome.state, undo ? State::FailedUndone : State::Done);
            QCOMPARE(runs.world.calls(), undo ? QStringList{} : (QStringList{u"run:a"_s, u"run:"_s + putBackStep}));
            QVERIFY(!runs.past(id)->resumable && !runs.past(id)->undoable);
            const auto holder = Lock::show(runs.world.client());
            QVERIFY(holder && *holder && (*holder)->left);
            QCOMPARE((*holder)->runId, u"run-1"_s); // whose lock it was, and is: these steps have put nothing back
        }
    }

    /// Ctrl-C while the lock is taken: it is taken, and whoever was cancelled releases it.
    void cancelledWhileLocking()
    {
        Runs runs;
        std::stop_source stop;
        stop.request_stop();
        const LockInfo info{.nonce = u"abcd"_s, .runId = u"run-1"_s, .owner = u"admin"_s, .host = u"here"_s, .purpose = u"restore"_s, .since = QDateTime::currentDateTimeUtc(), .originals = {}};
        const auto lock = Lock::acquire(runs.world.client().withObserver({}, stop.get_token()), info);
        QVERIFY2(lock, lock ? "" : qPrintable(lock.error().message));
        QVERIFY((*lock)->release());
        QVERIFY(!QFile::exists(runs.lockFile()));
    }
};

QTEST_GUILESS_MAIN(TestLockUnknown)
#include "tst_lockunknown.moc"
