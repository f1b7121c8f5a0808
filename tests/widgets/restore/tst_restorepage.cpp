#include "widgets/restore/restorepage.h"

#include "models/restore/restoresession.h"
#include "tests/models/restore/restorefixture.h"
#include "tests/widgets/common/testtheme.h"
#include "widgets/common/theme.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QDialog>
#include <QDropEvent>
#include <QHelpEvent>
#include <QJsonArray>
#include <QListView>
#include <QMimeData>
#include <QRadioButton>
#include <QSignalSpy>
#include <QStandardItemModel>
#include <QTabWidget>
#include <QToolTip>
#include <QTreeView>

using namespace scalekeep;
using namespace scalekeep::models;
using namespace scalekeep::widgets;
using namespace Qt::Literals::StringLiterals;
using scalekeep::test::RestoreFixture;
using Step = RestoreSession::Step;

namespace {
constexpr int pathRole = Qt::UserRole + 7;

/// The page in a window of the size of the mock-ups without menu, mode bar, clusters and status bar.
class Window {
public:
    Window() : page(f.clusters, f.runs)
    {
        page.resize(892, 748);
        page.show();
        if (!QTest::qWaitForWindowExposed(&page))
            qFatal("no window");
    }
    template <class T> T* child(const QString& name) { return page.findChild<T*>(name); }
    QPushButton* button(const QString& name) { return child<QPushButton>(name); }
    void open()
    {
        page.begin(f.writeBundle(), {});
        QVERIFY(QTest::qWaitFor([this] { return page.session().header().has_value(); }));
    }
    /// On to Check, as a user does, with these checks as found.
    void check(const QList<run::Check>& checks = {})
    {
        open();
        for (int i = 0; i < 3; ++i)
            QTest::mouseClick(button(u"continue"_s), Qt::LeftButton);
        QCOMPARE(page.session().step(), Step::Check);
        page.session().put(prepared(checks));
    }
    std::shared_ptr<Preparation> prepared(const QList<run::Check>& checks = {})
    {
        // The fixture's own session makes the same choices.
        f.session.begin(page.session().bundlePath(), page.session().target());
        if (!QTest::qWaitFor([this] { return f.session.header().has_value(); }))
            qFatal("no bundle");
        f.session.components()->choose(page.session().components()->chosen());
        f.session.setEmptyQueues(page.session().options().emptyQueues);
        return f.preparation(checks);
    }
    /// For people: every state is drawn into the folder that the environment names.
    void picture(const QString& name)
    {
        const QString folder = qEnvironmentVariable("SCALEKEEP_PICTURES");
        QTest::qWait(folder.isEmpty() ? 0 : 100);
        if (!folder.isEmpty())
            page.grab().save(folder + u"/restore-"_s + name + u".png"_s);
    }

    RestoreFixture f;
    RestorePage page;
};

void clickRow(QTreeView* view, int row)
{
    QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(view->model()->index(row, 0)).center());
}

/// What is shown as chosen.
QString chosenIn(const QTreeView* view)
{
    return view->selectionModel()->selectedRows().value(0).data().toString();
}
} // namespace

