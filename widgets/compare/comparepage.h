#pragma once

#include "models/compare/comparedetail.h"
#include "models/compare/comparefilter.h"
#include "models/compare/growthmodel.h"
#include "widgets/common/icons.h"
#include "widgets/common/parts.h"

class QBoxLayout;
class QComboBox;
class QSplitter;
class QStackedWidget;
class QTreeView;

namespace scalekeep::widgets {

class DetailPane;
class GrowthPanel;
class PanelFoot;
class SideBox;

/// The Compare page: two sides, what differs as a tree, details side by side, and how the installation has grown. Hub and library outlive it. GUI
/// thread.
class ComparePage : public Page {
    Q_OBJECT
public:
    ComparePage(models::ClusterHub& hub, models::BundleLibrary& library, QWidget* parent = nullptr);
    ~ComparePage() override;

    /// One bundle becomes the base, and the other side is asked for; of two the earlier one is the base.
    void compare(const QStringList& bundles);
    /// With a bundle that is still to be chosen, the base.
    void compareNamespace(const models::NamespaceRef& where);
    [[nodiscard]] models::CompareSession& session() { return m_session; }

    void saveState(QSettings& settings) const override;
    void restoreState(QSettings& settings) override;
    void activated() override;
    void refresh() override;
    SearchField* filter() override { return m_search; }
    QAbstractButton* mainButton() override { return m_start; }
    void copyAsText() override;
    void nextProblem(bool forward) override; ///< next difference: a row where a detail has the focus, else an object

Q_SIGNALS:
    void loginWanted(const QString& cluster);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    using Which = models::CompareSession::Which;
    QWidget* makeHead();
    QWidget* makeFilterBar();
    QWidget* makeMessage();
    QWidget* makeTree();
    QPushButton* makeToggle(const QString& name, Glyph glyph, const QString& tip);
    void arrangeFilters();                 ///< in one line or two

    void showSides();
    void showState();
    void showMessage();
    void showProgress();
    void showComparison();
    void showCounts();
    void showEmptyTree();
    void filterChanged();
    void currentChanged();
    void expandAtFirst();
    [[nodiscard]] QStringList expandedPaths() const;
    void pin();
    void unpin();
    void fillMenu(Which which);
    void chooseFile(Which which);
    void put(Which which, const models::CompareSide& side);
    void putBundles(const QStringList& bundles);
    [[nodiscard]] QDateTime timeOf(const QString& bundle) const;
    [[nodiscard]] QColor stripeOf(Which which) const;
    [[nodiscard]] Which free() const;      ///< where the next dropped thing goes
    void editRules();
    void exportAs(bool json);
    void contextMenu(const QPoint& at);

    models::ClusterHub& m_hub;
    models::BundleLibrary& m_library;
    models::CompareSession m_session;
    models::CompareTree m_tree;
    models::CompareFilter m_rows;
    models::CompareDetail m_detail, m_pinnedDetail;
    models::GrowthModel m_growth;
    QTimer m_words;
    models::CompareSide m_keptSides[2];    ///< of the last time, until the page is shown
    QString m_currentPath;
    QStringList m_expanded;                ///< of the last comparison

    SideBox* m_boxes[2];
    QToolButton* m_swap;
    QPushButton *m_timeline, *m_export, *m_onlyChanges, *m_added, *m_removed, *m_changed, *m_rules, *m_previous, *m_next;
    QComboBox* m_components;
    SearchField* m_search;
    QBoxLayout* m_filterRow;
    QWidget *m_filterLeft, *m_filterRight, *m_filterBar;
    Banner* m_notice;
    QStackedWidget* m_stack;
    EmptyState* m_message;
    QPushButton *m_chooseA, *m_chooseB, *m_start, *m_cancel, *m_login, *m_why;
    ThinProgress* m_progress;
    QSplitter *m_rowsSplit, *m_columns, *m_details;
    QTreeView* m_view;
    EmptyState* m_noRows;
    QPushButton *m_showAll, *m_clearFilter;
    PanelFoot* m_foot;
    DetailPane *m_pane, *m_pinned;
    GrowthPanel* m_growthPanel;
};

} // namespace scalekeep::widgets
