#include "world.h"

#include "engine/run/kept.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::run;

/// What of a half-written bundle still shows one moment when its run goes on.
class TestKept : public QObject {
    Q_OBJECT

    World m_world;

    static plan::Step dump(const QString& component, const QString& after = {})
    {
        plan::Step step = World::step(u"dump:"_s + component);
        step.component = component;
        if (!after.isEmpty())
            step.parameters[u"afterSnapshotOf"] = after;
        return step;
    }
    static Event done(const QString& id, const QString& state = u"proven"_s)
    {
        const QString verb = id.section(u':', 0, 0), component = id.section(u':', 1);
        return {.type = u"step-done"_s, .step = id, .data = {{u"result"_s, verb == u"dump" ? QJsonObject{{u"entry"_s, QJsonObject{{u"id"_s, component}, {u"state"_s, state}}}} : QJsonObject{{u"of"_s, id}}}}};
    }
    Result<Kept> kept(const QList<Event>& events)
    {
        Past past;
        plan::Step stop = World::change(u"quiesce"_s), later = World::change(u"stop-redis"_s), helper = World::change(u"helper:files"_s);
        stop.action = later.action = u"workloads.stop"_s;
        past.plan = World::plan({stop, World::step(u"snapshot:redis"_s), helper, dump(u"db"_s), dump(u"redis"_s), dump(u"files"_s, u"db"_s), later});
        past.events = events;
        Context context;
        context.client = &m_world.client();
        return keptOf(past, m_world.handlers(), context, {});
    }
    static QStringList again(const Kept& kept)
    {
        QStringList ids;
        for (const Event& event : kept.again)
            ids.append(event.type + u' ' + event.step);
        return ids;
    }

private Q_SLOTS:
    void initTestCase() { m_world.addAction(u"workloads.stop"_s); }

    void writers_data()
    {
        QTest::addColumn<bool>("stillStopped");
        QTest::addColumn<QList<Event>>("since");
        QTest::addColumn<bool>("keeps");
        QTest::newRow("stopped still") << true << QList<Event>{} << true;
        QTest::newRow("started by somebody") << false << QList<Event>{} << false;
        QTest::newRow("started by an undo that was cut off") << true << QList<Event>{{.type = u"undo-started"_s, .step = u"quiesce"_s}} << false;
        QTest::newRow("stopped again by an earlier resume") << true << QList<Event>{{.type = u"step-again"_s, .step = u"quiesce"_s}, done(u"quiesce"_s)} << true;
    }
    void writers()
    {
        QFETCH(bool, stillStopped);
        QFETCH(QList<Event>, since);
        QFETCH(bool, keeps);
        m_world.onRecall(u"quiesce"_s, [stillStopped](StepRun&, const QJsonObject& result) -> Result<bool> { return stillStopped && result[u"of"].toString() == u"quiesce"; });
        const auto found = kept(QList<Event>{done(u"quiesce"_s), done(u"snapshot:redis"_s), done(u"helper:files"_s), done(u"db"_s), done(u"dump:db"_s), done(u"dump:redis"_s)} + since);
        QVERIFY(found);
        QCOMPARE(found->components, keeps ? (QStringList{u"db"_s, u"redis"_s}) : QStringList{});
        // What changes the cluster is looked at by its own handler.
        QCOMPARE(again(*found), keeps ? QStringList{} : (QStringList{u"step-again snapshot:redis"_s, u"step-again dump:db"_s, u"step-again dump:redis"_s}));
    }

    void cannotLook()
    {
        m_world.onRecall(u"quiesce"_s, [](StepRun&, const QJsonObject&) -> Result<bool> { return fail(ErrorCode::Unreachable, u"No route."_s); });
        const auto found = kept({done(u"quiesce"_s), done(u"dump:db"_s)});
        QVERIFY(!found);
        QCOMPARE(found.error().code, ErrorCode::Unreachable);
    }

    /// Files that are older than the database which names them would lack some of them.
    void older()
    {
        m_world.onRecall(u"quiesce"_s, {});
        const auto found = kept({done(u"quiesce"_s), done(u"dump:redis"_s), done(u"dump:files"_s)});
        QVERIFY(found);
        QCOMPARE(found->components, QStringList{u"redis"_s});
        QCOMPARE(again(*found), QStringList{u"step-again dump:files"_s});
    }

    /// The journal says that both were read; where the file has only the files whole, they are not kept.
    void olderThanADamagedOne()
    {
        m_world.onRecall(u"quiesce"_s, {});
        const auto found = kept({done(u"quiesce"_s), done(u"dump:db"_s), done(u"dump:redis"_s), done(u"dump:files"_s)});
        QVERIFY(found);
        QCOMPARE(found->components, (QStringList{u"db"_s, u"redis"_s, u"files"_s}));
        QCOMPARE(found->after, (QMap<QString, QString>{{u"files"_s, u"db"_s}}));
    }

    /// A safety bundle of a database that is gone or cannot be read: no file can have it, and what was read behind it is kept all the same.
    void behindNothing()
    {
        m_world.onRecall(u"quiesce"_s, {});
        for (const QString& state : {u"absent"_s, u"unreadable"_s}) {
            const auto found = kept({done(u"quiesce"_s), done(u"dump:db"_s, state), done(u"dump:redis"_s), done(u"dump:files"_s)});
            QVERIFY(found);
            QCOMPARE(found->components, (QStringList{u"db"_s, u"redis"_s, u"files"_s}));
            QVERIFY(found->after.isEmpty());
        }
    }
};

QTEST_GUILESS_MAIN(TestKept)
#include "tst_kept.moc"
