#include "widgets/clusters/clusterdelegate.h"

#include "models/clusters/clustertree.h"
#include "widgets/common/delegates.h"
#include "widgets/common/motion.h"
#include "widgets/common/parts.h"
#include "widgets/common/style.h"
#include "widgets/common/theme.h"

#include <QAbstractItemView>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace scalekeep::widgets {

using models::ClusterItemKind;
using models::ClusterTreeModel;
using models::ConnectionState;
namespace role = models::role;
using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int iconSize = 16, clusterIcon = 20, glyphSize = 14, gap = 6, planWidth = 22, rightMargin = 8;

bool isCluster(const QModelIndex& index)
{
    return index.data(ClusterTreeModel::KindRole).toInt() == int(ClusterItemKind::Cluster);
}

bool wantsLogin(const QModelIndex& index)
{
    const int state = index.data(ClusterTreeModel::StateRole).toInt();
    return isCluster(index) && (state == int(ConnectionState::LoginExpired) || state == int(ConnectionState::LoggedOut));
}

QFont strong(QFont font)
{
    font.setWeight(QFont::DemiBold);
    return font;
}

QFont chipFont()
{
    QFont font = theme::smallFont();
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * 11 / 12);
    font.setWeight(QFont::DemiBold);
    return font;
}

/// Places of one row's parts.
struct Places {
    int left = 0;
    QRect icon, name, detail, glyph, plan;
    QString nameText, detailText;
    Qt::TextElideMode elide = Qt::ElideRight;
};

Places placesOf(const QRect& row, const QFont& font, const QModelIndex& index)
{
    Places places;
    const QFontMetrics metrics(font);
    const int kind = index.data(ClusterTreeModel::KindRole).toInt();
    if (kind == int(ClusterItemKind::Detail) || kind == int(ClusterItemKind::Route))
        places.elide = Qt::ElideMiddle;
    const int middle = row.top() + (row.height() - iconSize) / 2;
    int left = row.left() + ClusterDelegate::shift;
    places.left = left;
    if (!index.data(role::Icon).toString().isEmpty()) {
        places.icon = QRect(left, middle, iconSize, iconSize);
        left += iconSize + gap;
    }
    places.plan = QRect(row.right() + 1 - planWidth, row.top() + (row.height() - glyphSize) / 2, glyphSize, glyphSize);
    const int right = places.plan.left() - 4;
    places.nameText = index.data(Qt::DisplayRole).toString();
    places.detailText = index.data(ClusterTreeModel::DetailRole).toString();
    const int glyph = index.data(role::Glyph).toString().isEmpty() ? 0 : glyphSize + gap;
    const int room = std::max(0, right - left - glyph), between = places.detailText.isEmpty() ? 0 : 8;
    const int nameWidth = metrics.horizontalAdvance(places.nameText) + 1, detailWidth = metrics.horizontalAdvance(places.detailText) + 1;
    // The name comes first. A value that only a few letters of could be shown is left to the tool tip.
    const int least = std::min(detailWidth, metrics.averageCharWidth() * 8);
    int name = std::min(nameWidth, std::max(room - between - detailWidth, room * 6 / 10));
    int detail = std::max(0, std::min(detailWidth, room - name - between));
    if (name < nameWidth && nameWidth <= room && room - between - nameWidth >= least) {
        name = nameWidth;
        detail = room - between - nameWidth;
    } else if (detail < least || (name < nameWidth && detail < detailWidth && places.elide == Qt::ElideRight)) {
        name = std::min(nameWidth, room);
        detail = 0;
    }
    places.name = QRect(left, row.top(), name, row.height());
    places.detail = QRect(right - detail, row.top(), detail, row.height());
    if (glyph > 0)
        places.glyph = QRect(right - detail - (detail > 0 ? gap : 0) - glyphSize, row.top() + (row.height() - glyphSize) / 2, glyphSize, glyphSize);
    return places;
}

struct ClusterPlaces { QRect icon, name, chip, subtitle, glyph; };

