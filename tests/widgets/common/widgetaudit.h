#pragma once

#include "widgets/common/parts.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractScrollArea>
#include <QAbstractSpinBox>
#include <QApplication>
#include <QButtonGroup>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QSet>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QTest>
#include <QToolButton>

/// What a screen reader, a keyboard and a long translation would stumble over in a window. Each function returns one line a problem; none is good.
/// The window must be shown; hidden pages are not looked at, so ask once a page.
namespace scalekeep::test {

using namespace Qt::Literals::StringLiterals;

/// "QPushButton “Dry run” in ActionBar".
inline QString widgetTitle(const QWidget* widget)
{
    QString title = QString::fromLatin1(widget->metaObject()->className());
    QString text = widget->objectName();
    if (const auto* button = qobject_cast<const QAbstractButton*>(widget); button && !button->text().isEmpty())
        text = button->text();
    else if (const auto* label = qobject_cast<const QLabel*>(widget))
        text = label->text();
    else if (text.isEmpty())
        text = widget->accessibleName();
    if (!text.isEmpty())
        title += u" “"_s + text.left(60) + u'”';
    if (widget->parentWidget()) {
        const QWidget* parent = widget->parentWidget();
        title += u" in "_s + QString::fromLatin1(parent->metaObject()->className()) + (parent->objectName().isEmpty() ? QString() : u' ' + parent->objectName());
    }
    return title;
}

/// Parts of Qt's own widgets, which take their name and focus from the whole.
inline bool isInnerPart(const QWidget* widget)
{
    const QWidget* parent = widget->parentWidget();
    if (widget->objectName().startsWith("qt_"_L1) || qobject_cast<const QHeaderView*>(widget))
        return true;
    for (const QWidget* above = parent; above; above = above->parentWidget()) {
        if (qobject_cast<const QComboBox*>(above) || qobject_cast<const QAbstractSpinBox*>(above) || qobject_cast<const QLineEdit*>(above) || qobject_cast<const QTabBar*>(above))
            return true;
    }
    return false;
}

inline QList<QWidget*> shownWidgets(const QWidget& window)
{
    QList<QWidget*> found;
    const auto all = window.findChildren<QWidget*>();
    for (QWidget* widget : all) {
        if (widget->isVisible() && widget->window() == &window && !isInnerPart(widget))
            found << widget;
    }
    return found;
}

inline bool takesTab(const QWidget* widget)
{
    // Of radio buttons, and of others of which one is chosen, Tab stops at that one; the arrow keys go to the others.
    if (const auto* button = qobject_cast<const QAbstractButton*>(widget); button && button->isCheckable() && !button->isChecked()) {
        if (button->autoExclusive() || (button->group() && button->group()->exclusive()))
            return false;
    }
    return widget->isVisible() && widget->isEnabled() && (widget->focusPolicy() & Qt::TabFocus) && !widget->focusProxy();
}

inline QStringList auditNames(const QWidget& window)
{
    QStringList problems;
    QSet<const QWidget*> labelled;
    const auto labels = window.findChildren<QLabel*>();
    for (const QLabel* label : labels) {
        if (label->buddy() && !label->text().isEmpty())
            labelled.insert(label->buddy());
    }
    const auto widgets = shownWidgets(window);
    for (const QWidget* widget : widgets) {
        const auto* button = qobject_cast<const QAbstractButton*>(widget);
        const bool container = qobject_cast<const QTabWidget*>(widget) || qobject_cast<const QTabBar*>(widget) || qobject_cast<const QScrollArea*>(widget);
        if (container || (!button && !(widget->focusPolicy() & Qt::TabFocus)) || qobject_cast<const QLabel*>(widget))
            continue;
        const auto* tool = qobject_cast<const QToolButton*>(widget);
        const bool iconOnly = button && (button->text().isEmpty() || (tool && tool->toolButtonStyle() == Qt::ToolButtonIconOnly));
        if (widget->accessibleName().isEmpty() && !labelled.contains(widget) && (!button || button->text().isEmpty()))
            problems << widgetTitle(widget) + u": no accessible name, text or label"_s;
        if (iconOnly && widget->toolTip().isEmpty())
            problems << widgetTitle(widget) + u": an icon without a tool tip"_s;
    }
    return problems;
}

inline QStringList auditHeader(const QHeaderView* header)
{
    QStringList problems;
    if (!header->model() || header->orientation() != Qt::Horizontal)
        return problems;
    const int margin = header->style()->pixelMetric(QStyle::PM_HeaderMargin, nullptr, header);
    for (int section = 0; section < header->count(); ++section) {
        const QString text = header->model()->headerData(section, Qt::Horizontal).toString();
        if (header->isSectionHidden(section) || text.isEmpty())
            continue;
        const bool sorted = header->isSortIndicatorShown() && header->sortIndicatorSection() == section;
        const int needed = header->fontMetrics().horizontalAdvance(text) + 2 * margin + (sorted ? header->style()->pixelMetric(QStyle::PM_HeaderMarkSize, nullptr, header) + margin : 0);
        if (header->sectionSize(section) < needed)
            problems << u"Column “%1” of %2: %3 px instead of %4"_s.arg(text, widgetTitle(header->parentWidget())).arg(header->sectionSize(section)).arg(needed);
    }
    return problems;
}

/// Texts wider or higher than their widgets, and widgets that stick out of their parents.
inline QStringList auditTexts(const QWidget& window)
{
    QStringList problems;
    const auto headers = window.findChildren<QHeaderView*>();
    for (const QHeaderView* header : headers) {
        if (header->isVisible() && header->window() == &window)
            problems += auditHeader(header);
    }
    const auto widgets = shownWidgets(window);
    for (const QWidget* widget : widgets) {
        const auto* label = qobject_cast<const QLabel*>(widget);
        const auto* button = qobject_cast<const QAbstractButton*>(widget);
        const auto* field = qobject_cast<const QLineEdit*>(widget);
        const auto cut = [&](int has, int needs) {
            problems << u"%1: cut off, %2 px instead of %3"_s.arg(widgetTitle(widget)).arg(has).arg(needs);
        };
        if (label && !label->text().isEmpty() && !qobject_cast<const widgets::ElidedLabel*>(widget)) {
            const bool wraps = label->wordWrap();
            const int height = wraps ? label->heightForWidth(label->width()) : label->sizeHint().height();
            if (!wraps && label->sizeHint().width() > label->width())
                cut(label->width(), label->sizeHint().width());
            else if (height > label->height() + 1)
                cut(label->height(), height);
        } else if (button && !button->text().isEmpty()) {
            const auto* tool = qobject_cast<const QToolButton*>(widget);
            const bool iconOnly = tool && tool->toolButtonStyle() == Qt::ToolButtonIconOnly && !tool->icon().isNull();
            // Check boxes and tool buttons have no padding to spare; of a push button's some may go.
            const int spare = qobject_cast<const QPushButton*>(widget) ? 8 : 0;
            if (!iconOnly && button->sizeHint().width() - spare > button->width())
                cut(button->width(), button->sizeHint().width() - spare);
        } else if (field && field->text().isEmpty() && !field->placeholderText().isEmpty()) {
            const int needed = field->fontMetrics().horizontalAdvance(field->placeholderText()) + 12;
            if (needed > field->width())
                cut(field->width(), needed);
        } else if (const auto* tabs = qobject_cast<const QTabBar*>(widget)) {
            if (tabs->count() > 0 && tabs->tabRect(tabs->count() - 1).right() > tabs->width())
                cut(tabs->width(), tabs->tabRect(tabs->count() - 1).right());
        }
        const bool seen = label || button || field || qobject_cast<const QComboBox*>(widget) || qobject_cast<const QAbstractScrollArea*>(widget);
        const QRect inside = widget->parentWidget()->rect().adjusted(-1, -1, 1, 1);
        if (seen && !inside.contains(widget->geometry()))
            problems << widgetTitle(widget) + u": sticks out of its parent"_s;
    }
    return problems;
}

/// Presses Tab through the window until it comes round.
inline QStringList auditTabOrder(QWidget& window)
{
    window.activateWindow();
    if (!QTest::qWaitForWindowActive(&window))
        return {u"The window does not become active."_s};
    QList<QWidget*> expected;
    const auto widgets = shownWidgets(window);
    for (QWidget* widget : widgets) {
        if (takesTab(widget))
            expected << widget;
    }
    if (expected.isEmpty())
        return {};
    QStringList problems;
    QSet<const QWidget*> visited;
    expected.first()->setFocus(Qt::TabFocusReason);
    const qsizetype most = 4 * expected.size() + 20;
    for (qsizetype step = 0; step < most; ++step) {
        QWidget* at = window.focusWidget();
        if (!at)
            break;
        visited.insert(at);
        QTest::keyClick(at, Qt::Key_Tab);
        QWidget* next = window.focusWidget();
        if (next == at && expected.size() > 1) {
            problems << widgetTitle(at) + u": keeps the Tab key"_s;
            // Go on behind it, to find what else there is.
            next = at->nextInFocusChain();
            while (next != at && (!takesTab(next) || isInnerPart(next) || visited.contains(next)))
                next = next->nextInFocusChain();
            if (next == at)
                break;
            next->setFocus(Qt::TabFocusReason);
        } else if (visited.contains(next)) {
            break;
        }
    }
    for (const QWidget* widget : expected) {
        if (!visited.contains(widget))
            problems << widgetTitle(widget) + u": Tab does not get there"_s;
    }
    return problems;
}

inline QStringList auditWidgets(QWidget& window)
{
    return auditNames(window) + auditTexts(window) + auditTabOrder(window);
}

} // namespace scalekeep::test
