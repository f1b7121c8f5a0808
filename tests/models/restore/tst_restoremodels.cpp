#include "tests/models/restore/restorefixture.h"

#include "models/common/roles.h"
#include "models/restore/restoretext.h"
#include "tests/models/run/runworld.h"

#include <QAbstractItemModelTester>

using namespace scalekeep;
using namespace scalekeep::models;
using namespace Qt::Literals::StringLiterals;
using scalekeep::test::RestoreFixture;

namespace {
QModelIndex find(const QAbstractItemModel& model, const QString& text, const QModelIndex& parent = {})
{
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        if (index.data().toString() == text)
            return index;
    }
    return {};
}

QString at(const QModelIndex& index, int column)
{
    return index.siblingAtColumn(column).data().toString();
}
} // namespace

class TestRestoreModels : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void changes()
    {
        RestoreFixture f;
        QVERIFY(f.opened());
        ChangesModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.set(f.preparation()->changes);
        const QModelIndex mysql = find(model, u"system-mysql, rows"_s);
        QVERIFY(mysql.isValid());
        QCOMPARE(at(mysql, ChangesModel::Now), u"≈ 1,913,552"_s); // one table was too large to be counted
        QCOMPARE(at(mysql, ChangesModel::Afterwards), u"1,915,597"_s);
        QCOMPARE(at(mysql, ChangesModel::Difference), u"≈ +2,045"_s);
        QCOMPARE(model.rowCount(mysql), 4);
        QCOMPARE(at(model.index(0, 0, mysql), ChangesModel::Object), u"log_entries"_s); // the largest first
        QCOMPARE(at(model.index(0, 0, mysql), ChangesModel::Now), u"≈ 1,900,000"_s);
        QCOMPARE(at(find(model, u"cinstances"_s, mysql), ChangesModel::Difference), u"−66"_s);
        QCOMPARE(at(find(model, u"newer"_s, mysql), ChangesModel::Difference), u"−7"_s);
        QCOMPARE(find(model, u"newer"_s, mysql).data(role::Glyph).toString(), u"removed"_s);
        const QModelIndex same = find(model, u"1 table"_s, mysql);
        QCOMPARE(at(same, ChangesModel::Difference), u"same number"_s);
        QCOMPARE(at(find(model, u"accounts"_s, same), ChangesModel::Now), u"4,102"_s);
        const QModelIndex keys = find(model, u"backend-redis /0, keys"_s);
        QCOMPARE(at(keys, ChangesModel::Now), u"4,700"_s);
        QCOMPARE(at(keys, ChangesModel::Afterwards), u"4,600"_s);
        QCOMPARE(at(keys, ChangesModel::Difference), u"−100"_s);
        QCOMPARE(at(find(model, u"stats/"_s, keys), ChangesModel::Afterwards), u"4,500"_s); // of two types
        QCOMPARE(at(find(model, u"backend-redis /1, queues"_s), ChangesModel::Difference), u"as documented"_s);
        const QModelIndex files = find(model, u"system-storage, files"_s);
        QCOMPARE(at(files, ChangesModel::Now), u"3,398"_s);
        QCOMPARE(at(files, ChangesModel::Afterwards), u"3,412"_s);
        QCOMPARE(at(files, ChangesModel::Difference), u"+14"_s);
        QCOMPARE(at(find(model, u"17 files come back"_s, files), ChangesModel::Difference), u"+17"_s);
        QCOMPARE(at(find(model, u"1 file changes"_s, files), ChangesModel::Difference), u"replaced"_s);
        const QModelIndex gone = find(model, u"3 files go"_s, files);
        QCOMPARE(at(gone, ChangesModel::Difference), u"−3"_s);
        QCOMPARE(at(model.index(0, 0, gone), ChangesModel::Now), u"3 B"_s);
        QCOMPARE(at(model.index(1, 0, gone), ChangesModel::Object), u"2 more files"_s);
        const QModelIndex secrets = find(model, u"Secrets"_s);
        QCOMPARE(at(secrets, ChangesModel::Now), u"2"_s);
        QCOMPARE(at(secrets, ChangesModel::Afterwards), u"3"_s);
        QCOMPARE(at(find(model, u"Secret system-database"_s, secrets), ChangesModel::Difference), u"created"_s);
        QCOMPARE(find(model, u"Secret system-database"_s, secrets).data(role::Glyph).toString(), u"added"_s);
        const QModelIndex replaced = find(model, u"Secret backend-redis"_s, secrets);
        QCOMPARE(at(replaced, ChangesModel::Difference), u"replaced"_s);
        QCOMPARE(at(model.index(0, 0, replaced), ChangesModel::Object), u"data.key"_s);
        QCOMPARE(at(model.index(0, 0, replaced), ChangesModel::Now), u" "_s); // that it differs, not how
        QCOMPARE(at(find(model, u"Secret own"_s, secrets), ChangesModel::Difference), u"left as it is"_s);
        const QModelIndex writers = find(model, u"Writers, replicas"_s);
        QVERIFY(writers.isValid());
        QVERIFY(at(writers, ChangesModel::Afterwards).startsWith(u"0, then"_s));
        QVERIFY(model.rowCount(writers) > 5);
        QVERIFY(!model.asText().contains(u"c2VjcmV0"_s)); // no value of a Secret

        f.session.setEmptyQueues(true);
        model.set(f.preparation()->changes);
        QCOMPARE(at(find(model, u"backend-redis /1, queues"_s), ChangesModel::Difference), u"emptied"_s);
        QCOMPARE(at(find(model, u"backend-redis /1, queues"_s), ChangesModel::Afterwards), u"0"_s);
        model.set({});
        QCOMPARE(model.rowCount(), 0);
    }

    /// A bundle that holds a hundred thousand tables with long names, and figures that make no sense.
    void hostileIndex()
    {
        RestoreFixture f;
        QVERIFY(f.opened());
        const auto made = f.preparation();
        QJsonArray tables;
        for (int i = 0; i < 20000; ++i)
            tables.append(QJsonObject{{u"kind"_s, u"table"_s}, {u"name"_s, QString(5000, u'x') + QString::number(i)}, {u"rows"_s, i % 2 ? -5 : 3}});
        restore::Reading reading; // and nothing of the namespace was reached
        reading.saved.insert(u"system-mysql"_s, QJsonObject{{u"entries"_s, tables}});
        reading.saved.insert(u"backend-redis"_s, QJsonObject{{u"entries"_s, u"nonsense"_s}});
        ChangesModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.set(rowsOf(restore::changesOf(made->situation, made->plan, reading), made->situation));
        const QModelIndex mysql = find(model, u"system-mysql, rows"_s);
        QVERIFY(model.rowCount(mysql) <= 201);
        QVERIFY(at(model.index(0, 0, mysql), ChangesModel::Object).size() <= 200);
        QVERIFY(at(model.index(200, 0, mysql), ChangesModel::Object).contains(u"more"_s));
        QCOMPARE(at(mysql, ChangesModel::Now), u"unreadable"_s);
        QCOMPARE(at(find(model, u"Secrets"_s), ChangesModel::Now), u"unreadable"_s);
        QCOMPARE(at(find(model, u"Secrets"_s), ChangesModel::Difference), u"not compared"_s);
    }

    void checks()
    {
        ChecksModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.set(RestoreFixture::passed(), {u"API outage: apicast-production will be stopped until the data is proven."_s, u"Queues of background jobs are restored as documented."_s});
        QCOMPARE(model.rowCount(), 5);
        QCOMPARE(model.index(2, 0).data(role::Glyph).toString(), u"note"_s);
        QCOMPARE(model.index(0, 0).data().toString(), u"Downtime"_s); // warnings first
        QCOMPARE(model.index(0, 0).data(role::Ground).toString(), u"warn"_s);
        QCOMPARE(model.count(run::Check::State::Passed), 2);
        QList<run::Check> failed = RestoreFixture::passed();
        failed[1].state = run::Check::State::Failed;
        failed[1].remedy = u"Choose the namespace, or add --map."_s;
        model.set(failed, {});
        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(model.index(0, 0).data(role::Glyph).toString(), u"failed"_s);
        QVERIFY(!model.index(0, 0).data(ChecksModel::Remedy).toString().contains(u"--map"_s)); // the window has no options
        QVERIFY(model.asText().contains(u"Login and rights"_s));
        model.set(failed + RestoreFixture::passed(), {u"a"_s, u"b"_s});
        QCOMPARE(model.rowCount(), 8);
        model.clear();
        QCOMPARE(model.rowCount(), 0);
    }

    void components()
    {
        RestoreFixture f;
        RestoreComponentsModel& model = *f.session.components();
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QVERIFY(f.opened());
        QCOMPARE(model.rowCount(), 5);
        const QModelIndex zync = find(model, u"zync-database"_s), mysql = find(model, u"system-mysql"_s);
        QVERIFY(!zync.flags().testFlag(Qt::ItemIsUserCheckable));
        QVERIFY(!model.setData(zync, Qt::Checked, Qt::CheckStateRole));
        QCOMPARE(at(zync, RestoreComponentsModel::Content), u"could not be read"_s);
        QCOMPARE(at(mysql, RestoreComponentsModel::Size), u"293 KiB"_s);
        QCOMPARE(at(mysql, RestoreComponentsModel::Overwrites), u"the whole database"_s);
        const qint64 all = model.chosenBytes();
        QVERIFY(model.setData(mysql, Qt::Unchecked, Qt::CheckStateRole));
        QCOMPARE(model.chosenBytes(), all - 300'000);
        QVERIFY(!model.chosen().contains(u"system-mysql"_s));
        model.choose({u"system-mysql"_s, u"zync-database"_s});
        QCOMPARE(model.chosen(), QStringList{u"system-mysql"_s});
        QVERIFY(model.notes(false).join(u' ').contains(u"queues"_s)); // a database without its queues
        model.clear();
        QCOMPARE(model.rowCount(), 0);
    }

    void targets()
    {
        RestoreFixture f;
        TargetsModel model(f.clusters);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(model.rowCount(), 3);
        model.setBundle(RestoreFixture::header());
        QCOMPARE(model.at(0), (NamespaceRef{u"north"_s, u"threescale"_s})); // the bundle's own first
        QCOMPARE(at(model.index(0, 0), TargetsModel::Note), u"the one in the bundle"_s);
        QCOMPARE(at(model.index(model.rowOf({u"south"_s, u"threescale"_s}), 0), TargetsModel::Note), u"read only"_s);
        const QPersistentModelIndex kept = model.index(model.rowOf({u"north"_s, u"acme-api"_s}), 0);
        // A namespace comes, another goes: what stays keeps its row.
        cluster::Cluster north = f.clusters.cluster(u"north"_s)->cluster;
        f.put(north, {u"acme-api"_s, u"new"_s});
        QVERIFY(kept.isValid());
        QCOMPARE(model.at(kept.row()).name, u"acme-api"_s);
        QVERIFY(model.rowOf({u"north"_s, u"new"_s}) >= 0);
        QVERIFY(model.rowOf({u"north"_s, u"threescale"_s}) < 0);
        f.put(north, {u"acme-api"_s, u"new"_s, u"threescale"_s});
        QCOMPARE(model.rowOf({u"north"_s, u"threescale"_s}), 0);
        f.put(north, {}, ConnectionState::LoggedOut);
        QCOMPARE(model.rowCount(), 1);
    }

    /// An empty list would mean everything.
    void componentsThatTheCatalogueDoesNotKnow()
    {
        const Installation installation(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
        const auto known = [&](const QStringList& chosen) {
            restore::Options options;
            options.components = options.acceptUnreadable = chosen;
            options.emptyQueues = true;
            return withKnownComponents(options, installation.catalog);
        };
        const restore::Options made = known({u"apimanager-of-another"_s, u"system-mysql"_s});
        QCOMPARE(made.components, QStringList{u"system-mysql"_s});
        QCOMPARE(made.acceptUnreadable, QStringList{u"system-mysql"_s});
        QVERIFY(made.emptyQueues);
        QCOMPARE(known({u"apimanager-of-another"_s}).components, QStringList{u"apimanager-of-another"_s});
        QVERIFY(known({}).components.isEmpty());
    }

    /// Nothing was changed, so it is not said to be otherwise.
    void itsLockIsUnknown()
    {
        const RunWorld world;
        RunHub hub(world.workplace());
        world.loseAnswers();
        const RunState* run = hub.start(world.request(RunWorld::plan({RunWorld::change(u"a"_s)})));
        QTRY_VERIFY(run->outcome());
        QCOMPARE(run->outcome()->error->code, ErrorCode::LockUnknown);
        const RestoreResult result = resultOf(*run);
        QVERIFY2(result.title.contains(u"Nothing was changed in north / threescale"_s), qPrintable(result.title));
        const QString next = result.nextSteps.join(u' ');
        QVERIFY2(next.contains(u"on Runs"_s) && !next.contains(u"replica counts"_s) && !next.contains(u"before the data is right"_s), qPrintable(next));
    }

    void texts()
    {
        RestoreFixture f;
        QVERIFY(f.opened());
        const plan::Plan plan = f.preparation()->plan;
        const QString text = planAsText(plan), back = backOutAsText(plan);
        for (const plan::Stage& stage : plan.stages) {
            for (const plan::Step& step : stage.steps) {
                QVERIFY2(text.contains(step.title), qPrintable(step.title));
                for (const QString& command : step.commands)
                    QVERIFY(text.contains(command));
                if (step.changes)
                    QVERIFY2(back.contains(step.undo), qPrintable(step.id));
            }
        }
        QVERIFY(stepsWithoutService(plan) > 0);
        QVERIFY(stepsWithoutService(plan) < stepCount(plan));
        QCOMPARE(stepsWithoutService({}), 0);
    }
};

QTEST_GUILESS_MAIN(TestRestoreModels)
#include "tst_restoremodels.moc"
