#pragma once

#include "models/clusters/clustertree.h"

#include <QSet>
#include <QSortFilterProxyModel>

namespace scalekeep::models {

/// The clusters tree filtered by a text: rows whose name or detail holds it, with the rows above them and below them. What matches is found in one
/// pass over the tree, which also tells a view which way to open. GUI thread; its source is set once.
class ClusterFilter : public QSortFilterProxyModel {
    Q_OBJECT
public:
    explicit ClusterFilter(ClusterTreeModel* source, QObject* parent = nullptr);

    void setText(const QString& text);
    [[nodiscard]] QString text() const { return m_text; }
    /// Rows that match by themselves, as indexes of this model: what a view opens the way to. At most `limit`.
    [[nodiscard]] QModelIndexList matches(int limit) const;

protected:
    [[nodiscard]] bool filterAcceptsRow(int sourceRow, const QModelIndex& sourceParent) const override;

private:
    void outdate();
    void look() const;
    bool lookInto(const QModelIndex& index, bool belowMatch) const;

    ClusterTreeModel* m_source;
    QString m_text;
    mutable bool m_known = false;
    mutable QSet<const void*> m_accepted;
    mutable QModelIndexList m_matches; ///< of the source; only between look() and the next change
    bool m_queued = false;
};

} // namespace scalekeep::models
