// How long the clusters tree takes to be filtered while one types, against QSortFilterProxyModel's own recursive filter on the same tree.
#include "models/clusters/clusterfilter.h"
#include "models/clusters/fixture.h"

#include <QCoreApplication>
#include <QElapsedTimer>

#include <algorithm>
#include <cstdio>
#include <vector>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep::models;

namespace {
constexpr int objects = 5000, rounds = 9;

ClusterState large()
{
    QJsonArray all = fixture::threescaleObjects();
    for (int i = 0; i < objects / 2; ++i)
        all.append(fixture::secret(u"secret-%1"_s.arg(i, 5, 10, QChar(u'0')), {u"key"_s}));
    for (int i = 0; i < objects / 2; ++i)
        all.append(fixture::route(u"zync-3scale-%1"_s.arg(i, 5, 10, QChar(u'0')), u"api-%1.apps.example.com"_s.arg(i)));
    return fixture::clusterState(u"large"_s, {fixture::namespaceState(u"3scale"_s, all)});
}

int visit(const QAbstractItemModel& model, const QModelIndex& parent = {})
{
    int rows = model.rowCount(parent);
    for (int row = 0, here = rows; row < here; ++row)
        rows += visit(model, model.index(row, 0, parent));
    return rows;
}

/// Median in milliseconds of typing `text` letter by letter, per letter, with every row asked for as an open view would.
template <class Filter, class Type>
double perLetter(Filter& filter, const QString& text, Type type)
{
    std::vector<double> times;
    for (int round = 0; round < rounds; ++round) {
        type(filter, QString());
        visit(filter);
        for (qsizetype length = 1; length <= text.size(); ++length) {
            QElapsedTimer timer;
            timer.start();
            type(filter, text.left(length));
            visit(filter);
            times.push_back(double(timer.nsecsElapsed()) / 1e6);
        }
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}
} // namespace

int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    fixture::Place place;
    ClusterTreeModel model(*place.hub);
    place.hub->put(large());
    std::printf("rows: %d\n", visit(model));
    for (const QString& text : {u"secret-001"_s, u"zync"_s, u"no such"_s}) {
        ClusterFilter own(&model);
        const double ours = perLetter(own, text, [](ClusterFilter& filter, const QString& typed) { filter.setText(typed); });
        QSortFilterProxyModel plain;
        plain.setRecursiveFilteringEnabled(true);
        plain.setFilterCaseSensitivity(Qt::CaseInsensitive);
        plain.setSourceModel(&model);
        const double theirs = perLetter(plain, text, [](QSortFilterProxyModel& filter, const QString& typed) { filter.setFilterFixedString(typed); });
        std::printf("%-12s %6.1f ms a letter, recursive QSortFilterProxyModel %6.1f ms: %.2f of it\n", qPrintable(text), ours, theirs, ours / theirs);
    }
    return 0;
}
