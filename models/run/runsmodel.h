#pragma once

#include "models/common/roles.h"
#include "models/run/runhub.h"
#include "models/run/runstate.h"

#include <QAbstractTableModel>

namespace scalekeep::models {

/// Running and earlier runs, newest first, those that run above all others. Merges what comes, so that the selection stays. GUI thread.
class RunsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Run, Started, ColumnCount };
    enum Roles { RunId = role::User, StateName };

    explicit RunsModel(RunHub& hub, QObject* parent = nullptr);

    /// The state of a run of this session, or null: RunHub::open() has it.
    [[nodiscard]] RunState* state(int row) const;
    [[nodiscard]] RunSummary summary(int row) const;
    [[nodiscard]] int rowOf(const QString& runId) const;
    [[nodiscard]] int rowOf(const RunState* state) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        RunState* state = nullptr;   ///< owned by the hub, as long as it: those of this session
        RunSummary summary;
        bool operator==(const Row&) const = default;
        [[nodiscard]] bool same(const Row& other) const;
    };
    [[nodiscard]] QList<Row> wanted() const;
    void merge();
    void changed(RunState* state);

    RunHub& m_hub;
    QList<RunState*> m_session;
    QList<Row> m_rows;
};

} // namespace scalekeep::models
