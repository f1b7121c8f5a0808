#include "situations.h"

#include <QDir>
#include <QTest>

#include <algorithm>
#include <limits>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::restore;
using State = run::Check::State;

Q_DECLARE_METATYPE(scalekeep::run::Check::State)

/// Room in the pods, on the volumes, in memory and on this machine: what cannot do is refused, and what nobody could look at never passes.
class TestSpace : public QObject {
    Q_OBJECT

    /// What runs Redis, with this memory limit; empty: none is written.
    static QJsonObject podSpec(const QString& limit)
    {
        QJsonObject container{{u"name"_s, u"backend-redis"_s}, {u"image"_s, u"redis"_s}};
        if (!limit.isEmpty())
            container[u"resources"] = QJsonObject{{u"limits"_s, QJsonObject{{u"memory"_s, limit}}}};
        return {{u"containers"_s, QJsonArray{container}}};
    }
    static QJsonObject definition(const QString& limit)
    {
        return {{u"kind"_s, u"DeploymentConfig"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"backend-redis"_s}}},
                {u"spec"_s, QJsonObject{{u"template"_s, QJsonObject{{u"spec"_s, podSpec(limit)}}}}}};
    }

private Q_SLOTS:
    void space_data()
    {
        QTest::addColumn<QString>("component");
        QTest::addColumn<qint64>("volume");  // MiB; negative: could not be looked at
        QTest::addColumn<qint64>("staging");
        QTest::addColumn<qint64>("live");    // MiB that the store takes now
        QTest::addColumn<State>("inPod");
        QTest::addColumn<State>("onVolume");
        // Bundle: 100 MiB plain, 20 MiB stored; a gzip of it takes about 26 MiB, and 8 MiB are kept free.
        QTest::newRow("MySQL, room for all") << u"system-mysql"_s << qint64(1000) << qint64(1000) << qint64(100) << State::Passed << State::Passed;
        QTest::newRow("MySQL, no room to stage") << u"system-mysql"_s << qint64(1000) << qint64(33) << qint64(100) << State::Failed << State::Passed;
        QTest::newRow("MySQL, just room to stage") << u"system-mysql"_s << qint64(1000) << qint64(35) << qint64(100) << State::Passed << State::Passed;
        QTest::newRow("MySQL, what is dropped makes room") << u"system-mysql"_s << qint64(10) << qint64(1000) << qint64(200) << State::Passed << State::Passed;
        QTest::newRow("MySQL, perhaps not enough") << u"system-mysql"_s << qint64(10) << qint64(1000) << qint64(120) << State::Passed << State::Warning;
        QTest::newRow("MySQL, volume full") << u"system-mysql"_s << qint64(10) << qint64(1000) << qint64(50) << State::Passed << State::Failed;
        QTest::newRow("PostgreSQL, both at once") << u"zync-database"_s << qint64(99) << qint64(1000) << qint64(500) << State::Passed << State::Failed;
        QTest::newRow("PostgreSQL, room") << u"zync-database"_s << qint64(300) << qint64(1000) << qint64(500) << State::Passed << State::Passed;
        QTest::newRow("Redis, room") << u"backend-redis"_s << qint64(301) << qint64(-1) << qint64(100) << State::Passed << State::Passed;
        QTest::newRow("Redis, perhaps not enough") << u"backend-redis"_s << qint64(250) << qint64(-1) << qint64(100) << State::Passed << State::Warning;
        QTest::newRow("Redis, no room") << u"backend-redis"_s << qint64(199) << qint64(-1) << qint64(100) << State::Passed << State::Failed;
        QTest::newRow("Redis, no room for the safety dump") << u"backend-redis"_s << qint64(400) << qint64(-1) << qint64(500) << State::Passed << State::Warning;
        QTest::newRow("files, beside the old ones") << u"system-storage"_s << qint64(101) << qint64(1000) << qint64(0) << State::Passed << State::Passed;
        QTest::newRow("files, no room beside") << u"system-storage"_s << qint64(99) << qint64(1000) << qint64(0) << State::Passed << State::Failed;
        QTest::newRow("files, little room in today's pod") << u"system-storage"_s << qint64(500) << qint64(5) << qint64(0) << State::Warning << State::Passed;
        QTest::newRow("nothing could be looked at") << u"system-mysql"_s << qint64(-1) << qint64(-1) << qint64(0) << State::Warning << State::Warning;
    }
    void space()
    {
        QFETCH(QString, component);
        QFETCH(qint64, volume);
        QFETCH(qint64, staging);
        QFETCH(qint64, live);
        const Situation here = situation();
        checks::Rooms rooms;
        if (volume >= 0)
            rooms.volume = store::Room{volume * mib, u"/dev/a"_s};
        if (staging >= 0)
            rooms.staging = store::Room{staging * mib, u"overlay"_s};
        if (volume < 0)
            rooms.unreadable = u"the pod does not answer"_s;
        store::Counts counts;
        counts.bytes = live * mib;
        const run::Check inPod = checks::podSpace(here, {component}, {{component, rooms}});
        const run::Check onVolume = checks::volumeSpace(here, {component}, {{component, rooms}}, {{component, {counts, {}}}});
        QTEST(inPod.state, "inPod");
        QTEST(onVolume.state, "onVolume");
        for (const run::Check& check : {inPod, onVolume}) {
            QCOMPARE(check.remedy.isEmpty(), check.state == State::Passed);
            if (!rooms.unreadable.isEmpty())
                QVERIFY2(check.evidence.contains(u"could not be looked at"_s), qPrintable(check.evidence));
        }
    }

    /// What is not there yet was not looked at: its room, its volume and its version are not known.
    void whatIsNotThereDoesNotPass()
    {
        Situation here = situation();
        const QStringList gone{u"system-mysql"_s, u"backend-redis"_s, u"system-storage"_s};
        here.live.workloads.removeIf([](const cluster::Workload& each) { return each.name == u"system-mysql" || each.name == u"backend-redis" || each.name == u"system-app"; });
        const Redactor redactor;
        const oc::Client nobody({.program = u"/bin/false"_s, .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}}, redactor);
        const auto all = [&] {
            const checks::SeenRooms rooms = checks::lookAtRooms(nobody, here, gone);
            const checks::SeenStores seen = checks::lookAtStores(nobody, here, gone);
            return QList<run::Check>{checks::podSpace(here, gone, rooms), checks::volumeSpace(here, gone, rooms, seen), checks::stores(here, gone, seen, false)};
        };
        const QList<run::Check> alone = all();
        for (const run::Check& check : alone) {
            QVERIFY2(check.state == State::Warning && !check.remedy.isEmpty(), qPrintable(check.id + check.evidence));
            QVERIFY2(check.evidence.contains(u"system-mysql could not be looked at: nothing runs on its volume (claim mysql-storage)"_s), qPrintable(check.evidence));
        }
        here.live.claims.clear();
        const QList<run::Check> absent = all();
        for (const run::Check& check : absent)
            QVERIFY2(check.state == State::Warning && check.evidence.contains(u"system-mysql could not be looked at: it is not there yet"_s), qPrintable(check.evidence));
        // Nor does what nobody was asked about.
        QVERIFY(checks::podSpace(here, gone, {}).state == State::Warning);
        QVERIFY(checks::volumeSpace(here, gone, {}, {}).state == State::Warning);
        QVERIFY(checks::stores(here, gone, {}, false).state == State::Warning);
        QVERIFY(checks::podSpace(here, {u"secrets"_s}, {}).state == State::Passed);
    }

    /// A limit that a running pod has and no definition is the namespace's; one that the live definition gave it ends with that definition.
    void memoryOfThePod_data()
    {
        QTest::addColumn<QString>("saved"); // of the bundle's definition; "-": the workloads are not restored
        QTest::addColumn<QString>("live");
        QTest::addColumn<QString>("pod");
        QTest::addColumn<State>("state");
        QTest::addColumn<QString>("evidence");
        QTest::newRow("a LimitRange's") << u"-"_s << QString() << u"50Mi"_s << State::Failed << u"its memory limit 50Mi"_s;
        QTest::newRow("none") << u"-"_s << QString() << QString() << State::Passed << u"no memory limit"_s;
        QTest::newRow("a LimitRange's, the bundle has none either") << QString() << QString() << u"50Mi"_s << State::Failed << u"its memory limit 50Mi"_s;
        QTest::newRow("the live definition's, the bundle has none") << QString() << u"50Mi"_s << u"50Mi"_s << State::Warning << u"LimitRange"_s;
        QTest::newRow("the live definition says none, the bundle nothing") << QString() << u"0"_s << u"0"_s << State::Warning << u"LimitRange"_s;
    }
    void memoryOfThePod()
    {
        QFETCH(QString, saved);
        QFETCH(QString, live);
        QFETCH(QString, pod);
        QFETCH(QString, evidence);
        Situation here = situation();
        const QString name = u"backend-redis"_s;
        const auto workload = std::find_if(here.live.workloads.begin(), here.live.workloads.end(), [&name](const cluster::Workload& each) { return each.name == name; });
        QVERIFY(workload != here.live.workloads.end());
        workload->selector.insert(u"deploymentConfig"_s, name);
        cluster::Pod running;
        running.name = u"backend-redis-1-abcde"_s;
        running.phase = u"Running"_s;
        running.ready = true;
        running.labels = workload->selector;
        here.live.pods.append(running);
        here.live.objects.append(definition(live));
        here.live.objects.append(QJsonObject{{u"kind"_s, u"Pod"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, running.name}}}, {u"spec"_s, podSpec(pod)}});
        QStringList components{name};
        if (saved != u"-") {
            here.saved.objects.append(definition(saved));
            components.append(u"workloads"_s);
        }
        const run::Check check = checks::memory(here, components);
        QTEST(check.state, "state");
        QVERIFY2(check.evidence.contains(evidence), qPrintable(check.evidence));
    }

    void memory_data()
    {
        QTest::addColumn<QString>("limit"); // of the container; the dump has 100 MiB
        QTest::addColumn<State>("state");
        QTest::addColumn<QString>("evidence");
        QTest::newRow("none, and no pod to see one from") << QString() << State::Warning << u"no limit in its definition; whether the namespace gives one (LimitRange) could not be seen"_s;
        QTest::newRow("none, said so") << u"0"_s << State::Passed << u"no memory limit"_s;
        QTest::newRow("ample") << u"300Mi"_s << State::Passed << u"its memory limit 300Mi"_s;
        QTest::newRow("perhaps too little") << u"299Mi"_s << State::Warning << u"3 times"_s;
        QTest::newRow("just the dump") << u"100Mi"_s << State::Warning << u"3 times"_s;
        QTest::newRow("less than the dump") << u"99Mi"_s << State::Failed << u"killed for want of memory"_s;
        QTest::newRow("in bytes") << u"1000000"_s << State::Failed << u"killed for want of memory"_s;
        QTest::newRow("rubbish") << u"much"_s << State::Warning << u"could not be compared"_s;
    }
    void memory()
    {
        QFETCH(QString, limit);
        QFETCH(QString, evidence);
        const QStringList redis{u"backend-redis"_s};
        Situation here = situation();
        QVERIFY(checks::memory(here, redis).state == State::Warning); // no definition that could be looked at
        here.live.objects.append(definition(limit));
        const run::Check check = checks::memory(here, redis);
        QTEST(check.state, "state");
        QVERIFY2(check.evidence.contains(evidence), qPrintable(check.evidence));
        QCOMPARE(check.remedy.isEmpty(), check.state == State::Passed);
        // Restored workloads are those of the bundle when Redis is loaded.
        here.saved.objects.append(definition(u"50Mi"_s));
        QTEST(checks::memory(here, redis).state, "state");
        QVERIFY(checks::memory(here, redis + QStringList{u"workloads"_s}).state == State::Failed);
        QVERIFY(checks::memory(here, {u"system-mysql"_s}).state == State::Passed);
    }

    /// By what is there now, where that is known; else the check says by what.
    void safetySize()
    {
        Situation here = situation();
        const QString mysql = u"system-mysql"_s, files = u"system-storage"_s;
        QCOMPARE(checks::safetySize(here, {mysql, u"backend-redis"_s}, {}, {}), (checks::SafetySize{0, 40 * mib, {mysql, u"backend-redis"_s}}));
        store::Counts grown;
        grown.bytes = 1000 * mib;
        QCOMPARE(checks::safetySize(here, {mysql}, {{mysql, {grown, {}}}}, {}), (checks::SafetySize{200 * mib, 0, {}, {}, true}));
        QCOMPARE(checks::safetySize(here, {mysql}, {{mysql, {grown, u"unreadable"_s}}}, {}), (checks::SafetySize{0, 20 * mib, {mysql}}));
        // What is given up is not kept where it cannot be read; nor is what a lost run has half-loaded.
        QCOMPARE(checks::safetySize(here, {mysql}, {{mysql, {grown, u"unreadable"_s}}}, {}, {mysql}), checks::SafetySize{});
        QCOMPARE(checks::safetySize(here, {mysql}, {{mysql, {grown, {}}}}, {}, {mysql}), (checks::SafetySize{200 * mib, 0, {}, {}, true}));
        here.left.emplace();
        here.left->inFlight.insert(mysql, QJsonObject{});
        QCOMPARE(checks::safetySize(here, {mysql}, {{mysql, {grown, u"unreadable"_s}}}, {}), checks::SafetySize{});
        here.left.reset();
        store::Counts shrunk; // its dump may be as large as it was all the same
        shrunk.bytes = 50 * mib;
        QCOMPARE(checks::safetySize(here, {mysql}, {{mysql, {shrunk, {}}}}, {}), (checks::SafetySize{10 * mib, 10 * mib, {}, {}, true}));
        checks::Rooms rooms;
        QCOMPARE(checks::safetySize(here, {files}, {}, {{files, rooms}}), (checks::SafetySize{0, 20 * mib, {files}}));
        rooms.tree = 50 * mib;
        QCOMPARE(checks::safetySize(here, {files}, {}, {{files, rooms}}), (checks::SafetySize{10 * mib, 0, {}, {}, true}));
        rooms.tree = 600 * mib; // of what is more, nobody knows that it shrinks
        QCOMPARE(checks::safetySize(here, {files}, {}, {{files, rooms}}), (checks::SafetySize{20 * mib, 500 * mib, {}, {files}, true}));
        // A hostile server's numbers end somewhere.
        rooms.tree = std::numeric_limits<qint64>::max();
        grown.bytes = std::numeric_limits<qint64>::max();
        const checks::SafetySize endless = checks::safetySize(here, {files, mysql}, {{mysql, {grown, {}}}}, {{files, rooms}});
        QVERIFY(endless.bytes > 0 && endless.bytes <= 1LL << 60 && endless.guessed > 0 && endless.guessed <= 1LL << 60);
        QVERIFY(checks::safetySpace(QDir::tempPath() + u"/s.tar"_s, {1LL << 60, 1LL << 60}).state == State::Failed);
        here.live.workloads.clear();
        QCOMPARE(checks::safetySize(here, {files, mysql}, {}, {}), checks::SafetySize{});

        const QString path = QDir::tempPath() + u"/s.tar"_s;
        const run::Check nothing = checks::safetySpace(path, {});
        QVERIFY2(nothing.state == State::Passed && !nothing.evidence.contains(u"By what"_s), qPrintable(nothing.evidence));
        const run::Check seen = checks::safetySpace(path, {1, 0, {}, {}, true});
        QVERIFY2(seen.state == State::Passed && seen.evidence.contains(u"By what is there now and in the bundle."_s), qPrintable(seen.evidence));
        const run::Check guessed = checks::safetySpace(path, {0, 1, {mysql}});
        QVERIFY2(guessed.state == State::Warning && guessed.evidence.contains(u"counted as in the bundle: system-mysql"_s) && !guessed.remedy.isEmpty(), qPrintable(guessed.evidence));
        QVERIFY(checks::safetySpace(path, {1LL << 60, 0, {mysql}}).state == State::Failed);
        // A guess that does not fit is no proof.
        for (const checks::SafetySize& much : {checks::SafetySize{1, 1LL << 60, {mysql}}, checks::SafetySize{1, 1LL << 60, {}, {files}, true}}) {
            const run::Check perhaps = checks::safetySpace(path, much);
            QVERIFY2(perhaps.state == State::Warning && perhaps.evidence.contains(u"is a guess"_s) && perhaps.remedy.contains(u"may not fit"_s), qPrintable(perhaps.evidence + perhaps.remedy));
        }
    }
};

QTEST_GUILESS_MAIN(TestSpace)
#include "tst_space.moc"
