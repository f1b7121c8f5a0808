#include "widgets/common/icons.h"
#include "widgets/common/style.h"
#include "widgets/common/theme.h"

#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QStyleOption>

#include <tuple>

/// The controls that Style draws itself.
namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

void paintFrame(QPainter& painter, const QRect& rect, const QColor& line, const QColor& ground, double width, double radius)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const bool framed = line.alpha() > 0;
    painter.setPen(framed ? QPen(line, width) : QPen(Qt::NoPen));
    painter.setBrush(ground.alpha() > 0 ? QBrush(ground) : QBrush(Qt::NoBrush));
    const double inset = framed ? width / 2 : 0;
    painter.drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), radius, radius);
    painter.restore();
}

void setShown(QWidget& widget, bool shown)
{
    if (!shown)
        widget.hide();
    else if (widget.parentWidget())
        widget.show();
    else
        widget.setAttribute(Qt::WA_WState_ExplicitShowHide, false); // appears with its parent
}

void Style::drawButton(const QStyleOptionButton& option, QPainter& painter, const QWidget* widget) const
{
    using theme::color;
    const QString kind = widget ? widget->property("kind").toString() : QString();
    const bool enabled = option.state & State_Enabled;
    const bool focused = option.state & State_HasFocus;
    const bool hover = enabled && (option.state & State_MouseOver);
    const bool down = enabled && (option.state & (State_Sunken | State_On));
    const bool on = enabled && (option.state & State_On); // a switch: what it shows is shown
    const bool filled = enabled && (kind == "primary"_L1 || kind == "danger"_L1);
    const bool flat = kind == "flat"_L1 || (option.features & QStyleOptionButton::Flat);
    const bool boldText = kind == "primary"_L1 || kind == "danger"_L1;

    if (filled) {
        QColor ground = color(kind == "danger"_L1 ? Token::ErrFill : Token::AccentFill);
        if (down)
            ground = ground.darker(118);
        else if (hover)
            ground = ground.darker(108);
        if (focused) {
            paintFrame(painter, option.rect, color(Token::Accent), color(Token::Base), 2, 4);
            paintFrame(painter, option.rect.adjusted(3, 3, -3, -3), Qt::transparent, ground, 1, 2);
        } else {
            paintFrame(painter, option.rect, ground, ground);
        }
    } else {
        QColor ground = flat ? QColor(Qt::transparent) : color(enabled ? Token::Base : Token::Window);
        if (on)
            ground = color(Token::Selection);
        else if (down || (flat && hover))
            ground = color(Token::Selection2);
        else if (hover)
            ground = color(Token::Alt);
        const QColor line = flat ? QColor(Qt::transparent) : color(on ? Token::Accent : enabled ? Token::Line2 : Token::Line);
        paintFrame(painter, option.rect, focused ? color(Token::Accent) : line, ground, focused ? 2 : 1);
    }

    const QColor ink = color(filled ? Token::OnAccent : enabled ? Token::Text : Token::Off);
    painter.save();
    QFont font = painter.font();
    if (boldText)
        font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    const QFontMetrics metrics(font);
    const bool menu = option.features & QStyleOptionButton::HasMenu;
    const QRect inner = option.rect.adjusted(4, 0, menu ? -22 : -4, 0);
    const int icon = option.icon.isNull() ? 0 : option.iconSize.width();
    const int gap = icon > 0 && !option.text.isEmpty() ? 6 : 0;
    const QString text = metrics.elidedText(option.text, Qt::ElideRight, inner.width() - icon - gap, Qt::TextShowMnemonic);
    const int width = icon + gap + metrics.size(Qt::TextShowMnemonic, text).width();
    // A menu's button reads from the left, like a combo box.
    QRect content(inner.left() + (inner.width() - width) / 2, inner.top(), width, inner.height());
    if (option.direction == Qt::RightToLeft)
        content = visualRect(option.direction, option.rect, content);
    if (icon > 0) {
        QRect square(content.left(), content.top() + (content.height() - option.iconSize.height()) / 2, icon, option.iconSize.height());
        if (option.direction == Qt::RightToLeft)
            square.moveRight(content.right());
        if (option.icon.name().isEmpty())
            option.icon.paint(&painter, square, Qt::AlignCenter, enabled ? QIcon::Normal : QIcon::Disabled);
        else
            paintIcon(painter, square, option.icon.name(), ink);
    }
    if (!text.isEmpty()) {
        painter.setPen(ink);
        const QRect place = option.direction == Qt::RightToLeft ? content.adjusted(0, 0, -icon - gap, 0) : content.adjusted(icon + gap, 0, 0, 0);
        const int underline = styleHint(SH_UnderlineShortcut, &option, widget) ? Qt::TextShowMnemonic : Qt::TextHideMnemonic;
        painter.drawText(place, Qt::AlignCenter | Qt::TextSingleLine | underline, text);
    }
    if (menu)
        paintIcon(painter, QRect(option.rect.right() - 20, option.rect.center().y() - 5, 12, 12), u"chevron-down"_s, filled ? ink : color(enabled ? Token::Text2 : Token::Off));
    painter.restore();
}

