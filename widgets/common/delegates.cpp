#include "widgets/common/delegates.h"

#include "models/common/roles.h"
#include "widgets/common/motion.h"
#include "widgets/common/parts.h"
#include "widgets/common/theme.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <QTreeView>

#include <array>

namespace scalekeep::widgets {

namespace role = models::role;
using namespace Qt::Literals::StringLiterals;

namespace {

constexpr int iconSize = 16;
constexpr int gap = 6;
constexpr int barHeight = 8;

struct Cell {
    Glyph glyph = Glyph::None;
    QString icon;
    QIcon picture;
    bool checkable = false;
    QString text;
    int percent = -1;
    double share = -1;
    QFont font;

    [[nodiscard]] int decorations() const
    {
        return (checkable ? iconSize + gap : 0) + (glyph != Glyph::None ? iconSize + gap : 0) + (!icon.isEmpty() || !picture.isNull() ? iconSize + gap : 0);
    }
};

Cell cellOf(const QStyleOptionViewItem& option, const QModelIndex& index)
{
    Cell cell;
    cell.glyph = glyphFromName(index.data(role::Glyph).toString());
    cell.icon = index.data(role::Icon).toString();
    if (cell.icon.isEmpty())
        cell.picture = option.icon;
    cell.checkable = option.features & QStyleOptionViewItem::HasCheckIndicator;
    // One line, and no more than a screen can hold of what may come from elsewhere.
    cell.text = option.text.left(2000);
    cell.text.replace(u'\n', u' ');
    const QVariant percent = index.data(role::Percent);
    if (percent.isValid())
        cell.percent = qBound(0, percent.toInt(), 100);
    const QVariant share = index.data(role::Share);
    if (share.isValid())
        cell.share = qBound(0.0, share.toDouble(), 1.0);
    cell.font = option.font;
    if (index.data(role::Strong).toBool())
        cell.font.setWeight(QFont::DemiBold);
    return cell;
}

int leftPadding(const QStyleOptionViewItem& option, const QModelIndex& index)
{
    const auto* tree = qobject_cast<const QTreeView*>(option.widget);
    return tree && index.column() == 0 ? 2 : 8;
}

QRect contentRect(const QStyleOptionViewItem& option, const QModelIndex& index)
{
    return option.rect.adjusted(leftPadding(option, index), 0, -8, 0);
}

int textWidth(const Cell& cell)
{
    return QFontMetrics(cell.font).horizontalAdvance(cell.text);
}

/// Whether the row shows less than the model says.
bool isCut(const QStyleOptionViewItem& option, const QModelIndex& index, const Cell& cell)
{
    if (cell.text.isEmpty() || cell.share >= 0)
        return false;
    return cell.decorations() + textWidth(cell) > contentRect(option, index).width() || option.text.size() > cell.text.size();
}

QColor groundOf(const QString& name)
{
    if (name == "ok"_L1)
        return theme::color(Token::OkGround);
    if (name == "warn"_L1)
        return theme::color(Token::WarnGround);
    if (name == "err"_L1)
        return theme::color(Token::ErrGround);
    return {};
}

QColor inkOf(const QStyleOptionViewItem& option, const QModelIndex& index)
{
    if (!(option.state & QStyle::State_Enabled))
        return theme::color(Token::Off);
    const QString tint = index.data(role::Tint).toString();
    if (tint == "ok"_L1)
        return theme::color(Token::Ok);
    if (tint == "warn"_L1)
        return theme::color(Token::Warn);
    if (tint == "err"_L1)
        return theme::color(Token::Err);
    if (tint == "accent"_L1)
        return theme::color(Token::Accent);
    const bool selected = option.state & QStyle::State_Selected;
    return theme::color(index.data(role::Dim).toBool() && !selected ? Token::Text2 : Token::Text);
}

void paintBar(QPainter& painter, const QRect& rect, double part, const QColor& fill)
{
    const QRect groove(rect.left(), rect.top() + (rect.height() - barHeight) / 2, rect.width(), barHeight);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme::color(Token::BarGround));
    painter.drawRoundedRect(groove, 2, 2);
    if (part > 0) {
        QRectF filled(groove);
        filled.setWidth(std::max(1.0, groove.width() * part));
        painter.setClipRect(filled);
        painter.setBrush(fill);
        painter.drawRoundedRect(groove, 2, 2);
    }
    painter.restore();
}

/// The row's ground; in a tree's first column also under the branches, which are then drawn again.
void paintGround(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index)
{
    const bool strong = index.siblingAtColumn(0).data(role::Strong).toBool(); // one ground for the whole row
    QColor ground = groundOf(index.data(role::Ground).toString());
    if (option.state & QStyle::State_Selected)
        ground = theme::color(option.widget && !option.widget->hasFocus() ? Token::Selection2 : Token::Selection);
    else if (!ground.isValid() && strong)
        ground = theme::color(Token::Alt);
    QRect rect = option.rect;
    const auto* tree = qobject_cast<const QTreeView*>(option.widget);
    const bool branches = tree && index.column() == 0 && tree->header() && option.direction == Qt::LeftToRight;
    if (branches)
        rect.setLeft(tree->columnViewportPosition(0));
    if (ground.isValid()) {
        painter.fillRect(rect, ground);
        if (branches && rect.left() < option.rect.left() && index.model()->hasChildren(index)) {
            QStyleOption branch;
            branch.state = QStyle::State_Children | (option.state & QStyle::State_Open);
            const int indent = tree->indentation();
            branch.rect = QRect(option.rect.left() - indent, rect.top(), indent, rect.height());
            tree->style()->drawPrimitive(QStyle::PE_IndicatorBranch, &branch, &painter, tree);
        }
    }
    if (strong)
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), theme::color(Token::Line));
}