ClusterPlaces clusterPlacesOf(const QRect& row, const QFont& font, const QModelIndex& index)
{
    ClusterPlaces places;
    const QFontMetrics bold(strong(font)), small(theme::smallFont());
    int left = row.left() + ClusterDelegate::shift;
    places.icon = QRect(left, row.top() + (row.height() - clusterIcon) / 2, clusterIcon, clusterIcon);
    left += clusterIcon + gap;
    int right = row.right() + 1 - rightMargin;
    if (!index.data(role::Glyph).toString().isEmpty()) {
        places.glyph = QRect(right - iconSize, row.top() + (row.height() - iconSize) / 2, iconSize, iconSize);
        right -= iconSize + gap;
    }
    const int height = bold.height() + small.height() + 1;
    const int top = row.top() + (row.height() - height) / 2;
    const QString word = index.data(ClusterTreeModel::ProductionRole).toBool() ? ClusterDelegate::tr("Production") : QString();
    const int chip = word.isEmpty() ? 0 : QFontMetrics(chipFont()).horizontalAdvance(word) + 14;
    const int room = std::max(0, right - left - (chip > 0 ? chip + 8 : 0));
    const int name = std::min(room, bold.horizontalAdvance(index.data(Qt::DisplayRole).toString()) + 1);
    places.name = QRect(left, top, name, bold.height());
    if (chip > 0)
        places.chip = QRect(left + name + 8, top - 1, std::min(chip, std::max(0, right - left - name - 8)), std::max(18, bold.height()));
    places.subtitle = QRect(left, top + bold.height() + 1, std::max(0, right - left), small.height());
    return places;
}
} // namespace

void ClusterDelegate::paintCluster(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index)
{
    const ClusterPlaces places = clusterPlacesOf(option.rect, option.font, index);
    const QColor colour = theme::clusterColour(index.data(ClusterTreeModel::ColourRole).toString());
    painter.fillRect(QRect(0, option.rect.top(), 4, option.rect.height()), colour);
    const bool connected = index.data(ClusterTreeModel::StateRole).toInt() == int(ConnectionState::Connected);
    paintIcon(painter, places.icon, u"cluster"_s, theme::color(connected ? Token::Text : Token::Text2));
    painter.setFont(strong(option.font));
    painter.setPen(theme::color(Token::Text));
    painter.drawText(places.name, int(Qt::AlignVCenter) | Qt::TextSingleLine, QFontMetrics(painter.font()).elidedText(index.data(Qt::DisplayRole).toString(), Qt::ElideRight, places.name.width()));
    if (!places.chip.isEmpty()) {
        paintFrame(painter, places.chip, colour, Qt::transparent, 1, places.chip.height() / 2.0);
        painter.setFont(chipFont());
        painter.setPen(colour);
        painter.drawText(places.chip, int(Qt::AlignCenter) | Qt::TextSingleLine, QFontMetrics(painter.font()).elidedText(tr("Production"), Qt::ElideRight, places.chip.width() - 8));
    }
    painter.setFont(theme::smallFont());
    painter.setPen(theme::color(wantsLogin(index) ? Token::Accent : connected ? Token::Text2 : Token::Warn));
    painter.drawText(places.subtitle, int(Qt::AlignVCenter) | Qt::TextSingleLine, QFontMetrics(painter.font()).elidedText(index.data(ClusterTreeModel::SubtitleRole).toString(), Qt::ElideRight, places.subtitle.width()));
    const Glyph glyph = glyphFromName(index.data(role::Glyph).toString());
    if (glyph != Glyph::None)
        paintGlyph(painter, places.glyph, glyph, glyph == Glyph::Running ? motion::turn() : 0);
}

