#include "engine/catalog/catalog.h"

#include "engine/base/files.h"
#include "engine/catalog/fields.h"

#include <QFileInfo>

#include <algorithm>

namespace scalekeep::catalog {

using namespace Qt::Literals::StringLiterals;

namespace {

const QStringList bothFlavours{u"template"_s, u"operator"_s};

/// For what an entry exists: a range of versions and some flavours. Empty parts mean no limit.
struct Scope {
    QString min, max;
    QStringList flavours;

    [[nodiscard]] bool holds(const QString& version, const QString& flavour) const
    {
        return (version.isEmpty() || ((min.isEmpty() || compareVersions(version, min) >= 0) &&
                                      (max.isEmpty() || compareVersions(version, max) <= 0))) &&
               (flavour.isEmpty() || flavours.isEmpty() || flavours.contains(flavour));
    }
    [[nodiscard]] bool overlaps(const Scope& other) const
    {
        const bool before = !max.isEmpty() && !other.min.isEmpty() && compareVersions(max, other.min) < 0;
        const bool after = !min.isEmpty() && !other.max.isEmpty() && compareVersions(min, other.max) > 0;
        const auto shared = [&other](const QString& flavour) { return other.flavours.contains(flavour); };
        return !before && !after &&
               (flavours.isEmpty() || other.flavours.isEmpty() ||
                std::any_of(flavours.begin(), flavours.end(), shared));
    }
};

/// A reference by name that can only be checked when everything has been read.
struct Reference {
    int line = 0;
    QString what, name;
};

class Reader {
public:
    Reader(Faults& faults, const QString& version, const QString& flavour)
        : m_faults(faults), m_version(version), m_flavour(flavour)
    {
    }

    Catalog read(Fields root);

private:
    Scope range(Fields& entry);
    bool applies(Fields& entry, const QString& list, const QString& name);
    template <class Fact>
    QList<Fact> list(Fields& root, const QString& key, const QString& nameKey, Fact (Reader::*readOne)(Fields))
    {
        QList<Fact> facts;
        for (Fields& entry : root.maps(key)) {
            // Entries of other versions are read all the same: their faults count, too.
            const bool wanted = applies(entry, key, entry.optionalText(nameKey));
            Fact fact = (this->*readOne)(entry);
            if (wanted)
                facts.append(std::move(fact));
        }
        return facts;
    }
    void refer(const Fields& entry, const QString& what, const QStringList& names);
    Component component(Fields entry);
    void store(Fields& entry, Component& c);
    void redis(Fields& entry, Component& c);
    ObjectKind kind(Fields entry);
    WorkloadFact workload(Fields entry);
    Task task(Fields entry);
    void checkReferences();

