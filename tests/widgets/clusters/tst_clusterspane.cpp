#include "models/clusters/fixture.h"
#include "widgets/clusters/clusterdelegate.h"
#include "widgets/clusters/clustersettingsdialog.h"
#include "widgets/clusters/clusterspane.h"
#include "widgets/clusters/clusterstree.h"
#include "widgets/clusters/namespacedialog.h"
#include "widgets/clusters/revealed.h"
#include "widgets/common/theme.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QClipboard>
#include <QDir>
#include <QListWidget>
#include <QMenu>
#include <QMimeData>
#include <QRubberBand>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;
using namespace scalekeep::models::fixture;
using namespace scalekeep::widgets;

namespace {

/// Pictures for whoever wants to look at them: in the folder that this variable names.
void grab(QWidget& widget, const QString& name)
{
    const QString folder = qEnvironmentVariable("SCALEKEEP_PICTURES");
    if (folder.isEmpty())
        return;
    QTest::qWait(50);
    widget.grab().save(QDir(folder).filePath(name + u".png"_s));
}

struct Shown {
    Place place;
    ClustersPane pane{*place.hub};
    QAbstractItemModelTester tester{pane.view()->model(), QAbstractItemModelTester::FailureReportingMode::QtTest};

    explicit Shown(bool filled = true)
    {
        if (filled) {
            ClusterState prod = clusterState(u"prod-eu"_s, {namespaceState(u"3scale"_s, threescaleObjects()), namespaceState(u"3scale-partner"_s, partner())});
            prod.cluster.production = true;
            ClusterState stage = clusterState(u"stage-eu"_s, {namespaceState(u"3scale-stage"_s, threescaleObjects())});
            stage.cluster.colour = u"teal"_s;
            stage.serverVersion = u"OpenShift 4.16.21"_s;
            place.hub->put(prod);
            place.hub->put(stage);
        }
        pane.resize(320, 748);
        pane.show();
        (void)QTest::qWaitForWindowExposed(&pane);
        pane.activateWindow();
    }

    static QJsonArray partner()
    {
        QJsonArray objects = threescaleObjects();
        objects[1] = workload(u"DeploymentConfig"_s, u"apicast-staging"_s, 0, 1);
        objects.append(named(u"APIManager"_s, u"apimanager"_s));
        return objects;
    }

    [[nodiscard]] QModelIndex at(const QStringList& path) const
    {
        const auto* filter = static_cast<const ClusterFilter*>(pane.view()->model());
        return filter->mapFromSource(pane.model()->indexOf(path.join(u'\n')));
    }
    [[nodiscard]] QModelIndex store(const QString& name) const { return at({u"prod-eu"_s, u"3scale"_s, u"data"_s, name}); }
    void choose(const QModelIndex& index)
    {
        pane.view()->setCurrentIndex(index);
        pane.view()->setFocus();
    }
    [[nodiscard]] QAction* action(const QString& text) const
    {
        const auto all = pane.actions();
        for (QAction* each : all) {
            if (each->text() == text)
                return each;
        }
        return nullptr;
    }
};

} // namespace

