#include "models/run/runstepsmodel.h"

#include "models/common/format.h"
#include "models/run/runtexts.h"
#include "models/run/stagesummary.h"

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
/// A step that failed stays failed to the eye when its changes were undone; the list of the undo says the rest.
StepState shownState(const StepProgress& progress, const RunState& run)
{
    if (progress.state == StepState::Waiting && run.phase() == RunState::Phase::Undoing)
        return StepState::Skipped; // nothing will begin any more
    return progress.state == StepState::Undone && progress.error ? StepState::Failed : progress.state;
}

QString glyphTitle(StepState state)
{
    switch (state) {
    case StepState::Waiting: return RunStepsModel::tr("waiting");
    case StepState::Running: return RunStepsModel::tr("running");
    case StepState::Proven: return RunStepsModel::tr("proven");
    case StepState::Done: return RunStepsModel::tr("done");
    case StepState::Failed: return RunStepsModel::tr("failed");
    case StepState::Undoing: return RunStepsModel::tr("being undone");
    case StepState::Undone: return RunStepsModel::tr("undone");
    case StepState::UndoFailed: return RunStepsModel::tr("not undone");
    case StepState::Skipped: return RunStepsModel::tr("not started");
    }
    return {};
}

QString timeText(const QDateTime& started, const QDateTime& finished, qint64 left, bool running)
{
    if (left >= 0)
        return RunStepsModel::tr("%1 left").arg(formatDuration(left));
    if (!started.isValid())
        return {};
    if (finished.isValid())
        return formatDuration(started.msecsTo(finished));
    return running ? formatDuration(started.msecsTo(QDateTime::currentDateTimeUtc())) : QString{};
}

int percentOf(const StepProgress& progress)
{
    return progress.total > 0 ? int(std::clamp<qint64>(progress.done * 100 / progress.total, 0, 100)) : -1;
}
} // namespace

RunStepsModel::RunStepsModel(QObject* parent) : QAbstractItemModel(parent) {}

void RunStepsModel::setRun(RunState* run)
{
    if (m_run)
        m_run->disconnect(this);
    beginResetModel();
    m_run = run;
    endResetModel();
    if (!run)
        return;
    connect(run, &RunState::stepsChanged, this, &RunStepsModel::changed);
    connect(run, &RunState::progressed, this, &RunStepsModel::tick);
    // The plan comes with the journal. The rows of before are gone by now, so that nothing may ask for them.
    connect(run, &RunState::loaded, this, [this] {
        beginResetModel();
        endResetModel();
    });
    connect(run, &QObject::destroyed, this, [this] {
        beginResetModel();
        m_run = nullptr;
        endResetModel();
    });
}

const plan::Stage* RunStepsModel::stageAt(const QModelIndex& index) const
{
    if (!m_run || !index.isValid() || index.internalId() != 0 || index.row() >= m_run->plan().stages.size())
        return nullptr;
    return &m_run->plan().stages[index.row()];
}

const plan::Step* RunStepsModel::stepAt(const QModelIndex& index) const
{
    if (!m_run || !index.isValid() || index.internalId() == 0)
        return nullptr;
    const auto stage = qsizetype(index.internalId()) - 1;
    const QList<plan::Stage>& stages = m_run->plan().stages;
    return stage < stages.size() && index.row() < stages[stage].steps.size() ? &stages[stage].steps[index.row()] : nullptr;
}

QModelIndex RunStepsModel::indexOf(const QString& stepId) const
{
    if (!m_run)
        return {};
    const QList<plan::Stage>& stages = m_run->plan().stages;
    for (qsizetype stage = 0; stage < stages.size(); ++stage) {
        for (qsizetype step = 0; step < stages[stage].steps.size(); ++step) {
            if (stages[stage].steps[step].id == stepId)
                return createIndex(int(step), 0, quintptr(stage + 1));
        }
    }
    return {};
}

QList<QModelIndex> RunStepsModel::busyStages() const
{
    QList<QModelIndex> list;
    for (int row = 0; row < rowCount(); ++row) {
        const StepState state = summaryOf(m_run->plan().stages[row], m_run->fold()).state;
        if (state == StepState::Running || state == StepState::Undoing || state == StepState::Failed)
            list.append(index(row, 0));
    }
    return list;
}

