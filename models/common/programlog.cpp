#include "models/common/programlog.h"

#include "models/common/format.h"
#include "models/common/roles.h"

#include <QLoggingCategory>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
Q_LOGGING_CATEGORY(log, "scalekeep")
}

ProgramLog::ProgramLog(const Redactor& redactor, QObject* parent, int limit) : QAbstractTableModel(parent), m_redactor(redactor), m_limit(limit) {}

void ProgramLog::add(Level level, const QString& where, const QString& text)
{
    const QString safe = m_redactor.redact(text);
    const QString line = where.isEmpty() ? safe : where + u": "_s + safe;
    if (level == Level::Info)
        qCInfo(log).noquote() << line;
    else
        qCWarning(log).noquote() << line;
    if (int(m_lines.size()) >= m_limit) {
        beginRemoveRows({}, 0, 0);
        m_lines.pop_front();
        endRemoveRows();
    }
    const int row = int(m_lines.size());
    beginInsertRows({}, row, row);
    m_lines.push_back({QDateTime::currentDateTimeUtc(), level, where, safe});
    endInsertRows();
}

void ProgramLog::clear()
{
    beginResetModel();
    m_lines.clear();
    endResetModel();
}

int ProgramLog::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(m_lines.size()); }
int ProgramLog::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant ProgramLog::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Line& line = m_lines[size_t(index.row())];
    if (role == Qt::ToolTipRole && index.column() == Time)
        return formatExact(line.time);
    if (role == role::Tint && index.column() == LevelColumn)
        return line.level == Level::Error ? u"err"_s : line.level == Level::Warning ? u"warn"_s : QString{};
    if (role == role::Dim)
        return index.column() == Time || (index.column() == LevelColumn && line.level == Level::Info);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Time:
        return line.time.toLocalTime().toString(u"HH:mm:ss"_s);
    case LevelColumn:
        return line.level == Level::Error ? tr("error") : line.level == Level::Warning ? tr("warning") : tr("info");
    case Where:
        return line.where;
    default:
        return line.text;
    }
}

QVariant ProgramLog::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Time:
        return tr("Time");
    case LevelColumn:
        return tr("Level");
    case Where:
        return tr("Where");
    default:
        return tr("Message");
    }
}

} // namespace scalekeep::models
