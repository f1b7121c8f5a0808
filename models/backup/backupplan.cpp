#include "models/backup/backupplan.h"

#include "engine/base/files.h"
#include "engine/store/completeness.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int debounceMilliseconds = 150;
constexpr qsizetype mostChanges = 100; // that can be undone

QString keyOf(const QString& folder, const NamespaceRef& where)
{
    return folder + u'\n' + where.cluster + u'\n' + where.name;
}

/// Broken after the client's own part, so that what runs in the pod stands on a line of its own. Not where that part is quoted.
QString broken(const QString& command)
{
    const qsizetype end = command.indexOf(u" -- "_s), quote = command.indexOf(u'\''), other = command.indexOf(u'"');
    if (end < 0 || (quote >= 0 && quote < end) || (other >= 0 && other < end))
        return command;
    return command.left(end + 3) + u" \\\n    "_s + command.mid(end + 4);
}
} // namespace

BackupPlan::BackupPlan(ClusterHub& hub, QObject* parent) : QObject(parent), m_hub(hub)
{
    m_content.options.folder = defaultFolder();
    m_saved = m_content;
    m_debounce.setSingleShot(true);
    m_debounce.setInterval(debounceMilliseconds);
    connect(&m_debounce, &QTimer::timeout, this, &BackupPlan::compute);
    connect(&hub, &ClusterHub::clustersChanged, this, &BackupPlan::schedule);
    connect(&hub, &ClusterHub::clusterChanged, this, &BackupPlan::schedule);
    connect(&hub, &ClusterHub::namespaceChanged, this, [this](const NamespaceRef& where) {
        if (m_content.selection(where))
            schedule();
    });
    refreshSaved();
    schedule();
}

QString BackupPlan::defaultFolder()
{
    return QDir::home().filePath(u"Backups/3scale"_s);
}

bool BackupPlan::contains(const ComponentRef& component) const
{
    const Selection* selection = m_content.selection(component.where);
    return selection && (component.component.isEmpty() || selection->components.contains(component.component));
}

std::optional<Error> BackupPlan::whyUnread(const NamespaceRef& where) const
{
    const ClusterState* cluster = m_hub.cluster(where.cluster);
    if (!cluster)
        return Error{ErrorCode::NotFound, tr("There is no cluster %1 here.").arg(where.cluster), {}, tr("Add it, or remove its components from the plan.")};
    const NamespaceState* state = m_hub.namespaceState(where);
    if (state && state->detection)
        return {};
    if (cluster->state == ConnectionState::LoggedOut)
        return Error{ErrorCode::NotLoggedIn, tr("%1 is not logged in.").arg(where.cluster), {}, tr("Log in to it first.")};
    if (state && state->error)
        return state->error;
    if (!state && cluster->state == ConnectionState::Connected)
        return Error{ErrorCode::NotFound, tr("%1 has no namespace %2 with 3scale.").arg(where.cluster, where.name), {}, tr("Check the name, or remove its components from the plan.")};
    return Error{ErrorCode::NotReady, tr("%1 has not been read yet.").arg(where.title()), {}, tr("Wait a moment, or press F5.")};
}

QString BackupPlan::refusalOfOne(const ComponentRef& component) const
{
    if (const auto unread = whyUnread(component.where))
        return unread->message;
    if (m_hub.cluster(component.where.cluster)->state == ConnectionState::LoggedOut)
        return tr("%1 is not logged in.").arg(component.where.cluster);
    const NamespaceState* state = m_hub.namespaceState(component.where);
    const catalog::Component* known = state->detection->catalog.component(component.component);
    if (!known)
        return tr("%1 is not a component of 3scale %2.").arg(component.component, state->detection->version);
    if (!store::presentComponents(state->detection->catalog, state->inventory).contains(component.component))
        return tr("%1 is not in %2.").arg(componentTitle(*known), component.where.title());
    if (contains(component))
        return tr("%1 is already in the plan.").arg(componentTitle(*known));
    return {};
}