    Faults& m_faults;
    QString m_version, m_flavour;
    QMultiHash<QString, Scope> m_scopes;      ///< "workloads/system-app" -> where it exists
    QHash<QString, QStringList> m_containers; ///< of a workload
    QList<Reference> m_references;
};

Scope Reader::range(Fields& entry)
{
    Scope scope;
    if (auto versions = entry.map(u"versions"_s, false)) {
        scope.min = versions->version(u"min"_s);
        scope.max = versions->version(u"max"_s);
        if (!scope.min.isEmpty() && !scope.max.isEmpty() && compareVersions(scope.min, scope.max) > 0)
            versions->fault(u"the range of versions ends (%1) before it begins (%2)"_s.arg(scope.max, scope.min));
        versions->finish();
    }
    scope.flavours = entry.optionalTexts(u"flavours"_s);
    for (const QString& flavour : std::as_const(scope.flavours)) {
        if (!bothFlavours.contains(flavour))
            entry.fault(u"“flavours” holds “%1”, but only template and operator exist"_s.arg(flavour.left(100)));
    }
    return scope;
}

// Whether an entry of a list belongs to the wanted version and flavour; finds a second one of the same name where both
// would exist.
bool Reader::applies(Fields& entry, const QString& list, const QString& name)
{
    const Scope scope = range(entry);
    const QString key = list + u'/' + name;
    for (const Scope& other : m_scopes.values(key)) {
        if (scope.overlaps(other))
            entry.fault(u"“%1” is in “%2” twice"_s.arg(name.left(100), list));
    }
    m_scopes.insert(key, scope);
    return scope.holds(m_version, m_flavour);
}

void Reader::refer(const Fields& entry, const QString& what, const QStringList& names)
{
    for (const QString& name : names)
        m_references.append({entry.line(), what, name});
}

Catalog Reader::read(Fields root)
{
    Catalog catalog;
    if (root.number(u"format"_s, 1, 1000) != 1)
        root.fault(u"this is format %1 of a catalogue, and this program reads format 1"_s.arg(
            root.number(u"format"_s, 1, 1000)));
    catalog.id = root.text(u"id"_s);
    catalog.title = root.text(u"title"_s);
    if (!root.has(u"versions"))
        root.fault(u"the catalogue lacks “versions”"_s);
    const Scope scope = range(root);
    if (scope.min.isEmpty())
        root.fault(u"“versions” of the catalogue lacks “min”"_s);
    catalog.minVersion = scope.min;
    catalog.maxVersion = scope.max;
    catalog.flavours = root.texts(u"flavours"_s);
    catalog.workloadKind = root.word(u"workload_kind"_s, {u"DeploymentConfig"_s, u"Deployment"_s});
    catalog.podLabel = root.word(u"pod_label"_s, {u"deploymentConfig"_s, u"deployment"_s});
    if (auto documentation = root.map(u"documentation"_s)) {
        catalog.documentationTitle = documentation->text(u"title"_s);
        catalog.documentationUrl = documentation->text(u"url"_s);
        documentation->finish();
    }
    if (auto installer = root.map(u"operator"_s, false)) {
        catalog.operatorDeployments = installer->texts(u"deployments"_s);
        if (auto resource = installer->map(u"custom_resource"_s)) {
            if (resource->text(u"kind"_s) != u"APIManager")
                resource->fault(u"“kind” must be APIManager"_s);
            catalog.customResource = resource->text(u"resource"_s);
            resource->finish();
        }
        installer->finish();
    }
    catalog.workloads = list(root, u"workloads"_s, u"name"_s, &Reader::workload);
    catalog.kinds = list(root, u"kinds"_s, u"id"_s, &Reader::kind);
    catalog.components = list(root, u"components"_s, u"id"_s, &Reader::component);
    catalog.tasks = list(root, u"tasks"_s, u"id"_s, &Reader::task);
    if (auto hooks = root.map(u"hooks"_s)) {
        catalog.hooks = {hooks->text(u"workload"_s), hooks->word(u"kind"_s, {u"lifecycle"_s, u"Job"_s}),
                         hooks->text(u"pre"_s),      hooks->text(u"post"_s),
                         hooks->text(u"effect"_s),   hooks->texts(u"needs"_s)};
        refer(*hooks, u"workloads"_s, QStringList{catalog.hooks.workload} + catalog.hooks.needs);
        hooks->finish();
    }
    for (Fields& entry : root.maps(u"secret_refs"_s)) {
        const SecretRef reference{entry.text(u"resource"_s), entry.text(u"path"_s)};
        if (applies(entry, u"secret_refs"_s, reference.resource + u' ' + reference.path))
            catalog.secretRefs.append(reference);
        entry.finish();
    }
    catalog.notes = root.optionalTexts(u"notes"_s);
    root.finish();
    checkReferences();
    return catalog;
}

Component Reader::component(Fields entry)
{
    Component c;
    c.id = entry.text(u"id"_s);
    c.title = entry.text(u"title"_s);
    c.engine = entry.word(u"engine"_s, {u"mysql"_s, u"postgresql"_s, u"redis"_s, u"files"_s, u"objects"_s});
    c.presence = entry.word(u"presence"_s, {u"required"_s, u"optional"_s, u"one_of"_s, u"external"_s});
    c.group = entry.optionalText(u"group"_s);
    if (c.presence == u"one_of" && c.group.isEmpty())
        entry.fault(u"“presence” is one_of, but there is no “group”"_s);
    if (!c.group.isEmpty() && c.presence != u"one_of" && c.presence != u"external")
        entry.fault(u"“group” goes with the presence one_of or external only"_s);
    c.sourceOfTruth = entry.flag(u"source_of_truth"_s);
    if (auto documentation = entry.map(u"documentation"_s)) {
        c.backupSections = documentation->texts(u"backup"_s);
        c.restoreSections = documentation->texts(u"restore"_s);
        documentation->finish();
    }
    c.forgotten = entry.optionalText(u"forgotten"_s);
    if (c.engine == u"objects") {
        c.kinds = entry.texts(u"kinds"_s);
        refer(entry, u"kinds"_s, c.kinds);
    } else {
        store(entry, c);
    }
    entry.finish();
    return c;
}

// What all data stores have, then what their engines add.
void Reader::store(Fields& entry, Component& c)
{
    if (auto writers = entry.map(u"writers"_s)) {
        c.adminWriters = writers->texts(u"admin"_s);
        c.apiWriters = writers->texts(u"api"_s);
        refer(*writers, u"workloads"_s, c.adminWriters + c.apiWriters);
        writers->finish();
    }
    if (auto external = entry.map(u"external"_s)) {
        c.external.secret = external->text(u"secret"_s);
        c.external.urlKeys = external->texts(u"url_keys"_s);
        c.external.ownHost = external->textOrEmpty(u"own_host"_s);
        c.external.schemes = external->optionalTexts(u"schemes"_s);
        c.external.tool = external->text(u"tool"_s);
        external->finish();
    }
    if (c.presence == u"external")
        return;
    c.workload = entry.text(u"workload"_s);
    c.container = entry.text(u"container"_s);
    c.neverIn = entry.optionalTexts(u"never_in"_s);
    refer(entry, u"workloads"_s, {c.workload});
    refer(entry, u"containers of "_s + c.workload, QStringList{c.container} + c.neverIn);
    c.dataDirectory = entry.text(u"data_dir"_s);
    if (!c.dataDirectory.startsWith(u'/'))
        entry.fault(u"“data_dir” must be an absolute path"_s);
    if (entry.has(u"pvc") == entry.has(u"volume"))
        entry.fault(u"“%1” must have either “pvc” or “volume”"_s.arg(c.id));
    if (auto claim = entry.map(u"pvc"_s, false)) {
        c.claim = claim->text(u"name"_s);
        c.accessMode = claim->word(u"access_mode"_s, {u"ReadWriteOnce"_s, u"ReadWriteMany"_s});
        claim->finish();
    }
    if (entry.has(u"volume"))
        c.emptyDir = entry.word(u"volume"_s, {u"emptyDir"_s}) == u"emptyDir";
    if (c.engine == u"files")
        return;
    c.home = entry.text(u"home"_s);
    c.imageVersions = entry.optionalTexts(u"image_versions"_s);
    c.port = entry.number(u"port"_s, 1, 65535);
    for (Fields& map : entry.maps(u"configmaps"_s, false)) {
        c.configMaps.append(map.text(u"name"_s));
        c.configMapShared = map.optionalFlag(u"shared"_s) || c.configMapShared;
        map.finish();
    }
    if (c.engine == u"redis")
        return redis(entry, c);
    c.socket = entry.optionalFlag(u"socket"_s);
    c.database = entry.text(u"database"_s);
    c.databaseEnv = entry.text(u"database_env"_s);
    c.user = entry.text(u"user"_s);
    c.passwordEnv = entry.optionalText(u"password_env"_s);
    c.ownerEnv = entry.optionalText(u"owner_env"_s);
    c.guardTable = entry.optionalText(u"guard_table"_s);
    if (c.engine == u"mysql")
        c.routines = entry.optionalTexts(u"routines"_s);
    if (!c.socket && c.passwordEnv.isEmpty())
        entry.fault(u"“%1” needs “password_env”, or “socket: true”"_s.arg(c.id));
}

void Reader::redis(Fields& entry, Component& c)
{
    for (Fields& database : entry.maps(u"databases"_s)) {
        const RedisDatabase fact{database.number(u"index"_s, 0, 15), database.text(u"title"_s),
                                 database.flag(u"queues"_s), database.flag(u"source_of_truth"_s)};
        if (std::any_of(c.databases.begin(), c.databases.end(),
                        [&fact](const RedisDatabase& d) { return d.index == fact.index; }))
            database.fault(u"the database %1 is there twice"_s.arg(fact.index));
        c.databases.append(fact);
        database.finish();
    }
    if (c.databases.isEmpty())
        entry.fault(u"“%1” has no database"_s.arg(c.id));
    c.appendOnly = entry.word(u"append_only"_s, {u"file"_s, u"directory"_s, u"either"_s});
    c.rdbVersion = entry.number(u"rdb_version"_s, 1, 100);
    c.documentedRestore = entry.word(u"documented_restore"_s, {u"allowed"_s, u"refused"_s}) == u"allowed";
    c.documentedRestoreReason = c.documentedRestore ? QString() : entry.text(u"documented_restore_reason"_s);
    c.volatileKeys = entry.texts(u"volatile_keys"_s);
}

ObjectKind Reader::kind(Fields entry)
{
    ObjectKind k;
    k.id = entry.text(u"id"_s);
    k.kind = entry.text(u"kind"_s);
    k.resource = entry.text(u"resource"_s);
    k.title = entry.text(u"title"_s);
    k.saveOthers = entry.word(u"others"_s, {u"save"_s, u"skip"_s}) == u"save";
    k.createdBy = entry.word(u"created_by"_s, {u"installation"_s, u"operator"_s, u"zync"_s});
    if (auto ignore = entry.map(u"ignore"_s, false)) {
        k.ignoreNames = ignore->optionalTexts(u"names"_s);
        k.ignoreTypes = ignore->optionalTexts(u"types"_s);
        k.ignoreOwnerKinds = ignore->optionalTexts(u"owner_kinds"_s);
        k.ignoreLabels = ignore->optionalTexts(u"labels"_s);
        ignore->finish();
    }
    for (Fields& named : entry.maps(u"names"_s, false)) {
        const ObjectName fact{
            named.text(u"name"_s),        named.optionalText(u"forgotten"_s),       named.flag(u"required"_s),
            named.flag(u"documented"_s),  named.optionalFlag(u"default_content"_s), named.optionalFlag(u"patterns"_s),
            named.optionalFlag(u"skip"_s)};
        if (applies(named, u"names of "_s + k.id, fact.name))
            k.names.append(fact);
        named.finish();
    }
    entry.finish();
    return k;
}

WorkloadFact Reader::workload(Fields entry)
{
    WorkloadFact w;
    w.name = entry.text(u"name"_s);
    w.title = entry.text(u"title"_s);
    w.side = entry.word(u"side"_s, {u"admin"_s, u"api"_s, u"store"_s, u"support"_s});
    w.containers = entry.texts(u"containers"_s);
    if (w.containers.isEmpty())
        entry.fault(u"“%1” has no container"_s.arg(w.name));
    m_containers[w.name] += w.containers;
    w.replicasField = entry.optionalText(u"replicas_field"_s);
    w.revertedByOperator = entry.word(u"reverted_by_operator"_s, {u"always"_s, u"when_set"_s, u"never"_s});
    w.startStage = entry.number(u"start_stage"_s, 1, 100);
    w.needs = entry.optionalTexts(u"needs"_s);
    w.restartAfter = entry.optionalTexts(u"restart_after"_s);
    w.sections = entry.optionalTexts(u"documentation"_s);
    w.optional = entry.optionalFlag(u"optional"_s);
    refer(entry, u"workloads"_s, w.needs);
    refer(entry, u"components"_s, w.restartAfter);
    entry.finish();
    return w;
}

Task Reader::task(Fields entry)
{
    Task t{entry.text(u"id"_s),        entry.text(u"title"_s), entry.text(u"workload"_s),
           entry.text(u"container"_s), entry.texts(u"argv"_s), entry.texts(u"documentation"_s)};
    if (t.argv.isEmpty())
        entry.fault(u"“%1” has an empty “argv”"_s.arg(t.id));
    refer(entry, u"workloads"_s, {t.workload});
    refer(entry, u"containers of "_s + t.workload, {t.container});
    entry.finish();
    return t;
}

void Reader::checkReferences()
{
    for (const Reference& reference : std::as_const(m_references)) {
        const QString owner = reference.what.startsWith(u"containers of ") ? reference.what.mid(14) : QString();
        const bool known = owner.isEmpty() ? m_scopes.contains(reference.what + u'/' + reference.name)
                                           : m_containers.value(owner).contains(reference.name);
        if (!known)
            m_faults.add(reference.line,
                         u"“%1” is not one of the %2"_s.arg(
                             reference.name.left(100),
                             owner.isEmpty() ? u"“%1” of this catalogue"_s.arg(reference.what) : reference.what));
    }
}

template <class List, class Key>
auto find(const List& list, Key key, const QString& value)
{
    const auto place = std::find_if(list.begin(), list.end(), [&](const auto& entry) { return entry.*key == value; });
    return place == list.end() ? nullptr : &*place;
}

} // namespace

const Component* Catalog::component(const QString& wanted) const
{
    return find(components, &Component::id, wanted);
}
const ObjectKind* Catalog::kind(const QString& wanted) const
{
    return find(kinds, &ObjectKind::id, wanted);
}
const WorkloadFact* Catalog::workload(const QString& wanted) const
{
    return find(workloads, &WorkloadFact::name, wanted);
}
const Task* Catalog::task(const QString& wanted) const
{
    return find(tasks, &Task::id, wanted);
}

Result<Catalog> readCatalog(const QString& path, const QString& version, const QString& flavour)
{
    const yaml::Limits limits;
    if (QFileInfo(path).exists() && !QFileInfo(path).isFile())
        return fail(ErrorCode::BadInput, u"“%1” is not a regular file."_s.arg(path));
    const auto content = readFile(path, limits.bytes);
    if (!content)
        return fail(content.error());
    const auto root = yaml::parse(*content, path, limits);
    if (!root)
        return fail(root.error());
    Faults faults(path);
    Catalog catalog = Reader(faults, version, flavour).read(Fields(*root, faults, u"the catalogue"_s));
    if (faults.first())
        return fail(*faults.first());
    catalog.file = path;
    catalog.version = version;
    catalog.flavour = flavour;
    return catalog;
}

} // namespace scalekeep::catalog
