#include "widgets/common/delegates.h"
#include "widgets/common/motion.h"
#include "widgets/common/parts.h"
#include "widgets/common/style.h"
#include "widgets/common/theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

/// Parts that only show something: elided text, glyphs, chips, thin bars.
namespace scalekeep::widgets {

ElidedLabel::ElidedLabel(const QString& text, Qt::TextElideMode mode, QWidget* parent) : QLabel(text, parent), m_mode(mode)
{
    setTextFormat(Qt::PlainText);
    QSizePolicy policy = sizePolicy();
    policy.setHorizontalPolicy(QSizePolicy::Preferred);
    setSizePolicy(policy);
}

QSize ElidedLabel::minimumSizeHint() const
{
    return {std::min(QLabel::minimumSizeHint().width(), fontMetrics().averageCharWidth() * 4), QLabel::minimumSizeHint().height()};
}

void ElidedLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, foregroundRole()));
    const QRect place = contentsRect().adjusted(margin(), margin(), -margin(), -margin());
    QString line = text();
    line.replace(QLatin1Char('\n'), QLatin1Char(' '));
    painter.drawText(place, int(QStyle::visualAlignment(layoutDirection(), alignment()) & (Qt::AlignHorizontal_Mask | Qt::AlignVertical_Mask)) | Qt::TextSingleLine,
        fontMetrics().elidedText(line, m_mode, place.width()));
}

bool ElidedLabel::event(QEvent* event)
{
    // A tool tip of its own comes first; the full text only when it is cut.
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty()) {
        const auto* help = static_cast<QHelpEvent*>(event);
        if (fontMetrics().horizontalAdvance(text()) > contentsRect().width() - 2 * margin())
            QToolTip::showText(help->globalPos(), plainTip(text()), this);
        else
            QToolTip::hideText();
        return true;
    }
    return QLabel::event(event);
}

GlyphLabel::GlyphLabel(const QString& glyphName, int size, QWidget* parent) : QWidget(parent)
{
    setFixedSize(size, size);
    setGlyph(glyphName);
}

void GlyphLabel::setGlyph(const QString& name)
{
    m_name = name;
    const QString title = glyphName(glyphFromName(name));
    setAccessibleName(title);
    setToolTip(title);
    update();
}

void GlyphLabel::paintEvent(QPaintEvent*)
{
    const Glyph glyph = glyphFromName(m_name);
    QPainter painter(this);
    paintGlyph(painter, rect(), glyph, glyph == Glyph::Running ? motion::turn() : 0);
    if (glyph == Glyph::Running)
        motion::repaint(this, rect());
}

Chip::Chip(QWidget* parent) : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    QFont font = theme::smallFont();
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * 11 / 12);
    else
        font.setPixelSize(std::max(11, font.pixelSize() * 11 / 12));
    font.setWeight(QFont::DemiBold);
    setFont(font);
    hide();
}

void Chip::set(const QString& text, const QColor& colour)
{
    m_colour = colour;
    setText(text.left(64));
    setShown(*this, !text.isEmpty());
    updateGeometry();
    update();
}

void Chip::paintEvent(QPaintEvent*)
{
    const QColor colour = theme::inCurrentTheme(m_colour);
    QPainter painter(this);
    paintFrame(painter, rect(), colour, Qt::transparent, 1, height() / 2.0);
    painter.setPen(colour);
    painter.drawText(rect(), Qt::AlignCenter | Qt::TextSingleLine, text());
}

QSize Chip::sizeHint() const
{
    return {fontMetrics().horizontalAdvance(text()) + 14, std::max(18, fontMetrics().height() + 4)};
}

QSize Chip::minimumSizeHint() const
{
    return sizeHint();
}

ThinProgress::ThinProgress(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setPercent(0);
}

void ThinProgress::setPercent(int percent)
{
    m_percent = std::min(percent, 100);
    setAccessibleName(tr("Progress"));
    setAccessibleDescription(percent < 0 ? tr("Not known yet") : tr("%1 %").arg(m_percent));
    update();
}

QSize ThinProgress::sizeHint() const
{
    return {120, 8};
}

void ThinProgress::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    QRect bar(0, 0, width(), std::min(height(), 12));
    bar.moveTop((height() - bar.height()) / 2);
    paintFrame(painter, bar, Qt::transparent, theme::color(Token::BarGround), 1, 2);
    if (m_percent <= 0)
        return;
    QRect filled = bar;
    filled.setWidth(std::max(1, bar.width() * m_percent / 100));
    painter.setClipRect(QStyle::visualRect(layoutDirection(), bar, filled));
    paintFrame(painter, bar, Qt::transparent, theme::color(Token::BarFill), 1, 2);
}

} // namespace scalekeep::widgets