/// A frame around the current row, for those who move by the keyboard.
void paintCurrent(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index)
{
    const auto* view = qobject_cast<const QAbstractItemView*>(option.widget);
    if (!view || !view->hasFocus() || !view->window()->testAttribute(Qt::WA_KeyboardFocusChange))
        return;
    const QModelIndex current = view->currentIndex();
    const bool rows = view->selectionBehavior() == QAbstractItemView::SelectRows;
    if (current.row() != index.row() || current.parent() != index.parent() || (!rows && current != index))
        return;
    QRect rect = option.rect;
    const auto* tree = qobject_cast<const QTreeView*>(view);
    if (tree && index.column() == 0)
        rect.setLeft(tree->columnViewportPosition(0));
    const QColor accent = theme::color(Token::Accent);
    painter.fillRect(QRect(rect.left(), rect.top(), rect.width(), 1), accent);
    painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), accent);
    const bool only = !rows || option.viewItemPosition == QStyleOptionViewItem::OnlyOne;
    if (only || option.viewItemPosition == QStyleOptionViewItem::Beginning)
        painter.fillRect(QRect(rect.left(), rect.top(), 1, rect.height()), accent);
    if (only || option.viewItemPosition == QStyleOptionViewItem::End)
        painter.fillRect(QRect(rect.right(), rect.top(), 1, rect.height()), accent);
}

} // namespace

Glyph glyphFromName(const QString& name)
{
    static const std::array<std::pair<QStringView, Glyph>, 12> names = {{{u"proven", Glyph::Proven}, {u"running", Glyph::Running},
        {u"waiting", Glyph::Waiting}, {u"warning", Glyph::Warning}, {u"failed", Glyph::Failed}, {u"undone", Glyph::Undone},
        {u"skipped", Glyph::Skipped}, {u"note", Glyph::Note}, {u"added", Glyph::Added}, {u"removed", Glyph::Removed},
        {u"changed", Glyph::Changed}, {u"equal", Glyph::Equal}}};
    for (const auto& [known, glyph] : names) {
        if (name == known)
            return glyph;
    }
    return Glyph::None;
}

RowDelegate::RowDelegate(QObject* parent, int rowHeight) : QStyledItemDelegate(parent), m_rowHeight(rowHeight) {}

void RowDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const
{
    QStyleOptionViewItem option = given;
    initStyleOption(&option, index);
    const Cell cell = cellOf(option, index);
    painter->save();
    painter->setClipRect(qobject_cast<const QTreeView*>(option.widget) && index.column() == 0
            ? option.rect.adjusted(-option.rect.left(), 0, 0, 0) : option.rect);
    paintGround(*painter, option, index);
    const QColor ink = inkOf(option, index);
    QRect content = contentRect(option, index);
    const bool fromRight = option.direction == Qt::RightToLeft;
    const bool alignRight = option.displayAlignment & Qt::AlignRight;

    if (cell.share >= 0) {
        paintBar(*painter, content, cell.share, theme::color(Token::Bar));
        paintCurrent(*painter, option, index);
        painter->restore();
        return;
    }
    painter->setFont(cell.font);
    const QFontMetrics metrics(cell.font);
    if (cell.percent >= 0) {
        const int figures = std::min(content.width() / 2, std::max(metrics.horizontalAdvance(cell.text), cell.text.isEmpty() ? 0 : metrics.horizontalAdvance(u"100 %"_s)));
        QRect bar = content.adjusted(0, 0, figures > 0 ? -figures - 8 : 0, 0);
        paintBar(*painter, bar, cell.percent / 100.0, theme::color(Token::BarFill));
        content.setLeft(bar.right() + 8);
    }
    // Glyph and icon stand before the text, also where figures are at the right.
    int left = content.left();
    if (alignRight && !fromRight && cell.percent < 0)
        left = std::max(left, content.right() - cell.decorations() - textWidth(cell)); // a pixel more: advances are rounded
    const auto next = [&] {
        QRect square(left, content.top() + (content.height() - iconSize) / 2, iconSize, iconSize);
        left += iconSize + gap;
        return fromRight ? QStyle::visualRect(option.direction, content, square) : square;
    };
    if (cell.checkable) {
        QStyleOptionViewItem box = option;
        box.rect = next();
        box.state &= ~(QStyle::State_On | QStyle::State_Off | QStyle::State_NoChange);
        box.state |= option.checkState == Qt::Checked ? QStyle::State_On : option.checkState == Qt::Unchecked ? QStyle::State_Off : QStyle::State_NoChange;
        const QStyle* style = option.widget ? option.widget->style() : QApplication::style();
        style->drawPrimitive(QStyle::PE_IndicatorItemViewItemCheck, &box, painter, option.widget);
    }
    if (cell.glyph != Glyph::None) {
        const QRect square = next();
        paintGlyph(*painter, square, cell.glyph, cell.glyph == Glyph::Running ? motion::turn() : 0);
        if (const auto* view = qobject_cast<const QAbstractItemView*>(option.widget); view && cell.glyph == Glyph::Running)
            motion::repaint(view->viewport(), square);
    }
    if (!cell.icon.isEmpty())
        paintIcon(*painter, next(), cell.icon, option.state & QStyle::State_Enabled ? theme::color(option.state & QStyle::State_Selected ? Token::Text : Token::Text2) : theme::color(Token::Off));
    else if (!cell.picture.isNull())
        cell.picture.paint(painter, next(), Qt::AlignCenter, option.state & QStyle::State_Enabled ? QIcon::Normal : QIcon::Disabled);
    QRect textRect = content;
    if (fromRight)
        textRect.setRight(content.right() - (left - content.left()));
    else
        textRect.setLeft(left);
    if (textRect.width() > 0 && !cell.text.isEmpty()) {
        painter->setPen(ink);
        const int flags = Qt::AlignVCenter | Qt::TextSingleLine | (cell.percent >= 0 ? Qt::AlignRight : int(option.displayAlignment & Qt::AlignHorizontal_Mask));
        painter->drawText(textRect, flags, metrics.elidedText(cell.text, option.textElideMode == Qt::ElideNone ? Qt::ElideRight : option.textElideMode, textRect.width()));
    }
    paintCurrent(*painter, option, index);
    painter->restore();
}

QSize RowDelegate::sizeHint(const QStyleOptionViewItem& given, const QModelIndex& index) const
{
    QStyleOptionViewItem option = given;
    initStyleOption(&option, index);
    const Cell cell = cellOf(option, index);
    const int height = m_rowHeight > 0 ? m_rowHeight : theme::rowHeight();
    if (cell.share >= 0)
        return {104, height};
    const int bar = cell.percent >= 0 ? 108 : 0;
    return {leftPadding(option, index) + cell.decorations() + bar + textWidth(cell) + 8 + 2, height};
}

bool RowDelegate::editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option, const QModelIndex& index)
{
    const Qt::ItemFlags flags = model->flags(index);
    const QVariant state = index.data(Qt::CheckStateRole);
    if (!(flags & Qt::ItemIsUserCheckable) || !(flags & Qt::ItemIsEnabled) || !state.isValid())
        return QStyledItemDelegate::editorEvent(event, model, option, index);
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key != Qt::Key_Space && key != Qt::Key_Select)
            return false;
    } else if (event->type() == QEvent::MouseButtonRelease || event->type() == QEvent::MouseButtonDblClick || event->type() == QEvent::MouseButtonPress) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        const QRect content = contentRect(option, index);
        // Generous: the whole height of the row and the gap beside the box.
        QRect box(content.left() - 4, option.rect.top(), iconSize + 8, option.rect.height());
        box = QStyle::visualRect(option.direction, content, box);
        if (mouse->button() != Qt::LeftButton || !box.contains(mouse->position().toPoint()))
            return false;
        if (event->type() != QEvent::MouseButtonRelease)
            return true;
    } else {
        return false;
    }
    return model->setData(index, state.toInt() == Qt::Checked ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
}

bool RowDelegate::helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& given, const QModelIndex& index)
{
    if (!event || !view || event->type() != QEvent::ToolTip || !index.isValid())
        return QStyledItemDelegate::helpEvent(event, view, given, index);
    QStyleOptionViewItem option = given;
    initStyleOption(&option, index);
    option.rect = view->visualRect(index);
    const Cell cell = cellOf(option, index);
    QStringList lines;
    if (isCut(option, index, cell))
        lines << option.text;
    const QString tip = index.data(Qt::ToolTipRole).toString();
    if (!tip.isEmpty() && !lines.contains(tip))
        lines << tip;
    else if (tip.isEmpty() && lines.isEmpty() && cell.glyph != Glyph::None && contentRect(option, index).contains(event->pos()))
        lines << glyphName(cell.glyph);
    if (lines.isEmpty())
        QToolTip::hideText();
    else
        QToolTip::showText(event->globalPos(), plainTip(lines.join(u'\n')), view, option.rect);
    return true;
}

} // namespace scalekeep::widgets
