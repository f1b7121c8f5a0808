#include "models/compare/rulesmodel.h"

#include "models/common/roles.h"

#include <QSet>

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

RulesModel::RulesModel(compare::Rules rules, QObject* parent) : QAbstractTableModel(parent), m_rules(std::move(rules)) {}

compare::Rules RulesModel::complete() const
{
    compare::Rules rules = m_rules;
    erase_if(rules.list, [](const compare::Rule& rule) { return !rule.builtin && rule.kind.isEmpty() && rule.name.isEmpty() && rule.field.isEmpty(); });
    return rules;
}

bool RulesModel::isOwn(int row) const
{
    return row >= 0 && row < rowCount() && !m_rules.list.at(row).builtin;
}

int RulesModel::add()
{
    QSet<QString> ids;
    for (const compare::Rule& rule : m_rules.list)
        ids.insert(rule.id);
    if (std::count_if(m_rules.list.begin(), m_rules.list.end(), [](const compare::Rule& rule) { return !rule.builtin; }) >= MostOwn)
        return -1;
    int number = 1;
    while (ids.contains(u"own-%1"_s.arg(number)))
        ++number;
    const int row = rowCount();
    beginInsertRows({}, row, row);
    compare::Rule rule;
    rule.id = u"own-%1"_s.arg(number);
    rule.title = tr("My rule %1").arg(number);
    // Until it says what it is about it takes nothing for noise.
    rule.enabled = false;
    m_rules.list.append(rule);
    endInsertRows();
    return row;
}

void RulesModel::remove(int row)
{
    if (!isOwn(row))
        return;
    beginRemoveRows({}, row, row);
    m_rules.list.removeAt(row);
    endRemoveRows();
}

void RulesModel::restoreStandard()
{
    const compare::Rules standard = compare::Rules::standard();
    for (int row = 0; row < rowCount(); ++row) {
        const auto known = std::find_if(standard.list.begin(), standard.list.end(), [&](const compare::Rule& rule) { return rule.id == m_rules.list.at(row).id; });
        if (m_rules.list.at(row).builtin && known != standard.list.end() && m_rules.list.at(row) != *known) {
            m_rules.list[row] = *known;
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
        }
    }
}

int RulesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_rules.list.size());
}

int RulesModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RulesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    const QStringList titles{tr("Rule"), tr("Kind"), tr("Name"), tr("What differs")};
    const QStringList tips{tr("What counts for nothing while the rule is on"), tr("Kinds of objects, such as ConfigMap|Secret, file or table; empty: all"), tr("Names, with * and ? for any characters; empty: all"),
                           tr("Fields such as spec.replicas, or content, definition, mode, modified; empty: all")};
    return role == Qt::DisplayRole ? titles.at(section) : role == Qt::ToolTipRole ? QVariant(tips.at(section)) : QVariant();
}

Qt::ItemFlags RulesModel::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    if (index.column() == Title)
        flags |= Qt::ItemIsUserCheckable;
    if (isOwn(index.row()))
        flags |= Qt::ItemIsEditable;
    return flags;
}

QVariant RulesModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const compare::Rule& rule = m_rules.list.at(index.row());
    const QString text = index.column() == Title ? rule.title : index.column() == Kind ? rule.kind : index.column() == Name ? rule.name : rule.field;
    switch (role) {
    case Qt::DisplayRole: return text.isEmpty() && index.column() != Title ? tr("all") : text;
    case Qt::EditRole: return text;
    case Qt::ToolTipRole: return rule.builtin ? tr("%1\nBuilt in: it can be switched off, not edited.").arg(text) : tr("%1\nYour own: press F2 to edit it.").arg(text);
    case Qt::CheckStateRole: return index.column() == Title ? QVariant(rule.enabled ? Qt::Checked : Qt::Unchecked) : QVariant();
    case role::Dim: return text.isEmpty() || (rule.builtin && index.column() != Title);
    default: return {};
    }
}

bool RulesModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (!index.isValid() || index.row() >= rowCount())
        return false;
    compare::Rule& rule = m_rules.list[index.row()];
    if (role == Qt::CheckStateRole && index.column() == Title) {
        rule.enabled = value.toInt() == Qt::Checked;
    } else if (role == Qt::EditRole && !rule.builtin) {
        const QString text = value.toString().simplified().left(LongestPattern);
        if (index.column() == Title && text.isEmpty())
            return false;
        (index.column() == Title ? rule.title : index.column() == Kind ? rule.kind : index.column() == Name ? rule.name : rule.field) = text;
    } else {
        return false;
    }
    Q_EMIT dataChanged(index, index);
    return true;
}

} // namespace scalekeep::models