void Style::drawComboBox(const QStyleOptionComboBox& option, QPainter& painter) const
{
    using theme::color;
    const bool enabled = option.state & State_Enabled;
    const bool focused = option.state & State_HasFocus;
    if (option.frame)
        paintFrame(painter, option.rect, color(!enabled ? Token::Line : focused ? Token::Accent : Token::Line2), color(enabled ? Token::Base : Token::Window), focused ? 2 : 1);
    QRect arrow(option.rect.right() - 20, option.rect.center().y() - 5, 12, 12);
    paintIcon(painter, visualRect(option.direction, option.rect, arrow), u"chevron-down"_s, color(enabled ? Token::Text2 : Token::Off));
}

void Style::drawSpinBox(const QStyleOptionSpinBox& option, QPainter& painter, const QWidget* widget) const
{
    using theme::color;
    const bool enabled = option.state & State_Enabled;
    const bool focused = option.state & State_HasFocus;
    if (option.frame)
        paintFrame(painter, option.rect, color(!enabled ? Token::Line : focused ? Token::Accent : Token::Line2), color(enabled ? Token::Base : Token::Window), focused ? 2 : 1);
    for (const auto& [part, can, picture] : {std::tuple{SC_SpinBoxUp, QAbstractSpinBox::StepUpEnabled, u"chevron-up"_s}, {SC_SpinBoxDown, QAbstractSpinBox::StepDownEnabled, u"chevron-down"_s}}) {
        const QRect place = subControlRect(CC_SpinBox, &option, part, widget);
        if (!place.isValid() || option.buttonSymbols == QAbstractSpinBox::NoButtons)
            continue;
        if ((option.activeSubControls & part) && (option.state & State_Sunken))
            painter.fillRect(place.adjusted(1, 1, -1, -1), color(Token::Selection2));
        QRect square(0, 0, 10, 10);
        square.moveCenter(place.center());
        paintIcon(painter, square, picture, color(enabled && (option.stepEnabled & can) ? Token::Text2 : Token::Off));
    }
}

void Style::drawModeButton(const QStyleOptionToolButton& option, QPainter& painter) const
{
    using theme::color;
    const bool on = option.state & State_On;
    const bool enabled = option.state & State_Enabled;
    const bool hover = enabled && (option.state & State_MouseOver);
    const QRect rect = option.rect;
    if (on || hover)
        painter.fillRect(rect, color(on ? Token::Base : Token::Selection2));
    if (on)
        painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), color(Token::Accent));
    painter.fillRect(QRect(rect.right(), rect.top(), 1, rect.height()), color(Token::Line)); // the bar's edge
    const QColor ink = color(!enabled ? Token::Off : on ? Token::Accent : hover ? Token::Text : Token::Text2);
    painter.save();
    QFont font = theme::smallFont();
    font.setWeight(on ? QFont::DemiBold : QFont::Normal);
    painter.setFont(font);
    const int line = QFontMetrics(font).height();
    const int top = rect.top() + (rect.height() - 20 - 3 - line) / 2;
    QRect square(rect.center().x() - 9, top, 20, 20);
    if (option.icon.name().isEmpty())
        option.icon.paint(&painter, square, Qt::AlignCenter, enabled ? QIcon::Normal : QIcon::Disabled);
    else
        paintIcon(painter, square, option.icon.name(), ink);
    painter.setPen(ink);
    const QRect text(rect.left() + 3, top + 23, rect.width() - 4, line);
    painter.drawText(text, Qt::AlignCenter | Qt::TextHideMnemonic, QFontMetrics(font).elidedText(option.text, Qt::ElideRight, text.width(), Qt::TextShowMnemonic));
    if (option.state & State_HasFocus)
        paintFrame(painter, rect.adjusted(1, 1, -1, -1), color(Token::Accent), Qt::transparent, 2);
    painter.restore();
}

