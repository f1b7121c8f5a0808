#pragma once

#include <QStyledItemDelegate>

namespace scalekeep::widgets {

/// Draws the cells of models::SidesModel: grounds by state, frames around what differs, hatching where a side has no such row, the glyph in the
/// middle. One for the three views of a SideBySide.
class SideDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option, const QModelIndex& index) override;
    /// Text as it is drawn: one line, nothing that would turn or hide it.
    static QString shown(QString text);
};

} // namespace scalekeep::widgets
