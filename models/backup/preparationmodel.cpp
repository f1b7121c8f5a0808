#include "models/backup/preparationmodel.h"

#include "models/common/roles.h"

#include <QCoreApplication>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
QString glyphOf(run::Check::State state)
{
    return state == run::Check::State::Passed ? u"proven"_s : state == run::Check::State::Warning ? u"warning"_s : u"failed"_s;
}

QString joined(const QStringList& sentences)
{
    QStringList some = sentences;
    some.removeAll(QString{});
    return some.join(u' ');
}
} // namespace

namespace {
/// The engine's names commands: here it is a button.
QString remedyOf(const run::Check& check)
{
    return check.id == u"lock" && check.remedy.contains(u"scalekeep-cli"_s)
               ? QCoreApplication::translate("scalekeep::models::BackupPreparation", "Wait until that run ends. If it is lost, Lock… shows what it has left and puts it back.")
               : check.remedy;
}
} // namespace

Refusal refusalOf(const BackupPreparation& preparation)
{
    const auto tr = [](const char* text) { return QCoreApplication::translate("scalekeep::models::BackupPreparation", text); };
    const QString title = tr(QT_TRANSLATE_NOOP("scalekeep::models::BackupPreparation", "The backup of %1 was not started.")).arg(preparation.where.title());
    if (preparation.error)
        return {title, joined({preparation.error->message, preparation.error->hint})};
    QStringList texts;
    for (const run::Check& check : preparation.checks) {
        if (check.state == run::Check::State::Failed)
            texts.append(joined({check.evidence, remedyOf(check)}));
    }
    return {title, joined(texts)};
}

void PreparationModel::set(const QList<BackupPreparation>& preparations)
{
    beginResetModel();
    m_groups.clear();
    for (const BackupPreparation& each : preparations) {
        Group group{.title = each.where.title(), .summary = {}, .glyph = {}, .rows = {}};
        if (each.error)
            group.rows.append({u"failed"_s, each.error->message, each.error->hint, each.error->detail});
        for (const run::Check& check : each.checks)
            group.rows.append({glyphOf(check.state), check.title, joined({check.evidence, remedyOf(check)}), {}});
        int number = 0, failed = 0;
        for (const run::Check& check : each.checks)
            failed += check.state == run::Check::State::Failed ? 1 : 0;
        for (const QString& warning : each.plan.warnings)
            group.rows.append({u"warning"_s, warning, {}, {}});
        for (const plan::Stage& stage : each.plan.stages) {
            for (const plan::Step& step : stage.steps)
                group.rows.append({u"waiting"_s, tr("%1. %2", "number and title of a step").arg(++number).arg(step.title), step.changes ? tr("Changes the cluster. %1.").arg(step.undo) : step.commands.value(0), step.commands.join(u'\n')});
        }
        group.glyph = each.mayStart() ? u"proven"_s : u"failed"_s;
        group.summary = each.mayStart() ? tr("Ready: %1 checks passed, %2 steps.").arg(each.checks.size()).arg(number)
                        : each.error    ? tr("It could not be looked at.")
                                        : tr("%1 of %2 checks failed.").arg(failed).arg(each.checks.size());
        m_groups.append(group);
    }
    endResetModel();
}

QModelIndex PreparationModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, parent.isValid() ? quintptr(parent.row()) + 1 : quintptr(0));
}

QModelIndex PreparationModel::parent(const QModelIndex& child) const
{
    return child.isValid() && child.internalId() > 0 ? createIndex(int(child.internalId()) - 1, 0, quintptr(0)) : QModelIndex{};
}

int PreparationModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid())
        return int(m_groups.size());
    return parent.internalId() == 0 && parent.column() == 0 ? int(m_groups[parent.row()].rows.size()) : 0;
}

int PreparationModel::columnCount(const QModelIndex& /*parent*/) const
{
    return ColumnCount;
}

QVariant PreparationModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const bool isGroup = index.internalId() == 0;
    const Group& group = m_groups[isGroup ? index.row() : int(index.internalId()) - 1];
    if (role == role::Strong)
        return isGroup;
    if (isGroup) {
        if (role == Qt::DisplayRole)
            return index.column() == What ? group.title : group.summary;
        return role == role::Glyph && index.column() == Finding ? group.glyph : role == role::Icon && index.column() == What ? u"namespace"_s : QVariant{};
    }
    const Row& row = group.rows[index.row()];
    switch (role) {
    case Qt::DisplayRole:
        return index.column() == What ? row.what : row.finding;
    case Qt::ToolTipRole:
        return row.tip.isEmpty() ? QVariant{} : row.tip;
    case role::Glyph:
        return index.column() == What ? row.glyph : QVariant{};
    case role::Dim:
        return index.column() == Finding;
    default:
        return {};
    }
}

QVariant PreparationModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == What ? tr("Check or step") : tr("What was found, what will run");
}

} // namespace scalekeep::models
