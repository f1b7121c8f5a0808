#include "widgets/common/style.h"

#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QAction>
#include <QComboBox>
#include <QFrame>
#include <QHeaderView>
#include <QLayout>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QStyleOption>
#include <QToolBar>
#include <QToolButton>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {

bool inModeBar(const QWidget* widget)
{
    return widget && widget->parentWidget() && widget->parentWidget()->property("modes").toBool();
}

bool isSmall(const QWidget* widget)
{
    return widget && widget->property("small").toBool();
}

/// One width for all buttons of the mode bar: a tool bar would centre narrower ones.
QSize modeButtonSize(const QWidget* bar)
{
    QFont bold = theme::smallFont();
    bold.setWeight(QFont::DemiBold);
    const QFontMetrics metrics(bold);
    int width = 68;
    const auto actions = bar->actions();
    for (const QAction* action : actions)
        width = std::max(width, metrics.size(Qt::TextShowMnemonic, action->text()).width() + 8);
    return {width, std::max(56, 24 + metrics.height() + 14)};
}

} // namespace

Style::Style() : QProxyStyle(u"Fusion"_s) {}

void Style::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const
{
    using theme::color;
    const bool enabled = option->state & State_Enabled;
    const bool focused = option->state & State_HasFocus;
    switch (element) {
    case PE_PanelButtonCommand:
        if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option)) {
            QStyleOptionButton bare = *button;
            bare.text.clear();
            bare.icon = {};
            drawButton(bare, *painter, widget);
            return;
        }
        break;
    case PE_PanelButtonTool: {
        const bool raised = option->state & State_AutoRaise;
        const bool down = option->state & (State_Sunken | State_On);
        const bool hover = enabled && (option->state & State_MouseOver);
        if (!raised)
            paintFrame(*painter, option->rect, color(enabled ? Token::Line2 : Token::Line), color(down ? Token::Selection2 : enabled ? Token::Base : Token::Window));
        else if (down || hover)
            paintFrame(*painter, option->rect, Qt::transparent, color((option->state & State_On) && !(widget && widget->property("quiet").toBool()) ? Token::Selection : Token::Selection2));
        return;
    }
    case PE_PanelLineEdit:
        if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option)) {
            if (frame->lineWidth > 0)
                paintFrame(*painter, option->rect, color(!enabled ? Token::Line : focused ? Token::Accent : Token::Line2), color(enabled ? Token::Base : Token::Window), focused ? 2 : 1);
            return;
        }
        break;
    case PE_FrameLineEdit:
        return;
    case PE_Frame:
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(color(focused ? Token::Accent : Token::Line), 1));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
        painter->restore();
        return;
    case PE_FrameFocusRect:
        if (qobject_cast<const QAbstractItemView*>(widget)) {
            painter->setPen(color(Token::Accent));
            painter->setBrush(Qt::NoBrush);
            painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
        } else if (!inModeBar(widget)) {
            paintFrame(*painter, option->rect, color(Token::Accent), Qt::transparent, 2);
        }
        return;
    case PE_PanelItemViewItem:
    case PE_PanelItemViewRow:
        // The selection is strong only in the view that has the focus, not in each view of the active window.
        if (const auto* item = qstyleoption_cast<const QStyleOptionViewItem*>(option); item && widget && !widget->hasFocus()) {
            QStyleOptionViewItem other = *item;
            other.state &= ~State_Active;
            QProxyStyle::drawPrimitive(element, &other, painter, widget);
            return;
        }
        break;
    case PE_IndicatorBranch:
        if (option->state & State_Children) {
            QRect square(0, 0, 12, 12);
            square.moveCenter(option->rect.center());
            paintIcon(*painter, square, option->state & State_Open ? u"chevron-down"_s : u"chevron-right"_s, color(Token::Text2));
        }
        return;
    case PE_IndicatorHeaderArrow:
        if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) {
            QRect square(0, 0, 12, 12);
            square.moveCenter(option->rect.center());
            // As in the mock-ups: down is the greatest first.
            paintIcon(*painter, square, header->sortIndicator == QStyleOptionHeader::SortDown ? u"chevron-up"_s : u"chevron-down"_s, color(Token::Text2));
            return;
        }
        break;
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck:
    case PE_IndicatorRadioButton:
        drawCheck(element, *option, *painter);
        return;
    case PE_FrameTabWidget:
        painter->fillRect(QRect(option->rect.topLeft(), QSize(option->rect.width(), 1)), color(Token::Line));
        return;
    case PE_FrameTabBarBase:
        painter->fillRect(QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1), color(Token::Line));
        return;
    case PE_PanelStatusBar:
        painter->fillRect(option->rect, color(Token::Window));
        painter->fillRect(QRect(option->rect.topLeft(), QSize(option->rect.width(), 1)), color(Token::Line));
        return;
    case PE_FrameStatusBarItem:
        return;
    case PE_IndicatorDockWidgetResizeHandle:
        painter->fillRect(option->rect, color(Token::Window));
        painter->fillRect(option->rect.width() < option->rect.height() ? QRect(option->rect.center().x(), option->rect.top(), 1, option->rect.height())
                                                           : QRect(option->rect.left(), option->rect.center().y(), option->rect.width(), 1), color(Token::Line));
        return;
    default:
        break;
    }
    QProxyStyle::drawPrimitive(element, option, painter, widget);
}

