#include "fixture.h"
#include "models/clusters/clusterfilter.h"
#include "models/clusters/clusterreading.h"
#include "models/clusters/volumes.h"

#include <QAbstractItemModelTester>
#include <QItemSelectionModel>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;
using namespace scalekeep::models::fixture;

namespace {

/// A tree over two clusters, watched by the tester.
struct Tree {
    Place place;
    ClusterTreeModel model{*place.hub};
    QAbstractItemModelTester tester{&model, QAbstractItemModelTester::FailureReportingMode::QtTest};

    Tree()
    {
        place.hub->put(clusterState(u"prod-eu"_s, {namespaceState(u"3scale"_s, threescaleObjects()), namespaceState(u"3scale-partner"_s, threescaleObjects())}));
        place.hub->put(clusterState(u"stage-eu"_s, {namespaceState(u"3scale-stage"_s, threescaleObjects())}));
    }
    [[nodiscard]] QModelIndex at(const QStringList& path) const { return model.indexOf(path.join(u'\n')); }
    void change(const std::function<void(ClusterState&)>& edit, const QString& name = u"prod-eu"_s)
    {
        ClusterState state = *place.hub->cluster(name);
        edit(state);
        place.hub->put(state);
    }
};

QStringList rowsOf(const QAbstractItemModel& model, const QModelIndex& parent)
{
    QStringList rows;
    for (int row = 0; row < model.rowCount(parent); ++row)
        rows.append(model.index(row, 0, parent).data().toString());
    return rows;
}

QString everything(const QAbstractItemModel& model, const QModelIndex& parent = {})
{
    QString all;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        for (int role = 0; role < ClusterTreeModel::PathRole + 2; ++role)
            all += index.data(role).toString() + u'|';
        all += everything(model, index);
    }
    return all;
}

const QList<ComponentRef> mysql{{{u"prod-eu"_s, u"3scale"_s}, u"system-mysql"_s}};

} // namespace