class TestRestorePage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        test::installTheme();
    }

    void chooseABundleFromTheList()
    {
        Window w;
        QVERIFY(!w.button(u"continue"_s)->isEnabled());
        QStandardItemModel bundles(0, 2);
        bundles.setHorizontalHeaderLabels({u"Bundle"_s, u"Taken"_s});
        const QString path = w.f.writeBundle();
        for (const QString& each : {u"/nonexistent/gone.scalekeep.tar"_s, path}) {
            auto* item = new QStandardItem(QFileInfo(each).fileName());
            item->setData(each, pathRole);
            bundles.appendRow({item, new QStandardItem(u"Today 10:41"_s)});
        }
        w.page.setBundles(&bundles, pathRole);
        w.picture(u"1-empty"_s);
        auto* view = w.child<QTreeView>(u"restoreBundles"_s);
        view->setFocus();
        QCOMPARE(w.page.session().bundlePath(), QString()); // the focus chooses nothing
        QTest::keyClick(view, Qt::Key_Home);
        QTRY_VERIFY(w.page.session().bundleError().has_value());
        QVERIFY(!w.button(u"continue"_s)->isEnabled());
        QTest::keyClick(view, Qt::Key_Down);
        QTRY_VERIFY(w.page.session().header().has_value());
        w.picture(u"1-bundle"_s);
        QVERIFY(w.button(u"continue"_s)->isEnabled());
        QTest::mouseClick(w.button(u"continue"_s), Qt::LeftButton);
        QCOMPARE(w.page.session().step(), Step::Target);
        w.picture(u"2-target"_s);
        // The bundle's own namespace is chosen already.
        auto* targets = w.child<QTreeView>(u"restoreTargets"_s);
        QCOMPARE(targets->currentIndex().siblingAtColumn(0).data().toString(), u"north / threescale"_s);
        // A done step can be clicked, a later one cannot.
        QVERIFY(w.child<QToolButton>(u"step1"_s)->isEnabled());
        QVERIFY(!w.child<QToolButton>(u"step5"_s)->isEnabled());
        QTest::mouseClick(w.child<QToolButton>(u"step1"_s), Qt::LeftButton);
        QCOMPARE(w.page.session().step(), Step::Bundle);
        w.page.setBundles(nullptr, 0);
    }

    void anotherInstallation()
    {
        Window w;
        w.open();
        QTRY_COMPARE(w.page.session().step(), Step::Target);
        auto* map = w.child<QCheckBox>(u"map"_s);
        QVERIFY(!map->isVisible());
        auto* targets = w.child<QTreeView>(u"restoreTargets"_s);
        const auto choose = [&](const NamespaceRef& where) { clickRow(targets, w.page.session().targets()->rowOf(where)); };
        choose({u"north"_s, u"acme-api"_s});
        QVERIFY(map->isVisible());
        QVERIFY(!w.button(u"continue"_s)->isEnabled());
        w.picture(u"2-other"_s);
        map->click();
        QVERIFY(w.button(u"continue"_s)->isEnabled());
        choose({u"south"_s, u"threescale"_s}); // read only
        QVERIFY(!w.button(u"continue"_s)->isEnabled());
        QVERIFY(w.button(u"continue"_s)->toolTip().contains(u"read only"_s));
        // A namespace where 3scale is gone is typed.
        auto* name = w.child<QLineEdit>(u"targetName"_s);
        name->setFocus();
        QTest::keyClicks(name, u"threescale-new"_s);
        QTest::mouseClick(w.button(u"useTarget"_s), Qt::LeftButton);
        QCOMPARE(w.page.session().target()->title(), u"north / threescale-new"_s);
        QVERIFY(!targets->currentIndex().isValid());
    }

    /// The target stays when its row goes in the background, and neither Qt's next row nor the focus chooses another one.
    void theTargetStaysWhenItsRowGoes()
    {
        Window w;
        w.open();
        QTRY_COMPARE(w.page.session().step(), Step::Target);
        auto* targets = w.child<QTreeView>(u"restoreTargets"_s);
        const auto target = [&] { return w.page.session().target()->title(); };
        const cluster::Cluster north = w.f.clusters.cluster(u"north"_s)->cluster;
        QCOMPARE(chosenIn(targets), u"north / threescale"_s);
        w.f.put(north, {u"acme-api"_s});
        QCOMPARE(target(), u"north / threescale"_s);
        QCOMPARE(chosenIn(targets), QString());
        w.page.session().put(fail(ErrorCode::NotLoggedIn, u"The login has expired."_s)); // with it go the rows of that cluster, and of no other
        QCOMPARE(w.f.clusters.cluster(u"north"_s)->state, ConnectionState::LoginExpired);
        QCOMPARE(w.f.clusters.cluster(u"south"_s)->state, ConnectionState::Connected);
        targets->clearFocus();
        targets->setFocus(Qt::TabFocusReason);
        QCOMPARE(target(), u"north / threescale"_s);
        QCOMPARE(chosenIn(targets), QString());
        QVERIFY(w.page.session().whyNot(Step::Target).contains(u"log in"_s));
        w.f.put(north, {u"acme-api"_s, u"threescale"_s});
        QCOMPARE(chosenIn(targets), u"north / threescale"_s);
        // Keys and the mouse choose.
        QTest::keyClick(targets, Qt::Key_Down);
        QCOMPARE(target(), u"north / acme-api"_s);
        QTest::keyClick(targets, Qt::Key_Home);
        QCOMPARE(target(), u"north / threescale"_s);
        clickRow(targets, 1);
        QCOMPARE(target(), u"north / acme-api"_s);
    }

    void theBundleStaysWhenItsRowGoes()
    {
        Window w;
        const QString path = w.f.writeBundle(u"chosen.scalekeep.tar"_s);
        QStandardItemModel bundles(0, 1);
        const auto add = [&bundles](const QString& file) {
            auto* item = new QStandardItem(QFileInfo(file).fileName());
            item->setData(file, pathRole);
            bundles.appendRow(item);
        };
        for (const QString& each : {w.f.writeBundle(u"another.scalekeep.tar"_s), path})
            add(each);
        w.page.setBundles(&bundles, pathRole);
        auto* view = w.child<QTreeView>(u"restoreBundles"_s);
        clickRow(view, 1);
        QTRY_VERIFY(w.page.session().header().has_value());
        QCOMPARE(w.page.session().bundlePath(), path);
        bundles.removeRow(1);
        QCOMPARE(w.page.session().bundlePath(), path);
        QVERIFY(w.page.session().header().has_value());
        QCOMPARE(chosenIn(view), QString());
        add(path); // the file is back
        QCOMPARE(chosenIn(view), u"chosen.scalekeep.tar"_s);
        w.page.setBundles(nullptr, 0);
    }

    /// A project that was made anew and is empty is not in the list: what the check of its identity found is allowed where the check says so.
    void madeAnewAndEmpty()
    {
        Window w;
        w.f.put(w.f.clusters.cluster(u"north"_s)->cluster, {u"acme-api"_s});
        w.open();
        QTRY_COMPARE(w.page.session().step(), Step::Target);
        auto* name = w.child<QLineEdit>(u"targetName"_s);
        name->setFocus();
        QTest::keyClicks(name, u"threescale"_s);
        QTest::mouseClick(w.button(u"useTarget"_s), Qt::LeftButton);
        auto* map = w.child<QCheckBox>(u"map"_s);
        QVERIFY(!map->isVisible());
        QTest::mouseClick(w.button(u"continue"_s), Qt::LeftButton);
        QTest::mouseClick(w.button(u"continue"_s), Qt::LeftButton);
        QCOMPARE(w.page.session().step(), Step::Check);
        QList<run::Check> checks = RestoreFixture::passed();
        checks[1].state = run::Check::State::Failed;
        w.page.session().put(w.prepared(checks));
        QTest::mouseClick(w.button(u"back"_s), Qt::LeftButton);
        QCOMPARE(w.page.session().step(), Step::Target);
        QVERIFY(map->isVisible() && !map->isChecked());
        QVERIFY(!w.button(u"continue"_s)->isEnabled());
        w.picture(u"2-made-anew"_s);
        map->click();
        QVERIFY(w.button(u"continue"_s)->isEnabled());
    }

    void componentsAndOptions()
    {
        Window w;
        w.open();
        QTest::mouseClick(w.button(u"continue"_s), Qt::LeftButton);
        QCOMPARE(w.page.session().step(), Step::Components);
        w.picture(u"3-components"_s);
        auto* view = w.child<QTreeView>(u"restoreComponents"_s);
        view->setFocus();
        view->setCurrentIndex(view->model()->index(0, 0));
        QTest::keyClick(view, Qt::Key_Space); // unchecks the first one
        QVERIFY(!w.page.session().components()->chosen().contains(u"system-mysql"_s));
        QTest::mouseClick(w.button(u"chooseNone"_s), Qt::LeftButton);
        QVERIFY(!w.button(u"continue"_s)->isEnabled());
        QTest::mouseClick(w.button(u"chooseAll"_s), Qt::LeftButton);
        QVERIFY(w.button(u"continue"_s)->isEnabled());
        w.child<QRadioButton>(u"queuesEmptied"_s)->click();
        QVERIFY(w.page.session().options().emptyQueues);
        w.child<QRadioButton>(u"redisDocumented"_s)->click();
        QVERIFY(w.page.session().options().documentedRedis);
        auto* reason = w.child<QLineEdit>(u"safetyReason"_s);
        QVERIFY(!reason->isVisible());
        w.child<QCheckBox>(u"safety"_s)->click();
        QVERIFY(reason->isVisible());
        QVERIFY(!w.button(u"continue"_s)->isEnabled());
        w.picture(u"3-without-safety"_s);
        QTest::keyClicks(reason, u"The disk is full."_s);
        QVERIFY(w.button(u"continue"_s)->isEnabled());
    }

    /// By the plan, not by the choice alone.
    void saysWhatIsKept()
    {
        Window w;
        w.check();
        auto* safety = w.child<QLabel>(u"confirmationSafety"_s);
        QVERIFY2(safety->text().contains(u"since the last proven store is taken back. What is proven stays"_s), qPrintable(safety->text()));
        auto rebuild = w.prepared();
        rebuild->plan.stages.first().steps.first().id = u"installed"_s;
        w.page.session().put(rebuild);
        QVERIFY2(safety->text().contains(u"of what is there"_s) && safety->text().contains(u"the APIManager and what the operator made of it stay"_s), qPrintable(safety->text()));
        auto nothing = w.prepared();
        for (plan::Stage& stage : nothing->plan.stages)
            stage.steps.removeIf([](const plan::Step& step) { return step.id == u"safety-finish"; });
        w.page.session().put(nothing);
        QVERIFY2(safety->text().startsWith(u"No safety bundle is taken, for nothing is there"_s), qPrintable(safety->text()));
    }

    void typedConfirmation()
    {
        Window w;
        w.check();
        auto* restore = w.button(u"restoreButton"_s);
        auto* field = w.child<QLineEdit>(u"typedName"_s);
        QCOMPARE(restore->text(), u"Restore 4 components"_s);
        QVERIFY(!restore->isEnabled());
        QCOMPARE(w.page.mainButton(), nullptr); // Ctrl+Return never overwrites
        QTest::keyClicks(field, u"threescal"_s);
        QVERIFY(!restore->isEnabled());
        QTest::keyClicks(field, u"e"_s);
        QVERIFY(restore->isEnabled());
        w.picture(u"4-check"_s);
        w.child<QTabWidget>(u"restoreTabs"_s)->setCurrentIndex(1);
        w.picture(u"4-commands"_s);
        w.child<QTabWidget>(u"restoreTabs"_s)->setCurrentIndex(2);
        w.picture(u"4-back-out"_s);
        QTest::keyClick(field, Qt::Key_Return);
        QTest::keyClick(&w.page, Qt::Key_Return, Qt::ControlModifier);
        QTest::keyClick(field, Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(w.page.session().step(), Step::Check);
        // Checked again, and something is not as it was.
        QList<run::Check> checks = RestoreFixture::passed();
        checks[1].state = run::Check::State::Warning;
        w.page.session().put(w.prepared(checks));
        QCOMPARE(field->text(), QString());
        QVERIFY(!restore->isEnabled());
        w.picture(u"4-changed"_s);
    }

    void aFailedCheck()
    {
        Window w;
        QList<run::Check> checks = RestoreFixture::passed();
        checks[0] = {.id = u"rights"_s, .title = u"Login and rights"_s, .state = run::Check::State::Failed, .evidence = u"Not allowed in namespace threescale: create pods/exec, delete pods."_s,
                     .remedy = u"Ask for the edit role in the namespace."_s};
        w.check(checks);
        w.picture(u"4-failed"_s);
        QVERIFY(!w.child<QLineEdit>(u"typedName"_s)->isEnabled());
        QVERIFY(!w.button(u"restoreButton"_s)->isEnabled());
        QVERIFY(w.button(u"restoreButton"_s)->toolTip().contains(u"failed"_s));
        QVERIFY(w.child<QLabel>(u"checkCounts"_s)->text().contains(u"1 failed"_s));
        QTest::mouseClick(w.button(u"copyChecks"_s), Qt::LeftButton);
        QVERIFY(QApplication::clipboard()->text().contains(u"Ask for the edit role"_s));
    }

    /// Who holds the namespace, and whether anything may be taken from that run, is the business of the lock's dialog.
    void aLockedNamespace()
    {
        Window w;
        w.check();
        auto* lock = w.button(u"checkLock"_s);
        QVERIFY(!lock->isVisible());
        QList<run::Check> checks = RestoreFixture::passed();
        checks.append({.id = u"lock"_s, .title = {}, .state = run::Check::State::Failed, .evidence = u"Locked."_s, .remedy = {}, .subjects = {u"20261130T000000Z-abcdef"_s}});
        w.page.session().put(w.prepared(checks));
        QVERIFY(lock->isVisible());
        w.picture(u"4-locked"_s);
        QSignalSpy wanted(&w.page, &RestorePage::lockWanted);
        QTest::mouseClick(lock, Qt::LeftButton);
        QCOMPARE(wanted.count(), 1);
        QCOMPARE(wanted.first().first().value<NamespaceRef>().title(), u"north / threescale"_s);
        QVERIFY(w.page.session().preparation() && !w.page.session().checking()); // nothing was done here
        w.page.session().lockMayBeGone({u"north"_s, u"threescale"_s});
        QVERIFY(!lock->isVisible());
    }

    /// What the plan leaves out is not counted.
    void countsAreThePlans()
    {
        Window w;
        w.check();
        auto made = w.prepared();
        made->plan.choices[u"components"] = QJsonArray{u"system-mysql"_s, u"secrets"_s};
        w.page.session().put(made);
        QCOMPARE(w.button(u"restoreButton"_s)->text(), u"Restore 2 components"_s);
        QCOMPARE(w.child<QLabel>(u"contextCount"_s)->text(), u"2 of 4 components"_s);
        const QString loss = w.child<QLabel>(u"confirmationLoss"_s)->text();
        QVERIFY2(loss.contains(u"system-mysql, secrets"_s) && !loss.contains(u"backend-redis"_s), qPrintable(loss));
    }

    /// Words of the cluster and the bundle are never taken for HTML.
    void tipsOfChecks()
    {
        Window w;
        QList<run::Check> checks = RestoreFixture::passed();
        checks[0].state = run::Check::State::Failed;
        checks[0].evidence = u"<b>redis</b><img src='http://example.com/x'>"_s;
        w.check(checks);
        auto* view = w.child<QListView>(u"checks"_s);
        const QPoint at = view->visualRect(view->model()->index(0, 0)).center();
        QHelpEvent help(QEvent::ToolTip, at, view->viewport()->mapToGlobal(at));
        QCoreApplication::sendEvent(view->viewport(), &help);
        QVERIFY2(QToolTip::text().contains(u"&lt;b&gt;redis"_s), qPrintable(QToolTip::text()));
        QToolTip::hideText();
    }

    void countsFollowTheTheme()
    {
        Window w;
        w.check(RestoreFixture::passed());
        const auto* counts = w.child<QLabel>(u"checkCounts"_s);
        for (const auto choice : {theme::Choice::Dark, theme::Choice::Light}) {
            theme::choose(choice);
            QTRY_VERIFY2(counts->text().contains(theme::color(widgets::Token::Ok).name()), qPrintable(counts->text()));
        }
    }

    void dryRun()
    {
        Window w;
        w.check();
        QTest::mouseClick(w.button(u"dryRun"_s), Qt::LeftButton);
        auto* dialog = w.child<QDialog>(u"dryRunDialog"_s);
        QVERIFY(dialog && dialog->isVisible());
        const QString folder = qEnvironmentVariable("SCALEKEEP_PICTURES");
        if (!folder.isEmpty())
            dialog->grab().save(folder + u"/restore-dry-run.png"_s);
        auto* text = dialog->findChild<QPlainTextEdit*>(u"dryRunText"_s);
        QVERIFY(text->toPlainText().contains(u"Stop what writes to the data"_s));
        QTest::mouseClick(dialog->findChild<QPushButton*>(u"copyPlan"_s), Qt::LeftButton);
        QCOMPARE(QApplication::clipboard()->text(), text->toPlainText());
        QCOMPARE(w.page.session().step(), Step::Check);
        dialog->close();
    }

    void startsAndShowsTheResult()
    {
        Window w;
        w.check();
        QSignalSpy started(&w.page, &RestorePage::runStarted);
        QTest::keyClicks(w.child<QLineEdit>(u"typedName"_s), u"threescale"_s);
        QTest::mouseClick(w.button(u"restoreButton"_s), Qt::LeftButton);
        QCOMPARE(started.count(), 1);
        QTRY_COMPARE_WITH_TIMEOUT(w.page.session().step(), Step::Result, 60000);
        w.picture(u"6-failed"_s);
        QVERIFY(w.child<QLabel>(u"resultTitle"_s)->text().contains(u"before anything was changed"_s));
        QVERIFY(!w.button(u"restoreButton"_s)->isVisible());
        QSignalSpy wanted(&w.page, &RestorePage::runWanted);
        QTest::mouseClick(w.button(u"showRun"_s), Qt::LeftButton);
        QCOMPARE(wanted.count(), 1);
        QTest::mouseClick(w.button(u"restoreAnother"_s), Qt::LeftButton);
        QCOMPARE(w.page.session().step(), Step::Bundle);
    }

    void dropOpensAndStartsNothing()
    {
        Window w;
        const QString path = w.f.writeBundle();
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(path)});
        QDragEnterEvent enter(QPoint(100, 100), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(&w.page, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(100, 100), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(&w.page, &drop);
        QTRY_VERIFY(w.page.session().header().has_value());
        QCOMPARE(w.page.session().bundlePath(), path);
        QCOMPARE(w.page.session().step(), Step::Target);
    }

    void confirmationStaysInViewWhenSmall()
    {
        Window w;
        w.check();
        w.page.resize(640, 600);
        QTest::qWait(50);
        w.picture(u"4-small"_s);
        for (QWidget* each : QList<QWidget*>{w.button(u"restoreButton"_s), w.child<QLineEdit>(u"typedName"_s), w.button(u"dryRun"_s)})
            QVERIFY2(w.page.rect().contains(QRect(each->mapTo(&w.page, QPoint()), each->size())), qPrintable(each->objectName()));
        QCOMPARE(w.page.size(), QSize(640, 600));
    }

    void everyWidgetHasAName()
    {
        Window w;
        w.check();
        for (const Step step : {Step::Bundle, Step::Target, Step::Components, Step::Check}) {
            w.page.session().goTo(step);
            for (const QWidget* each : w.page.findChildren<QWidget*>()) {
                if (!each->isVisible() || each->focusPolicy() == Qt::NoFocus || each->inherits("QScrollBar") || each->inherits("QTabBar"))
                    continue;
                const auto* button = qobject_cast<const QAbstractButton*>(each);
                QVERIFY2(!each->accessibleName().isEmpty() || (button && !button->text().isEmpty()), qPrintable(QString::fromLatin1(each->metaObject()->className()) + u' ' + each->objectName()));
            }
        }
    }
};

QTEST_MAIN(TestRestorePage)
#include "tst_restorepage.moc"
