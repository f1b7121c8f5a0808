#include "widgets/common/parts.h"
#include "widgets/common/theme.h"

#include <QAbstractScrollArea>
#include <QChildEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using theme::color;

Panel::Panel(const QString& title, QWidget* parent) : QFrame(parent)
{
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(1, 1, 1, 1);
    all->setSpacing(0);

    m_bar = new QWidget(this);
    m_bar->setFixedHeight(theme::controlHeight() + 1);
    auto* row = new QHBoxLayout(m_bar);
    row->setContentsMargins(9, 0, 3, 1);
    row->setSpacing(8);
    m_title = new QLabel(m_bar);
    m_title->setTextFormat(Qt::PlainText);
    QFont bold = m_title->font();
    bold.setWeight(QFont::DemiBold);
    m_title->setFont(bold);
    m_subtitle = new ElidedLabel({}, Qt::ElideRight, m_bar);
    m_subtitle->setForegroundRole(QPalette::PlaceholderText);
    m_tools = new QHBoxLayout;
    m_tools->setSpacing(2);
    row->addWidget(m_title);
    row->addWidget(m_subtitle, 1);
    row->addLayout(m_tools);
    all->addWidget(m_bar);

    m_body = new QVBoxLayout;
    m_body->setContentsMargins(0, 0, 0, 0);
    m_body->setSpacing(0);
    all->addLayout(m_body, 1);
    setTitle(title);
}

void Panel::setTitle(const QString& title, const QString& subtitle)
{
    m_title->setText(title);
    m_subtitle->setText(subtitle);
    m_bar->setVisible(!title.isEmpty());
    setAccessibleName(title);
}

QHBoxLayout* Panel::tools()
{
    return m_tools;
}

QVBoxLayout* Panel::body()
{
    return m_body;
}

void Panel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF frame = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color(Token::Base));
    painter.drawRoundedRect(frame, 3, 3);
    if (!m_bar->isHidden()) {
        const QRect bar = m_bar->geometry();
        painter.setClipRect(QRect(0, 0, width(), bar.bottom() + 1));
        painter.setBrush(color(Token::Window));
        painter.drawRoundedRect(frame, 3, 3);
        painter.setClipping(false);
        painter.fillRect(QRect(0, bar.bottom(), width(), 1), color(Token::Line));
    }
    painter.setPen(color(Token::Line));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(frame, 3, 3);
}

void Panel::childEvent(QChildEvent* event)
{
    if (event->type() == QEvent::ChildPolished) {
        if (auto* area = qobject_cast<QAbstractScrollArea*>(event->child()))
            area->setFrameShape(QFrame::NoFrame);
    }
    QFrame::childEvent(event);
}

PageHead::PageHead(const QString& title, QWidget* parent) : QFrame(parent)
{
    setFixedHeight(theme::controlHeight() + 16);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(16, 0, 16, 1);
    row->setSpacing(16);
    m_title = new QLabel(title, this);
    m_title->setTextFormat(Qt::PlainText);
    m_title->setFont(theme::titleFont());
    m_left = new QHBoxLayout;
    m_left->setSpacing(8);
    m_right = new QHBoxLayout;
    m_right->setSpacing(8);
    row->addWidget(m_title);
    row->addLayout(m_left);
    row->addStretch(1);
    row->addLayout(m_right);
}

void PageHead::setTitle(const QString& title)
{
    m_title->setText(title);
}

QHBoxLayout* PageHead::left()
{
    return m_left;
}

QHBoxLayout* PageHead::right()
{
    return m_right;
}

void PageHead::paintEvent(QPaintEvent*)
{
    QPainter(this).fillRect(QRect(0, height() - 1, width(), 1), color(Token::Line));
}

ActionBar::ActionBar(QWidget* parent) : QFrame(parent)
{
    setFixedHeight(theme::controlHeight() + 20);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(16, 1, 16, 0);
    row->setSpacing(16);
    m_summary = new ElidedLabel({}, Qt::ElideRight, this);
    m_summary->setForegroundRole(QPalette::PlaceholderText);
    m_buttons = new QHBoxLayout;
    m_buttons->setSpacing(8);
    row->addWidget(m_summary, 1);
    row->addLayout(m_buttons);
}

void ActionBar::setSummary(const QString& text)
{
    m_summary->setText(text);
}

void ActionBar::add(QAbstractButton* button)
{
    m_buttons->addWidget(button);
}

void ActionBar::paintEvent(QPaintEvent*)
{
    QPainter(this).fillRect(QRect(0, 0, width(), 1), color(Token::Line));
}

} // namespace scalekeep::widgets
