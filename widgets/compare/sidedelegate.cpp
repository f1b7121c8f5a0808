#include "widgets/compare/sidedelegate.h"

#include "models/compare/sidesmodel.h"
#include "widgets/common/delegates.h"
#include "widgets/common/parts.h"
#include "widgets/common/style.h"
#include "widgets/common/theme.h"

#include <QAbstractItemView>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using compare::State;
using models::SidesModel;

namespace {
constexpr int padding = 8, markPadding = 3, glyphSize = 14;

void hatch(QPainter& painter, const QRect& rect)
{
    painter.fillRect(rect, theme::color(Token::Window));
    painter.save();
    painter.setClipRect(rect, Qt::IntersectClip);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(theme::color(Token::BarGround));
    // One pattern over all cells, whatever their edges.
    const int distance = 9, from = (rect.left() + rect.top()) / distance * distance;
    for (int sum = from; sum < rect.right() + rect.bottom() + distance; sum += distance)
        painter.drawLine(sum - rect.top(), rect.top(), sum - rect.bottom() - 1, rect.bottom() + 1);
    painter.restore();
}

QColor groundOf(int state, bool changed, bool wholeLine)
{
    switch (state) {
    case int(State::Added): return theme::color(Token::OkGround);
    case int(State::Removed): return theme::color(Token::ErrGround);
    case int(State::Changed): return changed || wholeLine ? theme::color(Token::WarnGround) : QColor();
    default: return {};
    }
}

const SidesModel* sidesOf(const QModelIndex& index)
{
    return qobject_cast<const SidesModel*>(index.model());
}

bool anyHasFocus(const QWidget* view)
{
    // The three views are one for the user.
    return view && view->parentWidget() && view->parentWidget()->isAncestorOf(view->window()->focusWidget() ? view->window()->focusWidget() : view->parentWidget());
}
} // namespace

QString SideDelegate::shown(QString text)
{
    for (QChar& c : text) {
        if (c == u'\t' || c == u'\n' || c == u'\r')
            c = u' ';
        else if (c.category() == QChar::Other_Control || c.category() == QChar::Other_Format || c.category() == QChar::Separator_Line || c.category() == QChar::Separator_Paragraph)
            c = u'·';
    }
    return text;
}

void SideDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const
{
    const SidesModel* model = sidesOf(index);
    if (!model)
        return;
    QStyleOptionViewItem option = given;
    initStyleOption(&option, index);
    const int state = index.data(SidesModel::State).toInt();
    const bool selected = option.state & QStyle::State_Selected, text = model->isText();
    painter->save();
    painter->setClipRect(option.rect, Qt::IntersectClip);
    if (index.column() == model->stateColumn()) {
        painter->fillRect(option.rect, theme::color(selected ? (anyHasFocus(option.widget) ? Token::Selection : Token::Selection2) : Token::Window));
        const QRect square(option.rect.center().x() - glyphSize / 2, option.rect.top() + (option.rect.height() - glyphSize) / 2, glyphSize, glyphSize);
        paintGlyph(*painter, square, glyphFromName(index.data(models::role::Glyph).toString()));
        painter->restore();
        return;
    }
    const bool changed = index.data(SidesModel::CellChanged).toBool();
    if (index.data(SidesModel::Missing).toBool()) {
        hatch(*painter, option.rect);
    } else {
        QColor ground = groundOf(state, changed, text);
        if (selected)
            ground = theme::color(anyHasFocus(option.widget) ? Token::Selection : Token::Selection2);
        if (ground.isValid())
            painter->fillRect(option.rect, ground);
        const QFont font = text ? theme::fixedFont() : option.font;
        const QFontMetrics metrics(font);
        painter->setFont(font);
        const QString words = shown(option.text);
        const QRect inner = option.rect.adjusted(padding, 0, -padding, 0);
        const QString line = text ? words : metrics.elidedText(words, Qt::ElideRight, inner.width());
        const bool right = option.displayAlignment & Qt::AlignRight;
        const int width = metrics.horizontalAdvance(line);
        const int left = right ? std::max(inner.left(), inner.right() + 1 - width) : inner.left();
        // What differs is framed; without ranges it is the whole.
        const auto mark = [&](int from, int until) {
            const int height = std::min(metrics.height() + 2, option.rect.height() - 2);
            const QRect frame(from - markPadding, option.rect.top() + (option.rect.height() - height) / 2, until - from + 2 * markPadding, height);
            paintFrame(*painter, frame, theme::color(Token::Warn), theme::color(Token::WarnGround), 1, 2);
        };
        const auto ranges = index.data(SidesModel::Marks).value<QList<compare::Range>>();
        if (changed && !text && !line.isEmpty())
            mark(left, left + width);
        for (const compare::Range& range : ranges)
            mark(left + metrics.horizontalAdvance(line.left(range.from)), left + metrics.horizontalAdvance(line.left(range.from + range.length)));
        painter->setPen(theme::color(index.data(models::role::Dim).toBool() && !selected ? Token::Text2 : Token::Text));
        painter->drawText(QRect(left, option.rect.top(), std::max(width + 2, inner.right() - left), option.rect.height()), int(Qt::AlignLeft | Qt::AlignVCenter) | Qt::TextSingleLine, line);
    }
    const auto* view = qobject_cast<const QAbstractItemView*>(option.widget);
    if (view && view->hasFocus() && view->window()->testAttribute(Qt::WA_KeyboardFocusChange) && view->currentIndex().row() == index.row()) {
        painter->fillRect(QRect(option.rect.left(), option.rect.top(), option.rect.width(), 1), theme::color(Token::Accent));
        painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), theme::color(Token::Accent));
    }
    painter->restore();
}

bool SideDelegate::helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& given, const QModelIndex& index)
{
    const SidesModel* model = sidesOf(index);
    if (!event || !view || event->type() != QEvent::ToolTip || !model)
        return QStyledItemDelegate::helpEvent(event, view, given, index);
    QString tip = index.data(Qt::ToolTipRole).toString();
    const QString text = index.data().toString();
    const QFontMetrics metrics(model->isText() ? theme::fixedFont() : view->font());
    if (tip.isEmpty() && metrics.horizontalAdvance(shown(text)) > view->visualRect(index).width() - 2 * padding)
        tip = text;
    if (tip.isEmpty())
        QToolTip::hideText();
    else
        QToolTip::showText(event->globalPos(), plainTip(tip), view, view->visualRect(index));
    return true;
}

} // namespace scalekeep::widgets
