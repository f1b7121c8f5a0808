#pragma once

#include "models/backup/backupqueue.h"

#include <QAbstractItemModel>

namespace scalekeep::models {

/// What a dry run found, as a tree: namespaces, in them checks and steps. Set as a whole; holds copies.
class PreparationModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { What, Finding, ColumnCount };

    explicit PreparationModel(QObject* parent = nullptr) : QAbstractItemModel(parent) {}
    void set(const QList<BackupPreparation>& preparations);

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    using QObject::parent;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row { QString glyph, what, finding, tip; };
    struct Group { QString title, summary, glyph; QList<Row> rows; };
    QList<Group> m_groups;
};

/// One sentence on why a backup was not started, and what to do: for banners and summaries.
struct Refusal { QString title, text; };
Refusal refusalOf(const BackupPreparation& preparation);

} // namespace scalekeep::models
