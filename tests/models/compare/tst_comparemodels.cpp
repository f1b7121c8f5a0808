#include "comparesamples.h"
#include "models/compare/comparefilter.h"
#include "models/compare/growthmodel.h"
#include "models/compare/rulesmodel.h"
#include "models/compare/sidesmodel.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;
using Mode = QAbstractItemModelTester::FailureReportingMode;

namespace {
std::shared_ptr<const compare::Comparison> comparisonOf(const QList<samples::Sample>& first, const QList<samples::Sample>& second)
{
    const samples::Place place;
    compare::Content contents[2];
    for (const auto& [name, streams, at] : {std::tuple{u"a"_s, first, 0}, {u"b"_s, second, 1}}) {
        samples::writeBundle(place.path(name), {}, streams);
        const auto reader = bundle::Reader::open(place.path(name));
        if (!reader)
            qFatal("%s", qPrintable(reader.error().message));
        auto content = compare::contentOf(**reader);
        if (!content)
            qFatal("%s", qPrintable(content.error().message));
        contents[at] = std::move(*content);
    }
    return std::make_shared<const compare::Comparison>(compare::compare(contents[0], contents[1]));
}

QStringList shownNames(const QAbstractItemModel& model, const QModelIndex& parent = {})
{
    QStringList names;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        names.append(index.data().toString());
        names += shownNames(model, index);
    }
    return names;
}

QModelIndex named(const QAbstractItemModel& model, const QString& name, const QModelIndex& parent = {})
{
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        if (index.data().toString() == name)
            return index;
        if (const QModelIndex below = named(model, name, index); below.isValid())
            return below;
    }
    return {};
}
} // namespace

