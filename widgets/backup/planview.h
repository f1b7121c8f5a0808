#pragma once

#include "models/backup/backupplanmodel.h"
#include "widgets/common/delegates.h"

#include <QFrame>
#include <QTreeView>

namespace scalekeep::widgets {

/// Draws the plan's rows; in the last column, the cross that removes a row, where the pointer is or where it is selected.
class PlanDelegate : public RowDelegate {
    Q_OBJECT
public:
    using RowDelegate::RowDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

/// The plan as a table of namespaces and components; takes drops, Delete removes.
class PlanView : public QTreeView {
    Q_OBJECT
public:
    explicit PlanView(models::BackupPlan& plan, QWidget* parent = nullptr);
    [[nodiscard]] models::BackupPlanModel* planModel() const { return m_model; }
    [[nodiscard]] QList<models::ComponentRef> selectedComponents() const;
    /// Selects them, expands their groups and scrolls to the first.
    void reveal(const QList<models::ComponentRef>& components);

Q_SIGNALS:
    void removeRequested(const QList<scalekeep::models::ComponentRef>& components);
    void componentsSelected();
    /// Something is dragged over it: what a drop would do, or why it is refused. Empty: gone.
    void hovered(const QString& text, bool accepted);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void say(const QMimeData* dragged);

    models::BackupPlan& m_plan;
    models::BackupPlanModel* m_model;
};

/// The dashed row below the plan that says where to drop; takes drops as well.
class DropZone : public QFrame {
    Q_OBJECT
public:
    explicit DropZone(models::BackupPlan& plan, models::BackupPlanModel& model, QWidget* parent = nullptr);
    /// What a drop would do, or why it is refused; an empty text: nothing is dragged.
    void setHover(const QString& text, bool accepted);
    [[nodiscard]] QString text() const { return m_hover.isEmpty() ? m_text : m_hover; }
    [[nodiscard]] QSize sizeHint() const override;

Q_SIGNALS:
    void hovered(const QString& text, bool accepted);

protected:
    void paintEvent(QPaintEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    models::BackupPlan& m_plan;
    models::BackupPlanModel& m_model;
    QString m_text, m_hover;
    bool m_accepted = false;
};

} // namespace scalekeep::widgets
