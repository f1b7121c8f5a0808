#include "widgets/restore/checkdelegate.h"

#include "models/common/roles.h"
#include "models/restore/checksmodel.h"
#include "widgets/common/delegates.h"
#include "widgets/common/parts.h"
#include "widgets/common/theme.h"

#include <QHelpEvent>
#include <QListView>
#include <QPainter>
#include <QStyle>
#include <QToolTip>

namespace scalekeep::widgets {

using models::ChecksModel;

namespace {
constexpr int margin = 10, glyphSize = 16, gap = 8;

int titleWidth(const QFontMetrics& metrics, int width)
{
    return std::min(metrics.averageCharWidth() * 19, width / 2);
}

QString evidenceOf(const QModelIndex& index)
{
    return index.siblingAtColumn(ChecksModel::Evidence).data().toString();
}

QString textOf(const QModelIndex& index)
{
    const QString remedy = index.data(ChecksModel::Remedy).toString();
    return remedy.isEmpty() ? evidenceOf(index) : evidenceOf(index) + u'\n' + remedy;
}

bool wraps(const QModelIndex& index)
{
    return index.data(ChecksModel::Wraps).toBool();
}
} // namespace

void CheckDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    painter->save();
    const QString ground = index.data(models::role::Ground).toString();
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    if (selected)
        painter->fillRect(option.rect, option.palette.brush(option.state.testFlag(QStyle::State_Active) ? QPalette::Active : QPalette::Inactive, QPalette::Highlight));
    else if (!ground.isEmpty())
        painter->fillRect(option.rect, theme::color(ground == u"err" ? Token::ErrGround : Token::WarnGround));
    const QFontMetrics metrics(option.font);
    const QRect inner = option.rect.adjusted(margin, 5, -margin, -4);
    paintGlyph(*painter, QRect(inner.left(), inner.top() + (metrics.height() - glyphSize) / 2, glyphSize, glyphSize), glyphFromName(index.data(models::role::Glyph).toString()));
    const int left = inner.left() + glyphSize + gap, title = titleWidth(metrics, inner.width());
    painter->setFont(option.font);
    painter->setPen(option.palette.color(selected ? QPalette::HighlightedText : QPalette::Text));
    painter->drawText(QRect(left, inner.top(), title, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(index.data().toString(), Qt::ElideRight, title));
    const QRect rest(left + title + gap, inner.top(), inner.right() - left - title - gap, inner.height());
    if (wraps(index)) {
        painter->drawText(rest, Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, textOf(index));
    } else {
        if (!selected)
            painter->setPen(theme::color(Token::Text2));
        painter->drawText(QRect(rest.left(), rest.top(), rest.width(), metrics.height()), Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(evidenceOf(index), Qt::ElideRight, rest.width()));
    }
    if (option.state.testFlag(QStyle::State_HasFocus)) {
        painter->setPen(theme::color(Token::Accent));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
    }
    painter->restore();
}

QSize CheckDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const QFontMetrics metrics(option.font);
    const auto* view = qobject_cast<const QListView*>(option.widget);
    // With the scroll bar, whether it is there or not: heights decide whether it comes.
    const int width = view ? view->width() - view->style()->pixelMetric(QStyle::PM_ScrollBarExtent, nullptr, view) : 340;
    int height = metrics.height();
    if (wraps(index)) {
        const int inner = width - 2 * margin;
        const int rest = inner - glyphSize - 2 * gap - titleWidth(metrics, inner);
        height = metrics.boundingRect(QRect(0, 0, std::max(60, rest), 100000), Qt::AlignLeft | Qt::TextWordWrap, textOf(index)).height();
    }
    return {100, std::max(theme::rowHeight(), height + 9)};
}

bool CheckDelegate::helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option, const QModelIndex& index)
{
    if (!event || !view || event->type() != QEvent::ToolTip || !index.isValid())
        return QStyledItemDelegate::helpEvent(event, view, option, index);
    QToolTip::showText(event->globalPos(), plainTip(index.data(Qt::ToolTipRole).toString()), view, option.rect);
    return true;
}

} // namespace scalekeep::widgets
