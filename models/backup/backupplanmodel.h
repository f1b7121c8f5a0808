#pragma once

#include "models/backup/backupplan.h"

#include <QAbstractItemModel>

namespace scalekeep::models {

/// The plan as a tree: namespaces, in them their components. Merges what the plan computes, so that selection and expansion stay; takes drops of
/// components. Does not own the plan.
class BackupPlanModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { Component, Taken, InCluster, InBundle, Time, Remove, ColumnCount };

    explicit BackupPlanModel(BackupPlan& plan, QObject* parent = nullptr);

    /// A group's row answers a reference without a component.
    [[nodiscard]] ComponentRef refOf(const QModelIndex& index) const;
    [[nodiscard]] QModelIndex indexOf(const ComponentRef& ref) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    using QObject::parent;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    [[nodiscard]] QStringList mimeTypes() const override;
    [[nodiscard]] Qt::DropActions supportedDropActions() const override { return Qt::CopyAction; }
    [[nodiscard]] bool canDropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column, const QModelIndex& parent) const override;
    bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column, const QModelIndex& parent) override;

Q_SIGNALS:
    void dropped(const QList<scalekeep::models::ComponentRef>& components);

private:
    struct Group { quintptr serial = 0; PlanGroup value; };
    void merge();
    void mergeComponents(int row, const PlanGroup& fresh);
    [[nodiscard]] int rowOf(quintptr serial) const;
    [[nodiscard]] QVariant groupData(const PlanGroup& group, int column, int role) const;
    [[nodiscard]] QVariant componentData(const PlannedComponent& component, int column, int role) const;

    BackupPlan& m_plan;
    QList<Group> m_groups;
    quintptr m_serial = 0;   ///< last one given; parents keep theirs while rows move
};

} // namespace scalekeep::models
