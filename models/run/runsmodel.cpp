#include "models/run/runsmodel.h"

#include "models/common/format.h"
#include "models/run/runtexts.h"

#include <QRegularExpression>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
/// The summary of a run of this session, as its journal will give it.
RunSummary summaryOf(const RunState& state)
{
    RunSummary summary;
    summary.runId = state.runId();
    summary.kind = state.plan().kind;
    summary.cluster = state.plan().cluster;
    summary.namespaceName = state.plan().namespaceName;
    summary.state = state.stateName();
    summary.bundle = state.writesTo().isEmpty() ? state.plan().bundle : state.writesTo();
    summary.journal = state.journal();
    summary.started = state.started();
    summary.ended = state.finished();
    if (state.outcome() && state.outcome()->error)
        summary.message = bounded(state.outcome()->error->message, 1'000);
    return summary;
}
} // namespace

bool RunsModel::Row::same(const Row& other) const
{
    return (state && state == other.state) || (!summary.runId.isEmpty() && summary.runId == other.summary.runId);
}

RunsModel::RunsModel(RunHub& hub, QObject* parent) : QAbstractTableModel(parent), m_hub(hub), m_session(hub.running())
{
    connect(&hub, &RunHub::started, this, [this](RunState* state) {
        if (!m_session.contains(state))
            m_session.append(state);
        merge();
    });
    connect(&hub, &RunHub::changed, this, &RunsModel::changed);
    connect(&hub, &RunHub::ended, this, &RunsModel::merge);
    connect(&hub, &RunHub::summariesChanged, this, &RunsModel::merge);
    m_rows = wanted();
}

QList<RunsModel::Row> RunsModel::wanted() const
{
    QList<Row> live, rest;
    QHash<QString, RunState*> known;
    for (RunState* state : m_session) {
        known.insert(state->runId(), state);
        const Row row{state, summaryOf(*state)};
        if (state->live())
            live.prepend(row);
        else if (state->runId().isEmpty()) // it never came to a journal
            rest.append(row);
    }
    QSet<QString> listed;
    for (const RunSummary& summary : m_hub.summaries()) {
        RunState* state = known.value(summary.runId);
        if (state && state->live())
            continue;
        listed.insert(summary.runId);
        rest.append({state, summary});
    }
    for (RunState* state : m_session) { // ended, but not read yet
        if (!state->live() && !state->runId().isEmpty() && !listed.contains(state->runId()))
            rest.append({state, summaryOf(*state)});
    }
    std::stable_sort(rest.begin(), rest.end(), [](const Row& a, const Row& b) { return a.summary.started > b.summary.started; });
    return live + rest;
}

void RunsModel::merge()
{
    const QList<Row> target = wanted();
    for (qsizetype at = m_rows.size() - 1; at >= 0; --at) {
        if (std::any_of(target.begin(), target.end(), [&](const Row& row) { return row.same(m_rows[at]); }))
            continue;
        beginRemoveRows({}, int(at), int(at));
        m_rows.removeAt(at);
        endRemoveRows();
    }
    for (qsizetype at = 0; at < target.size(); ++at) {
        qsizetype from = at;
        while (from < m_rows.size() && !target[at].same(m_rows[from]))
            ++from;
        if (from == m_rows.size()) {
            beginInsertRows({}, int(at), int(at));
            m_rows.insert(at, target[at]);
            endInsertRows();
            continue;
        }
        if (from != at) {
            beginMoveRows({}, int(from), int(from), {}, int(at));
            m_rows.move(from, at);
            endMoveRows();
        }
        if (m_rows[at] != target[at]) {
            m_rows[at] = target[at];
            Q_EMIT dataChanged(index(int(at), 0), index(int(at), ColumnCount - 1));
        }
    }
}

void RunsModel::changed(RunState* state)
{
    const int row = rowOf(state);
    if (row < 0)
        return;
    m_rows[row].summary = summaryOf(*state);
    Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

RunState* RunsModel::state(int row) const
{
    return row >= 0 && row < m_rows.size() ? m_rows[row].state : nullptr;
}

RunSummary RunsModel::summary(int row) const
{
    return row >= 0 && row < m_rows.size() ? m_rows[row].summary : RunSummary{};
}

int RunsModel::rowOf(const QString& runId) const
{
    for (qsizetype row = 0; row < m_rows.size(); ++row) {
        if (!runId.isEmpty() && m_rows[row].summary.runId == runId)
            return int(row);
    }
    return -1;
}

int RunsModel::rowOf(const RunState* state) const
{
    for (qsizetype row = 0; row < m_rows.size(); ++row) {
        if (state && m_rows[row].state == state)
            return int(row);
    }
    return -1;
}

int RunsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int RunsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RunsModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= m_rows.size())
        return {};
    const Row& row = m_rows[index.row()];
    const RunSummary& run = row.summary;
    if (role == RunId)
        return run.runId;
    if (role == StateName)
        return run.state;
    const bool live = row.state && row.state->live();
    if (index.column() == Run) {
        switch (role) {
        case Qt::DisplayRole: return run.kind.isEmpty() ? run.runId : runTitle(run.kind, run.cluster, run.namespaceName);
        case role::Glyph: return live ? u"running"_s : stateGlyph(run.state);
        case Qt::AccessibleTextRole: return u"%1, %2"_s.arg(runTitle(run.kind, run.cluster, run.namespaceName), stateTitle(run.state));
        case Qt::ToolTipRole: return (QStringList{stateTitle(run.state), run.message, tr("Started %1").arg(formatExact(run.started)), run.runId}).filter(QRegularExpression(u"."_s)).join(u'\n');
        default: return {};
        }
    }
    switch (role) {
    case Qt::DisplayRole: return live ? tr("%1 %").arg(row.state->percent()) : formatMoment(run.started);
    case Qt::TextAlignmentRole: return QVariant::fromValue(Qt::Alignment(Qt::AlignVCenter | Qt::AlignRight));
    case role::Dim: return true;
    case Qt::ToolTipRole: return formatExact(run.started);
    default: return {};
    }
}

QVariant RunsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == Run ? tr("Run") : tr("Started");
}

} // namespace scalekeep::models
