#pragma once

#include "models/restore/changes.h"

#include <QAbstractItemModel>

namespace scalekeep::models {

/// Tree of what a restore will change: Object, Now, Afterwards, Change. Equal values set again change nothing, so that a view keeps what is open.
class ChangesModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { Object, Now, Afterwards, Difference, ColumnCount };
    explicit ChangesModel(QObject* parent = nullptr);
    ~ChangesModel() override;

    void set(const QList<Change>& changes);
    [[nodiscard]] const QList<Change>& changes() const { return m_changes; }
    [[nodiscard]] QString asText() const; ///< indented, tab-separated

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    struct Node;
    QList<Change> m_changes;
    std::unique_ptr<Node> m_root;
};

} // namespace scalekeep::models
