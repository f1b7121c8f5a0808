#include "widgets/backup/backuppage.h"
#include "widgets/backup/commands.h"
#include "widgets/backup/completeness.h"
#include "widgets/backup/destination.h"
#include "widgets/backup/dryrundialog.h"
#include "widgets/backup/firststart.h"
#include "widgets/backup/planview.h"
#include "widgets/backup/savedplans.h"
#include "widgets/common/theme.h"

#include "tests/models/backup/planfixture.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDropEvent>
#include <QHeaderView>
#include <QInputDialog>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;
using namespace scalekeep::widgets;

namespace {
/// The page with its services, shown.
struct Shown {
    PlanFixture fixture;
    RunHub runs{fixture.workplace};
    BackupPlan plan{fixture.hub};
    BackupQueue queue{fixture.hub, runs};
    BackupPage page{plan, queue};
    QStringList said;

    explicit Shown(bool filled = true) : fixture(filled)
    {
        PlanOptions options = plan.content().options;
        options.folder = fixture.folder.path();
        plan.setOptions(options);
        QObject::connect(&page, &BackupPage::message, &page, [this](const QString& text) { said.append(text); });
        page.resize(892, 748);
        page.show();
        if (!QTest::qWaitForWindowExposed(&page))
            qFatal("not shown");
    }
    [[nodiscard]] PlanView* view() { return page.findChild<PlanView*>(); }
    [[nodiscard]] bool settled() { return QTest::qWaitFor([this] { return !plan.isComputing(); }, 20'000); }
    template <class T>
    [[nodiscard]] T* part(const QString& name) { return page.findChild<T*>(name); }
};

void drop(QWidget* target, const QList<ComponentRef>& components, bool expected)
{
    const std::unique_ptr<QMimeData> data(toMimeData(components));
    const QPoint at = target->rect().center();
    QDragEnterEvent enter(at, Qt::CopyAction, data.get(), Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(target, &enter);
    QVERIFY(enter.isAccepted());
    QDragMoveEvent move(at, Qt::CopyAction, data.get(), Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(target, &move);
    QCOMPARE(move.isAccepted(), expected);
    if (expected) {
        QDropEvent event(at, Qt::CopyAction, data.get(), Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(target, &event);
        QVERIFY(event.isAccepted());
    } else {
        QDragLeaveEvent leave;
        QApplication::sendEvent(target, &leave);
    }
}

template <class T>
T* topLevel()
{
    const QWidgetList all = QApplication::topLevelWidgets();
    for (QWidget* each : all) {
        if (auto* found = qobject_cast<T*>(each); found && found->isVisible())
            return found;
    }
    return nullptr;
}

QDialog* question()
{
    const QWidgetList all = QApplication::topLevelWidgets();
    for (QWidget* each : all) {
        if (each->isVisible() && each->objectName() == u"question")
            return qobject_cast<QDialog*>(each);
    }
    return nullptr;
}
} // namespace

class TestBackupPage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { theme::install(*qApp); }

    void dropsOnTheTable()
    {
        Shown shown;
        const QAbstractItemModelTester tester(shown.view()->planModel(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        drop(shown.view()->viewport(), {{PlanFixture::first, u"system-mysql"_s}, {PlanFixture::first, u"backend-redis"_s}}, true);
        QCOMPARE(shown.plan.content().selections.value(0).components.size(), 2);
        QCOMPARE(shown.view()->selectedComponents().size(), 2); // what was dropped is selected
        drop(shown.view()->viewport(), {{PlanFixture::first, u"system-mysql"_s}}, false);
        QVERIFY(shown.said.contains(u"system-mysql is already in the plan."_s));
        auto* zone = shown.page.findChild<DropZone*>();
        QVERIFY(zone->isVisible());
        drop(zone, {{PlanFixture::second, {}}}, true);
        QCOMPARE(shown.plan.content().selections.size(), 2);
        QVERIFY(zone->text().startsWith(u"Drop components here"_s)); // nothing hovers any more
    }

    void enterDeleteUndo()
    {
        Shown shown;
        QVERIFY(!shown.part<QPushButton>(u"start"_s)->isEnabled());
        shown.page.add({{PlanFixture::first, {}}});
        QVERIFY(shown.settled());
        const qsizetype all = shown.plan.content().selections.first().components.size();
        QTRY_VERIFY(shown.part<QPushButton>(u"start"_s)->isEnabled());
        shown.view()->reveal({{PlanFixture::first, u"system-storage"_s}});
        shown.view()->setFocus();
        QTest::keyClick(shown.view(), Qt::Key_Delete);
        QCOMPARE(shown.plan.content().selections.first().components.size(), all - 1);
        auto* undo = shown.part<QPushButton>(u"undo"_s);
        QVERIFY(undo->isVisible());
        QCOMPARE(undo->text(), u"Undo remove"_s);
        QTest::keyClick(&shown.page, Qt::Key_Z, Qt::ControlModifier);
        QTRY_COMPARE(shown.plan.content().selections.first().components.size(), all);
        // The cross of a row.
        const QModelIndex row = shown.view()->planModel()->indexOf({PlanFixture::first, u"secrets"_s}).siblingAtColumn(BackupPlanModel::Remove);
        shown.view()->scrollTo(row);
        QTest::mouseClick(shown.view()->viewport(), Qt::LeftButton, {}, shown.view()->visualRect(row).center());
        QVERIFY(!shown.plan.contains({PlanFixture::first, u"secrets"_s}));
        // Of a namespace that cannot be added: said, not done.
        shown.page.add({{{u"stage"_s, u"x"_s}, {}}});
        QCOMPARE(shown.said.last(), u"There is no cluster stage here."_s);
    }

    void missingIsAdded()
    {
        Shown shown;
        shown.page.add({{PlanFixture::first, {}}});
        shown.plan.remove({{PlanFixture::first, u"system-storage"_s}, {PlanFixture::first, u"routes"_s}});
        QVERIFY(shown.settled());
        auto* completeness = shown.page.findChild<Completeness*>();
        QPushButton* add = completeness->firstAdd();
        QVERIFY(add);
        QCOMPARE(add->accessibleName(), u"Add system-storage"_s);
        add->setFocus();
        QTest::keyClick(add, Qt::Key_Space);
        QVERIFY(shown.plan.contains({PlanFixture::first, u"system-storage"_s}));
        QVERIFY(shown.settled());
        QTRY_COMPARE(completeness->firstAdd()->accessibleName(), u"Add Routes"_s);
        QTRY_COMPARE(QApplication::focusWidget(), completeness->firstAdd()); // on the next one
        QTest::keyClick(completeness->firstAdd(), Qt::Key_Space);
        QVERIFY(shown.settled());
        QTRY_VERIFY(!completeness->firstAdd());
        QCOMPARE(shown.plan.groups().first().score, 100);
    }

    void optionsChangeThePlan()
    {
        Shown shown;
        shown.page.add({{PlanFixture::first, {}}});
        QVERIFY(shown.settled());
        const qsizetype steps = shown.plan.steps();
        shown.part<QCheckBox>(u"quiesce"_s)->click();
        QVERIFY(shown.settled());
        QVERIFY(shown.plan.steps() > steps && shown.plan.changesCluster());
        shown.part<QCheckBox>(u"compress"_s)->click();
        shown.part<QCheckBox>(u"verify"_s)->click();
        shown.part<QSpinBox>(u"parallel"_s)->setValue(5);
        const PlanOptions options = shown.plan.content().options;
        QVERIFY(options.quiesce && !options.compress && !options.verifyAfterwards);
        QCOMPARE(options.parallel, 5);
        auto* folder = shown.part<QLineEdit>(u"folder"_s);
        folder->setText(shown.fixture.folder.filePath(u"missing"_s));
        Q_EMIT folder->editingFinished();
        QVERIFY(shown.settled());
        QVERIFY(shown.plan.obstacle().contains(u"does not exist"_s));
        QTRY_VERIFY(!shown.part<QPushButton>(u"start"_s)->isEnabled());
        QVERIFY(shown.part<QPushButton>(u"start"_s)->toolTip().contains(u"does not exist"_s));
    }

    void commandsFollowTheSelection()
    {
        Shown shown;
        shown.page.add({{PlanFixture::first, {}}});
        QVERIFY(shown.settled());
        auto* commands = shown.page.findChild<Commands*>();
        auto* text = commands->findChild<CommandView*>();
        shown.view()->reveal({{PlanFixture::first, u"backend-redis"_s}});
        QTRY_VERIFY(text->toPlainText().contains(u"BGSAVE"_s));
        QVERIFY(!text->toPlainText().contains(u"mysqldump"_s));
        shown.view()->clearSelection();
        QTRY_VERIFY(text->toPlainText().startsWith(u"#!/bin/sh"_s));
        const QString path = shown.fixture.folder.filePath(u"backup.sh"_s);
        commands->writeScript(path);
        QTRY_VERIFY(QFileInfo(path).isExecutable());
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(QString::fromUtf8(file.readAll()), shown.plan.script());
    }

    void savesAndLoads()
    {
        Shown shown;
        shown.page.add({{PlanFixture::first, u"system-mysql"_s}});
        QTest::keyClick(&shown.page, Qt::Key_S, Qt::ControlModifier);
        QTRY_VERIFY(topLevel<QInputDialog>());
        auto* dialog = topLevel<QInputDialog>();
        dialog->setTextValue(u"Weekly"_s);
        dialog->accept();
        QTRY_COMPARE(shown.plan.name(), u"Weekly"_s);
        auto* choice = shown.part<QComboBox>(u"savedPlans"_s);
        QTRY_COMPARE(choice->currentText(), u"Weekly"_s);
        QTRY_VERIFY(!shown.part<QPushButton>(u"savePlan"_s)->isEnabled());

        shown.page.add({{PlanFixture::first, u"secrets"_s}});
        QTRY_COMPARE(choice->currentText(), u"Weekly (changed)"_s);
        // Another plan asks first, and the choice stands where it was.
        choice->setCurrentIndex(0);
        Q_EMIT choice->activated(0);
        QTRY_VERIFY(question());
        QCOMPARE(choice->currentText(), u"Weekly (changed)"_s);
        QTest::mouseClick(question()->findChild<QPushButton*>(u"verb"_s), Qt::LeftButton);
        QTRY_VERIFY(shown.plan.isEmpty());
        QTRY_VERIFY(!question());

        shown.page.add({{PlanFixture::second, u"secrets"_s}});
        auto* saved = shown.page.findChild<SavedPlans*>();
        saved->saveAs(u"Weekly"_s);
        QTRY_VERIFY(question());
        question()->reject();
        QTRY_VERIFY(!question());
        QVERIFY(shown.plan.name().isEmpty());
        saved->load(u"Weekly"_s);
        QTRY_VERIFY(question());
        QTest::mouseClick(question()->findChild<QPushButton*>(u"verb"_s), Qt::LeftButton);
        QTRY_COMPARE(shown.plan.name(), u"Weekly"_s);
        QCOMPARE(shown.plan.content().selections.value(0).components, QStringList{u"system-mysql"_s});
    }

    void survivesARestart()
    {
        Shown shown;
        shown.page.add({{PlanFixture::first, u"system-mysql"_s}});
        QVERIFY(shown.settled());
        QSettings settings(shown.fixture.folder.filePath(u"window.ini"_s), QSettings::IniFormat);
        shown.page.saveState(settings);
        BackupPlan plan(shown.fixture.hub);
        BackupPage again(plan, shown.queue);
        again.restoreState(settings);
        QCOMPARE(plan.content(), shown.plan.content());
    }

    // No login is kept for this cluster: the queue and the dry run say so, and nothing runs.
    void refusedStart()
    {
        Shown shown;
        shown.page.add({{PlanFixture::first, {}}, {PlanFixture::second, {}}});
        QVERIFY(shown.settled());
        QSignalSpy started(&shown.page, &BackupPage::runStarted);
        QSignalSpy refused(&shown.queue, &BackupQueue::refused);
        shown.part<QPushButton>(u"start"_s)->click();
        QTRY_COMPARE(refused.size(), 2);
        QCOMPARE(started.size(), 0);
        QVERIFY(shown.queue.items().isEmpty());
        QStringList texts;
        const auto banners = shown.page.findChildren<Banner*>();
        for (const Banner* banner : banners) {
            const auto labels = banner->findChildren<QLabel*>();
            for (const QLabel* each : labels) {
                if (each->isVisible())
                    texts.append(each->text());
            }
        }
        QVERIFY2(texts.join(u' ').contains(u"was not started."_s), qPrintable(texts.join(u'|')));

        shown.part<QPushButton>(u"dryRun"_s)->click();
        QTRY_VERIFY(topLevel<BackupDryRun>());
        auto* view = topLevel<BackupDryRun>()->findChild<QTreeView*>();
        QTRY_COMPARE(view->model()->rowCount(), 2);
        const QAbstractItemModelTester tester(view->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(view->model()->index(0, 0).data().toString(), PlanFixture::first.title());
        QVERIFY(view->model()->rowCount(view->model()->index(0, 0)) >= 1);
        topLevel<BackupDryRun>()->close();
    }

    /// A backup that stops the writers, and another run's lock: the banner leads to it.
    void refusedUnderALock()
    {
        Shown shown;
        const QSignalSpy lock(&shown.page, &BackupPage::lockRequested);
        run::Check check{.id = u"read-only"_s, .title = {}, .state = run::Check::State::Failed, .evidence = u"It is marked read only."_s, .remedy = {}};
        Q_EMIT shown.queue.refused({.where = PlanFixture::first, .error = {}, .checks = {check}, .plan = {}, .request = {}});
        auto* button = shown.part<QPushButton>(u"refusedLock"_s);
        QVERIFY(!button->isVisible());
        check.id = u"lock"_s;
        Q_EMIT shown.queue.refused({.where = PlanFixture::first, .error = {}, .checks = {check}, .plan = {}, .request = {}});
        QVERIFY(button->isVisible());
        // The next one has no lock: the button still leads to the one that has.
        Q_EMIT shown.queue.refused({.where = PlanFixture::second, .error = {}, .checks = {}, .plan = {}, .request = {}});
        QVERIFY(button->isVisible());
        button->click();
        QCOMPARE(lock.size(), 1);
        QCOMPARE(lock.first().first().value<NamespaceRef>(), PlanFixture::first);
    }

    void firstStart()
    {
        Shown shown(false);
        auto* first = shown.page.findChild<FirstStart*>();
        QVERIFY(first->isVisible());
        QSignalSpy add(&shown.page, &BackupPage::addClusterRequested);
        first->addButton()->click();
        QCOMPARE(add.size(), 1);
        Readiness readiness;
        readiness.ocVersion = u"4.16.21"_s;
        readiness.keychain = true;
        readiness.folder = QDir::home().filePath(u"Backups/3scale"_s);
        readiness.freeBytes = 41LL << 30;
        readiness.kubeconfig = u"config"_s;
        readiness.contexts = 3;
        QSignalSpy import(&shown.page, &BackupPage::importRequested);
        first->set(readiness);
        const auto buttons = first->findChildren<QPushButton*>();
        for (QPushButton* each : buttons) {
            QVERIFY(!each->text().isEmpty() || !each->accessibleName().isEmpty());
            if (each->text() == u"Import…")
                each->click();
        }
        QCOMPARE(import.size(), 1);
        shown.fixture.hub.put(PlanFixture::state());
        QTRY_VERIFY(!first->isVisible());
        QVERIFY(shown.view()->isVisible());
    }

    void everyControlHasAName()
    {
        Shown shown;
        shown.page.add({{PlanFixture::first, u"system-mysql"_s}});
        QVERIFY(shown.settled());
        const auto widgets = shown.page.findChildren<QWidget*>();
        for (const QWidget* each : widgets) {
            if (!each->isVisible() || each->focusPolicy() == Qt::NoFocus)
                continue;
            const auto* button = qobject_cast<const QAbstractButton*>(each);
            const bool inner = each->parentWidget() && (each->objectName().startsWith(u"qt_"_s) || qobject_cast<const QAbstractSpinBox*>(each->parentWidget()));
            QVERIFY2(inner || !each->accessibleName().isEmpty() || (button && !button->text().isEmpty()) || qobject_cast<const QHeaderView*>(each) || each->inherits("QScrollBar"),
                     qPrintable(QString::fromLatin1(each->metaObject()->className()) + u' ' + each->objectName()));
        }
    }

    // Pictures for looking at: SCALEKEEP_PICTURES names the folder.
    void pictures()
    {
        const QString folder = qEnvironmentVariable("SCALEKEEP_PICTURES");
        if (folder.isEmpty())
            QSKIP("no folder for pictures");
        const auto grab = [&folder](QWidget& widget, const QString& name) {
            QApplication::processEvents();
            QVERIFY(widget.grab().save(folder + u'/' + name));
        };
        for (const bool dark : {false, true}) {
            theme::choose(dark ? theme::Choice::Dark : theme::Choice::Light);
            const QString end = (dark ? u"-dark"_s : u""_s) + (qApp->devicePixelRatio() > 1 ? u"-2x.png"_s : u".png"_s);
            Shown shown;
            grab(shown.page, u"backup-empty"_s + end);
            shown.page.add({{PlanFixture::first, {}}});
            shown.plan.remove({{PlanFixture::first, u"system-storage"_s}, {PlanFixture::first, u"routes"_s}});
            QVERIFY(shown.settled());
            shown.view()->reveal({{PlanFixture::first, u"backend-redis"_s}});
            shown.view()->setFocus();
            grab(shown.page, u"backup-full"_s + end);
            shown.page.add({{PlanFixture::second, u"system-mysql"_s}});
            QVERIFY(shown.settled());
            grab(shown.page, u"backup-two"_s + end);
            shown.part<QPushButton>(u"start"_s)->click();
            grab(shown.page, u"backup-checking"_s + end);
            QTRY_VERIFY(shown.queue.items().isEmpty());
            grab(shown.page, u"backup-refused"_s + end);
            shown.part<QPushButton>(u"dryRun"_s)->click();
            QTRY_VERIFY(topLevel<BackupDryRun>());
            QTRY_VERIFY(topLevel<BackupDryRun>()->findChild<QTreeView*>()->model()->rowCount() > 0);
            grab(*topLevel<BackupDryRun>(), u"dry-run"_s + end);
            topLevel<BackupDryRun>()->close();
            Shown first(false);
            auto* start = first.page.findChild<FirstStart*>();
            Readiness readiness;
            readiness.ocVersion = u"4.16.21"_s;
            readiness.keychain = true;
            readiness.folder = QDir::home().filePath(u"Backups/3scale"_s);
            readiness.freeBytes = 41LL << 30;
            readiness.contexts = 3;
            QTest::qWait(600);
            start->set(readiness);
            start->addButton()->setFocus();
            grab(first.page, u"first-start"_s + end);
        }
        theme::choose(theme::Choice::Light);
    }
};

QTEST_MAIN(TestBackupPage)
#include "tst_backuppage.moc"
