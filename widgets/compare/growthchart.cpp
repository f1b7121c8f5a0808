#include "widgets/compare/growthchart.h"

#include "models/common/format.h"
#include "widgets/common/parts.h"
#include "widgets/common/style.h"
#include "widgets/common/theme.h"

#include <QHelpEvent>
#include <QMenu>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::GrowthModel;

namespace {
constexpr int reach = 14, dot = 4, badge = 16;

/// A round number of bytes at or above what is needed.
qint64 roundUp(qint64 bytes)
{
    qint64 unit = 1;
    while (unit * 1000 < bytes)
        unit *= 1024;
    for (const qint64 step : {1, 2, 4, 5, 8, 10, 20, 40, 50, 80, 100, 200, 400, 500, 800, 1000}) {
        if (step * unit >= bytes)
            return step * unit;
    }
    return bytes;
}
} // namespace

GrowthChart::GrowthChart(GrowthModel& model, QWidget* parent) : QWidget(parent), m_model(model)
{
    setObjectName(u"growth"_s);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(&model, &GrowthModel::changed, this, &GrowthChart::follow);
    follow();
}

void GrowthChart::follow()
{
    qint64 most = 1;
    for (const compare::TimePoint& point : m_model.points())
        most = std::max(most, point.bytes);
    m_top = roundUp(most);
    const int count = m_model.rowCount();
    m_current = std::clamp(m_current < 0 ? count - 1 : m_current, -1, count - 1);
    m_hover = -1;
    setAccessibleName(m_model.title().isEmpty() ? tr("Growth") : tr("Growth of %1").arg(m_model.title()));
    setAccessibleDescription(count == 0 ? tr("No bundles of this installation in the list.") : m_model.text());
    update();
}

void GrowthChart::setSides(const QString& bundleA, const QString& bundleB)
{
    m_sides[0] = bundleA;
    m_sides[1] = bundleB;
    update();
}

QColor GrowthChart::colourOf(int band)
{
    static const QStringList names{u"blue"_s, u"teal"_s, u"violet"_s, u"orange"_s, u"magenta"_s, u"grey"_s};
    return theme::clusterColour(names.value(band, names.last()));
}

QSize GrowthChart::sizeHint() const
{
    return {560, 132};
}

QSize GrowthChart::minimumSizeHint() const
{
    return {260, fontMetrics().height() * 2 + 56};
}

QRect GrowthChart::plot() const
{
    const QFontMetrics small(theme::smallFont());
    return rect().adjusted(small.horizontalAdvance(u"999.9 MiB"_s) + 18, badge + 6, -24, -small.height() - 10);
}

double GrowthChart::xOf(int point) const
{
    const QRect area = plot();
    const auto& points = m_model.points();
    const qint64 from = points.first().when.toSecsSinceEpoch(), until = points.last().when.toSecsSinceEpoch();
    if (points.size() == 1 || until <= from)
        return area.left() + area.width() / 2.0;
    return area.left() + double(points.at(point).when.toSecsSinceEpoch() - from) / double(until - from) * area.width();
}

QPoint GrowthChart::placeOf(int point) const
{
    const QRect area = plot();
    return {int(xOf(point)), area.bottom() - int(double(m_model.points().at(point).bytes) / double(m_top) * area.height())};
}

int GrowthChart::pointAt(const QPoint& at) const
{
    int nearest = -1;
    for (int point = 0; point < m_model.rowCount(); ++point) {
        const int distance = std::abs(placeOf(point).x() - at.x());
        if (distance <= reach && (nearest < 0 || distance < std::abs(placeOf(nearest).x() - at.x())))
            nearest = point;
    }
    return nearest;
}

void GrowthChart::paintBands(QPainter& painter, const QRect& area) const
{
    const int count = m_model.rowCount(), bands = int(m_model.bands().size()) + (m_model.hasRest() ? 1 : 0);
    std::vector<double> below(size_t(count), double(area.bottom()));
    painter.setPen(Qt::NoPen);
    for (int band = 0; band < bands; ++band) {
        std::vector<double> above(below);
        for (int point = 0; point < count; ++point)
            above[size_t(point)] -= double(m_model.bytes(point, band)) / double(m_top) * area.height();
        QColor colour = colourOf(band);
        if (count == 1) {
            painter.fillRect(QRectF(area.center().x() - 24, above[0], 48, below[0] - above[0]), colour);
        } else {
            QPainterPath path(QPointF(xOf(0), above[0]));
            for (int point = 1; point < count; ++point)
                path.lineTo(xOf(point), above[size_t(point)]);
            for (int point = count - 1; point >= 0; --point)
                path.lineTo(xOf(point), below[size_t(point)]);
            painter.fillPath(path, colour);
        }
        below = above;
    }
}