void Style::drawTab(const QStyleOptionTab& option, QPainter& painter) const
{
    using theme::color;
    const QRect rect = option.rect;
    if (option.state & State_Selected)
        painter.fillRect(QRect(rect.left(), rect.bottom() - 1, rect.width(), 2), color(Token::Accent));
    else if ((option.state & State_MouseOver) && (option.state & State_Enabled))
        painter.fillRect(QRect(rect.left(), rect.bottom() - 1, rect.width(), 2), color(Token::Line2));
    if (option.state & State_HasFocus)
        paintFrame(painter, rect.adjusted(1, 1, -1, -3), color(Token::Accent), Qt::transparent, 2);
}

void Style::drawHeaderSection(const QStyleOptionHeader& option, QPainter& painter) const
{
    using theme::color;
    const QRect rect = option.rect;
    painter.fillRect(rect, color(option.state & State_Sunken ? Token::Selection2 : Token::Window));
    if (option.orientation == Qt::Horizontal) {
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), color(Token::Line));
        if (option.position != QStyleOptionHeader::End && option.position != QStyleOptionHeader::OnlyOneSection)
            painter.fillRect(QRect(rect.right(), rect.top(), 1, rect.height()), color(Token::Line));
    } else {
        painter.fillRect(QRect(rect.right(), rect.top(), 1, rect.height()), color(Token::Line));
    }
}

void Style::drawProgress(ControlElement element, const QStyleOptionProgressBar& option, QPainter& painter) const
{
    using theme::color;
    if (element == CE_ProgressBarGroove) {
        paintFrame(painter, option.rect, Qt::transparent, color(Token::BarGround), 1, 2);
        return;
    }
    const qint64 span = qint64(option.maximum) - option.minimum;
    if (span <= 0)
        return; // busy, amount unknown: the empty groove, for nothing but the ring moves
    const double part = qBound(0.0, double(qint64(option.progress) - option.minimum) / double(span), 1.0);
    QRect filled = option.rect;
    filled.setWidth(static_cast<int>(filled.width() * part));
    paintFrame(painter, visualRect(option.direction, option.rect, filled), Qt::transparent, color(Token::BarFill), 1, 2);
}

void Style::drawCheck(PrimitiveElement element, const QStyleOption& option, QPainter& painter) const
{
    using theme::color;
    const bool enabled = option.state & State_Enabled;
    const bool on = option.state & State_On;
    const bool partly = option.state & State_NoChange;
    const bool round = element == PE_IndicatorRadioButton;
    QRect square(0, 0, 16, 16);
    square.moveCenter(option.rect.center());
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor fill = color(enabled ? Token::AccentFill : Token::Off);
    if (round) {
        const QRectF ring = QRectF(square).adjusted(0.5, 0.5, -0.5, -0.5);
        painter.setPen(on ? QPen(fill, 5) : QPen(color(enabled ? Token::Line2 : Token::Line), 1));
        painter.setBrush(color(enabled ? Token::Base : Token::Window));
        painter.drawEllipse(on ? QRectF(square).adjusted(2.5, 2.5, -2.5, -2.5) : ring);
    } else {
        const bool marked = on || partly;
        paintFrame(painter, square, marked ? fill : color(enabled ? Token::Line2 : Token::Line), marked ? fill : color(enabled ? Token::Base : Token::Window));
        painter.setPen(QPen(color(Token::OnAccent), 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        const QPointF at = square.topLeft();
        if (partly) {
            painter.drawLine(at + QPointF(4.5, 8), at + QPointF(11.5, 8));
        } else if (on) {
            QPainterPath tick;
            tick.moveTo(at + QPointF(4.2, 8.3));
            tick.lineTo(at + QPointF(6.9, 11));
            tick.lineTo(at + QPointF(11.8, 5.4));
            painter.setBrush(Qt::NoBrush);
            painter.drawPath(tick);
        }
    }
    painter.restore();
}

} // namespace scalekeep::widgets
