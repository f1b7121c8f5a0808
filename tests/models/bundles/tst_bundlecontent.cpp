#include "models/bundles/contentmodel.h"
#include "tests/models/bundles/samples.h"

#include <QAbstractItemModelTester>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;

namespace {
/// Rows below `parent`, each with its text of the first two columns.
QStringList rows(const QAbstractItemModel& model, const QModelIndex& parent = {})
{
    QStringList list;
    for (int row = 0; row < model.rowCount(parent); ++row)
        list.append(model.index(row, 0, parent).data().toString() + u": "_s + model.index(row, 1, parent).data().toString());
    return list;
}

QModelIndex find(const QAbstractItemModel& model, const QString& name, const QModelIndex& parent = {})
{
    for (int row = 0; row < model.rowCount(parent); ++row) {
        if (model.index(row, 0, parent).data().toString() == name)
            return model.index(row, 0, parent);
    }
    return {};
}

/// Every text that the model gives, in any role that people or programs see.
QString everything(const QAbstractItemModel& model, const QModelIndex& parent = {})
{
    QString text;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        for (int column = 0; column < model.columnCount(parent); ++column) {
            for (const int role : {int(Qt::DisplayRole), int(Qt::ToolTipRole), int(Qt::AccessibleTextRole), int(Qt::EditRole)})
                text += model.index(row, column, parent).data(role).toString() + u'\n';
        }
        text += everything(model, model.index(row, 0, parent));
    }
    return text;
}

