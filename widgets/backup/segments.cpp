#include "widgets/backup/segments.h"

#include "widgets/common/theme.h"

#include <QPainter>

namespace scalekeep::widgets {

namespace {
constexpr int barHeight = 10, gap = 3, most = 40;
}

Segments::Segments(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    set(0, 0);
}

void Segments::set(int covered, int expected)
{
    m_expected = std::clamp(expected, 0, most);
    m_covered = std::clamp(covered, 0, m_expected);
    setAccessibleName(tr("%1 of %2 components are in the plan").arg(covered).arg(expected));
    setToolTip(accessibleName());
    update();
}

QSize Segments::sizeHint() const
{
    return {120, barHeight};
}

void Segments::paintEvent(QPaintEvent* /*event*/)
{
    if (m_expected == 0)
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double size = (width() - gap * (m_expected - 1)) / double(m_expected);
    for (int i = 0; i < m_expected; ++i) {
        const int at = layoutDirection() == Qt::RightToLeft ? m_expected - 1 - i : i;
        const QRectF rect(at * (size + gap), 0, size, height());
        if (i < m_covered) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(theme::color(Token::BarFill));
            painter.drawRoundedRect(rect, 1, 1);
        } else {
            painter.setPen(QPen(theme::color(Token::Warn), 1.5, Qt::CustomDashLine));
            QPen pen = painter.pen();
            pen.setDashPattern({2.5, 2});
            painter.setPen(pen);
            painter.setBrush(Qt::NoBrush);
            painter.drawRect(rect.adjusted(0.75, 0.75, -0.75, -0.75));
        }
    }
}

} // namespace scalekeep::widgets