class TestCompareModels : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tree()
    {
        CompareTree tree;
        const QAbstractItemModelTester tester(&tree, Mode::QtTest);
        QCOMPARE(tree.rowCount(), 0);
        const auto comparison = comparisonOf(samples::streamsBefore(), samples::streamsAfter());
        tree.setComparison(comparison);
        QCOMPARE(tree.rowCount(), 5);
        const QModelIndex table = named(tree, u"cinstances"_s);
        QVERIFY(table.isValid());
        QCOMPARE(table.data(role::Glyph).toString(), u"changed"_s);
        QCOMPARE(table.data(role::Icon).toString(), u"table"_s);
        QCOMPARE(table.data(Qt::AccessibleTextRole).toString(), u"cinstances, changed"_s);
        QCOMPARE(tree.indexOf(table.data(CompareTree::Path).toString()), table);
        QCOMPARE(titleOf(*tree.node(table)), u"system-mysql / cinstances"_s);
        QVERIFY(table.data(Qt::ToolTipRole).toString().contains(u"6 rows in A, 6 in B"_s));
        // One changed trigger, said as such.
        QVERIFY(named(tree, u"invoices (trigger)"_s).isValid());
        QCOMPARE(named(tree, u"logo-old.png"_s).data(role::Glyph).toString(), u"removed"_s);
        // Figures roll up.
        const QModelIndex storage = named(tree, u"system-storage"_s);
        QCOMPARE(storage.siblingAtColumn(CompareTree::Added).data().toString(), u"+12"_s);
        QCOMPARE(storage.siblingAtColumn(CompareTree::Removed).data().toString(), u"−1"_s);
        QCOMPARE(storage.siblingAtColumn(CompareTree::Changed).data().toString(), u"1"_s);
        QCOMPARE(storage.siblingAtColumn(CompareTree::Added).data(role::Tint).toString(), u"ok"_s);
        // Rows that were counted one by one are shown instead of what the index could tell, all the way up.
        compare::Detail counted;
        counted.kind = compare::Node::Detail::Rows;
        counted.rows.counts = {.added = 2, .removed = 2, .changed = 3};
        tree.setCounted(table.data(CompareTree::Path).toString(), counted);
        QCOMPARE(table.siblingAtColumn(CompareTree::Added).data().toString(), u"+2"_s);
        QCOMPARE(table.siblingAtColumn(CompareTree::Changed).data().toString(), u"3"_s);
        QCOMPARE(table.parent().siblingAtColumn(CompareTree::Removed).data().toString(), u"−2"_s);
        QCOMPARE(table.parent().siblingAtColumn(CompareTree::Changed).data().toString(), u"4"_s);
        tree.setComparison(comparisonOf(samples::streamsAfter(), samples::streamsBefore()));
        QCOMPARE(named(tree, u"logo-old.png"_s).data(role::Glyph).toString(), u"added"_s);
        tree.setComparison(nullptr);
        QCOMPARE(tree.rowCount(), 0);
    }

    void filter()
    {
        CompareTree tree;
        CompareFilter filter(&tree);
        const QAbstractItemModelTester tester(&filter, Mode::QtTest);
        tree.setComparison(comparisonOf(samples::streamsBefore(), samples::streamsAfter()));
        // Equal tables, keys and files are hidden, and come back.
        QVERIFY(!shownNames(filter).contains(u"plans"_s));
        CompareFilter::Choice choice;
        choice.onlyChanges = false;
        filter.setChoice(choice);
        QVERIFY(shownNames(filter).contains(u"plans"_s));
        QVERIFY(!filter.isNarrowed());
        choice = {};
        choice.removed = choice.changed = false;
        filter.setChoice(choice);
        QVERIFY(filter.isNarrowed());
        QVERIFY(shownNames(filter).contains(u"upload-10.txt"_s));
        QVERIFY(!shownNames(filter).contains(u"logo-old.png"_s));
        QVERIFY(!shownNames(filter).contains(u"invoices (trigger)"_s));
        choice = {};
        choice.component = u"secrets"_s;
        filter.setChoice(choice);
        QCOMPARE(filter.rowCount(), 1);
        choice = {};
        choice.words = u"  upload-1 TXT "_s;
        filter.setChoice(choice);
        QStringList names = shownNames(filter);
        QVERIFY(names.contains(u"system-storage"_s) && names.contains(u"upload-19.txt"_s));
        QVERIFY(!names.contains(u"upload-20.txt"_s) && !names.contains(u"cinstances"_s));
        choice.words = u"no such thing"_s;
        filter.setChoice(choice);
        QCOMPARE(filter.rowCount(), 0);
        QVERIFY(!filter.next({}, true).isValid());
        // Another comparison is filtered, too.
        filter.setChoice({});
        tree.setComparison(comparisonOf(samples::streamsBefore(), samples::streamsUntouched()));
        QCOMPARE(filter.rowCount(), 0);
        tree.setComparison(nullptr);
        QCOMPARE(filter.rowCount(), 0);
    }

    void fromDifferenceToDifference()
    {
        CompareTree tree;
        CompareFilter filter(&tree);
        tree.setComparison(comparisonOf(samples::streamsBefore(), samples::streamsAfter()));
        QStringList forward, backward;
        QModelIndex at = filter.next({}, true);
        for (int i = 0; i < 100 && at.isValid() && !forward.contains(at.data(CompareTree::Path).toString()); ++i) {
            forward.append(at.data(CompareTree::Path).toString());
            at = filter.next(at, true);
        }
        // Round to the first again, and the same way back.
        QCOMPARE(at.data(CompareTree::Path).toString(), forward.first());
        at = filter.next({}, false);
        for (int i = 0; i < 100 && at.isValid() && !backward.contains(at.data(CompareTree::Path).toString()); ++i) {
            backward.append(at.data(CompareTree::Path).toString());
            at = filter.next(at, false);
        }
        std::reverse(backward.begin(), backward.end());
        QCOMPARE(backward, forward);
        // The table, the trigger, the prefix, 14 files, the Secret, the ConfigMap; of an object not each of its fields.
        QCOMPARE(std::count_if(forward.begin(), forward.end(), [](const QString& path) { return path.startsWith(u"system-mysql"_s); }), 2);
        QCOMPARE(std::count_if(forward.begin(), forward.end(), [](const QString& path) { return path.startsWith(u"system-storage"_s); }), 14);
        QCOMPARE(std::count_if(forward.begin(), forward.end(), [](const QString& path) { return path.startsWith(u"configmaps"_s); }), 1);
        QCOMPARE(std::count_if(forward.begin(), forward.end(), [](const QString& path) { return path.startsWith(u"secrets"_s); }), 1);
    }

    void sides()
    {
        SidesModel sides;
        const QAbstractItemModelTester tester(&sides, Mode::QtTest);
        auto detail = std::make_shared<compare::Detail>();
        detail->kind = compare::Node::Detail::Rows;
        detail->rows.columns = {u"id"_s, u"a"_s, u"name"_s, u"b"_s, u"c"_s, u"d"_s};
        detail->rows.keyColumns = {0};
        const auto cell = [](const QString& text, bool changed = false) {
            compare::Cell made;
            made.text = text;
            made.changed = changed;
            return made;
        };
        compare::Cell null;
        null.null = true;
        compare::Cell masked;
        masked.text = u"must not be seen"_s;
        masked.masked = masked.changed = true;
        detail->rows.rows.append({compare::State::Changed, {cell(u"1"_s), cell(u"x"_s), cell(u"n"_s), null, cell(u"2"_s, true), masked}, {cell(u"1"_s), cell(u"x"_s), cell(u"n"_s), null, cell(u"3"_s, true), masked}});
        detail->rows.rows.append({compare::State::Added, {}, {cell(u"20"_s), cell(u"y"_s), cell(u"o"_s), cell(u"z"_s), cell(u"4"_s), masked}});
        sides.setDetail(detail);
        QCOMPARE(sides.rowCount(), 2);
        QCOMPARE(sides.columnCount(), 13);
        // The key, the name, and what differs.
        QCOMPARE(sides.telling(), (QList<int>{0, 2, 4, 5}));
        QCOMPARE(sides.headerData(0, Qt::Horizontal, Qt::TextAlignmentRole).toInt() & Qt::AlignRight, int(Qt::AlignRight));
        QVERIFY(!(sides.headerData(1, Qt::Horizontal, Qt::TextAlignmentRole).toInt() & Qt::AlignRight));
        QCOMPARE(sides.index(0, 3).data().toString(), u"NULL"_s);
        QCOMPARE(sides.index(0, 5).data().toString(), QString(8, u'•'));
        QVERIFY(sides.index(1, 0).data(SidesModel::Missing).toBool());
        QVERIFY(!sides.index(1, 7).data(SidesModel::Missing).toBool());
        QCOMPARE(sides.index(1, 6).data(role::Glyph).toString(), u"added"_s);
        QCOMPARE(sides.nextDifference(-1, true), 0);
        QCOMPARE(sides.nextDifference(0, true), 1);
        QCOMPARE(sides.nextDifference(1, true), -1);

        auto text = std::make_shared<compare::Detail>();
        text->kind = compare::Node::Detail::Text;
        using compare::LinePair;
        text->text.hunks.append({{LinePair{compare::State::Equal, 4, 4, u"same"_s, u"same"_s, {}, {}}, LinePair{compare::State::Changed, 5, 5, u"level: info"_s, u"level: debug"_s, {{7, 4}}, {{7, 5}}},
                                  LinePair{compare::State::Removed, 6, 0, u"gone"_s, {}, {}, {}}, LinePair{compare::State::Equal, 7, 6, u"end"_s, u"end"_s, {}, {}}}});
        text->text.hunks.append({{LinePair{compare::State::Added, 0, 30, {}, u"new"_s, {}, {}}}});
        sides.setDetail(text);
        QVERIFY(sides.isText());
        // Three equal lines above, a passage of two, a gap, one line.
        QCOMPARE(sides.rowCount(), 7);
        QCOMPARE(sides.index(0, 0).data(SidesModel::State).toInt(), -1);
        QCOMPARE(sides.nextDifference(-1, true), 2);
        QCOMPARE(sides.nextDifference(2, true), 6);
        QCOMPARE(sides.nextDifference(6, false), 2);
        sides.setDetail(nullptr);
        QCOMPARE(sides.rowCount(), 0);
        QCOMPARE(sides.columnCount(), 0);
    }

    void rules()
    {
        RulesModel model(compare::Rules::standard());
        const QAbstractItemModelTester tester(&model, Mode::QtTest);
        const int builtin = model.rowCount();
        QVERIFY(builtin > 0);
        // Built-in ones are switched, not edited or removed.
        const QModelIndex first = model.index(0, RulesModel::Title);
        const Qt::CheckState was = Qt::CheckState(first.data(Qt::CheckStateRole).toInt());
        QVERIFY(model.setData(first, was == Qt::Checked ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole));
        QVERIFY(!model.setData(first, u"mine"_s, Qt::EditRole));
        model.remove(0);
        QCOMPARE(model.rowCount(), builtin);
        const int own = model.add();
        QCOMPARE(own, builtin);
        QVERIFY(!model.rules().list.at(own).enabled);
        QVERIFY(model.setData(model.index(own, RulesModel::Kind), u" ConfigMap "_s, Qt::EditRole));
        QCOMPARE(model.rules().list.at(own).kind, u"ConfigMap"_s);
        QVERIFY(!model.setData(model.index(own, RulesModel::Title), u"  "_s, Qt::EditRole));
        QVERIFY(model.setData(model.index(own, RulesModel::Name), QString(5000, u'x'), Qt::EditRole));
        QCOMPARE(model.rules().list.at(own).name.size(), RulesModel::LongestPattern);
        // Two of one's own have ids of their own, also after one went.
        const int second = model.add();
        model.remove(own);
        const int third = model.add();
        QVERIFY(model.rules().list.at(third).id != model.rules().list.at(second - 1).id);
        model.restoreStandard();
        QCOMPARE(model.rules().list.first(), compare::Rules::standard().list.first());
        QCOMPARE(model.rowCount(), builtin + 2);
        // What is kept is what is read again.
        // But one that does not say what it is about would be refused.
        QCOMPARE(model.complete().list.size(), builtin);
        QVERIFY(model.setData(model.index(third, RulesModel::Field), u"spec.*"_s, Qt::EditRole));
        QCOMPARE(model.complete().list.size(), builtin + 1);
        const auto again = compare::Rules::fromJson(model.complete().toJson());
        QVERIFY2(again.has_value(), again ? "" : qPrintable(again.error().message));
        QCOMPARE(*again, model.complete());
        while (model.add() >= 0) {
        }
        QCOMPARE(model.rowCount(), builtin + RulesModel::MostOwn);
    }

    void growth()
    {
        samples::ComparePlace place;
        GrowthModel growth(place.library);
        const QAbstractItemModelTester tester(&growth, Mode::QtTest);
        place.list();
        QTRY_COMPARE(growth.rowCount(), 2);
        QCOMPARE(growth.title(), u"prod-eu / 3scale"_s);
        // By time, whatever the order in the folder.
        QCOMPARE(growth.index(0, 0).data(GrowthModel::Path).toString(), place.path(u"before"_s));
        QCOMPARE(growth.points().first().when, samples::before);
        QCOMPARE(growth.bands().size(), GrowthModel::ShownComponents);
        qint64 sum = 0;
        for (int band = 0; band <= growth.bands().size(); ++band)
            sum += growth.bytes(1, band);
        QCOMPARE(sum, growth.points().at(1).bytes);
        QVERIFY(growth.bytes(0, 0) >= growth.bytes(0, 1));
        QVERIFY(growth.text().contains(u"system-storage: "_s));
        QCOMPARE(growth.text().count(u'\n'), 1);
        // Others than those of the installation are left out; a new one comes in at its place, one that goes leaves.
        samples::writeBundle(place.path(u"middle"_s), {.started = samples::before.addSecs(3600)}, samples::streamsBefore());
        samples::writeBundle(place.path(u"partner"_s), {.namespaceName = u"partner"_s, .projectUid = u"other"_s, .started = samples::after.addDays(1)}, samples::streamsBefore());
        place.library.refresh();
        growth.setSubject(place.library.bundle(place.path(u"before"_s))->header);
        QSignalSpy inserted(&growth, &QAbstractItemModel::rowsInserted);
        QTRY_COMPARE(growth.rowOf(place.path(u"middle"_s)), 1);
        QCOMPARE(growth.rowCount(), 3);
        QCOMPARE(inserted.size(), 1);
        QVERIFY(QFile::remove(place.path(u"before"_s)));
        place.library.refresh();
        QTRY_COMPARE(growth.rowCount(), 2);
        QCOMPARE(growth.rowOf(place.path(u"after"_s)), 1);
        bundle::Header other;
        other.apiUrl = u"https://elsewhere:6443"_s;
        growth.setSubject(other);
        QCOMPARE(growth.rowCount(), 0);
        QVERIFY(growth.title().isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestCompareModels)
#include "tst_comparemodels.moc"
