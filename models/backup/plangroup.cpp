#include "models/backup/plangroup.h"

#include "engine/store/completeness.h"
#include "engine/store/objects.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::PlanGroup)
};

struct Counted {
    int all = 0, taken = 0, ofServiceAccounts = 0;
    qint64 bytes = 0;
    QStringList names;
};

Counted count(const catalog::Catalog& catalog, const cluster::Inventory& inventory, const catalog::Component& component, const QString& onlyKind = {})
{
    Counted counted;
    for (const QString& id : component.kinds) {
        const catalog::ObjectKind* kind = catalog.kind(id);
        if (!kind || (!onlyKind.isEmpty() && kind->kind != onlyKind))
            continue;
        for (const QJsonValue& value : inventory.objects) {
            const QJsonObject object = value.toObject();
            if (object.value(u"kind").toString() != kind->kind)
                continue;
            ++counted.all;
            if (store::objects::belongs(*kind, object)) {
                ++counted.taken;
                counted.names.append(store::objects::nameOf(object));
                counted.bytes += QJsonDocument(object).toJson(QJsonDocument::Compact).size();
            } else if (const QString type = object.value(u"type").toString(); type == u"kubernetes.io/service-account-token" || type == u"kubernetes.io/dockercfg") {
                ++counted.ofServiceAccounts;
            }
        }
    }
    return counted;
}

/// "14 of 17; 3 belong to service accounts"
QString countText(const Counted& counted)
{
    if (counted.taken == counted.all)
        return QString::number(counted.taken);
    const QString some = Texts::tr("%1 of %2", "taken of all").arg(counted.taken).arg(counted.all);
    const int others = counted.all - counted.taken;
    if (counted.ofServiceAccounts == others)
        return (others == 1 ? Texts::tr("%1; one belongs to a service account") : Texts::tr("%1; %n belong to service accounts", "", others)).arg(some);
    return (others == 1 ? Texts::tr("%1; the cluster makes the other one again") : Texts::tr("%1; the cluster makes the others again")).arg(some);
}

QString whyItMatters(const catalog::Component& component)
{
    if (component.engine == u"files")
        return Texts::tr("files of the portals, stored nowhere else");
    if (component.engine == u"redis")
        return component.sourceOfTruth ? Texts::tr("keys and usage figures, stored nowhere else") : Texts::tr("queues of jobs that have not run yet");
    if (component.engine == u"mysql" || component.engine == u"postgresql")
        return component.sourceOfTruth ? Texts::tr("accounts, products and plans, stored nowhere else") : Texts::tr("made again from the system database, which takes time");
    return component.forgotten.isEmpty() ? Texts::tr("stored nowhere else") : component.forgotten;
}

MissingComponent missingOf(const catalog::Catalog& catalog, const QStringList& present, const QString& id, const QString& reason)
{
    const catalog::Component* component = catalog.component(id);
    if (!component || !present.contains(id))
        return {.id = id, .subject = {}, .text = reason, .addable = false};
    const bool many = component->engine == u"objects";
    return {.id = id, .subject = componentTitle(*component), .text = (many ? Texts::tr("are missing: %1") : Texts::tr("is missing: %1")).arg(whyItMatters(*component)), .addable = true};
}

qint64 sizeInCluster(const GroupInput& input, const catalog::Component& component)
{
    if (!component.claim.isEmpty())
        return input.usedBytes.value(component.claim, -1);
    // Values of Secrets are not read before a backup, so their size is not known.
    if (component.engine != u"objects" || component.kinds.contains(u"secrets"_s))
        return -1;
    return count(input.detection->catalog, input.inventory, component).bytes;
}
} // namespace

qsizetype PlanGroup::steps() const
{
    qsizetype number = 0;
    for (const plan::Stage& stage : plan ? plan->stages : QList<plan::Stage>{})
        number += stage.steps.size();
    return number;
}

qsizetype PlanGroup::changingSteps() const
{
    qsizetype number = 0;
    for (const plan::Stage& stage : plan ? plan->stages : QList<plan::Stage>{})
        number += std::count_if(stage.steps.begin(), stage.steps.end(), [](const plan::Step& step) { return step.changes; });
    return number;
}

PlanSums sumsOf(const QList<PlannedComponent>& components, int parallel)
{
    PlanSums sums{.inBundleComplete = !components.isEmpty(), .neededComplete = !components.isEmpty()};
    qint64 longest = -1, together = 0;
    const auto add = [](qint64& sum, qint64 value) { sum = std::max<qint64>(sum, 0) + value; };
    for (const PlannedComponent& each : components) {
        if (each.inCluster >= 0)
            add(sums.inCluster, each.inCluster);
        if (each.inBundle >= 0)
            add(sums.inBundle, each.inBundle);
        else
            sums.inBundleComplete = false;
        if (const qint64 most = each.inBundle >= 0 ? each.inBundle : each.inCluster; most >= 0)
            add(sums.needed, most);
        else
            sums.neededComplete = false;
        if (each.milliseconds >= 0) {
            longest = std::max(longest, each.milliseconds);
            together += each.milliseconds;
        }
    }
    if (longest >= 0)
        sums.milliseconds = std::max(longest, together / std::max(1, parallel));
    return sums;
}

