#pragma once

#include "models/common/roles.h"
#include "models/run/runstate.h"

#include <QAbstractItemModel>
#include <QPointer>

namespace scalekeep::models {

/// The stages of a run and their steps as a tree, live. Shows one RunState, which may go before it; a journal that comes in resets it. GUI thread.
class RunStepsModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { Step, Progress, Data, Rate, Time, ColumnCount };
    enum Roles { StepId = role::User, State };

    explicit RunStepsModel(QObject* parent = nullptr);
    void setRun(RunState* run);   ///< may be null
    [[nodiscard]] RunState* run() const { return m_run; }
    [[nodiscard]] QModelIndex indexOf(const QString& stepId) const;
    /// Stages that are worth being open: those that run or failed.
    [[nodiscard]] QList<QModelIndex> busyStages() const;
    /// The next step that failed behind this index (before it), around the end; invalid when none did.
    [[nodiscard]] QModelIndex nextFailed(const QModelIndex& from, bool forward) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& index) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] const plan::Stage* stageAt(const QModelIndex& index) const;
    [[nodiscard]] const plan::Step* stepAt(const QModelIndex& index) const;
    [[nodiscard]] QVariant stageData(int row, int column, int role) const;
    [[nodiscard]] QVariant stepData(const plan::Step& step, int column, int role) const;
    void changed(const QStringList& ids);
    void tick();

    QPointer<RunState> m_run;
};

} // namespace scalekeep::models
