#include "tests/models/restore/restorefixture.h"

#include <QSignalSpy>

using namespace scalekeep;
using namespace scalekeep::models;
using namespace Qt::Literals::StringLiterals;
using scalekeep::test::RestoreFixture;
using Step = RestoreSession::Step;

class TestRestoreSession : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void bundleThenItsOwnNamespace()
    {
        RestoreFixture f;
        QVERIFY(f.session.whyNot(Step::Bundle).contains(u"bundle"_s));
        QVERIFY(!f.session.canGoTo(Step::Target));
        QVERIFY(f.opened());
        QCOMPARE(f.session.whyNot(Step::Bundle), QString());
        QVERIFY(f.session.target().has_value());
        QCOMPARE(f.session.target()->title(), u"north / threescale"_s);
        QCOMPARE(f.session.kinship(), Kinship::Own);
        QCOMPARE(f.session.components()->chosen(), QStringList({u"system-mysql"_s, u"backend-redis"_s, u"system-storage"_s, u"secrets"_s}));
        QVERIFY(f.session.canGoTo(Step::Check));
    }

    void noBundle()
    {
        RestoreFixture f;
        const QString path = f.home.filePath(u"not-a-bundle.scalekeep.tar"_s);
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("nonsense");
        file.close();
        f.session.begin(path, {});
        QTRY_VERIFY(!f.session.opening());
        QVERIFY(f.session.bundleError().has_value());
        QVERIFY(!f.session.whyNot(Step::Bundle).isEmpty());
        f.session.goTo(Step::Target);
        QCOMPARE(f.session.step(), Step::Bundle);
    }

    void theLaterBundleCounts()
    {
        RestoreFixture f;
        const QString first = f.writeBundle(u"a.scalekeep.tar"_s), second = f.writeBundle(u"b.scalekeep.tar"_s);
        f.session.openBundle(first);
        f.session.openBundle(second);
        QTRY_VERIFY(!f.session.opening());
        QCOMPARE(f.session.bundlePath(), second);
        QVERIFY(f.session.header().has_value());
    }

    void refusedTargets()
    {
        RestoreFixture f;
        QVERIFY(f.opened());
        f.session.setTarget(NamespaceRef{u"south"_s, u"threescale"_s});
        QVERIFY2(f.session.whyNot(Step::Target).contains(u"read only"_s), qPrintable(f.session.whyNot(Step::Target)));
        QVERIFY(!f.session.canGoTo(Step::Components));
        f.session.setTarget(NamespaceRef{u"north"_s, u"No Name!"_s});
        QVERIFY(f.session.whyNot(Step::Target).contains(u"No Name!"_s));
        f.session.setTarget(NamespaceRef{u"west"_s, u"threescale"_s});
        QVERIFY(f.session.whyNot(Step::Target).contains(u"west"_s));
        f.session.setTarget(NamespaceRef{u"north"_s, u"acme-api"_s});
        QCOMPARE(f.session.kinship(), Kinship::Other);
        QVERIFY(f.session.whyNot(Step::Target).contains(u"another installation"_s));
        f.session.setMap(true);
        QCOMPARE(f.session.whyNot(Step::Target), QString());
        // Allowed for that namespace, not for the next.
        f.session.setTarget(NamespaceRef{u"north"_s, u"gone"_s});
        QVERIFY(!f.session.options().map);

        f.session.setTarget(NamespaceRef{u"north"_s, u"threescale"_s});
        QCOMPARE(f.session.whyNot(Step::Target), QString());
        cluster::Cluster north = f.clusters.cluster(u"north"_s)->cluster;
        f.put(north, {u"threescale"_s}, ConnectionState::LoginExpired);
        QVERIFY(f.session.whyNot(Step::Target).contains(u"log in"_s));
    }

    void recreatedProject()
    {
        RestoreFixture f;
        ClusterState state = *f.clusters.cluster(u"north"_s);
        for (NamespaceState& each : state.namespaces)
            each.inventory.projectUid = u"uid-new"_s;
        f.clusters.put(state);
        QVERIFY(f.opened());
        QCOMPARE(f.session.kinship(), Kinship::Recreated);
        QVERIFY(!f.session.whyNot(Step::Target).isEmpty());
        f.session.setMap(true);
        QCOMPARE(f.session.whyNot(Step::Target), QString());
    }

    void safetyOffNeedsAReason()
    {
        RestoreFixture f;
        QVERIFY(f.opened());
        f.session.goTo(Step::Components);
        QCOMPARE(f.session.step(), Step::Components);
        f.session.setSafety(false);
        QVERIFY(!f.session.whyNot(Step::Components).isEmpty());
        f.session.setReason(u"   "_s);
        QVERIFY(!f.session.whyNot(Step::Components).isEmpty());
        QVERIFY(!f.session.canGoTo(Step::Check));
        f.session.setReason(u"The disk is full."_s);
        QCOMPARE(f.session.whyNot(Step::Components), QString());
        f.session.setTemplateFile(f.home.filePath(u"missing.yml"_s));
        QVERIFY(f.session.whyNot(Step::Components).contains(u"missing.yml"_s));
        f.session.setTemplateFile({});
        f.session.components()->choose({});
        QVERIFY(!f.session.whyNot(Step::Components).isEmpty());
    }

    void confirmed()
    {
        RestoreFixture f;
        QVERIFY(f.checked());
        QVERIFY(f.session.checksPassed());
        QVERIFY(!f.session.canStart());
        f.session.setTypedName(u"threescal"_s);
        QVERIFY(!f.session.canStart());
        f.session.setTypedName(u"threescale "_s);
        QVERIFY(!f.session.canStart());
        f.session.setTypedName(u"threescale"_s);
        QVERIFY(f.session.canStart());
        QVERIFY2(f.session.summary().contains(u"without service"_s), qPrintable(f.session.summary()));
    }

    void failedCheckForbids()
    {
        RestoreFixture f;
        QList<run::Check> checks = RestoreFixture::passed();
        checks[0].state = run::Check::State::Failed;
        QVERIFY(f.checked(checks));
        f.session.setTypedName(u"threescale"_s);
        QVERIFY(!f.session.canStart());
        QCOMPARE(f.session.start(), nullptr);
        QCOMPARE(f.session.step(), Step::Check);
    }

    /// In a disaster: a store that cannot be kept is given up by its name, never by the namespace's, and only while nothing else fails.
    void givesUpWhatCannotBeRead()
    {
        RestoreFixture f;
        QList<run::Check> checks = RestoreFixture::passed();
        checks.append({.id = u"readable"_s, .title = {}, .state = run::Check::State::Failed, .evidence = u"It does not answer."_s, .remedy = {}, .subjects = {u"system-mysql"_s, u"backend-redis"_s}});
        QVERIFY(f.checked(checks));
        QCOMPARE(f.session.unreadable(), (QStringList{u"system-mysql"_s, u"backend-redis"_s}));
        for (const QString& typed : {u"threescale"_s, u"system-mysql"_s, u"yes"_s})
            f.session.setTypedName(typed);
        QVERIFY(f.session.options().acceptUnreadable.isEmpty());
        QVERIFY(!f.session.canStart());
        f.session.setTypedName(u"system-mysql, backend-redis"_s);
        QCOMPARE(f.session.options().acceptUnreadable, (QStringList{u"system-mysql"_s, u"backend-redis"_s}));
        QCOMPARE(f.session.typedName(), QString()); // the namespace's own name is asked for next
        QVERIFY(!f.session.canStart());
        QTRY_VERIFY(!f.session.checking()); // checked again
        f.session.setTarget(NamespaceRef{u"north"_s, u"acme-api"_s});
        QVERIFY(f.session.options().acceptUnreadable.isEmpty()); // for one namespace, not for the next

        RestoreFixture g;
        checks[0].state = run::Check::State::Failed;
        QVERIFY(g.checked(checks));
        QVERIFY(g.session.unreadable().isEmpty());
    }

    /// The lock is looked at elsewhere; once that is done, what was checked is checked again: at once, or when one comes to it.
    void lockedNamespace()
    {
        RestoreFixture f;
        QVERIFY(f.checked());
        QVERIFY(!f.session.locked());
        QList<run::Check> checks = RestoreFixture::passed();
        checks.append({.id = u"lock"_s, .title = {}, .state = run::Check::State::Failed, .evidence = u"Cannot be read."_s, .remedy = {}});
        f.session.put(f.preparation(checks));
        QVERIFY(!f.session.locked()); // by nobody that is known
        checks.last().subjects = {u"20261130T000000Z-abcdef"_s};
        f.session.put(f.preparation(checks));
        QVERIFY(f.session.locked() && !f.session.canStart());
        f.session.lockMayBeGone({u"north"_s, u"acme-api"_s});
        QVERIFY(f.session.locked()); // that was another namespace
        f.session.lockMayBeGone({u"north"_s, u"threescale"_s});
        QVERIFY(!f.session.preparation());
        QTRY_VERIFY(f.session.checkError().has_value()); // nobody is logged in: the checks say so
        f.session.put(f.preparation(checks));
        f.session.goTo(Step::Components);
        f.session.lockMayBeGone({u"north"_s, u"threescale"_s});
        QVERIFY(!f.session.preparation() && !f.session.checkError() && !f.session.checking());
        // Nothing is looked at again for a lock that was not there.
        f.session.put(f.preparation());
        f.session.lockMayBeGone({u"north"_s, u"threescale"_s});
        QVERIFY(f.session.preparation());
    }

    /// The clusters tree knows nothing of a project without 3scale, and no domain: what the checks find can be allowed all the same.
    void whatTheChecksFindCanBeAllowed_data()
    {
        QTest::addColumn<QString>("uid");
        QTest::addColumn<Kinship>("kinship");
        QTest::newRow("made anew") << u"uid-new"_s << Kinship::Recreated;
        QTest::newRow("another domain") << u"uid-threescale"_s << Kinship::Other;
    }
    void whatTheChecksFindCanBeAllowed()
    {
        QFETCH(const QString, uid);
        QFETCH(const Kinship, kinship);
        RestoreFixture f;
        f.put(f.clusters.cluster(u"north"_s)->cluster, {u"acme-api"_s});
        QVERIFY(f.opened());
        const NamespaceRef where{u"north"_s, u"threescale"_s};
        f.session.setTarget(where);
        QCOMPARE(f.session.kinship(), Kinship::Own);
        f.session.goTo(Step::Check);
        QList<run::Check> checks = RestoreFixture::passed();
        checks[1].state = run::Check::State::Failed;
        checks[1].evidence = u"It is another one."_s;
        const auto put = [&] {
            auto made = f.preparation(checks);
            made->situation.live.projectUid = uid;
            f.session.put(made);
        };
        put();
        QCOMPARE(f.session.kinship(), kinship);
        QCOMPARE(f.session.differs(), u"It is another one."_s);
        QVERIFY(f.session.whyNot(Step::Target).contains(u"allow this one"_s));
        f.session.check(); // it can also be looked at again
        QTRY_VERIFY(f.session.checkError().has_value());
        put();
        f.session.goTo(Step::Target);
        QCOMPARE(f.session.step(), Step::Target);
        f.session.setMap(true);
        QCOMPARE(f.session.whyNot(Step::Target), QString());
        checks[1].state = run::Check::State::Warning; // as it is when it is allowed
        put();
        QCOMPARE(f.session.kinship(), kinship);
        f.session.setTarget(NamespaceRef{u"north"_s, u"acme-api"_s});
        f.session.setTarget(where);
        QCOMPARE(f.session.kinship(), Kinship::Own);
        put();
        f.session.openBundle(f.writeBundle(u"other.scalekeep.tar"_s));
        QTRY_VERIFY(f.session.header().has_value());
        QCOMPARE(f.session.kinship(), Kinship::Own);
        QCOMPARE(f.session.differs(), QString());
    }

    /// What was allowed and given up, was so for one bundle.
    void anotherBundleIsAskedAnew()
    {
        RestoreFixture f;
        QList<run::Check> checks = RestoreFixture::passed();
        checks.append({.id = u"readable"_s, .title = {}, .state = run::Check::State::Failed, .evidence = u"It does not answer."_s, .remedy = {}, .subjects = {u"system-mysql"_s}});
        QVERIFY(f.checked(checks));
        f.session.setTypedName(u"system-mysql"_s);
        f.session.setMap(true);
        QCOMPARE(f.session.options().acceptUnreadable, QStringList{u"system-mysql"_s});
        f.session.openBundle(f.writeBundle(u"other.scalekeep.tar"_s));
        QVERIFY(f.session.options().acceptUnreadable.isEmpty());
        QVERIFY(!f.session.options().map);
    }

    /// The timer of the checks stands still while the computer sleeps.
    void tooOldByTheClock()
    {
        RestoreFixture f;
        QVERIFY(f.checked());
        const auto put = [&f](int minutes) {
            auto made = f.preparation();
            made->at = made->at.addSecs(-60 * minutes);
            f.session.put(made);
            f.session.setTypedName(u"threescale"_s);
        };
        put(14);
        QVERIFY(f.session.canStart());
        put(16);
        QVERIFY(!f.session.canStart());
        QVERIFY2(f.session.whyNot(Step::Check).contains(u"too old"_s), qPrintable(f.session.whyNot(Step::Check)));
        QCOMPARE(f.session.start(), nullptr);
    }

    /// What a plan leaves out is not said to be restored.
    void whatThePlanRestores()
    {
        RestoreFixture f;
        QVERIFY(f.opened());
        QCOMPARE(f.session.toRestore(), f.session.components()->chosen());
        f.session.goTo(Step::Check);
        auto made = f.preparation();
        made->plan.choices[u"components"] = QJsonArray{u"system-mysql"_s, u"secrets"_s};
        f.session.put(made);
        QCOMPARE(f.session.toRestore(), (QStringList{u"system-mysql"_s, u"secrets"_s}));
        QCOMPARE(f.session.components()->chosen().size(), 4);
    }

    void secondLook()
    {
        RestoreFixture f;
        QVERIFY(f.checked());
        QSignalSpy cleared(&f.session, &RestoreSession::typedNameCleared);
        f.session.setTypedName(u"threescale"_s);
        f.session.put(f.preparation()); // as before: what was typed stays
        QCOMPARE(cleared.count(), 0);
        QVERIFY(!f.session.changedSince());
        QVERIFY(f.session.canStart());
        // Other words of a passed check are no difference (free space changes all the time).
        QList<run::Check> words = RestoreFixture::passed();
        words[0].evidence = u"All 10 rights that the plan needs are there."_s;
        f.session.put(f.preparation(words));
        QCOMPARE(cleared.count(), 0);
        QList<run::Check> checks = RestoreFixture::passed();
        checks[1].state = run::Check::State::Warning;
        f.session.put(f.preparation(checks));
        QCOMPARE(cleared.count(), 1);
        QVERIFY(f.session.changedSince());
        QCOMPARE(f.session.typedName(), QString());
        QVERIFY(!f.session.canStart());
        // So is a namespace of which something cannot be read any more.
        f.session.setTypedName(u"threescale"_s);
        auto other = f.preparation(checks);
        other->found[0].unreadable = u"It does not answer."_s;
        restore::Options options = f.session.options();
        options.components = f.session.components()->chosen();
        other->fingerprint = fingerprintOf(*other, options);
        f.session.put(other);
        QCOMPARE(cleared.count(), 2);
    }

    void aChoiceClearsTheConfirmation_data()
    {
        QTest::addColumn<int>("choice");
        for (int choice = 0; choice < 6; ++choice)
            QTest::addRow("choice %d", choice) << choice;
    }
    void aChoiceClearsTheConfirmation()
    {
        QFETCH(int, choice);
        RestoreFixture f;
        QVERIFY(f.checked());
        f.session.setTypedName(u"threescale"_s);
        QVERIFY(f.session.canStart());
        switch (choice) {
        case 0:
            f.session.setEmptyQueues(true);
            break;
        case 1:
            f.session.setDocumentedRedis(true);
            break;
        case 2:
            f.session.setSafety(false);
            break;
        case 3:
            f.session.components()->choose({u"secrets"_s});
            break;
        case 4:
            f.session.setTarget(NamespaceRef{u"north"_s, u"acme-api"_s});
            break;
        default:
            f.session.openBundle(f.writeBundle(u"other.scalekeep.tar"_s));
        }
        QVERIFY(!f.session.canStart());
        QCOMPARE(f.session.preparation(), nullptr);
        QCOMPARE(f.session.typedName(), QString());
        QCOMPARE(f.session.checks()->rowCount(), 0);
    }

    void readOnlyMeanwhile()
    {
        RestoreFixture f;
        QVERIFY(f.checked());
        f.session.setTypedName(u"threescale"_s);
        QVERIFY(f.session.canStart());
        cluster::Cluster north = f.clusters.cluster(u"north"_s)->cluster;
        north.readOnly = true;
        f.put(north, {u"threescale"_s});
        QVERIFY(!f.session.canStart());
        QCOMPARE(f.session.start(), nullptr);
    }

    void checkWithoutAConnection()
    {
        RestoreFixture f;
        QVERIFY(f.opened());
        f.session.goTo(Step::Check); // this program was never logged in there: the hub's connection says so
        QTRY_VERIFY(!f.session.checking());
        QVERIFY(f.session.checkError().has_value());
        QCOMPARE(f.session.checkError()->code, ErrorCode::NotFound);
        f.session.setTypedName(u"threescale"_s);
        QVERIFY(!f.session.canStart());
        QVERIFY(!f.session.whyNot(Step::Check).isEmpty());
    }

    /// The run itself fails here, for there is no client; the way to the result is the same.
    void runAndResult()
    {
        RestoreFixture f;
        QVERIFY(f.checked());
        f.session.setTypedName(u"threescale"_s);
        QSignalSpy steps(&f.session, &RestoreSession::stepChanged);
        RunState* run = f.session.start();
        QVERIFY(run);
        QCOMPARE(f.session.run(), run);
        QVERIFY(steps.count() >= 1);
        QCOMPARE(run->plan().kind, u"restore"_s);
        QTRY_COMPARE_WITH_TIMEOUT(f.session.step(), Step::Result, 60000);
        QCOMPARE(run->outcome()->state, run::Outcome::State::FailedUnchanged);
        QCOMPARE(f.session.result().glyph, u"failed"_s);
        QVERIFY(!f.session.result().text.isEmpty());
        QVERIFY(!f.session.result().nextSteps.isEmpty());
        QVERIFY(f.session.result().proven.isEmpty());
        // Nothing is left that could be started without another look.
        QVERIFY(!f.session.canStart());
        f.session.goTo(Step::Components);
        QCOMPARE(f.session.step(), Step::Components);
        QCOMPARE(f.session.run(), nullptr);
    }

    /// As it was chosen for an earlier run, but for what was given up or allowed then.
    void withTheChoicesOfARun()
    {
        RestoreFixture f;
        const QJsonObject choices{{u"components"_s, QJsonArray{u"secrets"_s, u"system-mysql"_s, u"not-in-the-bundle"_s}}, {u"queues"_s, u"empty"_s}, {u"redisMethod"_s, u"documented"_s}, {u"template"_s, u"/srv/amp.yml"_s}, {u"map"_s, true},
                                  {u"withoutSafetyBundle"_s, u"The disk is full."_s}, {u"acceptUnreadable"_s, QJsonArray{u"system-mysql"_s}}};
        f.session.begin(f.writeBundle(), NamespaceRef{u"north"_s, u"threescale"_s}, choices);
        QTRY_VERIFY(f.session.header().has_value());
        QCOMPARE(f.session.step(), Step::Components);
        QCOMPARE(f.session.components()->chosen(), (QStringList{u"system-mysql"_s, u"secrets"_s}));
        QCOMPARE(f.session.options(), (restore::Options{.components = {}, .emptyQueues = true, .documentedRedis = true, .templateFile = u"/srv/amp.yml"_s, .map = false, .withoutSafetyReason = {}}));
        QVERIFY(f.session.safety());
        f.session.openBundle(f.writeBundle(u"other.scalekeep.tar"_s));
        QTRY_VERIFY(f.session.header().has_value());
        QCOMPARE(f.session.components()->chosen().size(), 4);
    }

    void anew()
    {
        RestoreFixture f;
        QVERIFY(f.checked());
        f.session.setEmptyQueues(true);
        f.session.begin({}, {});
        QCOMPARE(f.session.step(), Step::Bundle);
        QVERIFY(!f.session.header());
        QVERIFY(!f.session.target());
        QVERIFY(!f.session.options().emptyQueues);
        QCOMPARE(f.session.components()->rowCount(), 0);
    }
};

QTEST_GUILESS_MAIN(TestRestoreSession)
#include "tst_restoresession.moc"