QList<ComponentRef> BackupPlan::expand(const QList<ComponentRef>& components) const
{
    QList<ComponentRef> expanded;
    const auto append = [&expanded](const ComponentRef& each) {
        if (!expanded.contains(each))
            expanded.append(each);
    };
    for (const ComponentRef& each : components) {
        const NamespaceState* state = each.component.isEmpty() ? m_hub.namespaceState(each.where) : nullptr;
        if (!state || !state->detection) {
            append(each);
            continue;
        }
        const QStringList present = store::presentComponents(state->detection->catalog, state->inventory);
        for (const QString& id : present)
            append({each.where, id});
    }
    return expanded;
}

QString BackupPlan::refusal(const QList<ComponentRef>& components) const
{
    QStringList reasons;
    const QList<ComponentRef> expanded = expand(components);
    for (const ComponentRef& each : expanded) {
        const QString reason = refusalOfOne(each);
        if (reason.isEmpty())
            return {};
        if (!reasons.contains(reason))
            reasons.append(reason);
    }
    if (reasons.isEmpty())
        return tr("This holds no components.");
    if (reasons.size() > 1 && std::all_of(expanded.begin(), expanded.end(), [this](const ComponentRef& each) { return contains(each); }))
        return tr("They are already in the plan.");
    return reasons.first();
}

QList<ComponentRef> BackupPlan::add(const QList<ComponentRef>& components)
{
    QList<ComponentRef> added;
    QList<Selection> selections = m_content.selections;
    const QList<ComponentRef> expanded = expand(components);
    for (const ComponentRef& each : expanded) {
        if (!refusalOfOne(each).isEmpty())
            continue;
        auto place = std::find_if(selections.begin(), selections.end(), [&](const Selection& selection) { return selection.where == each.where; });
        if (place == selections.end())
            place = selections.insert(selections.end(), {.where = each.where, .components = {}});
        place->components.append(each.component);
        added.append(each);
    }
    if (!added.isEmpty())
        record(Kind::Add, selections);
    return added;
}

void BackupPlan::remove(const QList<ComponentRef>& components)
{
    QList<Selection> selections = m_content.selections;
    for (const ComponentRef& each : components) {
        for (Selection& selection : selections) {
            if (selection.where != each.where)
                continue;
            if (each.component.isEmpty())
                selection.components.clear();
            else
                selection.components.removeAll(each.component);
        }
    }
    selections.removeIf([](const Selection& selection) { return selection.components.isEmpty(); });
    if (selections != m_content.selections)
        record(Kind::Remove, selections);
}

void BackupPlan::clear()
{
    if (!isEmpty())
        record(Kind::Remove, {});
}

void BackupPlan::record(Kind kind, const QList<Selection>& selections)
{
    m_done.append({kind, m_content.selections, selections});
    if (m_done.size() > mostChanges)
        m_done.removeFirst();
    m_undone.clear();
    apply(selections);
}

void BackupPlan::apply(const QList<Selection>& selections)
{
    m_content.selections = selections;
    sketch();
    Q_EMIT groupsChanged();
    Q_EMIT contentChanged();
    schedule();
}

QString BackupPlan::undoText() const
{
    return m_done.isEmpty() ? QString{} : m_done.last().kind == Kind::Add ? tr("Undo add") : tr("Undo remove");
}

QString BackupPlan::redoText() const
{
    return m_undone.isEmpty() ? QString{} : m_undone.last().kind == Kind::Add ? tr("Redo add") : tr("Redo remove");
}

void BackupPlan::undo()
{
    if (m_done.isEmpty())
        return;
    m_undone.append(m_done.takeLast());
    apply(m_undone.last().before);
}

void BackupPlan::redo()
{
    if (m_undone.isEmpty())
        return;
    m_done.append(m_undone.takeLast());
    apply(m_done.last().after);
}