class TestClustersPane : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        theme::install(*qApp);
        theme::choose(theme::Choice::Light);
    }

    void emptyState()
    {
        Shown shown(false);
        auto* empty = shown.pane.findChild<EmptyState*>();
        QVERIFY(empty && empty->isVisible());
        QCOMPARE(empty->accessibleName(), u"No clusters yet"_s);
        grab(shown.pane, u"clusters-empty"_s);
        shown.place.hub->put(clusterState(u"prod-eu"_s, {}));
        QTRY_VERIFY(!empty->isVisible());
    }

    void opensTheWayToTheStores()
    {
        Shown shown;
        QVERIFY(shown.pane.view()->isExpanded(shown.at({u"prod-eu"_s})));
        QVERIFY(shown.pane.view()->isExpanded(shown.at({u"prod-eu"_s, u"3scale"_s, u"data"_s})));
        QVERIFY(!shown.pane.view()->isExpanded(shown.at({u"prod-eu"_s, u"3scale"_s, u"secrets"_s})));
        shown.pane.setPlanned({{{u"prod-eu"_s, u"3scale"_s}, u"system-mysql"_s}, {{u"prod-eu"_s, u"3scale"_s}, u"workloads"_s}, {{u"prod-eu"_s, u"3scale"_s}, u"secrets"_s}});
        shown.choose(shown.store(u"system-storage"_s));
        grab(shown.pane, u"clusters"_s);
        theme::choose(theme::Choice::Dark);
        grab(shown.pane, u"clusters-dark"_s);
        theme::choose(theme::Choice::Light);
        shown.pane.resize(240, 748);
        grab(shown.pane, u"clusters-narrow"_s);
    }

    void filterKeepsWhatWasOpen()
    {
        Shown shown;
        auto* tree = shown.pane.view();
        tree->collapse(shown.at({u"prod-eu"_s, u"3scale-partner"_s}));
        tree->expand(shown.at({u"prod-eu"_s, u"3scale"_s, u"secrets"_s}));
        QTest::keyClicks(shown.pane.filter(), u"zync-que"_s);
        QVERIFY(tree->isExpanded(shown.at({u"prod-eu"_s, u"3scale-partner"_s, u"workloads"_s})));
        QVERIFY(!shown.store(u"system-mysql"_s).isValid());
        grab(shown.pane, u"clusters-filter"_s);
        QTest::keyClick(shown.pane.filter(), Qt::Key_Escape);
        QCOMPARE(shown.pane.filter()->text(), QString());
        QVERIFY(!tree->isExpanded(shown.at({u"prod-eu"_s, u"3scale-partner"_s})));
        QVERIFY(tree->isExpanded(shown.at({u"prod-eu"_s, u"3scale"_s, u"secrets"_s})));
        QVERIFY(!tree->isExpanded(shown.at({u"prod-eu"_s, u"3scale"_s, u"workloads"_s})));

        QTest::keyClicks(shown.pane.filter(), u"xyzzy"_s);
        auto* empty = shown.pane.findChild<EmptyState*>();
        QTRY_VERIFY(empty->isVisible());
        QCOMPARE(empty->accessibleName(), u"No object matches “xyzzy”"_s);
        grab(shown.pane, u"clusters-no-match"_s);
        QTest::mouseClick(empty->findChild<QPushButton*>(), Qt::LeftButton);
        QTRY_VERIFY(!empty->isVisible());
    }

    void selectionExpansionAndScrollStayOnMerge()
    {
        Shown shown;
        auto* tree = shown.pane.view();
        tree->expand(shown.at({u"prod-eu"_s, u"3scale"_s, u"workloads"_s}));
        shown.choose(shown.at({u"prod-eu"_s, u"3scale"_s, u"workloads"_s, u"DeploymentConfig/zync"_s}));
        tree->verticalScrollBar()->setValue(120);
        const int scrolled = tree->verticalScrollBar()->value();
        ClusterState state = *shown.place.hub->cluster(u"prod-eu"_s);
        QJsonArray objects = threescaleObjects();
        objects.append(workload(u"DeploymentConfig"_s, u"zzz"_s));
        state.namespaces[0] = namespaceState(u"3scale"_s, objects);
        state.state = ConnectionState::LoginExpired;
        shown.place.hub->put(state);
        QCOMPARE(tree->currentIndex().data().toString(), u"zync"_s);
        QVERIFY(tree->selectionModel()->isSelected(tree->currentIndex()));
        QVERIFY(tree->isExpanded(shown.at({u"prod-eu"_s, u"3scale"_s, u"workloads"_s})));
        QCOMPARE(tree->verticalScrollBar()->value(), scrolled);
        tree->verticalScrollBar()->setValue(0);
        grab(shown.pane, u"clusters-expired"_s);
    }

    void enterAdds()
    {
        Shown shown;
        QSignalSpy added(&shown.pane, &ClustersPane::addRequested);
        shown.choose(shown.store(u"system-mysql"_s));
        QTest::keyClick(shown.pane.view(), Qt::Key_Down, Qt::ShiftModifier);
        QTest::keyClick(shown.pane.view(), Qt::Key_Return);
        QCOMPARE(added.size(), 1);
        const auto components = added[0][0].value<QList<ComponentRef>>();
        QCOMPARE(components.size(), 2);
        QCOMPARE(components[1].component, u"system-storage"_s);
        // On what cannot be taken it opens and closes.
        shown.choose(shown.at({u"prod-eu"_s}));
        QTest::keyClick(shown.pane.view(), Qt::Key_Return);
        QVERIFY(!shown.pane.view()->isExpanded(shown.at({u"prod-eu"_s})));
        QCOMPARE(added.size(), 1);
    }

    void spaceOpensAndCloses()
    {
        Shown shown;
        shown.choose(shown.at({u"prod-eu"_s, u"3scale"_s, u"routes"_s}));
        QTest::keyClick(shown.pane.view(), Qt::Key_Space);
        QVERIFY(shown.pane.view()->isExpanded(shown.pane.view()->currentIndex()));
        QTest::keyClick(shown.pane.view(), Qt::Key_Space);
        QVERIFY(!shown.pane.view()->isExpanded(shown.pane.view()->currentIndex()));
    }

    void rubberBandSelectsAndRowsDrag()
    {
        Shown shown;
        auto* tree = shown.pane.view();
        auto* port = tree->viewport();
        const QRect first = tree->visualRect(shown.store(u"system-mysql"_s)), last = tree->visualRect(shown.store(u"backend-redis"_s));
        // From the empty space between name and value.
        const QRect content = ClusterDelegate::contentRect(first, tree->font(), shown.store(u"system-mysql"_s));
        const QPoint start(content.right() + 8, first.center().y()), end(start.x() + 60, last.center().y());
        QTest::mousePress(port, Qt::LeftButton, {}, start);
        QTest::mouseMove(port, start + QPoint(20, 10));
        QTest::mouseMove(port, end);
        QVERIFY(tree->findChild<QRubberBand*>()->isVisible());
        grab(shown.pane, u"clusters-band"_s);
        QTest::mouseRelease(port, Qt::LeftButton, {}, end);
        QVERIFY(!tree->findChild<QRubberBand*>()->isVisible());
        QCOMPARE(shown.pane.selectedComponents().size(), 3);
        QCOMPARE(shown.pane.selectedComponents()[0].component, u"system-mysql"_s);

        // What is dragged from them carries all three, and says so.
        std::unique_ptr<QMimeData> data(tree->model()->mimeData(tree->selectionModel()->selectedRows()));
        QVERIFY(data);
        QCOMPARE(componentsIn(data.get()).size(), 3);
        const QString text = shown.pane.model()->describe(shown.pane.selectedComponents());
        QCOMPARE(text, u"3 components, 4.7 GiB"_s);
        const QPixmap chip = tree->chip(text);
        QVERIFY(chip.width() > 100);
        if (const QString folder = qEnvironmentVariable("SCALEKEEP_PICTURES"); !folder.isEmpty())
            chip.save(folder + u"/clusters-chip.png"_s);
    }

    void menuKnowsWhatIsPossible()
    {
        Shown shown;
        shown.choose(shown.store(u"system-mysql"_s));
        QVERIFY(shown.action(u"Add to backup"_s)->isEnabled());
        QVERIFY(!shown.action(u"Reveal value"_s)->isEnabled());
        const QSignalSpy compare(&shown.pane, &ClustersPane::compareRequested);
        shown.action(u"Compare with a bundle…"_s)->trigger();
        QCOMPARE(compare.size(), 1);
        QCOMPARE(compare.first().first().value<NamespaceRef>(), (NamespaceRef{u"prod-eu"_s, u"3scale"_s}));
        shown.choose(shown.at({u"prod-eu"_s}));
        QVERIFY(!shown.action(u"Compare with a bundle…"_s)->isEnabled());
        shown.pane.view()->expand(shown.at({u"prod-eu"_s, u"3scale"_s, u"secrets"_s}));
        shown.choose(shown.at({u"prod-eu"_s, u"3scale"_s, u"secrets"_s, u"zync"_s, u"URL"_s}));
        QVERIFY(shown.action(u"Reveal value"_s)->isEnabled());
        QVERIFY(!shown.action(u"Add to backup"_s)->isEnabled());
        shown.action(u"Copy name"_s)->trigger();
        QCOMPARE(QGuiApplication::clipboard()->text(), u"URL"_s);
        const auto all = shown.pane.actions();
        for (const QAction* each : all) {
            if (!each->isSeparator())
                QVERIFY2(!each->toolTip().isEmpty() && each->toolTip() != each->text(), qPrintable(each->text()));
        }
        auto* more = shown.pane.findChild<QToolButton*>(u"moreClusters"_s);
        QVERIFY(more->menu());
        more->menu()->popup(QPoint(0, 0));
        grab(*more->menu(), u"clusters-menu"_s);
        more->menu()->close();
    }

    void everythingHasAName()
    {
        Shown shown;
        const auto children = shown.pane.findChildren<QWidget*>();
        for (const QWidget* each : children) {
            if (each->focusPolicy() != Qt::NoFocus && each->isVisible() && each->objectName() != u"qt_scrollarea_viewport")
                QVERIFY2(!each->accessibleName().isEmpty() || (qobject_cast<const QAbstractButton*>(each) && !qobject_cast<const QAbstractButton*>(each)->text().isEmpty()),
                         qPrintable(QString::fromLatin1(each->metaObject()->className()) + u' ' + each->objectName()));
        }
    }

    void remembersWhatIsOpen()
    {
        QTemporaryDir folder;
        QSettings settings(folder.filePath(u"s.ini"_s), QSettings::IniFormat);
        {
            Shown shown;
            shown.pane.view()->collapse(shown.at({u"prod-eu"_s, u"3scale"_s, u"data"_s}));
            shown.pane.view()->expand(shown.at({u"prod-eu"_s, u"3scale"_s, u"routes"_s}));
            shown.choose(shown.at({u"prod-eu"_s, u"3scale"_s, u"routes"_s, u"backend"_s}));
            shown.pane.saveState(settings);
        }
        Shown shown(false);
        shown.pane.restoreState(settings);
        shown.place.hub->put(clusterState(u"prod-eu"_s, {namespaceState(u"3scale"_s, threescaleObjects())}));
        QVERIFY(!shown.pane.view()->isExpanded(shown.at({u"prod-eu"_s, u"3scale"_s, u"data"_s})));
        QVERIFY(shown.pane.view()->isExpanded(shown.at({u"prod-eu"_s, u"3scale"_s, u"routes"_s})));
        QCOMPARE(shown.pane.view()->currentIndex().data().toString(), u"backend"_s);
    }

    void opensNamespacesThatAreReadLater()
    {
        Shown shown(false);
        NamespaceState unread;
        unread.name = u"3scale"_s;
        unread.reading = true;
        shown.place.hub->put(clusterState(u"prod-eu"_s, {unread}));
        QCOMPARE(shown.at({u"prod-eu"_s, u"3scale"_s}).data(role::Glyph).toString(), u"running"_s);
        shown.place.hub->put(clusterState(u"prod-eu"_s, {namespaceState(u"3scale"_s, threescaleObjects())}));
        QVERIFY(shown.pane.view()->isExpanded(shown.at({u"prod-eu"_s, u"3scale"_s})));
        QVERIFY(shown.pane.view()->isExpanded(shown.at({u"prod-eu"_s, u"3scale"_s, u"data"_s})));
    }

    void revealedValueGoesAway()
    {
        auto* shown = new Revealed(u"zync"_s, u"URL"_s, Secret("postgresql://zync:pw@zync-database"), nullptr);
        QPointer<Revealed> guard(shown);
        QGuiApplication::clipboard()->setText(u"mine"_s);
        shown->showAt(QPoint(10, 10));
        auto* text = shown->findChild<QPlainTextEdit*>(u"revealedText"_s);
        QVERIFY(text->toPlainText().contains(u"zync:pw"));
        grab(*shown, u"revealed"_s);
        QTest::keyClick(text, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClick(text, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(), u"mine"_s);
        QTest::mouseClick(shown->findChild<QPushButton*>(u"copyValue"_s), Qt::LeftButton);
        QVERIFY(QGuiApplication::clipboard()->text().contains(u"zync:pw"));
        QGuiApplication::clipboard()->clear();
        QTRY_VERIFY_WITH_TIMEOUT(guard.isNull(), 12'000);
    }

    void settingsAndNamespaceDialogs()
    {
        Shown shown;
        cluster::Cluster cluster = shown.place.hub->cluster(u"prod-eu"_s)->cluster;
        cluster.namespaces = {u"3scale"_s, u"api-extern"_s};
        ClusterSettingsDialog settings(*shown.place.hub, cluster);
        settings.show();
        grab(settings, u"cluster-settings"_s);
        auto* list = settings.findChild<QListWidget*>(u"typedNamespaces"_s);
        QCOMPARE(list->count(), 2);
        list->item(1)->setSelected(true);
        QTest::mouseClick(settings.findChild<QPushButton*>(u"removeNamespaces"_s), Qt::LeftButton);
        QCOMPARE(list->count(), 1);
        // It is not in clusters.json: the error is shown and the dialog stays.
        QTest::mouseClick(settings.findChild<QPushButton*>(u"save"_s), Qt::LeftButton);
        QTRY_VERIFY(settings.findChild<Banner*>()->isVisible());
        QVERIFY(settings.isVisible());

        AddNamespaceDialog dialog(*shown.place.hub, u"prod-eu"_s);
        dialog.show();
        auto* name = dialog.findChild<QLineEdit*>(u"namespaceName"_s);
        auto* add = dialog.findChild<QPushButton*>(u"add"_s);
        QVERIFY(!add->isEnabled());
        QTest::keyClicks(name, u"3scale"_s);
        QVERIFY(!add->isEnabled());
        name->setText(u"Not A Name"_s);
        QVERIFY(!add->isEnabled());
        name->setText(u"api-extern"_s);
        QVERIFY(add->isEnabled());
        QTest::mouseClick(add, Qt::LeftButton);
        QTRY_VERIFY(dialog.findChild<Banner*>()->isVisible());
        grab(dialog, u"add-namespace"_s);
        QVERIFY(dialog.isVisible());
    }
};

QTEST_MAIN(TestClustersPane)
#include "tst_clusterspane.moc"
