#include "runparts.h"
#include "engine/run/past.h"
#include "tests/widgets/common/testtheme.h"
#include "tests/widgets/common/widgetaudit.h"
#include "widgets/run/lockdialog.h"
#include "widgets/run/runspage.h"

#include <QCheckBox>
#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::widgets;
using namespace runparts;
using models::RunState;

namespace {
QJsonObject with(QJsonObject lock, const QString& key, const QJsonValue& value)
{
    lock[key] = value.isObject() ? QString::fromUtf8(QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact)) : value;
    return lock;
}

const QJsonObject halfMysql{{u"system-mysql"_s, QJsonObject{{u"step"_s, u"load:system-mysql"_s}, {u"action"_s, u"mysql.load"_s}}}};

/// A namespace in which a lost run has stopped system-app, and the dialog on it.
class Shown {
public:
    explicit Shown(bool readOnly = false) : hub(world.workplace())
    {
        world.logIn();
        QJsonArray objects;
        for (const QJsonValue& each : models::fixture::threescaleObjects())
            objects.append(each[u"metadata"][u"name"].toString() == u"system-app" && each[u"kind"].toString() == u"DeploymentConfig" ? models::fixture::workload(u"DeploymentConfig"_s, u"system-app"_s, 0, 0) : each);
        world.putNamespace(objects);
        m_readOnly = readOnly;
    }
    ~Shown()
    {
        delete dialog.data();
        world.workplace().workers.waitForDone();
    }