void BackupPlan::setOptions(const PlanOptions& options)
{
    if (m_content.options == options)
        return;
    if (m_content.options.folder != options.folder)
        m_freeBytes = -1;
    m_content.options = options;
    Q_EMIT contentChanged();
    schedule();
}

// Rows stand at once with what is known of them; the rest follows from the background.
void BackupPlan::sketch()
{
    QList<PlanGroup> groups;
    for (const Selection& selection : m_content.selections) {
        const auto old = std::find_if(m_groups.begin(), m_groups.end(), [&](const PlanGroup& each) { return each.where == selection.where; });
        PlanGroup group;
        group.where = selection.where;
        const NamespaceState* state = m_hub.namespaceState(selection.where);
        const catalog::Catalog* catalog = state && state->detection ? &state->detection->catalog : nullptr;
        if (old != m_groups.end()) {
            group = *old;
            group.components.removeIf([&](const PlannedComponent& each) { return !selection.components.contains(each.id); });
        }
        for (const QString& id : selection.components) {
            if (std::any_of(group.components.begin(), group.components.end(), [&](const PlannedComponent& each) { return each.id == id; }))
                continue;
            const catalog::Component* component = catalog ? catalog->component(id) : nullptr;
            group.components.append({.id = id, .title = component ? componentTitle(*component) : id, .icon = iconOfComponent(component ? component->engine : QString{}, id), .taken = {}, .problem = {}});
        }
        if (catalog) {
            const auto place = [catalog](const PlannedComponent& each) {
                for (qsizetype i = 0; i < catalog->components.size(); ++i) {
                    if (catalog->components[i].id == each.id)
                        return i;
                }
                return catalog->components.size();
            };
            std::stable_sort(group.components.begin(), group.components.end(), [&](const PlannedComponent& a, const PlannedComponent& b) { return place(a) < place(b); });
        }
        groups.append(group);
    }
    m_groups = groups;
}

GroupInput BackupPlan::inputFor(const Selection& selection) const
{
    GroupInput input{.selection = selection, .options = m_content.options, .detection = {}, .inventory = {}, .usedBytes = {}, .unread = whyUnread(selection.where)};
    if (const NamespaceState* state = m_hub.namespaceState(selection.where)) {
        input.detection = state->detection;
        input.inventory = state->inventory;
        input.usedBytes = state->usedBytes;
    }
    return input;
}

void BackupPlan::schedule()
{
    m_debounce.start();
}

void BackupPlan::compute()
{
    if (m_computing) {
        m_again = true;
        return;
    }
    m_computing = true;
    QList<GroupInput> inputs;
    for (const Selection& selection : std::as_const(m_content.selections))
        inputs.append(inputFor(selection));
    struct Computed { QList<PlanGroup> groups; QHash<QString, LastBundle> last; qint64 freeBytes = -1; bool folderExists = true; };
    workplace().inBackground(
        this,
        [inputs, folder = m_content.options.folder, last = m_last]() mutable {
            Computed computed{.groups = {}, .last = {}, .freeBytes = folder.isEmpty() ? -1 : scalekeep::freeBytes(folder)};
            computed.folderExists = folder == defaultFolder() || QFileInfo(folder).isDir();
            for (const GroupInput& input : inputs) {
                const QString key = keyOf(folder, input.selection.where);
                if (!last.contains(key))
                    last.insert(key, lastBundle(folder, input.selection.where));
                computed.groups.append(describeGroup(input, last.value(key)));
            }
            computed.last = last;
            return computed;
        },
        [this, selections = m_content.selections, options = m_content.options](const Computed& computed) {
            m_computing = false;
            m_last = computed.last;
            const bool stale = selections != m_content.selections || options != m_content.options;
            if (!stale) {
                m_groups = computed.groups;
                m_freeBytes = computed.freeBytes;
                m_folderExists = computed.folderExists;
            }
            if (m_again)
                schedule();
            m_again = false;
            if (!stale)
                Q_EMIT groupsChanged();
        });
}

