#include "engine/store/completeness.h"

#include <QJsonArray>
#include <QSet>

#include <algorithm>

namespace scalekeep::store {

using namespace Qt::Literals::StringLiterals;

namespace {
int weightOf(const catalog::Component& component)
{
    constexpr int truth = 20, objects = 10, rebuilt = 5;
    return component.engine == u"objects" ? objects : component.sourceOfTruth ? truth : rebuilt;
}

bool present(const catalog::Component& component, const cluster::Inventory& inventory)
{
    if (component.engine == u"objects")
        return true;
    if (component.engine == u"files")
        return std::any_of(inventory.claims.begin(), inventory.claims.end(), [&](const cluster::Claim& claim) { return claim.name == component.claim; });
    return inventory.workload(component.workload) != nullptr;
}
} // namespace

QStringList presentComponents(const catalog::Catalog& catalog, const cluster::Inventory& inventory)
{
    QStringList ids;
    for (const catalog::Component& component : catalog.components) {
        if (present(component, inventory))
            ids.append(component.id);
    }
    return ids;
}

QJsonObject completeness(const catalog::Catalog& catalog, const cluster::Inventory& inventory, const QStringList& saved)
{
    int total = 0, covered = 0;
    QJsonArray missing;
    QSet<QString> groupsSeen;
    for (const catalog::Component& component : catalog.components) {
        const bool here = present(component, inventory);
        if (component.presence == u"optional" && !here)
            continue;
        if (component.presence == u"one_of") {
            // One of the group is expected: the one that is here, or the first where none is.
            const bool otherHere = std::any_of(catalog.components.begin(), catalog.components.end(), [&](const catalog::Component& other) { return other.group == component.group && present(other, inventory); });
            if ((!here && otherHere) || (!here && groupsSeen.contains(component.group)))
                continue;
            groupsSeen.insert(component.group);
        }
        total += weightOf(component);
        if (here && saved.contains(component.id)) {
            covered += weightOf(component);
            continue;
        }
        const QString reason = here ? u"%1 is not part of the backup."_s.arg(component.title)
                               : component.external.tool.isEmpty() ? u"%1 is not in the namespace."_s.arg(component.title)
                               : u"%1 is not in the namespace: it lies outside of the cluster and is not covered. Back it up with %2."_s.arg(component.title, component.external.tool);
        missing.append(QJsonObject{{u"id"_s, component.id}, {u"reason"_s, reason}});
    }
    // Objects that 3scale needs but the namespace lacks: the backup cannot hold them.
    for (const catalog::ObjectKind& kind : catalog.kinds) {
        const QList<cluster::NamedObject>& known = kind.kind == u"Secret" ? inventory.secrets : inventory.configMaps;
        if (kind.kind != u"Secret" && kind.kind != u"ConfigMap")
            continue;
        for (const catalog::ObjectName& name : kind.names) {
            if (!name.required || name.pattern || name.skip)
                continue;
            ++total;
            if (std::any_of(known.begin(), known.end(), [&](const cluster::NamedObject& object) { return object.name == name.name; }))
                ++covered;
            else
                missing.append(QJsonObject{{u"id"_s, u"%1/%2"_s.arg(kind.kind, name.name)}, {u"reason"_s, u"%1 %2 is not in the namespace.%3"_s.arg(kind.kind, name.name, name.forgotten.isEmpty() ? QString{} : u' ' + name.forgotten)}});
        }
    }
    int score = total == 0 ? 0 : covered * 100 / total;
    if (!missing.isEmpty())
        score = std::min(score, 99);
    return {{u"score"_s, score}, {u"missing"_s, missing}};
}

} // namespace scalekeep::store
