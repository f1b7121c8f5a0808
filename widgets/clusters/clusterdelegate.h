#pragma once

#include <QStyledItemDelegate>

namespace scalekeep::widgets {

/// Draws the clusters tree: clusters in two lines with their colour's stripe and the chip *Production*, all other rows in one line with the value at
/// the right and the arrow of what is in the plan.
class ClusterDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option, const QModelIndex& index) override;

    /// Icon and text of a row that lies in `row`: beside them is empty space, where a rubber band starts.
    [[nodiscard]] static QRect contentRect(const QRect& row, const QFont& font, const QModelIndex& index);
    /// The second line of a cluster whose login has to be renewed, which acts as a link; empty for other rows.
    [[nodiscard]] static QRect linkRect(const QRect& row, const QFont& font, const QModelIndex& index);
    /// Everything is this much further right than the tree's own indentation, because of the stripe.
    static constexpr int shift = 4;

private:
    static void paintCluster(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index);
    static void paintRow(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index);
};

} // namespace scalekeep::widgets