void open(ContentModel& model, const QModelIndex& component)
{
    // A tester may have asked already.
    if (model.canFetchMore(component))
        model.fetchMore(component);
    QVERIFY(!model.canFetchMore(component));
    QVERIFY(QTest::qWaitFor([&model] { return !model.isLoading(); }, 20'000));
}

bundle::Component component(const QString& id)
{
    bundle::Component made;
    made.id = id;
    made.state = u"proven"_s;
    return made;
}
} // namespace

class TestBundleContent : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void realBundle()
    {
        samples::Place place;
        samples::writeBundle(place.path(u"one"_s), {}, samples::streams(60));
        ContentModel model(place.workplace);
        ContentFilter filter(&model);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const QAbstractItemModelTester filterTester(&filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setBundle(readBundle(FileStamp::of(place.path(u"one"_s))));
        QCOMPARE(rows(model), QStringList({u"system-mysql: 60 tables"_s, u"backend-redis: 6 keys"_s, u"system-storage: 2 files"_s, u"secrets: 1, values hidden"_s, u"configmaps: 1"_s}));
        double shares = 0;
        for (int row = 0; row < 5; ++row)
            shares += model.index(row, ContentModel::Share).data(role::Share).toDouble();
        QVERIFY(qAbs(shares - 1) < 1e-9);

        open(model, find(model, u"system-mysql"_s));
        const QModelIndex mysql = find(model, u"system-mysql"_s);
        // The largest first, the rest behind one row.
        QCOMPARE(rows(model, mysql).first(), u"log_entries: 9 rows"_s);
        QCOMPARE(rows(model, mysql).at(1), u"cinstances: 2 rows"_s);
        QCOMPARE(model.rowCount(mysql), ContentTree::Listed + 1);
        const QModelIndex more = model.index(ContentTree::Listed, 0, mysql);
        QCOMPARE(more.data().toString(), u"36 more tables"_s);
        QCOMPARE(model.rowCount(more), 36);
        QCOMPARE(model.index(0, ContentModel::Size, mysql).data().toString(), u"–"_s);
        // The bars of the tables add up to that of their component.
        double tables = 0;
        for (int row = 0; row < model.rowCount(mysql); ++row)
            tables += model.index(row, ContentModel::Share, mysql).data(role::Share).toDouble();
        QVERIFY(qAbs(tables - mysql.siblingAtColumn(ContentModel::Share).data(role::Share).toDouble()) < 1e-9);

        open(model, find(model, u"backend-redis"_s));
        const QModelIndex redis = find(model, u"backend-redis"_s);
        QCOMPARE(rows(model, redis), QStringList({u"/0 data: 5 keys"_s, u"/1 queues: 1 key"_s}));
        QCOMPARE(rows(model, model.index(0, 0, redis)).size(), 5);

        open(model, find(model, u"system-storage"_s));
        const QModelIndex files = find(model, u"system-storage"_s);
        QCOMPARE(rows(model, files).size(), 2);
        const QModelIndex provider = find(model, u"provider-name"_s, files), year = find(model, u"2020"_s, provider);
        QVERIFY(provider.isValid() && year.isValid());
        const ContentNode* named = model.node(find(model, u"page.html"_s, provider));
        QCOMPARE(named->path, QByteArray("provider-name/page.html"));
        QCOMPARE(named->sha256, Sha256::of("<html></html>"));
        QCOMPARE(named->bytes, 13);

        open(model, find(model, u"configmaps"_s));
        const QModelIndex map = find(model, u"system"_s, find(model, u"configmaps"_s));
        QCOMPARE(rows(model, map).size(), 2);
        QVERIFY(find(model, u"rolling_updates.yml"_s, map).isValid());
        model.clear();
        QCOMPARE(model.rowCount(), 0);
    }

    void secretsStaySecret()
    {
        samples::Place place;
        samples::writeBundle(place.path(u"one"_s));
        ContentModel model(place.workplace);
        model.setBundle(readBundle(FileStamp::of(place.path(u"one"_s))));
        open(model, find(model, u"secrets"_s));
        const QModelIndex seed = find(model, u"system-seed"_s, find(model, u"secrets"_s));
        QVERIFY(find(model, u"MASTER_PASSWORD"_s, seed).isValid() && find(model, u"a.b"_s, seed).isValid());
        QCOMPARE(model.index(0, ContentModel::What, seed).data().toString(), model.index(1, ContentModel::What, seed).data().toString());
        const QString text = everything(model);
        QVERIFY(!text.contains(QString::fromLatin1(samples::secretValue)));
        QVERIFY(!text.contains(u"super-secret"_s));
        // Not the digests, either.
        const auto reader = bundle::Reader::open(place.path(u"one"_s));
        const QJsonObject index = QJsonDocument::fromJson(*(*reader)->index(u"secrets"_s)).object();
        const QString digest = index[u"entries"][0][u"fields"][u"data.MASTER_PASSWORD"].toString();
        QVERIFY(digest.size() >= 8 && !text.contains(digest.left(8)));
    }

    void filter()
    {
        samples::Place place;
        samples::writeBundle(place.path(u"one"_s), {}, samples::streams(60));
        ContentModel model(place.workplace);
        ContentFilter filter(&model);
        const QAbstractItemModelTester filterTester(&filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setBundle(readBundle(FileStamp::of(place.path(u"one"_s))));
        // Also in what has not been opened, and in what stands behind "n more".
        model.setWords(u"TABLE_0059"_s);
        QVERIFY(QTest::qWaitFor([&model] { return !model.isLoading(); }, 20'000));
        QCOMPARE(filter.rowCount(), 1);
        const QModelIndex mysql = filter.index(0, 0);
        QCOMPARE(mysql.data().toString(), u"system-mysql"_s);
        QCOMPARE(filter.rowCount(mysql), 1);
        QCOMPARE(rows(filter, filter.index(0, 0, mysql)), QStringList{u"table_0059: 1 row"_s});
        model.setWords(u"logo.png"_s);
        QCOMPARE(filter.rowCount(), 1);
        // What is below a hit stays.
        model.setWords(u"provider-name"_s);
        QCOMPARE(filter.rowCount(filter.index(0, 0, filter.index(0, 0))), 2);
        model.setWords(u"no such thing"_s);
        QCOMPARE(filter.rowCount(), 0);
        model.setWords({});
        QCOMPARE(filter.rowCount(), 5);
    }

    void brokenBundle()
    {
        samples::Place place;
        samples::writeBundle(place.path(u"cut"_s), {.finish = false});
        ContentModel model(place.workplace);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setBundle(readBundle(FileStamp::of(place.path(u"cut"_s) + u".partial"_s)));
        QCOMPARE(model.rowCount(), 5);
        QCOMPARE(model.index(0, 0).data(role::Glyph).toString(), u"waiting"_s);
        QCOMPARE(model.index(4, 0).data(role::Glyph).toString(), u"failed"_s);
        QVERIFY(model.index(4, 1).data().toString().startsWith(u"lost: "_s));
    }

    void damagedIndexIsARow()
    {
        samples::Place place;
        samples::writeBundle(place.path(u"one"_s));
        samples::damage(place.path(u"one"_s), u"index/system-mysql.json.zst"_s);
        ContentModel model(place.workplace);
        model.setBundle(readBundle(FileStamp::of(place.path(u"one"_s))));
        open(model, find(model, u"system-mysql"_s));
        const QModelIndex mysql = find(model, u"system-mysql"_s);
        QCOMPARE(model.rowCount(mysql), 1);
        QCOMPARE(model.index(0, 0, mysql).data(role::Glyph).toString(), u"failed"_s);
        QVERIFY(model.index(0, 0, mysql).data().toString().contains(u"index of “system-mysql”"_s));
    }

    void hostileIndexes_data()
    {
        QTest::addColumn<QByteArray>("json");
        // With ' for ", so that moc can read it.
        const auto row = [](const char* name, QByteArray json) { QTest::newRow(name) << json.replace('\'', '"'); };
        row("nothing", "{}");
        row("wrong types", "{'format':'tar','entries':[1,'a',[],{'kind':3,'path':7},{'path':'a','kind':'file','size':'big','sha256':[]},{'path':'b','kind':'file','size':-5}]}");
        row("paths", "{'format':'tar','entries':[{'path':'../../x','kind':'file','size':1},{'path':'//','kind':'file'},{'path':'a//b','kind':'file'},{'path':'a','kind':'directory'},{'path':'a','kind':'directory'}]}");
        row("deep", "{'format':'tar','entries':[{'path':'" + QByteArray("d/").repeated(20'000) + "f','kind':'file','size':1}]}");
        row("huge numbers", "{'format':'rdb','entries':[{'kind':'prefix','database':9e99,'prefix':'a','keys':1e300},{'kind':'prefix','database':-1,'prefix':'b','keys':9223372036854775807},"
                            "{'kind':'prefix','database':0,'prefix':'c','keys':9223372036854775807}]}");
        row("odd text", "{'format':'mysqldump','entries':[{'kind':'table','name':'\\u202e<b>x</b>\\u0007\\n','rows':1}]}");
        row("objects", "{'format':'json','entries':[{'kind':'Secret','name':1,'fields':{'data':1,'data.':2,'data[\\'':3,'data[\\'\\']':4}}]}");
    }

    void hostileIndexes()
    {
        QFETCH(QByteArray, json);
        const bundle::Component described = component(u"x"_s);
        const auto tree = ContentTree::children(described, {}, json);
        QVERIFY(tree.has_value());
        const auto look = [](const auto& self, const ContentNode& node, int depth) -> void {
            QVERIFY(depth <= ContentTree::DeepestDirectory + 4);
            QVERIFY(node.name.size() <= ContentTree::LongestName);
            for (const QChar c : node.name)
                QVERIFY(c.isPrint());
            QVERIFY(node.share <= 1.0000001);
            for (const auto& child : node.children)
                self(self, *child, depth + 1);
        };
        look(look, **tree, 0);
        QVERIFY(!ContentTree::children(described, {}, "[not an object").has_value());
    }

    void manyEntries()
    {
        QByteArray json = "{'format':'tar','entries':[";
        constexpr int files = 100'000;
        for (int i = 0; i < files; ++i)
            json += (i ? "," : "") + QByteArray("{'kind':'file','path':'d/f") + QByteArray::number(i).rightJustified(6, '0') + "','size':2}";
        json += "]}";
        json.replace('\'', '"');
        const bundle::Component described = component(u"system-storage"_s);
        const auto tree = ContentTree::children(described, {}, json);
        QVERIFY(tree.has_value());
        const ContentNode& folder = *(*tree)->children.front();
        QCOMPARE(folder.what, u"100,000 files"_s);
        QCOMPARE(folder.bytes, 2 * files);
        QCOMPARE(int(folder.children.size()), ContentTree::ListedFiles + 1);
        const ContentNode& more = *folder.children.back();
        QCOMPARE(int(more.children.size()), 100);
        QCOMPARE(more.bytes, 2 * (files - ContentTree::ListedFiles));
        QCOMPARE(more.children.front()->name, u"501 to 1,500"_s);
        QCOMPARE(int(more.children.front()->children.size()), ContentTree::InGroup);
    }
};

QTEST_GUILESS_MAIN(TestBundleContent)
#include "tst_bundlecontent.moc"