void ClusterDelegate::paintRow(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index)
{
    const Places places = placesOf(option.rect, option.font, index);
    const bool selected = option.state & QStyle::State_Selected, dim = index.data(role::Dim).toBool();
    if (!places.icon.isEmpty())
        paintIcon(painter, places.icon, index.data(role::Icon).toString(), theme::color(selected ? Token::Text : Token::Text2));
    const QFontMetrics metrics(option.font);
    painter.setFont(option.font);
    painter.setPen(theme::color(dim && !selected ? Token::Text2 : Token::Text));
    painter.drawText(places.name, int(Qt::AlignVCenter) | Qt::TextSingleLine, metrics.elidedText(places.nameText, Qt::ElideRight, places.name.width()));
    const Glyph glyph = glyphFromName(index.data(role::Glyph).toString());
    const bool warns = glyph == Glyph::Warning && index.data(ClusterTreeModel::KindRole).toInt() != int(ClusterItemKind::Namespace);
    painter.setPen(theme::color(warns ? Token::Warn : selected ? Token::Text : Token::Text2));
    painter.drawText(places.detail, int(Qt::AlignVCenter | Qt::AlignRight) | Qt::TextSingleLine, metrics.elidedText(places.detailText, places.elide, places.detail.width()));
    if (glyph != Glyph::None)
        paintGlyph(painter, places.glyph, glyph, glyph == Glyph::Running ? motion::turn() : 0);
    if (index.data(ClusterTreeModel::PlannedRole).toBool())
        paintIcon(painter, places.plan, u"backup"_s, theme::color(Token::Accent));
}

void ClusterDelegate::paint(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const
{
    QStyleOptionViewItem option = given;
    initStyleOption(&option, index);
    painter->save();
    if (isCluster(index))
        paintCluster(*painter, option, index);
    else
        paintRow(*painter, option, index);
    painter->restore();
    if (index.data(role::Glyph).toString() == u"running") {
        if (const auto* view = qobject_cast<const QAbstractItemView*>(option.widget))
            motion::repaint(view->viewport(), option.rect);
    }
}

QSize ClusterDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    // One width for all: the tree's column is as wide as the tree, and texts elide.
    if (isCluster(index))
        return {120, std::max(44, QFontMetrics(strong(option.font)).height() + QFontMetrics(theme::smallFont()).height() + 9)};
    return {120, theme::rowHeight() - 2};
}

QRect ClusterDelegate::contentRect(const QRect& row, const QFont& font, const QModelIndex& index)
{
    if (isCluster(index)) {
        const ClusterPlaces places = clusterPlacesOf(row, font, index);
        const int width = std::min(places.subtitle.width(), QFontMetrics(theme::smallFont()).horizontalAdvance(index.data(ClusterTreeModel::SubtitleRole).toString()));
        return places.icon | places.name | places.chip | QRect(places.subtitle.topLeft(), QSize(width, places.subtitle.height()));
    }
    const Places places = placesOf(row, font, index);
    return QRect(places.left, row.top(), places.name.right() + 1 - places.left, row.height());
}

QRect ClusterDelegate::linkRect(const QRect& row, const QFont& font, const QModelIndex& index)
{
    if (!wantsLogin(index))
        return {};
    const QRect line = clusterPlacesOf(row, font, index).subtitle;
    const int width = QFontMetrics(theme::smallFont()).horizontalAdvance(index.data(ClusterTreeModel::SubtitleRole).toString());
    return QRect(line.topLeft(), QSize(std::min(line.width(), width), line.height()));
}

bool ClusterDelegate::helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option, const QModelIndex& index)
{
    if (!event || !view || event->type() != QEvent::ToolTip || !index.isValid())
        return QStyledItemDelegate::helpEvent(event, view, option, index);
    QStringList lines;
    if (!isCluster(index)) {
        const Places places = placesOf(option.rect, option.font, index);
        const QFontMetrics metrics(option.font);
        if (metrics.horizontalAdvance(places.nameText) > places.name.width() || metrics.horizontalAdvance(places.detailText) > places.detail.width())
            lines.append(places.detailText.isEmpty() ? places.nameText : places.nameText + u": "_s + places.detailText);
        if (places.plan.adjusted(-4, -6, 10, 6).contains(event->pos()) && index.data(ClusterTreeModel::PlannedRole).toBool())
            lines = QStringList{tr("In the plan")};
    }
    if (const QString tip = index.data(Qt::ToolTipRole).toString(); !tip.isEmpty() && !lines.contains(tip))
        lines.append(tip);
    if (lines.isEmpty())
        QToolTip::hideText();
    else
        QToolTip::showText(event->globalPos(), plainTip(lines.join(u'\n')), view, option.rect);
    return true;
}

} // namespace scalekeep::widgets
