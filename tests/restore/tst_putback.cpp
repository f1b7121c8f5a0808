#include "tests/run/world.h"

#include "engine/restore/putback.h"

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
        if (QFile::exists(file))
            QVERIFY((*Lock::show(world.client()))->left);
        // Helper pods of all are looked for.
        QFile asked(QDir(world.home()).filePath(u"asked"_s));
        QVERIFY(asked.open(QIODevice::ReadOnly));
        const QByteArray commands = asked.readAll();
        QVERIFY(commands.contains("scalekeep.io/run=abcd") && commands.contains("scalekeep.io/run=efgh") && commands.contains("scalekeep.io/run=ijkl"));
    }
};

QTEST_GUILESS_MAIN(TestPutBack)
#include "tst_putback.moc"
