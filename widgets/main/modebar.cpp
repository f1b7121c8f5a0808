#include "widgets/main/modebar.h"

#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QPainter>
#include <QToolButton>

namespace scalekeep::widgets {

namespace {
/// A button as the style draws those of the mode bar, with a badge at the upper right of its icon.
class ModeButton : public QToolButton {
public:
    ModeButton(QAction* action, QWidget* parent) : QToolButton(parent)
    {
        setDefaultAction(action);
        setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
        setFocusPolicy(Qt::TabFocus);
        setAccessibleName(action->text());
    }

protected:
    void paintEvent(QPaintEvent* event) override
    {
        QToolButton::paintEvent(event);
        const QString badge = defaultAction()->property("badge").toString();
        if (badge.isEmpty())
            return;
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        QFont font = theme::smallFont();
        font.setPixelSize(11);
        font.setBold(true);
        const QFontMetrics metrics(font);
        const int diameter = std::max(16, metrics.height()), wide = std::max(diameter, metrics.horizontalAdvance(badge) + 8);
        const QRectF round(width() / 2.0 + 4, 6, wide, diameter);
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme::color(defaultAction()->property("alarm").toBool() ? Token::ErrFill : Token::AccentFill));
        painter.drawRoundedRect(round, diameter / 2.0, diameter / 2.0);
        painter.setPen(theme::color(Token::OnAccent));
        painter.setFont(font);
        painter.drawText(round, Qt::AlignCenter, badge);
    }
};
} // namespace

ModeBar::ModeBar(QWidget* parent) : QToolBar(parent), m_group(new QActionGroup(this))
{
    setObjectName(QStringLiteral("modeBar"));
    setWindowTitle(tr("Pages"));
    setOrientation(Qt::Vertical);
    setMovable(false);
    setFloatable(false);
    setContextMenuPolicy(Qt::PreventContextMenu);
    setProperty("modes", true);
    setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    auto* spacer = new QWidget(this);
    spacer->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Expanding);
    m_spacer = addWidget(spacer);
}

QAction* ModeBar::addPage(const QString& title, const QString& iconName, const QKeySequence& shortcut)
{
    auto* action = new QAction(icon(iconName), title, this);
    action->setCheckable(true);
    action->setToolTip(tr("%1 (%2)").arg(title, shortcut.toString(QKeySequence::NativeText)));
    m_group->addAction(action);
    insertWidget(m_spacer, new ModeButton(action, this));
    return action;
}

QAction* ModeBar::addFoot(const QString& title, const QString& iconName)
{
    auto* action = new QAction(icon(iconName), title, this);
    addWidget(new ModeButton(action, this));
    return action;
}

void ModeBar::setBadge(QAction* page, const QString& badge, bool alarm)
{
    if (page->property("badge").toString() == badge && page->property("alarm").toBool() == alarm)
        return;
    page->setProperty("badge", badge);
    page->setProperty("alarm", alarm);
    const auto buttons = findChildren<QToolButton*>();
    for (QToolButton* button : buttons) {
        if (button->defaultAction() != page)
            continue;
        button->setAccessibleDescription(badge.isEmpty() ? QString() : alarm ? tr("Needs attention") : tr("%1 running").arg(badge));
        button->update();
    }
}

} // namespace scalekeep::widgets
