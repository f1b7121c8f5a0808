#include "tests/run/world.h"

#include "engine/restore/putback.h"
#include "engine/run/session.h"

#include <QDir>
#include <QFile>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using run::Lock;

/// What `unlock --put-back` makes of a lock, in a namespace that has nothing else.
class TestPutBack : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// The lost run had itself taken a lock over: when everything is back the lock goes, and until then it stays.
    void ofARunThatTookOver_data()
    {
        QTest::addColumn<bool>("mixed");
        QTest::addColumn<bool>("halfLoaded");
        QTest::newRow("everything is back") << true << false;
        QTest::newRow("the mixture is not accepted") << false << false;
        QTest::newRow("half-loaded before both") << true << true;
    }
    void ofARunThatTookOver()
    {
        QFETCH(bool, mixed);
        QFETCH(bool, halfLoaded);
        const auto catalog = catalog::catalogFor(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
        QVERIFY(catalog);
        World world;
        const QString file = world.lock();
        {
            const auto first = Lock::adopt(world.client(), u"run-1"_s, u"eve"_s, u"there"_s);
            QVERIFY(first && (*first)->endanger(u"system-mysql"_s, u"load"_s, u"mysql.load"_s) && (*first)->leave());
            const auto second = Lock::acquire(world.client(), {.nonce = u"efgh"_s, .runId = u"run-2"_s, .owner = u"eve"_s, .host = u"there"_s, .purpose = u"restore"_s, .since = QDateTime::currentDateTimeUtc(), .originals = {}}, true);
            QVERIFY(second && (halfLoaded || (*second)->settle(u"system-mysql"_s, true)));
            QVERIFY(!(*second)->info().inherited.isEmpty() && (*second)->leave());
            // Over before it came to put anything back.
            const auto third = Lock::acquire(world.client(), {.nonce = u"ijkl"_s, .runId = u"run-3"_s, .owner = u"eve"_s, .host = u"there"_s, .purpose = u"restore"_s, .since = QDateTime::currentDateTimeUtc(), .originals = {}}, true);
            QVERIFY(third);
        }
        const auto back = restore::takeOver(world.client(), *catalog, world.redactor(), u"admin"_s, [](const QString&) {}, mixed);
        QVERIFY2(back, back ? "" : qPrintable(back.error().message));
        QCOMPARE(back->halfLoaded, halfLoaded ? QStringList{u"system-mysql"_s} : QStringList{});
        QCOMPARE(back->mixed, mixed ? QStringList{} : QStringList{u"system-mysql"_s});
        QCOMPARE(QFile::exists(file), halfLoaded || !mixed);
        if (QFile::exists(file)) {
            const auto left = Lock::show(world.client());
            QVERIFY(left && *left && (*left)->left);
            // Where the safety bundle is, not where it was put back.
            QCOMPARE((*left)->owner, u"eve"_s);
            QCOMPARE((*left)->host, u"there"_s);
        }
        // Helper pods of all are looked for.
        QFile asked(QDir(world.home()).filePath(u"asked"_s));
        QVERIFY(asked.open(QIODevice::ReadOnly));
        const QByteArray commands = asked.readAll();
        QVERIFY(commands.contains("scalekeep.io/run=abcd") && commands.contains("scalekeep.io/run=efgh") && commands.contains("scalekeep.io/run=ijkl"));
    }

    /// Two lost runs, one after the other, have put files aside: each has what it found, so the last one's go back first.
    void filesOfTwoRuns_data()
    {
        QTest::addColumn<QString>("component");
        QTest::addColumn<QString>("action");
        QTest::addColumn<QString>("staged");
        QTest::addColumn<bool>("firstToo");
        QTest::addColumn<QString>("failing");
        QTest::addColumn<QStringList>("takenBack");
        QTest::addColumn<bool>("halfLoaded");
        QTest::newRow("both loaded Redis") << u"backend-redis"_s << u"redis.load"_s << u"redis.stage"_s << true << QString() << QStringList{u"efgh"_s, u"abcd"_s} << false;
        QTest::newRow("both swapped them") << u"system-storage"_s << u"files.swap"_s << u"files.extract"_s << true << QString() << QStringList{u"efgh"_s, u"abcd"_s} << false;
        QTest::newRow("the older ones cannot be put back") << u"system-storage"_s << u"files.swap"_s << u"files.extract"_s << true << u"abcd"_s << QStringList{u"efgh"_s, u"abcd"_s} << true;
        QTest::newRow("the younger ones cannot be put back") << u"system-storage"_s << u"files.swap"_s << u"files.extract"_s << true << u"efgh"_s << QStringList{u"efgh"_s} << true;
        QTest::newRow("only the second one swapped them") << u"system-storage"_s << u"files.swap"_s << u"files.extract"_s << false << QString() << QStringList{u"efgh"_s} << false;
    }
    void filesOfTwoRuns()
    {
        QFETCH(QString, component);
        QFETCH(QString, action);
        QFETCH(QString, staged);
        QFETCH(bool, firstToo);
        QFETCH(QString, failing);
        QFETCH(QStringList, takenBack);
        QFETCH(bool, halfLoaded);
        const auto catalog = catalog::catalogFor(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
        QVERIFY(catalog);
        World world;
        world.lock();
        for (const QString& known : {action, staged, u"helper.create"_s, u"rollouts.pause"_s, u"workloads.stop"_s})
            world.addAction(known);
        QStringList taken;
        world.onUndo(action, [&taken, failing](run::StepRun& undone) -> Result<void> {
            taken.append(undone.context.nonce);
            return undone.context.nonce == failing ? Result<void>(fail(ErrorCode::RemoteFailed, u"No."_s)) : Result<void>{};
        });
        bool acceptsMixed = false;
        world.onUndo(u"workloads.stop"_s, [&acceptsMixed](run::StepRun& undone) -> Result<void> {
            acceptsMixed = undone.step.parameters[u"acceptMixed"].toBool();
            return {};
        });
        const auto swaps = [&component, &action](Lock& lock) { return lock.endanger(component, u"swap:"_s + component, action).has_value(); };
        const auto first = Lock::adopt(world.client(), u"run-1"_s, u"eve"_s, u"there"_s);
        QVERIFY(first && (!firstToo || swaps(**first)) && (*first)->leave());
        const auto second = Lock::acquire(world.client(), {.nonce = u"efgh"_s, .runId = u"run-2"_s, .owner = u"eve"_s, .host = u"there"_s, .purpose = u"restore"_s, .since = QDateTime::currentDateTimeUtc(), .originals = {}}, true);
        QVERIFY(second && swaps(**second) && (*second)->leave());

        const auto lock = Lock::adopt(world.client(), u"run-2"_s, u"admin"_s, u"here"_s);
        QVERIFY(lock);
        run::Context context;
        context.client = &world.client();
        context.catalog = &*catalog;
        context.redactor = &world.redactor();
        context.lock = lock->get();
        context.nonce = u"efgh"_s;
        plan::Step own;
        own.id = own.title = run::putBackStep;
        run::StepRun step{.context = context, .step = own, .client = world.client(), .stop = {}, .progress = [](qint64, qint64, const QString&) {}, .log = [](const QString&) {},
                          .evidence = [](const QJsonObject&) -> Result<void> { return {}; }, .earlierEvidence = {}, .evidenceOf = [](const QString&) { return QList<QJsonObject>{}; }, .found = {}};
        const auto back = restore::putBack(step, QStringList{u"efgh"_s, u"abcd"_s}, world.handlers(), true);
        QVERIFY2(back, back ? "" : qPrintable(back.error().message));
        QCOMPARE(taken, takenBack);
        QCOMPARE(back->halfLoaded, halfLoaded ? QStringList{component} : QStringList{});
        QCOMPARE(acceptsMixed, !halfLoaded); // or it would start nothing that an older run had stopped
        QCOMPARE((*Lock::show(world.client()))->inFlight.isEmpty(), !halfLoaded);
        QVERIFY(halfLoaded || (*lock)->inheritedInFlight().isEmpty());
        // The first helper pod lets go of the volume before the next one is made.
        QCOMPARE(world.calls().contains(u"undo:helper.create"_s), takenBack.size() > 1);
        // What it had staged goes while it can still be reached.
        if (takenBack.size() > 1)
            QCOMPARE(world.calls().mid(0, 3), (QStringList{u"undo:"_s + action, u"undo:"_s + staged, u"undo:helper.create"_s}));
    }
};

QTEST_GUILESS_MAIN(TestPutBack)
#include "tst_putback.moc"
