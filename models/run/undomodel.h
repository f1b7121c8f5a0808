#pragma once

#include "models/common/roles.h"
#include "models/run/runstate.h"

#include <QAbstractTableModel>
#include <QPointer>

namespace scalekeep::models {

/// What a run takes back, last change first: undone, being undone, still to be undone. GUI thread.
class UndoModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Step, Text, Time, ColumnCount };

    explicit UndoModel(QObject* parent = nullptr);
    void setRun(RunState* run);
    [[nodiscard]] int done() const;      ///< steps whose undo has ended

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;

private:
    void update();
    [[nodiscard]] QStringList wanted() const;

    QPointer<RunState> m_run;
    QStringList m_ids;
};

} // namespace scalekeep::models