void Style::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const
{
    using theme::color;
    switch (element) {
    case CE_PushButton:
        if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option)) {
            drawButton(*button, *painter, widget);
            return;
        }
        break;
    case CE_HeaderSection:
        if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) {
            drawHeaderSection(*header, *painter);
            return;
        }
        break;
    case CE_HeaderEmptyArea:
        painter->fillRect(option->rect, color(Token::Window));
        painter->fillRect(QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1), color(Token::Line));
        return;
    case CE_HeaderLabel:
        if (const auto* header = qstyleoption_cast<const QStyleOptionHeader*>(option)) {
            QStyleOptionHeader grey = *header;
            grey.palette.setColor(QPalette::ButtonText, color(option->state & State_Enabled ? Token::Text2 : Token::Off));
            grey.text = header->fontMetrics.elidedText(header->text, Qt::ElideRight, header->rect.width());
            QProxyStyle::drawControl(element, &grey, painter, widget);
            return;
        }
        break;
    case CE_TabBarTabShape:
        if (const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option)) {
            drawTab(*tab, *painter);
            return;
        }
        break;
    case CE_TabBarTabLabel:
        if (const auto* tab = qstyleoption_cast<const QStyleOptionTab*>(option)) {
            QStyleOptionTab label = *tab;
            if ((option->state & State_Enabled) && !(option->state & State_Selected))
                label.palette.setColor(QPalette::WindowText, color(Token::Text2));
            label.state &= ~State_HasFocus; // drawn with the tab
            QProxyStyle::drawControl(element, &label, painter, widget);
            return;
        }
        break;
    case CE_ProgressBarGroove:
    case CE_ProgressBarContents:
        if (const auto* bar = qstyleoption_cast<const QStyleOptionProgressBar*>(option)) {
            drawProgress(element, *bar, *painter);
            return;
        }
        break;
    case CE_Splitter: {
        // A short grip in the gap between two panels; the panels have frames of their own.
        const bool columns = option->state & State_Horizontal;
        QRect grip(0, 0, columns ? 2 : 24, columns ? 24 : 2);
        grip.moveCenter(option->rect.center());
        painter->fillRect(grip, color(option->state & State_MouseOver ? Token::Line2 : Token::Line));
        return;
    }
    case CE_ToolBar:
        painter->fillRect(option->rect, color(Token::Window));
        if (widget && widget->property("modes").toBool())
            painter->fillRect(QRect(option->rect.right(), option->rect.top(), 1, option->rect.height()), color(Token::Line));
        return;
    default:
        break;
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void Style::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget) const
{
    if (const auto* box = qstyleoption_cast<const QStyleOptionComboBox*>(option); box && control == CC_ComboBox) {
        drawComboBox(*box, *painter);
        return;
    }
    if (const auto* button = qstyleoption_cast<const QStyleOptionToolButton*>(option); button && control == CC_ToolButton) {
        if (inModeBar(widget)) {
            drawModeButton(*button, *painter);
            return;
        }
        QStyleOptionToolButton plain = *button;
        if (button->toolButtonStyle == Qt::ToolButtonIconOnly && !(button->features & QStyleOptionToolButton::MenuButtonPopup))
            plain.features &= ~QStyleOptionToolButton::HasMenu; // no arrow over an icon that says it already
        QProxyStyle::drawComplexControl(control, &plain, painter, widget);
        return;
    }
    if (const auto* box = qstyleoption_cast<const QStyleOptionSpinBox*>(option); box && control == CC_SpinBox) {
        drawSpinBox(*box, *painter, widget);
        return;
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
}

QRect Style::subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget) const
{
    const QRect rect = QProxyStyle::subElementRect(element, option, widget);
    if (element == SE_LineEditContents) {
        if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option); frame && frame->lineWidth > 0)
            return rect.adjusted(6, 0, -4, 0);
    }
    if (element == SE_CheckBoxFocusRect || element == SE_RadioButtonFocusRect)
        return rect.adjusted(-2, -1, 2, 1).intersected(option->rect);
    return rect;
}

QRect Style::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part, const QWidget* widget) const
{
    const QRect rect = QProxyStyle::subControlRect(control, option, part, widget);
    if (control == CC_ComboBox && part == SC_ComboBoxEditField) {
        const auto* box = qstyleoption_cast<const QStyleOptionComboBox*>(option);
        return box && box->editable ? rect : rect.adjusted(option->direction == Qt::LeftToRight ? 4 : 0, 0, option->direction == Qt::LeftToRight ? 0 : -4, 0);
    }
    return rect;
}

