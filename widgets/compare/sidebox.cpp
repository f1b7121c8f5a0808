#include "widgets/compare/sidebox.h"

#include "models/common/components.h"
#include "widgets/common/icons.h"
#include "widgets/common/parts.h"
#include "widgets/common/style.h"
#include "widgets/common/theme.h"

#include <QAccessible>
#include <QDragEnterEvent>
#include <QHelpEvent>
#include <QMenu>
#include <QPainter>
#include <QToolTip>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int letterSize = 24, symbolSize = 20, chevron = 12, gap = 10;
}

models::CompareSide sideIn(const QMimeData* data)
{
    if (const QStringList bundles = models::bundlesIn(data); !bundles.isEmpty())
        return {bundles.first(), {}};
    if (const auto components = models::componentsIn(data); !components.isEmpty())
        return {{}, components.first().where};
    return {};
}

SideBox::SideBox(const QString& letter, QWidget* parent) : QAbstractButton(parent), m_letter(letter), m_menu(new QMenu(this))
{
    setObjectName(u"side"_s + letter);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setAcceptDrops(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(this, &QAbstractButton::clicked, this, &SideBox::open);
}

void SideBox::setSide(const models::SideText& text, const QColor& stripe)
{
    m_text = text;
    m_stripe = stripe;
    setAccessibleName(tr("%1: %2").arg(m_letter, text.title));
    setAccessibleDescription(text.line);
    setToolTip(plainTip((text.toolTip.isEmpty() ? text.title : text.toolTip) + u'\n' + tr("Press for a choice, or drop a bundle or a namespace here.")));
    update();
}

void SideBox::setDropText(const QString& text)
{
    m_dropText = text;
    update();
}

void SideBox::open()
{
    m_menu->setMinimumWidth(width());
    m_menu->popup(mapToGlobal(QPoint(0, height())));
}

QSize SideBox::sizeHint() const
{
    return {320, 2 * fontMetrics().height() + 10};
}

QSize SideBox::minimumSizeHint() const
{
    return {150, sizeHint().height()};
}

QRect SideBox::textRect() const
{
    return rect().adjusted(gap + letterSize + gap + symbolSize + gap, 0, -gap - chevron - 6, 0);
}

void SideBox::paintEvent(QPaintEvent*)
{
    using theme::color;
    QPainter painter(this);
    const bool accent = hasFocus() || !m_dropText.isEmpty();
    paintFrame(painter, rect(), color(accent ? Token::Accent : Token::Line2), color(isDown() || !m_dropText.isEmpty() ? Token::Selection : underMouse() ? Token::Alt : Token::Base), accent ? 2 : 1);
    if (m_stripe.isValid())
        painter.fillRect(QRect(2, 4, 4, height() - 8), theme::inCurrentTheme(m_stripe));
    const QRect letter(gap, (height() - letterSize) / 2, letterSize, letterSize);
    paintFrame(painter, letter, Qt::transparent, color(Token::BarGround));
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    painter.setFont(bold);
    painter.setPen(color(Token::Text));
    painter.drawText(letter, Qt::AlignCenter, m_letter);
    paintIcon(painter, QRect(letter.right() + gap, (height() - symbolSize) / 2, symbolSize, symbolSize), m_text.icon, color(Token::Text2));
    paintIcon(painter, QRect(width() - gap - chevron, (height() - chevron) / 2, chevron, chevron), u"chevron-down"_s, color(Token::Text2));

    const QRect text = textRect();
    const QFontMetrics large(bold), small(theme::smallFont());
    const int top = (height() - large.height() - small.height()) / 2;
    painter.drawText(QRect(text.left(), top, text.width(), large.height()), int(Qt::AlignLeft | Qt::AlignVCenter) | Qt::TextSingleLine, large.elidedText(m_text.title, Qt::ElideMiddle, text.width()));
    painter.setFont(theme::smallFont());
    painter.setPen(color(m_dropText.isEmpty() ? Token::Text2 : Token::Text));
    painter.drawText(QRect(text.left(), top + large.height(), text.width(), small.height()), int(Qt::AlignLeft | Qt::AlignVCenter) | Qt::TextSingleLine,
                     small.elidedText(m_dropText.isEmpty() ? m_text.line : m_dropText, Qt::ElideRight, text.width()));
}

void SideBox::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Down || event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        click();
    else
        QAbstractButton::keyPressEvent(event);
}

bool SideBox::event(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        update();
    return QAbstractButton::event(event);
}

void SideBox::dragEnterEvent(QDragEnterEvent* event)
{
    const models::CompareSide side = sideIn(event->mimeData());
    if (side.isEmpty())
        return;
    event->acceptProposedAction();
    setDropText(m_letter == u"A" ? (side.isLive() ? tr("Make this namespace the base") : tr("Make this bundle the base")) : (side.isLive() ? tr("Compare with this namespace") : tr("Compare with this bundle")));
}

void SideBox::dragLeaveEvent(QDragLeaveEvent*)
{
    setDropText({});
}

void SideBox::dropEvent(QDropEvent* event)
{
    setDropText({});
    const models::CompareSide side = sideIn(event->mimeData());
    if (side.isEmpty())
        return;
    event->acceptProposedAction();
    Q_EMIT dropped(side);
}

} // namespace scalekeep::widgets
