#include "models/run/runlogmodel.h"

#include "models/common/roles.h"
#include "models/run/runtexts.h"

#include <QElapsedTimer>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qint64 piece = 1'000, longestMs = 4; // a pass of the event loop is not held up for longer
}

RunLogModel::RunLogModel(QObject* parent) : QAbstractTableModel(parent)
{
    m_timer.setInterval(0);
    connect(&m_timer, &QTimer::timeout, this, [this] { advance(); });
}

void RunLogModel::setRun(RunState* run)
{
    if (m_run)
        m_run->disconnect(this);
    m_run = run;
    nameSteps();
    restart();
    if (!run)
        return;
    connect(run, &RunState::logDropped, this, &RunLogModel::drop);
    connect(run, &RunState::logAppended, this, [this] {
        if (!m_timer.isActive())
            advance();
    });
    connect(run, &RunState::loaded, this, [this] {
        nameSteps();
        restart();
    });
    connect(run, &QObject::destroyed, this, [this] {
        m_run = nullptr;
        restart();
    });
}

void RunLogModel::setFilter(const Filter& filter)
{
    if (filter == m_filter)
        return;
    m_filter = filter;
    restart();
}

void RunLogModel::nameSteps()
{
    m_names.clear();
    if (!m_run)
        return;
    for (const plan::Stage& stage : m_run->plan().stages) {
        for (const plan::Step& step : stage.steps)
            m_names.insert(step.id, bounded(step.component.isEmpty() ? step.title : step.component, 60));
    }
}

QString RunLogModel::stepName(const QString& stepId) const
{
    return m_names.value(stepId, bounded(stepId, 60));
}

void RunLogModel::restart()
{
    beginResetModel();
    m_rows.clear();
    m_next = begin();
    m_namesMatching.clear();
    m_matcher = QStringMatcher(m_filter.text, Qt::CaseInsensitive);
    for (auto name = m_names.cbegin(); name != m_names.cend(); ++name) {
        if (!m_filter.text.isEmpty() && name->contains(m_filter.text, Qt::CaseInsensitive))
            m_namesMatching.insert(name.key());
    }
    endResetModel();
    advance();
}

bool RunLogModel::accepts(const LogLine& line) const
{
    if (line.level < m_filter.level || (!m_filter.step.isEmpty() && line.step != m_filter.step))
        return false;
    return m_filter.text.isEmpty() || m_matcher.indexIn(line.text) >= 0 || m_namesMatching.contains(line.step);
}

void RunLogModel::drop()
{
    const qint64 first = begin();
    const auto kept = std::lower_bound(m_rows.begin(), m_rows.end(), first);
    m_next = std::max(m_next, first);
    if (kept == m_rows.begin())
        return;
    beginRemoveRows({}, 0, int(kept - m_rows.begin()) - 1);
    m_rows.erase(m_rows.begin(), kept);
    endRemoveRows();
}

void RunLogModel::advance()
{
    const qint64 first = begin(), last = end();
    QElapsedTimer timer;
    timer.start();
    std::vector<qint64> found;
    do {
        for (const qint64 until = std::min(last, m_next + piece); m_next < until; ++m_next) {
            if (accepts(m_run->log()[m_next - first]))
                found.push_back(m_next);
        }
    } while (m_next < last && timer.elapsed() < longestMs);
    if (!found.empty()) {
        const int row = int(m_rows.size());
        beginInsertRows({}, row, row + int(found.size()) - 1);
        m_rows.insert(m_rows.end(), found.begin(), found.end());
        endInsertRows();
    }
    if (filtering()) {
        m_timer.start();
    } else {
        m_timer.stop();
        Q_EMIT filtered();
    }
}

const LogLine* RunLogModel::lineAt(int row) const
{
    if (!m_run || row < 0 || row >= int(m_rows.size()))
        return nullptr;
    const qint64 at = m_rows[size_t(row)] - begin();
    return at >= 0 && at < m_run->log().size() ? &m_run->log()[at] : nullptr; // between the ring's drop and ours
}

QString RunLogModel::line(int row) const
{
    const LogLine* line = lineAt(row);
    return line ? line->time.toUTC().toString(u"HH:mm:ss.zzz"_s) + u' ' + levelName(line->level).leftJustified(8) + stepName(line->step).leftJustified(20) + u' ' + line->text : QString{};
}

int RunLogModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int RunLogModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RunLogModel::data(const QModelIndex& index, int role) const
{
    const LogLine* line = index.isValid() ? lineAt(index.row()) : nullptr;
    if (!line)
        return {};
    if (role == Qt::DisplayRole) {
        switch (index.column()) {
        case Time: return line->time.toUTC().toString(u"HH:mm:ss.zzz"_s);
        case Level: return levelName(line->level);
        case Step: return stepName(line->step);
        case Text: return line->text;
        default: return {};
        }
    }
    if (role == role::Tint && index.column() == Level)
        return line->level == LogLine::Level::Error ? QVariant(u"err"_s) : line->level == LogLine::Level::Warning ? QVariant(u"warn"_s) : QVariant{};
    if (role == role::Dim)
        return index.column() == Time || line->level == LogLine::Level::Debug;
    return {};
}

QVariant RunLogModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Time: return tr("Time (UTC)");
    case Level: return tr("Level");
    case Step: return tr("Step");
    case Text: return tr("Text");
    default: return {};
    }
}

} // namespace scalekeep::models