    /// Puts a lock there, if one is given, and looks at it.
    [[nodiscard]] bool look(const QJsonObject& lock = {})
    {
        if (!lock.isEmpty())
            world.putLock(lock);
        if (dialog) {
            part(u"lockAgain"_s)->click();
        } else {
            dialog = new LockDialog(world.workplace(), hub, {u"north"_s, u"threescale"_s}, m_readOnly);
            dialog->open();
        }
        return settled();
    }
    [[nodiscard]] bool settled() const { return QTest::qWaitFor([this] { return part(u"lockAgain"_s)->isEnabled(); }, 20'000); }
    [[nodiscard]] bool press(const QString& name)
    {
        if (!part(name)->isEnabled())
            return false;
        part(name)->click();
        return settled();
    }
    void type(const QString& text) const
    {
        field()->clear();
        QTest::keyClicks(field(), text);
    }
    [[nodiscard]] QPushButton* part(const QString& name) const { return dialog->findChild<QPushButton*>(name); }
    [[nodiscard]] QLineEdit* field() const { return dialog->findChild<QLineEdit*>(u"lockTypedName"_s); }
    [[nodiscard]] QCheckBox* accept() const { return dialog->findChild<QCheckBox*>(u"lockAcceptMixed"_s); }
    [[nodiscard]] QString text(const QString& name) const { return dialog->findChild<QLabel*>(name)->text(); }
    [[nodiscard]] QString all() const { return shownText(dialog); }
    [[nodiscard]] QString banner() const { return shownText(dialog->findChild<Banner*>(u"lockResult"_s)); }
    /// What the lock remembers, or remembered; empty when it is not in sight.
    [[nodiscard]] QString remembered() const
    {
        const auto* view = dialog->findChild<CommandView*>(u"lockRemembered"_s);
        return view->isVisible() ? view->toPlainText() : QString{};
    }
    [[nodiscard]] QStringList kept() const { return QDir(world.workplace().home + u"/locks"_s).entryList(QDir::Files); }
    void pictured(const QString& name) const
    {
        QTest::qWait(50);
        picture(*dialog, name);
    }

    RunWorld world;
    models::RunHub hub;
    QPointer<LockDialog> dialog;

private:
    bool m_readOnly = false;
};
} // namespace

class TestLockDialog : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::installTheme();
    }

    /// Who, where, since when, what for, what is half-loaded; nothing before the name is typed.
    void whoHoldsIt()
    {
        Shown shown;
        QVERIFY(shown.look());
        QVERIFY(shown.all().contains(u"Namespace threescale is not locked."_s));
        QVERIFY(!shown.part(u"lockBreak"_s)->isVisible() && !shown.part(u"lockPutBack"_s)->isVisible());
        shown.pictured(u"lock-none"_s);

        QVERIFY(shown.look(strangersLock(halfMysql)));
        for (const auto& [name, text] : {std::pair{u"lockOwner"_s, u"mwagner"_s}, {u"lockHost"_s, u"bastion-2"_s}, {u"lockSince"_s, u"30 Nov 2026, 07:00:00 UTC"_s}, {u"lockPurpose"_s, u"restore"_s},
                                         {u"lockRun"_s, u"20261130T070000Z-abcdef"_s}, {u"lockHalfLoaded"_s, u"system-mysql: neither old nor new at this moment"_s}, {u"lockLoaded"_s, u"nothing"_s}})
            QCOMPARE(shown.text(name), text);
        QVERIFY(shown.all().contains(u"Wait until that run ends."_s));
        QVERIFY2(!shown.all().contains(u"scalekeep-cli"_s), qPrintable(shown.all()));
        QVERIFY(shown.remembered().contains(u"replicas:DeploymentConfig/system-app"_s));
        QVERIFY(shown.part(u"lockClose"_s)->isDefault() && !shown.accept()->isVisible() && !shown.part(u"lockShowRun"_s)->isVisible());
        QVERIFY(!shown.part(u"lockBreak"_s)->isEnabled() && !shown.part(u"lockPutBack"_s)->isEnabled());
        shown.type(u"threescal"_s);
        QVERIFY(!shown.part(u"lockBreak"_s)->isEnabled());
        shown.type(u"threescale"_s);
        QVERIFY(shown.part(u"lockBreak"_s)->isEnabled() && shown.part(u"lockPutBack"_s)->isEnabled());
        shown.pictured(u"lock-held"_s);
        const QStringList problems = scalekeep::test::auditWidgets(*shown.dialog);
        QVERIFY2(problems.isEmpty(), qPrintable(problems.join(u'\n')));
    }

    void aLockThatHasChangedIsNotTaken_data()
    {
        QTest::addColumn<QJsonObject>("now");
        QTest::newRow("another run") << with(with(strangersLock(), u"nonce"_s, u"ffffffff"_s), u"runId"_s, u"20261130T080000Z-fedcba"_s);
        // The same run, which lives and has stopped more since: breaking by what was seen would lose that.
        QTest::newRow("stopped more") << with(strangersLock(), u"originals"_s, QJsonObject{{u"replicas:DeploymentConfig/system-app"_s, 2}, {u"replicas:DeploymentConfig/zync"_s, 1}});
    }

    void aLockThatHasChangedIsNotTaken()
    {
        QFETCH(const QJsonObject, now);
        Shown shown;
        for (const QString& verb : {u"lockBreak"_s, u"lockPutBack"_s}) {
            QVERIFY(shown.look(strangersLock()));
            shown.type(u"threescale"_s);
            shown.world.putLock(now);
            QVERIFY(shown.press(verb));
            QVERIFY2(shown.banner().contains(u"has changed since it was shown"_s), qPrintable(shown.banner()));
            QCOMPARE(shown.banner().contains(u"The lock was kept"_s), verb == u"lockPutBack" && now[u"nonce"] == strangersLock()[u"nonce"]);
            QCOMPARE(shown.world.lock(), now);
            QCOMPARE(shown.text(u"lockRun"_s), now[u"runId"].toString());
            QVERIFY(shown.field()->text().isEmpty() && !shown.part(verb)->isEnabled()); // to be typed again
        }
        QCOMPARE(shown.kept(), QStringList());
        QCOMPARE(shown.world.replicas(u"system-app"_s), 0);
    }

    /// Between the last look and the removal another run takes the namespace: its lock stays.
    void aLockThatChangesAtTheLastMomentIsNotRemoved()
    {
        Shown shown;
        const QJsonObject now = with(with(strangersLock(), u"nonce"_s, u"ffffffff"_s), u"runId"_s, u"20261130T080000Z-fedcba"_s);
        QVERIFY(shown.look(strangersLock()));
        shown.type(u"threescale"_s);
        shown.world.putLockMeanwhile(now, true);
        QVERIFY(shown.press(u"lockBreak"_s));
        QCOMPARE(shown.world.lock(), now);
        QVERIFY2(shown.banner().contains(u"has changed since it was shown"_s) && !shown.banner().contains(u"was removed"_s), qPrintable(shown.banner()));
        QCOMPARE(shown.text(u"lockRun"_s), u"20261130T080000Z-fedcba"_s);
        QCOMPARE(shown.kept().size(), 1); // saved first
    }

    /// The same while it is put back: said in the window's words, not with the commands of the command line.
    void takenWhileItIsPutBack()
    {
        Shown shown;
        const QJsonObject now = with(with(strangersLock(), u"nonce"_s, u"ffffffff"_s), u"runId"_s, u"20261130T080000Z-fedcba"_s);
        QVERIFY(shown.look(strangersLock()));
        shown.type(u"threescale"_s);
        shown.world.putLockMeanwhile(now, false);
        QVERIFY(shown.press(u"lockPutBack"_s));
        QCOMPARE(shown.world.lock(), now);
        QVERIFY2(shown.banner().contains(u"Somebody else took the namespace meanwhile."_s) && !shown.banner().contains(u"scalekeep-cli"_s), qPrintable(shown.banner()));
    }

    void putBack()
    {
        Shown shown;
        // While a database is half-loaded nothing is started; the lock is left to a restore.
        QVERIFY(shown.look(strangersLock(halfMysql)));
        shown.type(u"threescale"_s);
        shown.part(u"lockPutBack"_s)->click();
        QVERIFY(!shown.part(u"lockClose"_s)->isEnabled());
        QTest::keyClick(shown.dialog, Qt::Key_Escape);
        QVERIFY(shown.dialog->isVisible()); // not in the middle
        QVERIFY(shown.settled());
        QVERIFY2(shown.banner().contains(u"Nothing is started on half-loaded data: system-mysql."_s), qPrintable(shown.banner()));
        QCOMPARE(shown.world.lock()[u"left"].toString(), u"yes"_s);
        QCOMPARE(shown.world.replicas(u"system-app"_s), 0);
        QVERIFY(shown.all().contains(u"was left half-way"_s) && !shown.all().contains(u"still lives"_s));
        QVERIFY(shown.all().contains(u"Restore what is half-loaded (system-mysql) on the Restore page"_s));
        shown.pictured(u"lock-half-loaded"_s);

        // Nothing half-loaded: back, and the lock is gone, with what it remembered.
        QVERIFY(shown.look(strangersLock()));
        QCOMPARE(shown.text(u"lockHalfLoaded"_s), u"nothing"_s);
        shown.type(u"threescale"_s);
        QVERIFY(shown.press(u"lockPutBack"_s));
        QVERIFY2(shown.banner().contains(u"What run 20261130T070000Z-abcdef had stopped or changed is back; the lock was removed."_s), qPrintable(shown.banner()));
        QVERIFY(shown.world.lock().isEmpty() && shown.remembered().isEmpty());
        QCOMPARE(shown.world.replicas(u"system-app"_s), 2);
        shown.pictured(u"lock-put-back"_s);
    }

    /// Loaded by the lost run, while the rest may be older: started only when somebody says that he knows.
    void dataOfDifferentTimes()
    {
        Shown shown;
        QVERIFY(shown.look(with(with(strangersLock(), u"loaded"_s, QJsonObject{{u"system-mysql"_s, u"20261130T070000Z-abcdef"_s}}), u"safetyBundle"_s, u"/backups/safety.tar"_s)));
        QCOMPARE(shown.text(u"lockLoaded"_s), u"system-mysql"_s);
        QVERIFY(!shown.accept()->isVisible()); // it may still live
        shown.type(u"threescale"_s);
        QVERIFY(shown.press(u"lockPutBack"_s));
        QVERIFY2(shown.banner().contains(u"Nothing was started: system-mysql already loaded"_s), qPrintable(shown.banner()));
        QCOMPARE(shown.world.lock()[u"left"].toString(), u"yes"_s);
        QCOMPARE(shown.world.replicas(u"system-app"_s), 0);
        QVERIFY(shown.all().contains(u"What was there before is in /backups/safety.tar on"_s));

        QVERIFY(shown.accept()->isVisible() && !shown.accept()->isChecked());
        shown.type(u"threescale"_s);
        QVERIFY(!shown.part(u"lockPutBack"_s)->isEnabled() && shown.part(u"lockBreak"_s)->isEnabled());
        QVERIFY(shown.part(u"lockPutBack"_s)->toolTip().startsWith(u"Restore the rest, or accept"_s));
        shown.accept()->click();
        QVERIFY(shown.part(u"lockPutBack"_s)->isEnabled());
        shown.pictured(u"lock-mixed"_s);
        const QStringList problems = scalekeep::test::auditWidgets(*shown.dialog);
        QVERIFY2(problems.isEmpty(), qPrintable(problems.join(u'\n')));
        QVERIFY(shown.look());
        QVERIFY(!shown.accept()->isChecked() && !shown.part(u"lockPutBack"_s)->isEnabled()); // accepted was what was seen then
        shown.accept()->click();
        QVERIFY(shown.press(u"lockPutBack"_s));
        QVERIFY2(shown.banner().contains(u"is back; the lock was removed."_s), qPrintable(shown.banner()));
        QVERIFY(shown.world.lock().isEmpty());
        QCOMPARE(shown.world.replicas(u"system-app"_s), 2);
    }

    /// With the lock go the originals: they are in a file, and stay in sight whatever is looked at afterwards.
    void brokenOnPurpose()
    {
        Shown shown;
        const QJsonObject lock = with(with(strangersLock(halfMysql), u"runId"_s, u"../../up & away"_s), u"safetyBundle"_s, u"/backups/safety.tar"_s);
        QVERIFY(shown.look(lock));
        shown.type(u"threescale"_s);
        QVERIFY(shown.press(u"lockBreak"_s));
        QVERIFY(shown.world.lock().isEmpty());
        QCOMPARE(shown.kept(), QStringList{u"______up___away-0a1b2c3d.json"_s});
        QFile file(shown.world.workplace().home + u"/locks/"_s + shown.kept().first());
        QVERIFY2(shown.banner().contains(u"The lock was removed. Put back by hand what it remembered"_s) && shown.banner().contains(file.fileName()), qPrintable(shown.banner()));
        QCOMPARE(file.permissions() & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther), QFile::Permissions());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QJsonObject saved = QJsonDocument::fromJson(file.readAll()).object();
        QCOMPARE(saved[u"originals"].toObject(), (QJsonObject{{u"replicas:DeploymentConfig/system-app"_s, 2}}));
        QCOMPARE(saved[u"inFlight"].toObject(), halfMysql);
        QCOMPARE(saved[u"safetyBundle"].toString(), u"/backups/safety.tar"_s);
        shown.pictured(u"lock-broken"_s);
        for (int looks = 0; looks < 2; ++looks) {
            for (const QString& text : {u"system-app"_s, u"load:system-mysql"_s, u"/backups/safety.tar"_s, file.fileName()})
                QVERIFY2(shown.remembered().contains(text), qPrintable(shown.remembered()));
            QVERIFY(shown.look());
        }

        // One of the same name is not written over: it may hold more.
        QVERIFY(shown.look(lock));
        shown.type(u"threescale"_s);
        QVERIFY(shown.press(u"lockBreak"_s));
        QCOMPARE(shown.kept().size(), 2);

        // What was removed by somebody else stays in sight as well.
        QVERIFY(shown.look(strangersLock()));
        shown.world.removeLock();
        QVERIFY(shown.look());
        QVERIFY(shown.all().contains(u"is not locked."_s) && shown.remembered().contains(u"system-app"_s));
    }

    /// Without a file for what it remembers, a lock is not broken.
    void notBrokenWithoutAFile()
    {
        Shown shown;
        QFile inTheWay(shown.world.workplace().home + u"/locks"_s);
        QVERIFY(inTheWay.open(QIODevice::WriteOnly));
        QVERIFY(shown.look(strangersLock()));
        shown.type(u"threescale"_s);
        QVERIFY(shown.press(u"lockBreak"_s));
        QVERIFY2(shown.banner().contains(u"The lock was kept: what it remembers could not be saved."_s), qPrintable(shown.banner()));
        QCOMPARE(shown.world.lock(), strangersLock());
    }

    /// No run to wait for; and a run that was taken over has its own bundle with what was there before.
    void aRemovalThatFailed()
    {
        Shown shown;
        QVERIFY(shown.look(with(strangersLock(halfMysql), u"runId"_s, u"20261130T070000Z-abcdef (being removed)"_s)));
        QVERIFY2(shown.text(u"lockRemedy"_s).contains(u"no run goes on under it"_s) && !shown.all().contains(u"Wait until that run ends"_s), qPrintable(shown.text(u"lockRemedy"_s)));
        const QJsonObject before{{u"safetyBundle"_s, u"/backups/first.tar"_s}, {u"host"_s, u"bastion-1"_s}};
        QVERIFY(shown.look(with(with(strangersLock(halfMysql), u"left"_s, u"yes"_s), u"inherited"_s, QJsonObject{{u"runId"_s, u"run-1"_s}, {u"lock"_s, before}})));
        QVERIFY2(shown.text(u"lockRemedy"_s).contains(u"What was there before run run-1 is in /backups/first.tar on bastion-1."_s), qPrintable(shown.text(u"lockRemedy"_s)));
    }

    /// What cannot be seen any more is not said to be so; what was put back is.
    void aLookThatFails()
    {
        Shown shown;
        QVERIFY(shown.look(strangersLock()));
        shown.type(u"threescale"_s);
        shown.world.hideLock();
        QVERIFY(shown.press(u"lockPutBack"_s));
        QVERIFY2(shown.banner().contains(u"is back; the lock was removed."_s) && shown.banner().contains(u"may not get configmaps"_s), qPrintable(shown.banner()));
        QVERIFY2(!shown.banner().contains(u"Nothing was changed"_s), qPrintable(shown.banner())); // as the failed look says of itself
        QCOMPARE(shown.world.replicas(u"system-app"_s), 2);
        QVERIFY(shown.remembered().contains(u"system-app"_s));
        QCOMPARE(shown.text(u"lockState"_s), u"It is not known who holds threescale now. When it was last seen:"_s);
        QCOMPARE(shown.text(u"lockOwner"_s), u"mwagner"_s);
        QVERIFY(!shown.all().contains(u"Wait until that run ends"_s) && shown.dialog->focusWidget() == shown.part(u"lockClose"_s));
        QVERIFY(!shown.part(u"lockBreak"_s)->isEnabled() && shown.part(u"lockBreak"_s)->toolTip().contains(u"Look again"_s));
        shown.pictured(u"lock-unknown"_s);

        // Gone while it was put back: nothing was kept.
        QVERIFY(shown.look(strangersLock()));
        shown.type(u"threescale"_s);
        shown.world.removeLock();
        QVERIFY(shown.press(u"lockPutBack"_s));
        QVERIFY2(!shown.banner().contains(u"was kept"_s), qPrintable(shown.banner()));
    }

    void aReadOnlyClusterIsNotChanged()
    {
        Shown shown(true);
        QVERIFY(shown.look(strangersLock()));
        shown.field()->setText(u"threescale"_s);
        QVERIFY(!shown.part(u"lockBreak"_s)->isEnabled() && !shown.part(u"lockPutBack"_s)->isEnabled());
        QVERIFY(shown.part(u"lockBreak"_s)->toolTip().contains(u"read only"_s));
        QVERIFY(shown.text(u"lockRemedy"_s).contains(u"read only"_s));
        QCOMPARE(shown.world.lock(), strangersLock());
    }

    void theLockOfARunThatIsHere_data()
    {
        QTest::addColumn<QString>("host");
        QTest::addColumn<QString>("left");
        QTest::addColumn<bool>("better");
        QTest::newRow("here") << QSysInfo::machineHostName() << u"no"_s << true;
        QTest::newRow("gone on elsewhere") << u"bastion-2"_s << u"no"_s << false; // the journal here is out of date
        QTest::newRow("left by a put-back") << QSysInfo::machineHostName() << u"yes"_s << false;
    }

    /// The holder's journal is here: it is shown, for that is the better way.
    void theLockOfARunThatIsHere()
    {
        QFETCH(const QString, host);
        QFETCH(const QString, left);
        QFETCH(const bool, better);
        Shown shown;
        const QString id = interrupted(shown.world);
        const QJsonObject own = with(with(with(strangersLock(), u"runId"_s, id), u"host"_s, host), u"left"_s, left);
        shown.world.putLock(own);
        RunsPage page(shown.hub);
        page.resize(1212, 720);
        page.show();
        page.activated();
        const QSignalSpy wanted(&page, &RunsPage::lockWanted);
        auto* tool = page.findChild<QToolButton*>(u"runLock"_s);
        QTRY_VERIFY(tool->isVisible() && tool->isEnabled());
        tool->click();
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(wanted.first().first().value<models::NamespaceRef>(), (models::NamespaceRef{u"north"_s, u"threescale"_s}));
        QVERIFY(shown.look());
        const QSignalSpy show(shown.dialog, &LockDialog::runWanted);
        shown.type(u"threescale"_s);
        QCOMPARE(shown.part(u"lockShowRun"_s)->isVisible(), better);
        QCOMPARE(shown.all().contains(u"resume or undo it on the Runs page"_s), better);
        QCOMPARE(shown.part(u"lockPutBack"_s)->isEnabled(), !better);
        QVERIFY(shown.part(u"lockBreak"_s)->isEnabled());
        if (!better)
            return;
        shown.part(u"lockShowRun"_s)->click();
        QCOMPARE(show.size(), 1);
        QCOMPARE(show.first().first().toString(), id);
    }

    /// A run that works at this moment is not lost, and the dialog says so where one reads.
    void theLockOfALiveRun()
    {
        Shown shown;
        RunWorld::Gate& gate = shown.world.gate();
        shown.world.onRun(u"a"_s, [&](run::StepRun& step) -> Result<QJsonObject> { (void)gate.wait(step.stop); return QJsonObject{}; });
        RunState* run = shown.hub.start(shown.world.request(RunWorld::plan({RunWorld::change(u"a"_s)})));
        QTRY_COMPARE(run->progress(u"a"_s).state, models::StepState::Running);
        QVERIFY(shown.look());
        QCOMPARE(shown.text(u"lockRun"_s), run->runId());
        QVERIFY2(shown.text(u"lockRemedy"_s).contains(u"is working in this window"_s), qPrintable(shown.text(u"lockRemedy"_s)));
        QVERIFY(shown.part(u"lockShowRun"_s)->isVisible() && !shown.field()->isEnabled());
        shown.pictured(u"lock-live"_s);
        gate.open();
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
    }

    /// The same of the command line, begun since the list of runs was read.
    void theLockOfARunOfAnotherProcess()
    {
        Shown shown;
        QVERIFY(shown.look());
        const QString id = interrupted(shown.world);
        const auto guard = run::RunGuard::take(shown.world.workplace().home, id);
        QVERIFY(guard);
        QVERIFY(shown.look(with(with(strangersLock(), u"runId"_s, id), u"host"_s, QSysInfo::machineHostName())));
        QTRY_VERIFY2(shown.text(u"lockRemedy"_s).contains(u"in another process of this workstation"_s), qPrintable(shown.text(u"lockRemedy"_s)));
        shown.field()->setText(u"threescale"_s);
        QVERIFY(!shown.part(u"lockBreak"_s)->isEnabled() && !shown.part(u"lockPutBack"_s)->isEnabled() && shown.part(u"lockShowRun"_s)->isVisible());
    }
};

QTEST_MAIN(TestLockDialog)
#include "tst_lockdialog.moc"