QModelIndex RunStepsModel::nextFailed(const QModelIndex& from, bool forward) const
{
    QList<QModelIndex> failed;
    qsizetype next = -1;
    const auto place = [](const QModelIndex& index) { return std::pair(index.internalId() == 0 ? index.row() + 1 : int(index.internalId()), index.internalId() == 0 ? -1 : index.row()); };
    for (int stage = 0; stage < rowCount(); ++stage) {
        const QModelIndex parent = index(stage, 0);
        for (int row = 0; row < rowCount(parent); ++row) {
            const QModelIndex each = index(row, 0, parent);
            const StepState state = shownState(m_run->progress(each.data(StepId).toString()), *m_run);
            if (state != StepState::Failed && state != StepState::UndoFailed)
                continue;
            if (from.isValid() && (forward ? next < 0 && place(each) > place(from) : place(each) < place(from)))
                next = failed.size();
            failed.append(each);
        }
    }
    if (failed.isEmpty())
        return {};
    return next >= 0 ? failed[next] : forward ? failed.first() : failed.last();
}

QModelIndex RunStepsModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, parent.isValid() ? quintptr(parent.row() + 1) : quintptr(0));
}

QModelIndex RunStepsModel::parent(const QModelIndex& index) const
{
    return index.isValid() && index.internalId() != 0 ? createIndex(int(index.internalId()) - 1, 0, quintptr(0)) : QModelIndex{};
}

int RunStepsModel::rowCount(const QModelIndex& parent) const
{
    if (!m_run || parent.column() > 0)
        return 0;
    if (!parent.isValid())
        return int(m_run->plan().stages.size());
    const plan::Stage* stage = stageAt(parent);
    return stage ? int(stage->steps.size()) : 0;
}

int RunStepsModel::columnCount(const QModelIndex&) const
{
    return ColumnCount;
}

QVariant RunStepsModel::data(const QModelIndex& index, int role) const
{
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::Alignment(Qt::AlignVCenter | (index.column() >= Data ? Qt::AlignRight : Qt::AlignLeft)));
    if (const plan::Step* step = stepAt(index))
        return stepData(*step, index.column(), role);
    return stageAt(index) ? stageData(index.row(), index.column(), role) : QVariant{};
}

QVariant RunStepsModel::stageData(int row, int column, int role) const
{
    const plan::Stage& stage = m_run->plan().stages[row];
    if (column == Step) {
        if (role == Qt::DisplayRole)
            return bounded(stage.title.isEmpty() ? stage.id : stage.title, 300);
        if (role == role::Strong)
            return true;
    }
    if (role != Qt::DisplayRole && role != role::Glyph && role != role::Percent && role != role::Dim && role != role::Tint && role != Qt::AccessibleTextRole && role != State)
        return {};
    StageSummary sum = summaryOf(stage, m_run->fold());
    if (sum.state == StepState::Waiting && m_run->phase() == RunState::Phase::Undoing)
        sum.state = StepState::Skipped;
    const bool running = sum.state == StepState::Running || sum.state == StepState::Undoing;
    if (role == State)
        return int(sum.state);
    if (column == Step)
        return role == role::Glyph ? QVariant(stepGlyph(sum.state)) : role == Qt::AccessibleTextRole ? QVariant(u"%1, %2"_s.arg(stage.title, glyphTitle(sum.state))) : QVariant{};
    if (column == Progress) {
        const bool bar = sum.state == StepState::Running && sum.percent >= 0 && m_run->live();
        if (role == role::Percent)
            return bar ? QVariant(sum.percent) : QVariant{};
        if (role == role::Dim)
            return !bar && sum.state != StepState::Failed;
        if (role == role::Tint)
            return sum.state == StepState::Failed ? QVariant(u"err"_s) : QVariant{};
        if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole)
            return {};
        if (bar)
            return tr("%1 %").arg(sum.percent);
        switch (sum.state) {
        case StepState::Proven:
        case StepState::Done: return tr("Done: %1 of %n steps", nullptr, sum.steps).arg(sum.ended);
        case StepState::Running: return tr("%1 of %n steps", nullptr, sum.steps).arg(sum.ended);
        case StepState::Undoing: return tr("Being undone");
        case StepState::Undone: return tr("Undone");
        case StepState::Skipped: return tr("%n steps, not started", nullptr, sum.steps);
        case StepState::Failed:
        case StepState::UndoFailed: return m_run->phase() == RunState::Phase::Undoing ? tr("Failed, undo under way") : sum.undone > 0 ? tr("Failed, undone") : tr("Failed");
        case StepState::Waiting: break;
        }
        return row > 0 ? tr("%n steps, after %1", nullptr, sum.steps).arg(bounded(m_run->plan().stages[row - 1].title, 100)) : tr("%n steps", nullptr, sum.steps);
    }
    if (role != Qt::DisplayRole)
        return {};
    if (column == Data)
        return !sum.bytes ? QVariant{} : QVariant(running && sum.bytesTotal > 0 ? formatBytesOf(sum.bytesDone, sum.bytesTotal) : formatBytes(sum.bytesDone));
    if (column == Rate)
        return running && sum.rate >= 0 ? QVariant(formatRate(sum.rate)) : QVariant{};
    return timeText(sum.started, sum.finished, running ? sum.millisecondsLeft : -1, running && m_run->live());
}

