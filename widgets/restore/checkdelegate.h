#pragma once

#include <QStyledItemDelegate>

namespace scalekeep::widgets {

/// Rows of the checks: glyph, title, evidence; a warning or failure wraps, stands on its ground and says what to do.
class CheckDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option, const QModelIndex& index) override;
};

} // namespace scalekeep::widgets