class TestClusterTree : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void showsTheStores()
    {
        Tree tree;
        const QModelIndex data = tree.at({u"prod-eu"_s, u"3scale"_s, u"data"_s});
        QCOMPARE(rowsOf(tree.model, data), (QStringList{u"system-mysql"_s, u"system-storage"_s, u"backend-redis"_s, u"system-redis"_s, u"zync-database"_s}));
        QCOMPARE(data.data(ClusterTreeModel::DetailRole).toString(), u"4.7 GiB used"_s);
        const auto detail = [&](const QString& store) { return tree.at({u"prod-eu"_s, u"3scale"_s, u"data"_s, store}).data(ClusterTreeModel::DetailRole).toString(); };
        QCOMPARE(detail(u"system-mysql"_s), u"3.4 of 20 GiB"_s);
        QCOMPARE(detail(u"system-storage"_s), u"214 MiB of 1 GiB"_s);
        QCOMPARE(detail(u"zync-database"_s), u"no volume"_s);
        QCOMPARE(tree.at({u"prod-eu"_s, u"3scale"_s}).data(ClusterTreeModel::DetailRole).toString(), u"2.7 · template"_s);
        QCOMPARE(tree.at({u"prod-eu"_s}).data(ClusterTreeModel::SubtitleRole).toString(), u"OpenShift 4.6.61 · mwagner · token 7 h left"_s);
        QCOMPARE(rowsOf(tree.model, tree.at({u"prod-eu"_s, u"3scale"_s})), (QStringList{u"Data"_s, u"DeploymentConfigs"_s, u"Persistent volumes"_s, u"Secrets"_s, u"ConfigMaps"_s, u"Routes"_s}));
    }

    /// What nothing in the namespace tells is shown as assumed, and why.
    void guessesAreMarked()
    {
        Tree tree;
        const QStringList path{u"prod-eu"_s, u"3scale"_s};
        QVERIFY(!tree.at(path).data(Qt::ToolTipRole).toString().contains(u"assumed"_s));
        tree.change([](ClusterState& state) { state.namespaces[0] = namespaceState(u"3scale"_s, QJsonArray{fixture::workload(u"DeploymentConfig"_s, u"system-app"_s)}); });
        QCOMPARE(tree.at(path).data(ClusterTreeModel::DetailRole).toString(), u"2.12 (assumed) · template (assumed)"_s);
        QVERIFY(tree.at(path).data(Qt::ToolTipRole).toString().contains(u"no sure sign tells what installed it"_s));
        tree.change([](ClusterState& state) { state.namespaces[0].versionKnown = true; });
        QCOMPARE(tree.at(path).data(ClusterTreeModel::DetailRole).toString(), u"2.12 · template (assumed)"_s);
    }

    void unknownSizesAreNotZero()
    {
        Tree tree;
        tree.change([](ClusterState& state) { state.namespaces[0].usedBytes.clear(); });
        QCOMPARE(tree.at({u"prod-eu"_s, u"3scale"_s, u"data"_s, u"system-mysql"_s}).data(ClusterTreeModel::DetailRole).toString(), u"20 GiB"_s);
        QCOMPARE(tree.at({u"prod-eu"_s, u"3scale"_s, u"data"_s}).data(ClusterTreeModel::DetailRole).toString(), QString());
    }

    void showsWhatIsNotReady()
    {
        Tree tree;
        tree.change([](ClusterState& state) {
            QJsonArray objects = threescaleObjects();
            objects[1] = workload(u"DeploymentConfig"_s, u"apicast-staging"_s, 0, 1);
            objects.append(route(u"lost"_s, u"lost.example.com"_s, false));
            state.namespaces[0] = namespaceState(u"3scale"_s, objects);
        });
        const QModelIndex group = tree.at({u"prod-eu"_s, u"3scale"_s, u"workloads"_s});
        QCOMPARE(group.data(role::Glyph).toString(), u"warning"_s);
        QCOMPARE(group.data(ClusterTreeModel::DetailRole).toString(), u"14 of 15"_s);
        const QModelIndex row = tree.at({u"prod-eu"_s, u"3scale"_s, u"workloads"_s, u"DeploymentConfig/apicast-staging"_s});
        QCOMPARE(row.data(role::Glyph).toString(), u"warning"_s);
        QVERIFY(row.data(ClusterTreeModel::DetailRole).toString().startsWith(u"0 of 1"));
        QVERIFY(tree.model.index(0, 0, row).data(ClusterTreeModel::DetailRole).toString().contains(u"registry.example.com"));
        QCOMPARE(tree.at({u"prod-eu"_s, u"3scale"_s, u"routes"_s, u"lost"_s}).data(role::Glyph).toString(), u"warning"_s);
        QVERIFY(row.data(Qt::AccessibleTextRole).toString().contains(u"not ready"));
    }

    void noSecretInTheModel()
    {
        Tree tree;
        const QString all = everything(tree.model);
        QVERIFY(all.contains(u"••••••••"));
        QVERIFY(!all.contains(u"top-secret-value"));
        QVERIFY(!all.contains(u"dG9wLXNlY3JldC12YWx1ZQ"));
    }

    void mergesWithoutLosingTheSelection()
    {
        Tree tree;
        QItemSelectionModel selection(&tree.model);
        const QModelIndex chosen = tree.at({u"prod-eu"_s, u"3scale"_s, u"secrets"_s, u"zync"_s});
        selection.select(chosen, QItemSelectionModel::Select);
        const QPersistentModelIndex kept = chosen;
        QSignalSpy reset(&tree.model, &QAbstractItemModel::modelReset), removed(&tree.model, &QAbstractItemModel::rowsRemoved), inserted(&tree.model, &QAbstractItemModel::rowsInserted),
            changed(&tree.model, &QAbstractItemModel::dataChanged);

        // The same again: nothing happens.
        tree.change([](ClusterState&) {});
        QCOMPARE(changed.size() + removed.size() + inserted.size(), 0);

        // One Secret goes, two come, one workload changes.
        tree.change([](ClusterState& state) {
            QJsonArray objects = threescaleObjects();
            for (qsizetype at = objects.size() - 1; at >= 0; --at) {
                if (objects[at][u"metadata"][u"name"].toString() == u"system-seed")
                    objects.removeAt(at);
            }
            objects.append(secret(u"aaa"_s, {u"key"_s}));
            objects.append(secret(u"zzz"_s, {u"key"_s}));
            objects[0] = workload(u"DeploymentConfig"_s, u"apicast-production"_s, 1, 2);
            state.namespaces[0] = namespaceState(u"3scale"_s, objects);
        });
        QCOMPARE(reset.size(), 0);
        QCOMPARE(removed.size(), 1);
        QCOMPARE(inserted.size(), 1);
        QVERIFY2(changed.size() <= 3, qPrintable(QString::number(changed.size()))); // the workload, its group, the number of Secrets
        QVERIFY(kept.isValid());
        QCOMPARE(kept.data().toString(), u"zync"_s);
        QVERIFY(selection.isSelected(kept));
    }

    void mergesAnotherOrder()
    {
        Tree tree;
        const QPersistentModelIndex first = tree.at({u"prod-eu"_s, u"3scale"_s, u"secrets"_s, u"backend-internal-api"_s}), last = tree.at({u"prod-eu"_s, u"3scale"_s, u"secrets"_s, u"zync"_s});
        tree.change([](ClusterState& state) { std::reverse(state.namespaces[0].inventory.secrets.begin(), state.namespaces[0].inventory.secrets.end()); });
        QCOMPARE(first.row(), 4);
        QCOMPARE(last.row(), 0);
        QCOMPARE(first.data().toString(), u"backend-internal-api"_s);
    }

    void survivesTwiceTheSameName()
    {
        Tree tree;
        tree.change([](ClusterState& state) { state.namespaces[0].inventory.secrets += state.namespaces[0].inventory.secrets; });
        QCOMPARE(tree.model.rowCount(tree.at({u"prod-eu"_s, u"3scale"_s, u"secrets"_s})), 5);
    }

    void clustersComeAndGo()
    {
        Tree tree;
        QCOMPARE(rowsOf(tree.model, {}), (QStringList{u"prod-eu"_s, u"stage-eu"_s}));
        const QPersistentModelIndex stage = tree.at({u"stage-eu"_s});
        tree.change([](ClusterState& state) { state.namespaces.removeFirst(); });
        QCOMPARE(rowsOf(tree.model, tree.at({u"prod-eu"_s})), QStringList{u"3scale-partner"_s});
        QSignalSpy gone(tree.place.hub.get(), &ClusterHub::clustersChanged);
        tree.place.hub->remove(u"prod-eu"_s, this, [](const Result<void>&) {});
        // It was never in clusters.json, so it is not forgotten either.
        QTRY_COMPARE(tree.place.workers.activeThreadCount(), 0);
        QTest::qWait(20);
        QCOMPARE(gone.size(), 0);
        QVERIFY(stage.isValid());
    }

    void cutsAndCleansNames()
    {
        Tree tree;
        tree.change([](ClusterState& state) {
            QJsonArray objects = threescaleObjects();
            objects.append(secret(QString(5000, u'x'), {u"key"_s}));
            objects.append(secret(u"two\nlines\u202e"_s, {u"key"_s}));
            state.namespaces[0] = namespaceState(u"3scale"_s, objects);
        });
        const QStringList rows = rowsOf(tree.model, tree.at({u"prod-eu"_s, u"3scale"_s, u"secrets"_s}));
        QCOMPARE(rows.size(), 7);
        for (const QString& row : rows) {
            QVERIFY(row.size() <= 300);
            QVERIFY(!row.contains(u'\n') && !row.contains(QChar(0x202e)));
        }
    }

    void dragsComponents()
    {
        Tree tree;
        const auto take = [&](const QList<QStringList>& paths) {
            QModelIndexList rows;
            for (const QStringList& path : paths)
                rows.append(tree.at(path));
            std::unique_ptr<QMimeData> data(tree.model.mimeData(rows));
            return data ? componentsIn(data.get()) : QList<ComponentRef>();
        };
        const NamespaceRef where{u"prod-eu"_s, u"3scale"_s};
        const QString c = where.cluster, n = where.name;
        QCOMPARE(take({{c, n, u"data"_s, u"system-mysql"_s}}), mysql);
        QCOMPARE(take({{c, n, u"data"_s}}).size(), 5);
        QCOMPARE(take({{c, n}}), (QList<ComponentRef>{{where, {}}}));
        QCOMPARE(take({{c, n}, {c, n, u"data"_s, u"system-mysql"_s}}), (QList<ComponentRef>{{where, {}}}));
        QCOMPARE(take({{c, n, u"workloads"_s}}), (QList<ComponentRef>{{where, u"workloads"_s}}));
        QCOMPARE(take({{c, n, u"secrets"_s, u"zync"_s}, {c, n, u"secrets"_s}}), (QList<ComponentRef>{{where, u"secrets"_s}}));
        QCOMPARE(take({{c, n, u"routes"_s, u"backend"_s}}), (QList<ComponentRef>{{where, u"routes"_s}}));
        QCOMPARE(take({{c, n, u"claims"_s, u"mysql-storage"_s}}), mysql);
        QVERIFY(take({{c, n, u"claims"_s}}).isEmpty());
        QVERIFY(take({{c}}).isEmpty());
        QVERIFY(tree.model.flags(tree.at({c, n})) & Qt::ItemIsDragEnabled);
        QVERIFY(!(tree.model.flags(tree.at({c})) & Qt::ItemIsDragEnabled));
        QCOMPARE(tree.model.describe(mysql), u"system-mysql, 3.4 GiB"_s);
        QCOMPARE(tree.model.describe(take({{c, n, u"data"_s}})), u"5 components, 4.7 GiB"_s);
        QCOMPARE(tree.model.describe({{where, {}}}), u"9 components, 4.7 GiB"_s);
    }

    void marksWhatIsPlanned()
    {
        Tree tree;
        const QModelIndex store = tree.at({u"prod-eu"_s, u"3scale"_s, u"data"_s, u"system-mysql"_s}), data = tree.at({u"prod-eu"_s, u"3scale"_s, u"data"_s});
        QSignalSpy changed(&tree.model, &QAbstractItemModel::dataChanged);
        tree.model.setPlanned(mysql);
        QCOMPARE(changed.size(), 1);
        QVERIFY(store.data(ClusterTreeModel::PlannedRole).toBool());
        QVERIFY(!data.data(ClusterTreeModel::PlannedRole).toBool());
        QVERIFY(store.data(Qt::AccessibleTextRole).toString().contains(u"in the plan"));
        tree.model.setPlanned({{{u"prod-eu"_s, u"3scale"_s}, {}}});
        QVERIFY(data.data(ClusterTreeModel::PlannedRole).toBool());
        QVERIFY(!tree.at({u"prod-eu"_s, u"3scale-partner"_s, u"data"_s}).data(ClusterTreeModel::PlannedRole).toBool());
        tree.model.setPlanned({});
        QVERIFY(!store.data(ClusterTreeModel::PlannedRole).toBool());
    }

    void takesBundlesOnNamespaces()
    {
        Tree tree;
        QMimeData bundle;
        bundle.setUrls({QUrl::fromLocalFile(u"/tmp/a.scalekeep.tar"_s)});
        const QModelIndex target = tree.at({u"prod-eu"_s, u"3scale"_s});
        QSignalSpy dropped(&tree.model, &ClusterTreeModel::bundleDropped);
        QVERIFY(tree.model.dropMimeData(&bundle, Qt::CopyAction, -1, -1, target));
        QCOMPARE(dropped.size(), 1);
        QCOMPARE(dropped[0][0].value<NamespaceRef>(), (NamespaceRef{u"prod-eu"_s, u"3scale"_s}));
        QCOMPARE(dropped[0][1].toString(), u"/tmp/a.scalekeep.tar"_s);
        QVERIFY(!tree.model.canDropMimeData(&bundle, Qt::CopyAction, -1, -1, tree.at({u"prod-eu"_s})));
        std::unique_ptr<QMimeData> components(tree.model.mimeData({target}));
        QVERIFY(!tree.model.canDropMimeData(components.get(), Qt::CopyAction, -1, -1, target));

        tree.change([](ClusterState& state) { state.cluster.readOnly = true; });
        QString refused;
        QVERIFY(tree.model.dropText(target, &refused).isEmpty());
        QCOMPARE(refused, u"prod-eu is read only."_s);
        QVERIFY(!tree.model.dropMimeData(&bundle, Qt::CopyAction, -1, -1, target));
        QCOMPARE(dropped.size(), 1);
    }

    void filters()
    {
        Tree tree;
        ClusterFilter filter(&tree.model);
        QAbstractItemModelTester tester(&filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
        filter.setText(u"SYSTEM-MYSQL"_s);
        QCOMPARE(rowsOf(filter, {}), (QStringList{u"prod-eu"_s, u"stage-eu"_s}));
        const QModelIndex name = filter.index(0, 0, filter.index(0, 0));
        QCOMPARE(rowsOf(filter, name), (QStringList{u"Data"_s, u"DeploymentConfigs"_s}));
        QCOMPARE(rowsOf(filter, filter.index(0, 0, name)), QStringList{u"system-mysql"_s});
        QVERIFY(!filter.matches(100).isEmpty());
        // A namespace that matches shows all that it holds.
        filter.setText(u"3scale-stage"_s);
        QCOMPARE(rowsOf(filter, {}), QStringList{u"stage-eu"_s});
        QCOMPARE(filter.rowCount(filter.index(0, 0, filter.index(0, 0))), 6);
        filter.setText(u"no such thing"_s);
        QCOMPARE(filter.rowCount(), 0);
        QVERIFY(filter.matches(100).isEmpty());
        // What comes later is found as well, below rows that were filtered out.
        tree.change([](ClusterState& state) {
            QJsonArray objects = threescaleObjects();
            objects.append(secret(u"no such thing"_s, {u"key"_s}));
            state.namespaces[0] = namespaceState(u"3scale"_s, objects);
        });
        QTRY_COMPARE(rowsOf(filter, {}), QStringList{u"prod-eu"_s});
        tree.change([](ClusterState& state) { state.namespaces[0] = namespaceState(u"3scale"_s, threescaleObjects()); });
        QTRY_COMPARE(filter.rowCount(), 0);
        filter.setText({});
        QCOMPARE(rowsOf(filter, {}), (QStringList{u"prod-eu"_s, u"stage-eu"_s}));
    }

    void filterNeverFindsMaskedValues()
    {
        Tree tree;
        ClusterFilter filter(&tree.model);
        filter.setText(u"••"_s);
        QCOMPARE(filter.rowCount(), 0);
    }

    void sizesOfVolumes_data()
    {
        QTest::addColumn<QByteArray>("output");
        QTest::addColumn<QString>("capacity");
        QTest::addColumn<qint64>("used");
        const QByteArray head = "Filesystem     1024-blocks    Used Available Capacity Mounted on\n";
        QTest::newRow("volume") << head + "/dev/xvdcs        20511312 3565158  16929770      18% /var/lib/mysql/data\n" << u"20Gi"_s << qint64(3565158) * 1024;
        QTest::newRow("name with spaces") << head + "a b c 20511312 10 16929770 1% /data\n" << u"20Gi"_s << qint64(10240);
        QTest::newRow("a whole export") << head + "nfs:/export 999999999 500000000 499999999 51% /data\n" << u"1Gi"_s << qint64(-1);
        QTest::newRow("no claim size") << head + "/dev/a 100 50 50 50% /data\n" << QString() << qint64(51200);
        QTest::newRow("nonsense") << QByteArray("df: command not found") << u"1Gi"_s << qint64(-1);
        QTest::newRow("empty") << QByteArray() << u"1Gi"_s << qint64(-1);
        QTest::newRow("figures too large") << head + "x 99999999999999999999 1 1 1% /\n" << u"1Gi"_s << qint64(-1);
    }

    void sizesOfVolumes()
    {
        QFETCH(QByteArray, output);
        QFETCH(QString, capacity);
        QFETCH(qint64, used);
        QCOMPARE(usedInDf(output, bytesOfQuantity(capacity)).value_or(-1), used);
    }

    void sizesOfTrees()
    {
        QCOMPARE(usedInDu("21324\t/var/lib/mysql/data\n").value_or(-1), qint64(21324) * 1024);
        for (const QByteArray& odd : {QByteArray(), QByteArray("du: cannot read"), QByteArray("-1 /data"), QByteArray("9999999999999999999 /data")})
            QVERIFY(!usedInDu(odd));
    }

    void quantities()
    {
        QCOMPARE(bytesOfQuantity(u"20Gi"_s), qint64(20) << 30);
        QCOMPARE(bytesOfQuantity(u"500M"_s), qint64(500'000'000));
        QCOMPARE(bytesOfQuantity(u"1.5Gi"_s), qint64(3) << 29);
        QCOMPARE(bytesOfQuantity(u"1024"_s), qint64(1024));
        for (const QString& odd : {QString(), u"many"_s, u"-1Gi"_s, u"1Xi"_s, u"999999999999999Pi"_s, u"1e3"_s})
            QCOMPARE(bytesOfQuantity(odd), qint64(-1));
    }

    void findsMounts()
    {
        const NamespaceState state = namespaceState(u"3scale"_s, threescaleObjects());
        const auto place = mountOf(state.inventory, u"mysql-storage"_s);
        QVERIFY(place);
        QCOMPARE(place->path, u"/var/lib/mysql/data"_s);
        QCOMPARE(place->pod.pod, u"system-mysql-1-abcde"_s);
        QCOMPARE(place->pod.container, u"system-mysql"_s);
        QVERIFY(!mountOf(state.inventory, u"system-storage"_s));
    }
};

QTEST_GUILESS_MAIN(TestClusterTree)
#include "tst_clustertree.moc"
