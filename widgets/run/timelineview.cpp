#include "widgets/run/timelineview.h"

#include "models/common/format.h"
#include "widgets/common/theme.h"

#include <QHBoxLayout>
#include <QHelpEvent>
#include <QLabel>
#include <QPainter>
#include <QToolTip>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using Kind = models::TimelineBar::Kind;

namespace {
constexpr int margin = 10, barHeight = 12;

QColor colourOf(Kind kind)
{
    switch (kind) {
    case Kind::Proven: return theme::color(Token::Ok);
    case Kind::Running: return theme::color(Token::BarFill);
    case Kind::Failed: return theme::color(Token::Err);
    case Kind::Undo: return theme::color(Token::Bar);
    case Kind::Expected: return theme::color(Token::Line2);
    }
    return {};
}

void paintBar(QPainter& painter, const QRectF& rect, Kind kind)
{
    const QRectF shown(rect.left(), rect.top(), std::max(rect.width(), 2.0), rect.height());
    if (kind == Kind::Expected) {
        painter.fillRect(shown, QBrush(theme::color(Token::Line), Qt::BDiagPattern));
        painter.setPen(colourOf(kind));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(shown.adjusted(0.5, 0.5, -0.5, -0.5));
        return;
    }
    painter.setPen(Qt::NoPen);
    painter.setBrush(colourOf(kind));
    painter.drawRoundedRect(shown, 1.5, 1.5);
}

class Swatch : public QWidget {
public:
    Swatch(Kind kind, QWidget* parent) : QWidget(parent), m_kind(kind) { setFixedSize(12, 10); }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        paintBar(painter, rect(), m_kind);
    }

private:
    Kind m_kind;
};
} // namespace

TimelineView::TimelineView(QWidget* parent) : QWidget(parent)
{
    setAccessibleName(tr("Timeline"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

QWidget* TimelineView::legend(QWidget* parent)
{
    auto* legend = new QWidget(parent);
    auto* layout = new QHBoxLayout(legend);
    layout->setContentsMargins(0, 0, 8, 0);
    layout->setSpacing(6);
    const QList<std::pair<Kind, QString>> entries{{Kind::Proven, tr("done")}, {Kind::Running, tr("running")}, {Kind::Undo, tr("undo")}, {Kind::Expected, tr("expected")}};
    for (const auto& [kind, text] : entries) {
        layout->addSpacing(6);
        layout->addWidget(new Swatch(kind, legend));
        auto* label = new QLabel(text);
        label->setForegroundRole(QPalette::PlaceholderText);
        label->setFont(theme::smallFont());
        layout->addWidget(label);
    }
    return legend;
}

void TimelineView::show(const models::Timeline& timeline)
{
    if (timeline == m_timeline)
        return;
    const bool otherRows = timeline.rows.size() != m_timeline.rows.size();
    m_timeline = timeline;
    setAccessibleDescription(models::timelineText(m_timeline));
    if (otherRows)
        updateGeometry();
    update();
}

int TimelineView::rowHeight() const
{
    const int least = fontMetrics().height() + 1, wanted = fontMetrics().height() + 14;
    const int rows = std::max<int>(int(m_timeline.rows.size()), 1);
    return std::clamp((height() - fontMetrics().height() - 16) / rows, least, wanted);
}

QSize TimelineView::minimumSizeHint() const
{
    return {260, int(std::min<qsizetype>(m_timeline.rows.size(), 5)) * (fontMetrics().height() + 1) + fontMetrics().height() + 16};
}

QSize TimelineView::sizeHint() const
{
    return {520, int(m_timeline.rows.size()) * (fontMetrics().height() + 1) + fontMetrics().height() + 24};
}

void TimelineView::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QFontMetrics metrics = fontMetrics();
    int names = 60;
    for (const models::TimelineRow& row : m_timeline.rows)
        names = std::max(names, metrics.horizontalAdvance(row.title) + 4);
    names = std::min(names, width() / 3);
    const int left = margin + names + 12, right = width() - margin - 8, axis = height() - metrics.height() - 8;
    const double scale = double(std::max(right - left, 1)) / double(std::max<qint64>(m_timeline.end, 1'000));
    const int each = rowHeight();
    for (qsizetype index = 0; index < m_timeline.rows.size(); ++index) {
        const int top = 4 + int(index) * each;
        if (top + each > axis + 2)
            break;
        painter.setPen(theme::color(Token::Text));
        const QString& title = m_timeline.rows[index].title;
        painter.drawText(QRect(margin, top, names, each), int(Qt::AlignVCenter | Qt::AlignLeft), metrics.elidedText(title, Qt::ElideRight, names));
        const double height = std::min(barHeight, each - 4);
        for (const models::TimelineBar& bar : m_timeline.rows[index].bars)
            paintBar(painter, {left + double(bar.from) * scale, top + (each - height) / 2, double(bar.to - bar.from) * scale, height}, bar.kind);
    }

    painter.setFont(theme::smallFont());
    const QFontMetrics small(theme::smallFont());
    painter.setPen(theme::color(Token::Line));
    painter.drawLine(left, axis, right, axis);
    const QString nowText = tr("now %1").arg(models::formatDuration(m_timeline.now));
    const int nowAt = left + int(double(m_timeline.now) * scale);
    const int nowWidth = small.horizontalAdvance(nowText) + 16;
    for (const qint64 tick : models::timelineTicks(m_timeline.end, std::max((right - left) / 60, 2))) {
        const int at = left + int(double(tick) * scale);
        const QString text = models::formatDuration(tick);
        const int half = small.horizontalAdvance(text) / 2 + 2;
        if (m_timeline.live && at + half > nowAt - nowWidth / 2 && at - half < nowAt + nowWidth / 2)
            continue;
        painter.setPen(theme::color(Token::Text2));
        painter.drawText(QRect(at - half, axis + 3, 2 * half, small.height()), int(Qt::AlignCenter), text);
    }
    if (!m_timeline.live)
        return;
    painter.setPen(theme::color(Token::Err));
    painter.drawLine(nowAt, 0, nowAt, axis);
    QFont bold = theme::smallFont();
    bold.setWeight(QFont::DemiBold);
    painter.setFont(bold);
    const int place = std::clamp(nowAt - nowWidth / 2, 0, std::max(width() - nowWidth, 0));
    painter.drawText(QRect(place, axis + 3, nowWidth, small.height()), int(Qt::AlignCenter), nowText);
}

bool TimelineView::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        const int row = (help->pos().y() - 4) / std::max(rowHeight(), 1);
        if (row >= 0 && row < m_timeline.rows.size())
            QToolTip::showText(help->globalPos(), m_timeline.rows[row].text.toHtmlEscaped(), this);
        else
            QToolTip::hideText();
        return true;
    }
    if (event->type() == QEvent::PaletteChange)
        update();
    return QWidget::event(event);
}

} // namespace scalekeep::widgets