void GrowthChart::paintAxes(QPainter& painter, const QRect& area) const
{
    const QFontMetrics small(theme::smallFont());
    painter.setFont(theme::smallFont());
    for (const int step : {0, 1, 2}) {
        const int y = area.bottom() - step * area.height() / 2;
        painter.fillRect(QRect(area.left() - 6, y, area.width() + 12, 1), theme::color(Token::Line));
        painter.setPen(theme::color(Token::Text2));
        painter.drawText(QRect(0, y - small.height() / 2, area.left() - 12, small.height()), int(Qt::AlignRight | Qt::AlignVCenter), models::formatBytes(m_top / 2 * step));
    }
    // Times of as many points as there is room for; that of the current one always.
    int free = 0;
    for (int point = 0; point < m_model.rowCount(); ++point) {
        const QString text = models::formatMoment(m_model.points().at(point).when);
        const int wide = small.horizontalAdvance(text), left = std::clamp(int(xOf(point)) - wide / 2, 2, std::max(2, width() - wide - 2));
        if (left < free)
            continue;
        painter.setPen(theme::color(Token::Text2));
        painter.drawText(QRect(left, area.bottom() + 5, wide + 2, small.height()), int(Qt::AlignLeft | Qt::AlignVCenter), text);
        free = left + wide + 12;
    }
}

void GrowthChart::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_model.rowCount() == 0) {
        painter.setPen(theme::color(Token::Text2));
        painter.drawText(rect(), int(Qt::AlignCenter) | Qt::TextWordWrap, tr("No bundles of this installation in the list."));
        return;
    }
    const QRect area = plot();
    paintAxes(painter, area);
    paintBands(painter, area);
    for (int point = 0; point < m_model.rowCount(); ++point) {
        const QPoint at = placeOf(point);
        const bool strong = point == m_hover || (hasFocus() && point == m_current);
        painter.setPen(QPen(theme::color(Token::Base), 2));
        painter.setBrush(theme::color(strong ? Token::Accent : Token::Text));
        painter.drawEllipse(at, dot + (strong ? 2 : 0), dot + (strong ? 2 : 0));
        for (const int side : {0, 1}) {
            if (m_sides[side].isEmpty() || m_model.points().at(point).bundle != m_sides[side])
                continue;
            const QRect box(at.x() - badge / 2 + (m_sides[0] == m_sides[1] ? side * (badge + 2) : 0), std::max(2, at.y() - badge - dot - 4), badge, badge);
            paintFrame(painter, box, theme::color(Token::Line2), theme::color(Token::Base));
            QFont bold = theme::smallFont();
            bold.setWeight(QFont::DemiBold);
            painter.setFont(bold);
            painter.setPen(theme::color(Token::Text));
            painter.drawText(box, Qt::AlignCenter, side == 0 ? u"A"_s : u"B"_s);
        }
    }
    if (hasFocus())
        paintFrame(painter, rect().adjusted(1, 1, -1, -1), theme::color(Token::Accent), Qt::transparent, 1);
}

void GrowthChart::setCurrent(int point)
{
    if (point < 0 || point >= m_model.rowCount() || point == m_current)
        return;
    m_current = point;
    // Who does not see the chart hears the point.
    setAccessibleDescription(m_model.text().section(u'\n', point, point));
    update();
}

void GrowthChart::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left: setCurrent(m_current - 1); return;
    case Qt::Key_Right: setCurrent(m_current + 1); return;
    case Qt::Key_Home: setCurrent(0); return;
    case Qt::Key_End: setCurrent(m_model.rowCount() - 1); return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (m_current >= 0)
            Q_EMIT chosen(m_model.points().at(m_current).bundle, event->modifiers() & Qt::ShiftModifier);
        return;
    default: QWidget::keyPressEvent(event);
    }
}

void GrowthChart::mousePressEvent(QMouseEvent* event)
{
    const int point = pointAt(event->position().toPoint());
    if (event->button() != Qt::LeftButton || point < 0)
        return;
    setCurrent(point);
    Q_EMIT chosen(m_model.points().at(point).bundle, event->modifiers() & Qt::ShiftModifier);
}

void GrowthChart::mouseMoveEvent(QMouseEvent* event)
{
    const int point = pointAt(event->position().toPoint());
    if (point != m_hover) {
        m_hover = point;
        setCursor(point < 0 ? Qt::ArrowCursor : Qt::PointingHandCursor);
        update();
    }
}

void GrowthChart::leaveEvent(QEvent*)
{
    m_hover = -1;
    update();
}

void GrowthChart::contextMenuEvent(QContextMenuEvent* event)
{
    const int point = event->reason() == QContextMenuEvent::Mouse ? pointAt(event->pos()) : m_current;
    if (point < 0)
        return;
    const QString bundle = m_model.points().at(point).bundle;
    QMenu menu(this);
    menu.addAction(tr("Compare from here (A)"), this, [this, bundle] { Q_EMIT chosen(bundle, true); });
    menu.addAction(tr("Compare to here (B)"), this, [this, bundle] { Q_EMIT chosen(bundle, false); });
    menu.exec(event->reason() == QContextMenuEvent::Mouse ? event->globalPos() : mapToGlobal(placeOf(point)));
}

bool GrowthChart::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        const int point = pointAt(help->pos());
        if (point >= 0)
            QToolTip::showText(help->globalPos(), plainTip(m_model.text().section(u'\n', point, point).replace(u", "_s, u"\n"_s) + u'\n' + tr("Click to compare with it, with Shift as the base")), this);
        else
            QToolTip::hideText();
        return true;
    }
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut)
        update();
    return QWidget::event(event);
}

} // namespace scalekeep::widgets
