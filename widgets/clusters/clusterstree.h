#pragma once

#include "models/clusters/clusterfilter.h"

#include <QItemSelection>
#include <QTreeView>

class QRubberBand;

namespace scalekeep::widgets {

/// The view of the clusters tree: selects by rubber band from empty space, drags components from rows with a chip under the pointer, takes bundles
/// on namespaces, remembers what the user opened. Its model is a ClusterFilter, set once.
class ClustersTree : public QTreeView {
    Q_OBJECT
public:
    ClustersTree(models::ClusterTreeModel* source, models::ClusterFilter* filter, QWidget* parent = nullptr);

    /// Selected rows of the source, from top to bottom.
    [[nodiscard]] QModelIndexList selectedSources() const;
    [[nodiscard]] QModelIndex currentSource() const;
    /// The picture under the pointer: "3 components, 4.0 GiB".
    [[nodiscard]] QPixmap chip(const QString& text) const;

    void setFilterText(const QString& text);
    /// What the user opened and closed, by path; for the settings.
    [[nodiscard]] QStringList opened() const;
    [[nodiscard]] QStringList closed() const;
    void setOpened(const QStringList& opened, const QStringList& closed);

Q_SIGNALS:
    void enterPressed();
    void loginWanted(const QString& cluster);

protected:
    void drawRow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void drawBranches(QPainter* painter, const QRect& rect, const QModelIndex& index) const override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void startDrag(Qt::DropActions supported) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;

private:
    [[nodiscard]] bool isEmptySpace(const QPoint& pos) const;
    [[nodiscard]] bool isLink(const QPoint& pos) const;
    void bandTo(const QPoint& pos);
    [[nodiscard]] bool wantedOpen(const QModelIndex& index) const;
    void openAsWanted(const QModelIndex& parent, int first, int last);
    void openMatches();
    void remember(const QModelIndex& index, bool open);
    void say(const QString& text);

    models::ClusterTreeModel* m_source;
    models::ClusterFilter* m_filter;
    QRubberBand* m_band;
    bool m_mayBand = false;
    QPoint m_bandStart;               ///< with the scroll position at that time
    QItemSelection m_before;
    QHash<QString, bool> m_choices;   ///< path -> open, where the user chose
    bool m_own = false;               ///< opening by the program, not the user
};

} // namespace scalekeep::widgets