QVariant RunStepsModel::stepData(const plan::Step& step, int column, int role) const
{
    if (role == StepId)
        return step.id;
    const StepProgress progress = m_run->progress(step.id);
    const StepState state = shownState(progress, *m_run);
    const bool running = progress.state == StepState::Running || progress.state == StepState::Undoing;
    if (role == State)
        return int(state);
    if (column == Step) {
        if (role == Qt::DisplayRole)
            return bounded(step.title, 300);
        if (role == role::Glyph)
            return stepGlyph(state);
        if (role == Qt::AccessibleTextRole)
            return u"%1, %2"_s.arg(step.title, glyphTitle(state));
        if (role == Qt::ToolTipRole && !step.section.isEmpty())
            return tr("%1 (documentation %2)").arg(bounded(step.title, 300), bounded(step.section, 40));
        return {};
    }
    if (column == Progress) {
        const int percent = running ? percentOf(progress) : -1;
        const bool bar = percent >= 0 && progress.state == StepState::Running;
        if (role == role::Percent)
            return bar ? QVariant(percent) : QVariant{};
        if (role == role::Dim)
            return !running && state != StepState::Failed && state != StepState::UndoFailed;
        if (role == role::Tint)
            return state == StepState::Failed || state == StepState::UndoFailed ? QVariant(u"err"_s) : progress.state == StepState::Undoing ? QVariant(u"accent"_s) : QVariant{};
        if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole)
            return {};
        if (bar)
            return tr("%1 %").arg(percent);
        if (progress.state == StepState::Undoing && percent >= 0)
            return tr("Being undone: %1 %").arg(percent);
        if (progress.state == StepState::Undone && progress.error)
            return tr("%1 Undone.").arg(bounded(progress.error->message, 500));
        return state == StepState::Skipped ? tr("Not started") : stepText(progress);
    }
    if (role != Qt::DisplayRole)
        return {};
    if (column == Data) {
        if (progress.unit != u"bytes" || progress.state == StepState::Waiting || progress.state == StepState::Skipped)
            return {};
        return running && progress.total > 0 ? formatBytesOf(progress.done, progress.total) : formatBytes(progress.done);
    }
    if (column == Rate)
        return progress.unit == u"bytes" && progress.rate >= 0 ? QVariant(formatRate(progress.rate)) : QVariant{};
    if (progress.state == StepState::Undoing)
        return timeText(progress.undoStarted, {}, m_run->stepMillisecondsLeft(step.id), true);
    return timeText(progress.started, progress.finished, running ? m_run->stepMillisecondsLeft(step.id) : -1, running && m_run->live());
}

QVariant RunStepsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::Alignment(Qt::AlignVCenter | (section >= Data ? Qt::AlignRight : Qt::AlignLeft)));
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Step: return tr("Step");
    case Progress: return tr("Progress");
    case Data: return tr("Data");
    case Rate: return tr("Rate");
    case Time: return tr("Time");
    default: return {};
    }
}

void RunStepsModel::changed(const QStringList& ids)
{
    QSet<int> stages;
    for (const QString& id : ids) {
        const QModelIndex first = indexOf(id);
        if (!first.isValid())
            continue;
        Q_EMIT dataChanged(first, first.siblingAtColumn(ColumnCount - 1));
        stages.insert(int(first.internalId()) - 1);
    }
    for (const int stage : stages)
        Q_EMIT dataChanged(index(stage, 0), index(stage, ColumnCount - 1));
}

void RunStepsModel::tick()
{
    QStringList running;
    const auto& steps = m_run->fold().steps();
    for (auto step = steps.cbegin(); step != steps.cend(); ++step) {
        if (step->state == StepState::Running || step->state == StepState::Undoing)
            running.append(step.key());
    }
    changed(running);
}

} // namespace scalekeep::models
