#include "models/common/components.h"
#include "tests/models/compare/comparesamples.h"
#include "tests/widgets/common/widgetaudit.h"
#include "widgets/common/theme.h"
#include "widgets/compare/comparepage.h"
#include "widgets/compare/detailpane.h"
#include "widgets/compare/growthpanel.h"
#include "widgets/compare/rulesdialog.h"
#include "widgets/compare/sidebox.h"
#include "widgets/compare/sidebyside.h"

#include <QClipboard>
#include <QDropEvent>
#include <QMenu>
#include <QMimeData>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QSplitter>
#include <QTreeView>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;
using namespace scalekeep::widgets;

namespace {
struct Window : samples::ComparePlace {
    ComparePage page{hub, library};
    QTreeView* tree = page.findChild<QTreeView*>(u"differences"_s);

    void start(QSize size = {1212, 748})
    {
        list();
        page.resize(size);
        page.show();
        page.activated();
        QVERIFY(QTest::qWaitForWindowExposed(&page));
    }
    void compareBoth()
    {
        start();
        page.compare({path(u"after"_s), path(u"before"_s)});
        QVERIFY(samples::compared(page.session()));
    }
    template <class T>
    T* child(const QString& name)
    {
        T* found = page.findChild<T*>(name);
        if (!found)
            qFatal("no %s", qPrintable(name));
        return found;
    }
    QPushButton* button(const QString& name) { return child<QPushButton>(name); }
    SideBox* side(const QString& letter) { return child<SideBox>(u"side"_s + letter); }
    DetailPane* pane() { return child<DetailPane>(u"detail"_s); }
    DetailPane* pinned() { return child<DetailPane>(u"pinnedDetail"_s); }
    bool read(DetailPane* pane)
    {
        return QTest::qWaitFor([pane] { return pane->detail().state() == CompareDetail::State::Done; }, 30'000);
    }
    QModelIndex row(const QString& name, const QModelIndex& parent = {})
    {
        for (int i = 0; i < tree->model()->rowCount(parent); ++i) {
            const QModelIndex index = tree->model()->index(i, 0, parent);
            if (index.data().toString() == name)
                return index;
            if (const QModelIndex below = row(name, index); below.isValid())
                return below;
        }
        return {};
    }
    QString words()
    {
        QStringList texts;
        const auto labels = page.findChildren<QLabel*>();
        for (const QLabel* label : labels) {
            if (label->isVisible())
                texts.append(label->text());
        }
        return texts.join(u'\n');
    }
};

void drop(QWidget* on, const QMimeData& data)
{
    QDragEnterEvent enter({20, 20}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    enter.ignore();
    QApplication::sendEvent(on, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent dropped(QPointF(20, 20), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(on, &dropped);
}

void dropBundles(QWidget* on, const QStringList& paths)
{
    QMimeData data;
    QList<QUrl> urls;
    for (const QString& path : paths)
        urls.append(QUrl::fromLocalFile(path));
    data.setUrls(urls);
    drop(on, data);
}
} // namespace

class TestComparePage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        qputenv("SCALEKEEP_OC", "/bin/false");
        theme::install(*qApp);
    }

    void emptyPage()
    {
        Window window;
        window.start();
        QVERIFY(window.words().contains(u"What differs between two backups?"_s));
        QVERIFY(window.button(u"chooseA"_s)->isVisible());
        QVERIFY(!window.button(u"export"_s)->isEnabled());
        QVERIFY(!window.page.mainButton()->isVisible());
        // The menu lists the bundles, the newest first.
        QMenu* menu = window.side(u"A"_s)->menu();
        Q_EMIT menu->aboutToShow();
        QStringList texts;
        for (const QAction* action : menu->actions())
            texts.append(action->text());
        QVERIFY2(texts.size() >= 4 && texts.at(1).contains(u"prod-eu / 3scale"_s), qPrintable(texts.join(u'|')));
        menu->actions().at(2)->trigger();
        QCOMPARE(window.page.session().side(CompareSession::A).bundle, window.path(u"before"_s));
        QVERIFY(window.words().contains(u"With what?"_s));
        Q_EMIT window.side(u"B"_s)->menu()->aboutToShow();
        window.side(u"B"_s)->menu()->actions().at(1)->trigger();
        QVERIFY(samples::compared(window.page.session()));
    }

    void dropsOnPageAndSides()
    {
        Window window;
        window.start();
        dropBundles(&window.page, {window.path(u"after"_s), window.path(u"before"_s)});
        // Whatever their order: the earlier one is the base.
        QCOMPARE(window.page.session().side(CompareSession::A).bundle, window.path(u"before"_s));
        QCOMPARE(window.page.session().side(CompareSession::B).bundle, window.path(u"after"_s));
        QVERIFY(samples::compared(window.page.session()));
        QVERIFY(window.tree->model()->rowCount() > 0);
        // One goes to the side that it is dropped on, another one on the page to B.
        dropBundles(window.side(u"A"_s), {window.path(u"after"_s)});
        QCOMPARE(window.page.session().side(CompareSession::A).bundle, window.path(u"after"_s));
        QVERIFY(samples::compared(window.page.session()));
        QVERIFY(window.words().contains(u"A and B are equal"_s));
        dropBundles(&window.page, {window.path(u"before"_s)});
        QCOMPARE(window.page.session().side(CompareSession::B).bundle, window.path(u"before"_s));
        // A namespace is not read before it is asked for.
        const std::unique_ptr<QMimeData> components(toMimeData({{{u"north"_s, u"threescale"_s}, {}}}));
        drop(window.side(u"B"_s), *components);
        QCOMPARE(window.page.session().state(), CompareSession::State::Ready);
        QVERIFY(window.words().contains(u"north / threescale has to be read first"_s));
        QCOMPARE(window.page.mainButton()->isVisible(), true);
        QTest::mouseClick(window.page.mainButton(), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(window.page.session().state(), CompareSession::State::Failed, 20'000);
        QVERIFY(window.words().contains(window.page.session().error()->message));
        QCOMPARE(window.button(u"start"_s)->text(), u"Try again"_s);
        // Other things are not taken.
        QMimeData other;
        other.setText(u"words"_s);
        QDragEnterEvent refused({20, 20}, Qt::CopyAction, &other, Qt::LeftButton, Qt::NoModifier);
        refused.ignore();
        QApplication::sendEvent(&window.page, &refused);
        QVERIFY(!refused.isAccepted());
    }

    void readsFromTreeToRows()
    {
        Window window;
        window.compareBoth();
        QVERIFY(window.words().contains(u"Compared from the indexes in"_s));
        QVERIFY(window.button(u"added"_s)->text().endsWith(u" added"_s));
        QCOMPARE(window.child<QComboBox>(u"components"_s)->count(), 6);
        // The first difference is there by itself.
        QVERIFY(window.tree->currentIndex().isValid());
        window.tree->setCurrentIndex(window.row(u"cinstances"_s));
        QVERIFY(window.read(window.pane()));
        QVERIFY2(window.words().contains(u"7 differing rows: 2 added, 2 removed, 3 changed."_s), qPrintable(window.words()));
        SideBySide* sides = window.pane()->sides();
        QCOMPARE(sides->viewA()->model()->rowCount(), 7);
        // Selection and scrolling are joined.
        sides->viewB()->setFocus();
        QTest::keyClick(sides->viewB(), Qt::Key_Down);
        QCOMPARE(sides->viewA()->currentIndex().row(), sides->viewB()->currentIndex().row());
        QCOMPARE(sides->viewA()->selectionModel()->selectedRows().size(), 1);
        sides->viewB()->verticalScrollBar()->setValue(20);
        QCOMPARE(sides->viewA()->verticalScrollBar()->value(), sides->viewB()->verticalScrollBar()->value());
        // A column that is made wider in A is as wide in B.
        const int columns = int(window.pane()->detail().sides()->sideColumns()) + 1;
        sides->viewA()->setColumnWidth(0, 77);
        QCOMPARE(sides->viewB()->columnWidth(columns), 77);
        // Only what tells is shown, until all is asked for.
        QVERIFY(sides->viewA()->isColumnHidden(5));
        QTest::mouseClick(window.pane()->findChild<QPushButton*>(u"allColumns"_s), Qt::LeftButton);
        QVERIFY(!sides->viewA()->isColumnHidden(5));
        window.pane()->copyAsText();
        const QString copied = QGuiApplication::clipboard()->text();
        QVERIFY2(copied.contains(u"Store locator"_s) && copied.contains(u"Only in A"_s), qPrintable(copied));
        QVERIFY(!copied.contains(u"key-"_s));
    }

    void byKeyFromDifferenceToDifference()
    {
        Window window;
        window.compareBoth();
        window.tree->setFocus();
        window.tree->setCurrentIndex(window.row(u"cinstances"_s));
        QVERIFY(window.read(window.pane()));
        // In the rows first, then on to the next object; the tree follows.
        window.pane()->sides()->viewA()->setFocus();
        QCOMPARE(window.pane()->sides()->currentRow(), 0);
        for (int i = 0; i < 6; ++i)
            window.page.nextProblem(true);
        QCOMPARE(window.pane()->sides()->currentRow(), 6);
        QCOMPARE(window.tree->currentIndex().data().toString(), u"cinstances"_s);
        window.page.nextProblem(true);
        QVERIFY(window.tree->currentIndex().data().toString() != u"cinstances"_s);
        window.tree->setFocus();
        window.page.nextProblem(false);
        QCOMPARE(window.tree->currentIndex().data().toString(), u"cinstances"_s);
        QTest::mouseClick(window.button(u"next"_s), Qt::LeftButton);
        QVERIFY(window.tree->currentIndex().data().toString() != u"cinstances"_s);
    }

    void filters()
    {
        Window window;
        window.compareBoth();
        const QModelIndex secret = window.row(u"system-recaptcha"_s);
        QVERIFY(secret.isValid());
        window.page.filter()->setText(u"recaptcha"_s);
        QTRY_COMPARE(window.tree->model()->rowCount(), 1);
        window.page.filter()->setText(u"nothing like this"_s);
        QTRY_VERIFY(window.words().contains(u"No object matches “nothing like this”"_s));
        QVERIFY(!window.button(u"next"_s)->isEnabled());
        const auto clear = window.page.findChildren<QPushButton*>();
        for (QPushButton* each : clear) {
            if (each->isVisible() && each->text() == u"Clear filter"_s)
                QTest::mouseClick(each, Qt::LeftButton);
        }
        QTRY_COMPARE(window.tree->model()->rowCount(), 5);
        QTest::mouseClick(window.button(u"added"_s), Qt::LeftButton);
        QTest::mouseClick(window.button(u"changed"_s), Qt::LeftButton);
        QVERIFY(window.row(u"logo-old.png"_s).isValid());
        QVERIFY(!window.row(u"upload-10.txt"_s).isValid());
        QTest::mouseClick(window.button(u"added"_s), Qt::LeftButton);
        QTest::mouseClick(window.button(u"changed"_s), Qt::LeftButton);
        QVERIFY(!window.row(u"plans"_s).isValid());
        QTest::mouseClick(window.button(u"onlyChanges"_s), Qt::LeftButton);
        QVERIFY(window.row(u"plans"_s).isValid());
    }

    void pinsADetail()
    {
        Window window;
        window.compareBoth();
        QVERIFY(!window.pinned()->isVisible());
        window.tree->setCurrentIndex(window.row(u"system-environment"_s));
        QVERIFY(window.read(window.pane()));
        QTest::mouseClick(window.button(u"pin"_s), Qt::LeftButton);
        QVERIFY(window.pinned()->isVisible());
        QVERIFY(window.read(window.pinned()));
        window.tree->setCurrentIndex(window.row(u"cinstances"_s));
        QVERIFY(window.read(window.pane()));
        QVERIFY(window.pinned()->detail().path().contains(u"system-environment"_s));
        QVERIFY(window.pane()->detail().path().contains(u"cinstances"_s));
        QTest::mouseClick(window.button(u"unpin"_s), Qt::LeftButton);
        QVERIFY(!window.pinned()->isVisible());
    }

    void swapKeepsThePlace()
    {
        Window window;
        window.compareBoth();
        window.tree->collapseAll();
        window.tree->setCurrentIndex(window.row(u"cinstances"_s));
        window.tree->expand(window.row(u"system-mysql"_s));
        QVERIFY(window.read(window.pane()));
        QTest::mouseClick(window.child<QToolButton>(u"swap"_s), Qt::LeftButton);
        QVERIFY(samples::compared(window.page.session()));
        QCOMPARE(window.tree->currentIndex().data().toString(), u"cinstances"_s);
        QVERIFY(window.tree->isExpanded(window.row(u"system-mysql"_s)));
        QVERIFY(!window.tree->isExpanded(window.row(u"configmaps"_s)));
        QVERIFY(window.read(window.pane()));
        QCOMPARE(window.pane()->sides()->viewA()->model()->rowCount(), 7);
        QVERIFY(window.side(u"B"_s)->accessibleDescription().contains(u"earlier"_s));
    }

    void noiseRules()
    {
        Window window;
        window.compareBoth();
        const QString before = window.button(u"changed"_s)->text();
        QTest::mouseClick(window.button(u"rules"_s), Qt::LeftButton);
        auto* dialog = window.page.findChild<RulesDialog*>();
        QVERIFY(dialog && QTest::qWaitForWindowExposed(dialog));
        auto* view = dialog->findChild<QTreeView*>(u"rules"_s);
        QVERIFY(!dialog->findChild<QPushButton*>(u"removeRule"_s)->isEnabled());
        QTest::mouseClick(dialog->findChild<QPushButton*>(u"addRule"_s), Qt::LeftButton);
        const int row = view->model()->rowCount() - 1;
        QVERIFY(dialog->findChild<QPushButton*>(u"removeRule"_s)->isEnabled());
        // The title is being edited; Enter ends that.
        auto* editor = view->viewport()->findChild<QLineEdit*>();
        QVERIFY(editor);
        editor->setText(u"ConfigMaps change every day"_s);
        QTest::keyClick(editor, Qt::Key_Return);
        QVERIFY(view->model()->setData(view->model()->index(row, RulesModel::Kind), u"ConfigMap"_s, Qt::EditRole));
        QVERIFY(view->model()->setData(view->model()->index(row, 0), Qt::Checked, Qt::CheckStateRole));
        QTest::mouseClick(dialog->findChild<QPushButton*>(u"applyRules"_s), Qt::LeftButton);
        QTRY_VERIFY(window.button(u"changed"_s)->text() != before);
        QTRY_VERIFY(!window.row(u"system-environment"_s).isValid());
        // Not gone for good: grey among what is equal.
        QTest::mouseClick(window.button(u"onlyChanges"_s), Qt::LeftButton);
        const QModelIndex noise = window.row(u"system-environment"_s);
        QVERIFY(noise.isValid());
        QVERIFY(noise.data(role::Dim).toBool());
    }

    void timeline()
    {
        Window window;
        samples::writeBundle(window.path(u"middle"_s), {.started = samples::before.addSecs(7200)}, samples::streamsBefore());
        window.compareBoth();
        auto* panel = window.child<GrowthPanel>(u"growthPanel"_s);
        QVERIFY(!panel->isVisible());
        QTest::mouseClick(window.button(u"timeline"_s), Qt::LeftButton);
        QVERIFY(panel->isVisible());
        GrowthChart* chart = panel->chart();
        QTRY_VERIFY(chart->accessibleDescription().count(u'\n') == 2);
        // A point by mouse, for B; by keyboard with Shift, for A.
        QTest::mouseClick(chart, Qt::LeftButton, {}, chart->placeOf(1));
        QCOMPARE(window.page.session().side(CompareSession::B).bundle, window.path(u"middle"_s));
        QVERIFY(samples::compared(window.page.session()));
        chart->setFocus();
        QTest::keyClick(chart, Qt::Key_End);
        QTest::keyClick(chart, Qt::Key_Return, Qt::ShiftModifier);
        QCOMPARE(window.page.session().side(CompareSession::A).bundle, window.path(u"after"_s));
        QVERIFY(samples::compared(window.page.session()));
        // The same as rows.
        QTest::mouseClick(window.button(u"growthAsTable"_s), Qt::LeftButton);
        QVERIFY(panel->table()->isVisible());
        QCOMPARE(panel->table()->model()->rowCount(), 3);
        panel->table()->setFocus();
        panel->table()->setCurrentIndex(panel->table()->model()->index(0, 0));
        QTest::keyClick(panel->table(), Qt::Key_Return);
        QTRY_COMPARE(window.page.session().side(CompareSession::B).bundle, window.path(u"before"_s));
    }

    void failures()
    {
        Window window;
        samples::writeBundle(window.path(u"bad"_s), {}, samples::streamsBefore());
        samples::damage(window.path(u"bad"_s), u"dump.sql/000001.zst"_s);
        QFile file(window.path(u"none"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("no bundle");
        file.close();
        window.start();
        window.page.compare({window.path(u"after"_s), window.path(u"none"_s)});
        QTRY_COMPARE_WITH_TIMEOUT(window.page.session().state(), CompareSession::State::Failed, 20'000);
        QVERIFY(window.words().contains(window.page.session().error()->message));
        QVERIFY(window.button(u"start"_s)->isVisible());
        // Indexes may be whole where the data is not: the row says so.
        window.page.session().setSides(window.sideOf(u"bad"_s), window.sideOf(u"after"_s));
        QVERIFY(samples::compared(window.page.session()));
        window.tree->setCurrentIndex(window.row(u"cinstances"_s));
        QTRY_COMPARE_WITH_TIMEOUT(window.pane()->detail().state(), CompareDetail::State::Failed, 20'000);
        QVERIFY(window.words().contains(window.pane()->detail().error()->message));
        QTRY_VERIFY(window.pane()->findChild<QPushButton*>(u"openDetail"_s)->isVisible());
    }

    void aNamespaceWaitsForItsBase()
    {
        Window window;
        window.compareBoth();
        window.page.compareNamespace(NamespaceRef{u"north"_s, u"threescale"_s});
        const CompareSession& session = window.page.session();
        QCOMPARE(session.state(), CompareSession::State::Empty);
        QVERIFY(session.side(CompareSession::A).isEmpty());
        QVERIFY(session.side(CompareSession::B).isLive());
        QVERIFY(window.side(u"A"_s)->hasFocus());
    }

    void layoutAndChoicesAreKept()
    {
        Window window;
        window.compareBoth();
        auto* columns = window.child<QSplitter>(u"columns"_s);
        QCOMPARE(columns->orientation(), Qt::Horizontal);
        window.page.resize(1024, 700);
        QTRY_COMPARE(columns->orientation(), Qt::Vertical);
        QTRY_VERIFY(window.page.minimumSizeHint().width() <= 1024 - 68); // the filters have taken their second line
        window.page.resize(1212, 748);
        QTRY_COMPARE(columns->orientation(), Qt::Horizontal);
        QTest::mouseClick(window.button(u"onlyChanges"_s), Qt::LeftButton);
        QTest::mouseClick(window.button(u"timeline"_s), Qt::LeftButton);
        window.tree->setColumnWidth(CompareTree::Added, 133);
        QSettings settings(window.directory.filePath(u"settings.ini"_s), QSettings::IniFormat);
        window.page.saveState(settings);
        ComparePage again(window.hub, window.library);
        again.restoreState(settings);
        QVERIFY(!again.findChild<QPushButton*>(u"onlyChanges"_s)->isChecked());
        QVERIFY(again.findChild<QPushButton*>(u"timeline"_s)->isChecked());
        QCOMPARE(again.findChild<QTreeView*>(u"differences"_s)->columnWidth(CompareTree::Added), 133);
        // Compared when it is looked at, not before.
        QCOMPARE(again.session().state(), CompareSession::State::Empty);
        again.resize(1212, 748);
        again.show();
        again.activated();
        QCOMPARE(again.session().side(CompareSession::A).bundle, window.path(u"before"_s));
        QVERIFY(samples::compared(again.session()));
    }

    void namesAndTabs()
    {
        Window window;
        window.compareBoth();
        window.tree->setCurrentIndex(window.row(u"cinstances"_s));
        QVERIFY(window.read(window.pane()));
        QTest::mouseClick(window.button(u"pin"_s), Qt::LeftButton);
        QTest::mouseClick(window.button(u"timeline"_s), Qt::LeftButton);
        QTest::qWait(100);
        const QStringList problems = test::auditNames(window.page) + test::auditTabOrder(window.page);
        QVERIFY2(problems.isEmpty(), qPrintable(problems.join(u'\n')));
    }

    /// Pictures for people, where they are wanted.
    void pictures()
    {
        const QString to = qEnvironmentVariable("SCALEKEEP_PICTURES");
        if (to.isEmpty())
            QSKIP("SCALEKEEP_PICTURES names no folder");
        Window window;
        for (int i = 1; i < 6; ++i) {
            auto streams = samples::streamsBefore();
            streams[0].data = samples::appsDump({{7, "Unchanged", 96, "live", "k"}}, "old", 20 * i);
            samples::writeBundle(window.path(u"day%1"_s.arg(i)), {.started = samples::before.addDays(i - 6)}, streams);
        }
        window.start();
        QTest::qWait(200);
        const auto grab = [&](const QString& name) {
            const QString scale = window.page.devicePixelRatioF() > 1 ? u"@2x"_s : QString();
            for (const bool dark : {false, true}) {
                theme::choose(dark ? theme::Choice::Dark : theme::Choice::Light);
                QTest::qWait(120);
                QVERIFY(window.page.grab().save(u"%1/compare-%2-%3%4.png"_s.arg(to, name, dark ? u"dark"_s : u"light"_s, scale)));
            }
            theme::choose(theme::Choice::Light);
        };
        grab(u"empty"_s);
        window.page.compare({window.path(u"before"_s), window.path(u"after"_s)});
        QVERIFY(samples::compared(window.page.session()));
        window.tree->setCurrentIndex(window.row(u"system-environment"_s));
        QVERIFY(window.read(window.pane()));
        QTest::mouseClick(window.button(u"pin"_s), Qt::LeftButton);
        QVERIFY(window.read(window.pinned()));
        window.tree->setCurrentIndex(window.row(u"cinstances"_s));
        QVERIFY(window.read(window.pane()));
        QTest::qWait(300);
        grab(u"full"_s);
        QTest::mouseClick(window.button(u"timeline"_s), Qt::LeftButton);
        QTest::mouseClick(window.button(u"unpin"_s), Qt::LeftButton);
        window.tree->setCurrentIndex(window.row(u"system-recaptcha"_s));
        QVERIFY(window.read(window.pane()));
        QTest::qWait(300);
        grab(u"timeline"_s);
        QTest::mouseClick(window.button(u"rules"_s), Qt::LeftButton);
        auto* dialog = window.page.findChild<RulesDialog*>();
        QVERIFY(QTest::qWaitForWindowExposed(dialog));
        QVERIFY(dialog->grab().save(to + u"/compare-rules.png"_s));
        dialog->reject();
        window.page.resize(956, 648);
        QTest::qWait(300);
        grab(u"narrow"_s);
        window.page.resize(1212, 748);
        QTest::mouseClick(window.button(u"timeline"_s), Qt::LeftButton);
        window.page.session().setSide(CompareSession::B, {{}, {u"north"_s, u"threescale"_s}});
        QTest::qWait(100);
        grab(u"ready"_s);
        window.page.session().start();
        QTRY_COMPARE_WITH_TIMEOUT(window.page.session().state(), CompareSession::State::Failed, 20'000);
        grab(u"error"_s);
    }
};

QTEST_MAIN(TestComparePage)
#include "tst_comparepage.moc"
