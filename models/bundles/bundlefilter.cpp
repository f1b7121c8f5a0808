#include "models/bundles/bundlefilter.h"

#include "models/bundles/bundlelibrary.h"

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

BundleFilter::BundleFilter(QObject* parent) : QSortFilterProxyModel(parent)
{
    setSortRole(role::Sort);
    setDynamicSortFilter(true);
    sort(BundleLibrary::Taken, Qt::DescendingOrder);
}

void BundleFilter::setFolder(const QString& folder)
{
    m_folder = folder;
    invalidateFilter();
}

void BundleFilter::setWords(const QString& words)
{
    m_words = words.simplified().split(u' ', Qt::SkipEmptyParts);
    invalidateFilter();
}

qint64 BundleFilter::bytes() const
{
    qint64 sum = 0;
    for (int row = 0; row < rowCount(); ++row)
        sum += index(row, BundleLibrary::Size).data(role::Sort).toLongLong();
    return sum;
}

bool BundleFilter::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    const QAbstractItemModel& model = *sourceModel();
    const QModelIndex first = model.index(row, 0, parent);
    if (!m_folder.isEmpty() && first.data(BundleLibrary::Folder).toString() != m_folder)
        return false;
    if (m_words.isEmpty())
        return true;
    QString text = first.data(BundleLibrary::Path).toString().section(u'/', -1);
    for (int column = 0; column < model.columnCount(parent); ++column)
        text += u'\n' + model.index(row, column, parent).data().toString();
    return std::all_of(m_words.begin(), m_words.end(), [&text](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
}

bool BundleFilter::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    const auto order = QVariant::compare(left.data(role::Sort), right.data(role::Sort));
    if (order == QPartialOrdering::Equivalent || order == QPartialOrdering::Unordered)
        return left.data(BundleLibrary::Path).toString() < right.data(BundleLibrary::Path).toString();
    return order == QPartialOrdering::Less;
}

} // namespace scalekeep::models
