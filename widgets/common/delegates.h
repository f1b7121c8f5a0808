#pragma once

#include "widgets/common/icons.h"

#include <QStyledItemDelegate>

namespace scalekeep::widgets {

/// Glyph of models::role::Glyph's name; None for an unknown one.
Glyph glyphFromName(const QString& name);

/// Draws rows of trees and tables as the mock-ups do, from models/common/roles.h: glyph, icon, text, tints, progress and share bars. One delegate for
/// all columns of a view. Elides at the end (in the middle where the model's TextElideMode says so), and shows the full text as tooltip when it is cut.
class RowDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit RowDelegate(QObject* parent, int rowHeight = 0); ///< 0: theme::rowHeight()
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option, const QModelIndex& index) override;
    bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option, const QModelIndex& index) override;

private:
    int m_rowHeight;
};

} // namespace scalekeep::widgets