QString componentTitle(const catalog::Component& component)
{
    return component.engine == u"objects" ? component.title : component.id;
}

QString takenInWords(const catalog::Detection& detection, const cluster::Inventory& inventory, const catalog::Component& component)
{
    const catalog::Catalog& catalog = detection.catalog;
    if (component.engine == u"mysql")
        return Texts::tr("Database %1 with routines and triggers").arg(component.database);
    if (component.engine == u"postgresql")
        return Texts::tr("Database %1").arg(component.database);
    if (component.engine == u"redis")
        return Texts::tr("All databases, after a fresh save");
    if (component.engine == u"files")
        return Texts::tr("All files below %1").arg(component.dataDirectory);
    if (component.kinds.contains(u"configmaps"_s)) {
        const Counted counted = count(catalog, inventory, component);
        return counted.names.contains(u"smtp"_s) ? Texts::tr("%1, including smtp").arg(countText(counted)) : countText(counted);
    }
    if (component.id == u"workloads") {
        const Counted definitions = count(catalog, inventory, component, catalog.workloadKind);
        const Counted everything = count(catalog, inventory, component);
        const int others = everything.taken - definitions.taken;
        const QString text = Texts::tr("%1 definitions, replicas, images").arg(definitions.taken);
        return others > 0 ? Texts::tr("%1; %2 Services, claims and others").arg(text).arg(others) : text;
    }
    if (component.id == u"apimanager") {
        const Counted counted = count(catalog, inventory, component, u"APIManager"_s);
        return counted.names.isEmpty() ? Texts::tr("APIManager and custom resources") : Texts::tr("%1 and other custom resources").arg(counted.names.join(u", "_s));
    }
    return countText(count(catalog, inventory, component));
}

PlanGroup describeGroup(const GroupInput& input, const LastBundle& last)
{
    PlanGroup group;
    group.where = input.selection.where;
    if (!input.detection) {
        group.error = input.unread;
        for (const QString& id : input.selection.components)
            group.components.append({.id = id, .title = id, .icon = iconOfComponent({}, id), .taken = {}, .problem = input.unread ? input.unread->message : QString{}});
        return group;
    }
    const catalog::Catalog& catalog = input.detection->catalog;
    group.version = input.detection->version;
    group.flavour = input.detection->flavour;
    group.assumed = !input.detection->versionKnown || !input.detection->flavourKnown;
    const QStringList present = store::presentComponents(catalog, input.inventory);
    const auto describe = [&](const catalog::Component& component) {
        const LastBundle::Facts facts = last.components.value(component.id);
        PlannedComponent planned{.id = component.id, .title = componentTitle(component), .icon = iconOfComponent(component.engine, component.id),
                                 .taken = takenInWords(*input.detection, input.inventory, component), .inCluster = sizeInCluster(input, component),
                                 .inBundle = facts.storedBytes, .milliseconds = facts.milliseconds, .problem = {}};
        if (planned.inCluster < 0)
            planned.inCluster = facts.bytes;
        if (!present.contains(component.id))
            planned.problem = Texts::tr("%1 is not in the namespace any more.").arg(planned.title);
        return planned;
    };
    // In the order of the catalogue, which is that of the documentation; then what it does not know.
    for (const catalog::Component& component : catalog.components) {
        if (input.selection.components.contains(component.id))
            group.components.append(describe(component));
    }
    for (const QString& id : input.selection.components) {
        if (!catalog.component(id))
            group.components.append({.id = id, .title = id, .icon = iconOfComponent({}, id), .taken = {}, .problem = Texts::tr("3scale %1 has no component %2.").arg(group.version, id)});
    }

    const QJsonObject completeness = store::completeness(catalog, input.inventory, input.selection.components);
    group.score = completeness[u"score"].toInt();
    const QJsonArray missing = completeness[u"missing"].toArray();
    QStringList missingIds;
    for (const QJsonValue& each : missing) {
        missingIds.append(each[u"id"].toString());
        group.missing.append(missingOf(catalog, present, missingIds.last(), each[u"reason"].toString()));
    }
    std::stable_partition(group.missing.begin(), group.missing.end(), [](const MissingComponent& each) { return each.addable; });
    group.covered = int(std::count_if(group.components.begin(), group.components.end(), [](const PlannedComponent& each) { return each.problem.isEmpty(); }));
    group.expected = group.covered + int(std::count_if(missingIds.begin(), missingIds.end(), [&](const QString& id) { return catalog.component(id) != nullptr; }));

    // Only for showing: the commands name no kubeconfig, so that nothing has to be unlocked for them.
    const oc::Connection connection{.program = u"oc"_s, .kubeconfig = {}, .namespaceName = input.selection.where.name, .cacheDir = {}};
    backup::Options options{.components = input.selection.components, .output = input.options.folder, .quiesce = input.options.quiesce, .parallel = input.options.parallel, .compress = input.options.compress};
    const auto made = backup::makePlan(input.selection.where.cluster, *input.detection, input.inventory, connection, options, input.options.folder);
    if (made)
        group.plan = *made;
    else
        group.error = made.error();
    return group;
}

} // namespace scalekeep::models
