#pragma once

#include "engine/plan/plan.h"
#include "engine/run/check.h"

#include <QAbstractTableModel>

namespace scalekeep::models {

/// What was checked before a restore, and what its plan warns of: failures first, then warnings, then what passed.
class ChecksModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Title, Evidence, ColumnCount };
    enum Role { Remedy = Qt::UserRole + 1, Wraps }; ///< Wraps: bool, the whole text is to be read
    explicit ChecksModel(QObject* parent = nullptr);

    /// Rows that stay the same stay where they are.
    void set(const QList<run::Check>& checks, const QStringList& warnings);
    void clear() { set({}, {}); }
    [[nodiscard]] int count(run::Check::State state) const; ///< without notes
    [[nodiscard]] QString asText() const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    struct Row {
        run::Check check;
        bool note = false;        ///< of the plan: to be known, nothing is wrong
        bool operator==(const Row&) const = default;
    };
    QList<Row> m_rows;
};

} // namespace scalekeep::models
