#pragma once

#include <QActionGroup>
#include <QToolBar>

namespace scalekeep::widgets {

/// The pages at the left edge: 68 px wide, text under icon, Settings at the foot. A badge counts running jobs. Owned by the main window.
class ModeBar : public QToolBar {
    Q_OBJECT
public:
    explicit ModeBar(QWidget* parent);
    /// In the order of the pages; `shortcut` is shown in the tooltip.
    QAction* addPage(const QString& title, const QString& iconName, const QKeySequence& shortcut);
    QAction* addFoot(const QString& title, const QString& iconName);
    /// A small mark on a page's button: a number of running jobs, "!" for one that needs attention, empty for none.
    void setBadge(QAction* page, const QString& badge, bool alarm);

private:
    QActionGroup* m_group;
    QAction* m_spacer = nullptr;
};

} // namespace scalekeep::widgets
