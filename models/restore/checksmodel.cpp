#include "models/restore/checksmodel.h"

#include "models/common/roles.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;
using State = run::Check::State;

namespace {
int rank(State state)
{
    return state == State::Failed ? 0 : state == State::Warning ? 1 : 2;
}

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::ChecksModel)
};

/// What the column of a window has room for; the engine's titles are sentences.
QString titleOf(const run::Check& check)
{
    static const QHash<QString, const char*> titles{{u"rights"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Login and rights")},  {u"identity"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Installation")},
                                                    {u"versions"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "3scale version")},  {u"bundle"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Bundle")},
                                                    {u"pods"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Pods")},                {u"tools"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Tools in pods")},
                                                    {u"stores"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Databases")},         {u"rollout"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Rollouts")},
                                                    {u"lock"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Lock")},                {u"local-space"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Space here")},
                                                    {u"readable"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Safety copy")},
                                                    {u"pod-space"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Space in pods")},  {u"volume-space"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Space on volumes")},
                                                    {u"memory"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Memory for Redis")},
                                                    {u"operator"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Operator")},        {u"quota"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Quotas")},
                                                    {u"template"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Template")},        {u"external"_s, QT_TRANSLATE_NOOP("scalekeep::models::ChecksModel", "Elsewhere")}};
    const char* title = titles.value(check.id);
    return title ? Texts::tr(title) : check.title;
}
} // namespace

ChecksModel::ChecksModel(QObject* parent) : QAbstractTableModel(parent) {}

void ChecksModel::set(const QList<run::Check>& checks, const QStringList& warnings)
{
    QList<Row> rows;
    for (const QString& warning : warnings) {
        // The engine's own words; what stops is what people look for first.
        const bool outage = warning.startsWith(u"API outage"_s) || warning.startsWith(u"Stopped until"_s);
        // These two follow from a choice that is as documented; whatever else it says is a warning.
        const bool note = warning.startsWith(u"Queues of background jobs"_s) || warning.contains(u"keeps its data in the pod"_s);
        rows.append({{.id = u"plan"_s, .title = outage ? tr("Downtime") : tr("Please note"), .state = note ? State::Passed : State::Warning, .evidence = warning.left(2000), .remedy = {}}, note});
    }
    for (run::Check check : checks) {
        // The engine's remedies name options of the command line: here they are choices of the page.
        if (check.id == u"identity" && check.state == State::Failed)
            check.remedy = tr("Choose the namespace that the bundle was taken of, or, if you mean it (a recreated project is another one), allow it under Target.");
        else if (check.id == u"identity" && check.state == State::Warning)
            check.remedy = tr("Restored all the same, as chosen under Target. Domains inside the database are not changed.");
        else if (check.id == u"stores" && check.remedy.contains(u"--redis-method"_s))
            check.remedy = tr("Choose the helper pod for Redis under Components.");
        else if (check.id == u"bundle" && check.remedy.contains(u"salvage"_s))
            check.remedy = tr("Use another copy of it; on Bundles, what is whole can be salvaged.");
        else if (check.id == u"readable" && check.state == State::Failed)
            check.remedy = tr("Bring up what is down, mend what cannot be read and check again, so that what they hold can be kept. If it is lost anyway, type below what is given up.");
        else if (check.id == u"lock" && check.remedy.contains(u"scalekeep-cli"_s))
            check.remedy = tr("Wait until that run ends. If it was interrupted, resume or undo it on Runs, where Import run… brings it from another workstation. If it is lost, Lock… shows what it has left and puts it back.");
        check.title = titleOf(check);
        rows.append({check, false});
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return rank(a.check.state) < rank(b.check.state); });
    if (rows == m_rows)
        return;
    const int common = int(std::min(rows.size(), m_rows.size()));
    if (rows.size() < m_rows.size()) {
        beginRemoveRows({}, common, int(m_rows.size()) - 1);
        m_rows.resize(common);
        endRemoveRows();
    } else if (rows.size() > m_rows.size()) {
        beginInsertRows({}, common, int(rows.size()) - 1);
        m_rows += rows.mid(common);
        endInsertRows();
    }
    for (int row = 0; row < common; ++row) {
        if (m_rows[row] == rows[row])
            continue;
        m_rows[row] = rows[row];
        Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
    }
}

int ChecksModel::count(State state) const
{
    return int(std::count_if(m_rows.begin(), m_rows.end(), [state](const Row& row) { return !row.note && row.check.state == state; }));
}

QString ChecksModel::asText() const
{
    QString text;
    for (const auto& [check, note] : m_rows) {
        const QString state = note ? tr("Note") : check.state == State::Failed ? tr("Failed") : check.state == State::Warning ? tr("Warning") : tr("Passed");
        text += u"%1\t%2\t%3\n"_s.arg(state, check.title, check.evidence);
        if (!check.remedy.isEmpty())
            text += u"\t\t%1\n"_s.arg(check.remedy);
    }
    return text;
}

int ChecksModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int ChecksModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ChecksModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const auto& [check, note] = m_rows[index.row()];
    const bool failed = check.state == State::Failed, warning = check.state == State::Warning;
    switch (role) {
    case Qt::DisplayRole:
        return index.column() == Title ? check.title : check.evidence;
    case Qt::ToolTipRole:
        return check.remedy.isEmpty() ? check.evidence : check.evidence + u'\n' + check.remedy;
    case Qt::AccessibleTextRole:
        if (index.column() == Title)
            return u"%1: %2: %3 %4"_s.arg(failed ? tr("Failed") : warning ? tr("Warning") : note ? tr("Note") : tr("Passed"), check.title, check.evidence, check.remedy).trimmed();
        return check.evidence;
    case Remedy:
        return check.remedy;
    case Wraps:
        return failed || warning || note;
    case role::Glyph:
        return index.column() == Title ? QVariant(failed ? u"failed"_s : warning ? u"warning"_s : note ? u"note"_s : u"proven"_s) : QVariant{};
    case role::Ground:
        return failed ? QVariant(u"err"_s) : warning ? QVariant(u"warn"_s) : QVariant{};
    case role::Dim:
        return index.column() == Evidence && !failed && !warning && !note;
    default:
        return {};
    }
}

QVariant ChecksModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == Title ? tr("Check") : tr("What was seen");
}

} // namespace scalekeep::models
