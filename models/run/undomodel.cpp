#include "models/run/undomodel.h"

#include "models/common/format.h"
#include "models/run/runtexts.h"

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

UndoModel::UndoModel(QObject* parent) : QAbstractTableModel(parent) {}

void UndoModel::setRun(RunState* run)
{
    if (m_run)
        m_run->disconnect(this);
    beginResetModel();
    m_run = run;
    m_ids = wanted();
    endResetModel();
    if (!run)
        return;
    connect(run, &RunState::stepsChanged, this, &UndoModel::update);
    connect(run, &RunState::progressed, this, &UndoModel::update);
    connect(run, &RunState::loaded, this, &UndoModel::update);
    connect(run, &QObject::destroyed, this, [this] {
        beginResetModel();
        m_run = nullptr;
        m_ids.clear();
        endResetModel();
    });
}

QStringList UndoModel::wanted() const
{
    if (!m_run)
        return {};
    QStringList ids = m_run->undoOrder();
    for (const QString& id : m_run->undoable()) {
        if (!ids.contains(id))
            ids.append(id);
    }
    return ids;
}

int UndoModel::done() const
{
    return int(std::count_if(m_ids.begin(), m_ids.end(), [this](const QString& id) {
        const StepState state = m_run ? m_run->progress(id).state : StepState::Waiting;
        return state == StepState::Undone || state == StepState::UndoFailed;
    }));
}

void UndoModel::update()
{
    const QStringList ids = wanted();
    if (ids != m_ids) {
        const bool grows = ids.size() > m_ids.size() && ids.mid(0, m_ids.size()) == m_ids;
        if (grows) {
            beginInsertRows({}, int(m_ids.size()), int(ids.size()) - 1);
            m_ids = ids;
            endInsertRows();
        } else {
            beginResetModel();
            m_ids = ids;
            endResetModel();
        }
    }
    if (!m_ids.isEmpty())
        Q_EMIT dataChanged(index(0, 0), index(int(m_ids.size()) - 1, ColumnCount - 1));
}

int UndoModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_ids.size());
}

int UndoModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant UndoModel::data(const QModelIndex& index, int role) const
{
    if (!m_run || !index.isValid() || index.row() >= m_ids.size())
        return {};
    const QString& id = m_ids[index.row()];
    const plan::Step* step = m_run->plan().step(id);
    const StepProgress progress = m_run->progress(id);
    const bool undoing = progress.state == StepState::Undoing;
    if (index.column() == Step) {
        if (role == Qt::DisplayRole)
            return bounded(step ? step->title : id, 300);
        if (role == role::Glyph)
            return undoing || progress.state == StepState::Undone || progress.state == StepState::UndoFailed ? stepGlyph(progress.state) : u"waiting"_s;
        return {};
    }
    if (index.column() == Text) {
        const int percent = undoing && progress.total > 0 ? int(std::clamp<qint64>(progress.done * 100 / progress.total, 0, 100)) : -1;
        if (role == role::Percent)
            return percent >= 0 ? QVariant(percent) : QVariant{};
        if (role == role::Dim)
            return !undoing && progress.state != StepState::UndoFailed;
        if (role == role::Tint)
            return progress.state == StepState::UndoFailed ? QVariant(u"err"_s) : QVariant{};
        if (role != Qt::DisplayRole)
            return {};
        if (percent >= 0)
            return progress.unit == u"bytes" ? formatBytesOf(progress.done, progress.total) : tr("%1 %").arg(percent);
        if (progress.state == StepState::Undone)
            return tr("Undone");
        if (progress.state == StepState::UndoFailed)
            return tr("Not undone: %1").arg(progress.message);
        return bounded(step ? step->undo : QString{}, 300);
    }
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::Alignment(Qt::AlignVCenter | Qt::AlignRight));
    if (role != Qt::DisplayRole || !progress.undoStarted.isValid())
        return {};
    if (undoing && !progress.undoFinished.isValid())
        return formatDuration(progress.undoStarted.msecsTo(QDateTime::currentDateTimeUtc()));
    return progress.undoFinished.isValid() ? QVariant(formatDuration(progress.undoStarted.msecsTo(progress.undoFinished))) : QVariant{};
}

} // namespace scalekeep::models