void BackupPlan::refresh()
{
    m_last.clear();
    refreshSaved();
    schedule();
}

PlanSums BackupPlan::sums() const
{
    QList<PlannedComponent> all;
    qint64 milliseconds = -1;
    for (const PlanGroup& group : m_groups) {
        all += group.components;
        // One namespace after the other.
        if (const qint64 own = sums(group).milliseconds; own >= 0)
            milliseconds = std::max<qint64>(milliseconds, 0) + own;
    }
    PlanSums sums = sumsOf(all, m_content.options.parallel);
    sums.milliseconds = milliseconds;
    return sums;
}

qsizetype BackupPlan::steps() const
{
    qsizetype number = 0;
    for (const PlanGroup& group : m_groups)
        number += group.steps();
    return number;
}

bool BackupPlan::changesCluster() const
{
    return std::any_of(m_groups.begin(), m_groups.end(), [](const PlanGroup& group) { return group.changingSteps() > 0; });
}

QString BackupPlan::obstacle() const
{
    if (isEmpty())
        return tr("The plan is empty.");
    if (m_content.options.folder.isEmpty())
        return tr("Choose the folder that the bundle is written to.");
    if (!m_folderExists)
        return tr("The folder %1 does not exist.").arg(m_content.options.folder);
    for (const PlanGroup& group : m_groups) {
        if (group.error)
            return group.error->message;
        for (const PlannedComponent& component : group.components) {
            if (!component.problem.isEmpty())
                return component.problem;
        }
        if (m_hub.cluster(group.where.cluster) && m_hub.cluster(group.where.cluster)->state == ConnectionState::LoginExpired)
            return tr("The login of %1 has expired. Log in to it again.").arg(group.where.cluster);
        if (!group.plan)
            return tr("%1 is being looked at.").arg(group.where.title());
    }
    return {};
}

BackupPlan::CommandText BackupPlan::commands(const QList<ComponentRef>& components) const
{
    QString text;
    QStringList numbers, names;
    int number = 0;
    for (const PlanGroup& group : m_groups) {
        for (const plan::Stage& stage : group.plan ? group.plan->stages : QList<plan::Stage>{}) {
            for (const plan::Step& step : stage.steps) {
                ++number;
                if (step.component.isEmpty() || !components.contains(ComponentRef{group.where, step.component}))
                    continue;
                numbers.append(QString::number(number));
                if (!names.contains(step.component))
                    names.append(step.component);
                text += u"# %1\n"_s.arg(step.title);
                for (const QString& command : step.commands)
                    text += broken(command) + u'\n';
            }
        }
    }
    if (numbers.isEmpty())
        return {.part = number == 0 ? QString{} : tr("all %1 steps").arg(number), .text = script()};
    const QString part = numbers.size() == 1 ? tr("step %1 of %2: %3").arg(numbers.first()).arg(number).arg(names.first())
                         : names.size() == 1 ? tr("steps %1 of %2: %3").arg(numbers.join(u", "_s)).arg(number).arg(names.first())
                                             : tr("%1 of %2 steps").arg(numbers.size()).arg(number);
    return {.part = part, .text = workplace().redactor.redact(text)};
}

QString BackupPlan::script() const
{
    QStringList scripts;
    for (const PlanGroup& group : m_groups) {
        if (group.plan)
            scripts.append(plan::toShell(*group.plan));
    }
    return workplace().redactor.redact(scripts.join(u'\n'));
}

QList<BackupJob> BackupPlan::jobs() const
{
    QList<BackupJob> jobs;
    for (const Selection& selection : m_content.selections) {
        const ClusterState* cluster = m_hub.cluster(selection.where.cluster);
        jobs.append({.selection = selection, .options = m_content.options, .readOnly = cluster && cluster->cluster.readOnly});
    }
    return jobs;
}

} // namespace scalekeep::models