QSize Style::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& contents, const QWidget* widget) const
{
    const int height = isSmall(widget) ? theme::smallControlHeight() : theme::controlHeight();
    QSize size = QProxyStyle::sizeFromContents(type, option, contents, widget);
    switch (type) {
    case CT_PushButton:
        if (const auto* button = qstyleoption_cast<const QStyleOptionButton*>(option)) {
            QFont bold = widget ? widget->font() : QFont();
            bold.setWeight(QFont::DemiBold);
            const QString kind = widget ? widget->property("kind").toString() : QString();
            const bool filled = kind == "primary"_L1 || kind == "danger"_L1;
            const int text = (filled ? QFontMetrics(bold) : option->fontMetrics).size(Qt::TextShowMnemonic, button->text).width();
            const int icon = button->icon.isNull() ? 0 : button->iconSize.width() + (button->text.isEmpty() ? 0 : 6);
            const int arrow = button->features & QStyleOptionButton::HasMenu ? 18 : 0;
            const int padding = kind == "flat"_L1 || isSmall(widget) ? 8 : 12;
            return {text + icon + arrow + 2 * padding, height};
        }
        break;
    case CT_LineEdit:
    case CT_SpinBox:
        return {size.width(), std::max(height, contents.height() + 2)};
    case CT_ComboBox:
        return {size.width() + 8, height};
    case CT_HeaderSection:
        return {size.width(), std::max(26, option->fontMetrics.height() + 9)};
    case CT_TabBarTab:
        return {size.width(), std::max(30, option->fontMetrics.height() + 12)};
    case CT_ToolButton:
        if (inModeBar(widget))
            return modeButtonSize(widget->parentWidget());
        return {std::max(size.width(), theme::smallControlHeight()), std::max(size.height(), theme::smallControlHeight())};
    case CT_ItemViewItem:
        return {size.width(), std::max(size.height(), 24)};
    default:
        break;
    }
    return size;
}

int Style::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const
{
    switch (metric) {
    case PM_TreeViewIndentation: return 16;
    case PM_SmallIconSize:
    case PM_ListViewIconSize:
    case PM_ButtonIconSize:
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight: return 16;
    case PM_CheckBoxLabelSpacing:
    case PM_RadioButtonLabelSpacing: return 8;
    case PM_HeaderMargin: return 7;
    case PM_HeaderMarkSize: return 12;
    case PM_SplitterWidth: return 12;
    case PM_DockWidgetSeparatorExtent: return 5;
    case PM_LayoutHorizontalSpacing:
    case PM_LayoutVerticalSpacing: return 8;
    case PM_LayoutLeftMargin:
    case PM_LayoutTopMargin:
    case PM_LayoutRightMargin:
    case PM_LayoutBottomMargin: return 12;
    case PM_ToolBarItemMargin:
    case PM_ToolBarItemSpacing:
    case PM_ToolBarFrameWidth:
        if (widget && widget->property("modes").toBool())
            return 0;
        break;
    case PM_ToolBarIconSize: return 20;
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical: return 0;
    case PM_TabBarTabHSpace: return 20;
    default:
        break;
    }
    return QProxyStyle::pixelMetric(metric, option, widget);
}

int Style::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* answer) const
{
    switch (hint) {
    case SH_ItemView_ShowDecorationSelected: return 1;
    case SH_EtchDisabledText: return 0;
    case SH_ComboBox_Popup: return 0;
    case SH_TabBar_Alignment: return Qt::AlignLeft;
    case SH_Widget_Animation_Duration: return 0; // nothing but the running ring and the bars moves
    case SH_ItemView_ArrowKeysNavigateIntoChildren: return 1;
    default:
        break;
    }
    return QProxyStyle::styleHint(hint, option, widget, answer);
}

void Style::polish(QWidget* widget)
{
    QProxyStyle::polish(widget);
    // A tool bar asks for its margins before anybody can say what it is for.
    if (qobject_cast<QToolBar*>(widget) && widget->property("modes").toBool() && widget->layout()) {
        widget->layout()->setContentsMargins(0, 0, 0, 0);
        widget->layout()->setSpacing(0);
    }
    // Tables centre their titles if nobody says otherwise, trees do not.
    if (auto* header = qobject_cast<QHeaderView*>(widget); header && header->orientation() == Qt::Horizontal && header->defaultAlignment() == Qt::AlignCenter)
        header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    if (qobject_cast<QAbstractButton*>(widget) || qobject_cast<QComboBox*>(widget) || qobject_cast<QLineEdit*>(widget))
        widget->setAttribute(Qt::WA_Hover);
}

} // namespace scalekeep::widgets
