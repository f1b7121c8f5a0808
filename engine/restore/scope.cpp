#include "engine/restore/scope.h"

#include "engine/store/completeness.h"

#include <QJsonArray>
#include <QSet>

#include <algorithm>

namespace scalekeep::restore {

using namespace Qt::Literals::StringLiterals;

namespace {
/// What the bundle has, but the catalogue that was chosen does not know.
QStringList unknownComponents(const Situation& situation)
{
    QStringList list;
    for (const bundle::Component& component : situation.manifest.components) {
        if (component.state == u"proven" && !situation.catalog.component(component.id))
            list.append(component.id);
    }
    return list;
}

QString takenFor(const Situation& situation)
{
    return u"the installation is taken for %1, of 3scale %2"_s.arg(situation.catalog.flavour == u"operator" ? u"an operator's"_s : u"a template's"_s, situation.catalog.version);
}

Result<QStringList> chosenComponents(const Situation& situation, const Options& options)
{
    QStringList available;
    for (const bundle::Component& component : situation.manifest.components) {
        if (component.state == u"proven" && situation.catalog.component(component.id))
            available.append(component.id);
    }
    const QStringList chosen = options.components.isEmpty() ? available : options.components;
    const QStringList unknown = unknownComponents(situation);
    for (const QString& id : chosen) {
        if (unknown.contains(id))
            return fail(ErrorCode::Usage, u"“%1” of the bundle cannot be restored, because %2."_s.arg(id, takenFor(situation)), u"Nothing was changed. Could be restored: %1."_s.arg(available.join(u", "_s)));
        if (!available.contains(id))
            return fail(ErrorCode::Usage, u"The bundle has no component “%1” that could be restored."_s.arg(id), u"It has: %1."_s.arg(available.join(u", "_s)));
    }
    // In the catalogue's order, whatever the order of the options.
    QStringList ordered;
    for (const catalog::Component& component : situation.catalog.components) {
        if (chosen.contains(component.id))
            ordered.append(component.id);
    }
    return ordered;
}

/// What a lost run has half-loaded must be part of a restore: its writers are started afterwards.
Result<void> fitsWhatWasLeft(const Situation& situation, const QStringList& components)
{
    if (!situation.left)
        return {};
    QStringList missing;
    for (const QString& id : situation.left->inFlight.keys()) {
        if (!components.contains(id))
            missing.append(id);
    }
    if (missing.isEmpty())
        return {};
    return fail(ErrorCode::Usage, u"Run %1 has left %2 half-loaded in namespace %3: restore it as well."_s.arg(situation.left->runId, missing.join(u", "_s), situation.connection.namespaceName),
                u"Nothing was changed. Add --component %1, from a bundle that has it."_s.arg(missing.join(u" --component "_s)));
}

bool hasClaim(const Situation& situation, const catalog::Component& component)
{
    return std::any_of(situation.live.claims.begin(), situation.live.claims.end(), [&](const cluster::Claim& claim) { return !component.claim.isEmpty() && claim.name == component.claim; });
}
} // namespace

Result<Scope> scopeOf(const Situation& situation, const Options& options)
{
    const auto components = chosenComponents(situation, options);
    if (!components)
        return fail(components.error());
    if (const auto fits = fitsWhatWasLeft(situation, *components); !fits)
        return fail(fits.error());
    for (const QString& id : options.acceptUnreadable) {
        if (!components->contains(id))
            return fail(ErrorCode::Usage, u"“%1” is not restored, so nothing of it is given up."_s.arg(id), u"Restored are: %1."_s.arg(components->join(u", "_s)));
    }
    Scope scope{.components = *components, .stopped = {}, .operators = {}};
    QSet<QString> writers;
    for (const QString& id : scope.components) {
        const catalog::Component& component = *situation.catalog.component(id);
        for (const QString& name : component.adminWriters + component.apiWriters)
            writers.insert(name);
        scope.systemDatabase = scope.systemDatabase || component.group == u"system-database";
    }
    const bool hasApiManager = !situation.live.objects.isEmpty() && std::any_of(situation.live.objects.begin(), situation.live.objects.end(), [](const QJsonValue& object) { return object[u"kind"].toString() == u"APIManager"; });
    // Where something runs all the same (the APIManager was deleted without what it owned), it is stopped and kept first, and the APIManager is one of the objects.
    const bool anyRuns = std::any_of(situation.catalog.workloads.begin(), situation.catalog.workloads.end(), [&](const catalog::WorkloadFact& fact) { return situation.live.workload(fact.name); });
    scope.freshOperator = situation.flavour() == u"operator" && !hasApiManager && !anyRuns && scope.has(u"apimanager"_s);
    // The whole of System and its stores: nothing may serve half-restored data, so everything but the stores is stopped.
    const bool whole = scope.systemDatabase && scope.has(u"backend-redis"_s);
    QList<const catalog::WorkloadFact*> facts;
    for (const catalog::WorkloadFact& fact : situation.catalog.workloads) {
        const bool present = situation.live.workload(fact.name) || situation.saved.workload(fact.name);
        if (present && fact.side != u"store" && (writers.contains(fact.name) || whole))
            facts.append(&fact);
    }
    std::stable_sort(facts.begin(), facts.end(), [](const auto* a, const auto* b) { return a->startStage > b->startStage; });
    bool reverted = false;
    for (const catalog::WorkloadFact* fact : facts) {
        scope.stopped.append(fact->name);
        reverted = reverted || fact->revertedByOperator != u"never";
    }
    if (situation.flavour() == u"operator" && reverted) {
        for (const QString& name : situation.catalog.operatorDeployments) {
            if (situation.live.workload(name))
                scope.operators.append(name);
        }
    }
    return scope;
}

QStringList absentComponents(const Situation& situation, const Scope& scope)
{
    QStringList list;
    for (const QString& id : scope.components) {
        const catalog::Component& component = *situation.catalog.component(id);
        if (component.engine != u"objects" && !situation.live.workload(component.workload) && !hasClaim(situation, component))
            list.append(id);
    }
    return list;
}

bool isVolumeAlone(const Situation& situation, const catalog::Component& component)
{
    return component.engine != u"objects" && !situation.live.workload(component.workload) && hasClaim(situation, component);
}

bool isPutAside(const catalog::Component& component)
{
    return component.engine == u"files" || component.engine == u"redis";
}

QStringList leftAsTheyAre(const Situation& situation, const Scope& scope)
{
    QStringList keys;
    for (const catalog::Component& component : situation.catalog.components) {
        const cluster::Workload* live = component.emptyDir && !scope.has(component.id) ? situation.live.workload(component.workload) : nullptr;
        if (!live || !scope.has(u"workloads"_s))
            continue;
        keys.append(live->kind + u'/' + live->name);
        // Another image restarts it, too.
        for (const QJsonValue& trigger : situation.live.object(live->kind, live->name)[u"spec"][u"triggers"].toArray()) {
            if (const QString tag = trigger[u"imageChangeParams"][u"from"][u"name"].toString(); !tag.isEmpty())
                keys.append(u"ImageStream/"_s + tag.section(u':', 0, 0));
        }
    }
    return keys;
}

QStringList keptComponents(const Situation& situation, const Options& options, const Scope& scope)
{
    QStringList kept;
    if (!options.withoutSafetyReason.isEmpty())
        return kept;
    for (const QString& id : store::presentComponents(situation.catalog, situation.live)) {
        const catalog::Component& component = *situation.catalog.component(id);
        // Files are read through a helper pod, which is made after their workload.
        if (scope.has(id) && (component.engine != u"files" || situation.live.workload(component.workload)))
            kept.append(id);
    }
    return kept;
}

QStringList admittedHosts(const Situation& situation)
{
    QStringList hosts;
    for (const cluster::Route& route : situation.saved.routes) {
        if (route.admitted && !hosts.contains(route.host))
            hosts.append(route.host);
    }
    return hosts;
}

QStringList warnings(const Situation& situation, const Options& options, const Scope& scope)
{
    QStringList list;
    if (const QStringList unknown = unknownComponents(situation); !unknown.isEmpty())
        list.append(u"Not restored: %1, because %2."_s.arg(unknown.join(u", "_s), takenFor(situation)));
    QStringList outage;
    for (const QString& name : scope.stopped) {
        if (situation.catalog.workload(name)->side == u"api")
            outage.append(name);
    }
    if (!outage.isEmpty())
        list.append(u"API outage: %1 will be stopped until the data is proven."_s.arg(outage.join(u", "_s)));
    else if (!scope.stopped.isEmpty())
        list.append(u"Stopped until the data is proven: %1."_s.arg(scope.stopped.join(u", "_s)));
    if (scope.has(u"backend-redis"_s) || scope.has(u"system-redis"_s)) {
        list.append(options.emptyQueues
                                 ? u"Queues of background jobs are emptied: no job runs twice, and jobs that were waiting at the time of the backup are lost."_s
                                 : u"Queues of background jobs are restored as documented (6.6.6): jobs that ran after the backup was taken may run a second time. The live queues are not merged in."_s);
    }
    if (scope.systemDatabase && !(scope.has(u"backend-redis"_s) && scope.has(u"system-redis"_s)))
        list.append(u"The queues in Redis are not restored with the database: their jobs may name rows that no longer exist. Restore system-redis and backend-redis as well."_s);
    const bool secrets = scope.has(u"secrets"_s) || scope.has(u"configmaps"_s), definitions = scope.has(u"workloads"_s);
    for (const catalog::Component& component : situation.catalog.components) {
        if (component.emptyDir && !scope.has(component.id) && (secrets || definitions) && situation.live.workload(component.workload))
            list.append(u"%1 keeps its data in the pod and is not restarted: a changed %2 reaches it only when it is restored as well."_s.arg(
                component.workload, secrets && definitions ? u"Secret or definition"_s : secrets ? u"Secret"_s : u"definition"_s));
    }
    // Who gives up the safety bundle gives up what was put aside, too; else what it does not keep stays.
    const bool staysAside = options.withoutSafetyReason.isEmpty();
    QStringList dropped, aside;
    for (const QString& id : scope.components) {
        const catalog::Component& component = *situation.catalog.component(id);
        if (isVolumeAlone(situation, component))
            (isPutAside(component) ? aside : dropped).append(u"%1 (%2)"_s.arg(component.claim, id));
    }
    if (!dropped.isEmpty())
        list.append(u"Nothing runs on these claims, so what they hold is overwritten without a copy: %1."_s.arg(dropped.join(u", "_s)));
    if (!aside.isEmpty()) {
        list.append((staysAside ? u"Nothing runs on these claims, so the safety bundle cannot keep what they hold: %1. It is put aside on its volume and stays there, also once the restored data is proven."_s
                                : u"Nothing runs on these claims, so no copy can be taken of what they hold: %1. It is put aside on its volume and removed once the restored data is proven."_s)
                        .arg(aside.join(u", "_s)));
    }
    const QStringList admitted = admittedHosts(situation);
    QStringList refused;
    for (const cluster::Route& route : situation.saved.routes) {
        if (!admitted.contains(route.host) && !refused.contains(route.host))
            refused.append(route.host);
    }
    if (!refused.isEmpty() && (scope.has(u"routes"_s) || scope.systemDatabase))
        list.append(u"No router had admitted the Routes of these hosts at the time of the backup, so they are not waited for: %1."_s.arg(refused.join(u", "_s)));
    if (scope.freshOperator)
        list.append(u"The operator makes the installation anew. An undo puts back what the safety bundle holds, but leaves the APIManager and what was made of it: deleting it deletes the claims with their data."_s);
    QStringList lost, left;
    for (const QString& id : options.acceptUnreadable)
        (staysAside && isPutAside(*situation.catalog.component(id)) ? left : lost).append(id);
    if (!lost.isEmpty())
        list.append(u"Overwritten without a copy where it cannot be read: %1."_s.arg(lost.join(u", "_s)));
    if (!left.isEmpty())
        list.append(u"Not in the safety bundle where it cannot be read: %1. Its old files are put aside on its volume then and stay there."_s.arg(left.join(u", "_s)));
    if (!options.withoutSafetyReason.isEmpty())
        list.append(u"No safety bundle is taken (%1): what is overwritten cannot be brought back."_s.arg(options.withoutSafetyReason));
    const QJsonArray missing = situation.manifest.completeness[u"missing"].toArray();
    for (const QJsonValue& each : missing)
        list.append(u"The bundle is not complete: %1"_s.arg(each[u"reason"].toString()));
    if (situation.left)
        list.append(u"The namespace was left half-way by run %1 (%2 by %3 on %4): this run takes over its lock and starts again what it had stopped."_s.arg(situation.left->runId, situation.left->purpose, situation.left->owner, situation.left->host));
    return list;
}

Result<void> emptiesQueues(const Situation& situation, const plan::Plan& plan)
{
    if (plan.choices[u"queues"].toString() != u"empty")
        return {};
    for (const QJsonValue& id : plan.choices[u"components"].toArray()) {
        const catalog::Component* component = situation.catalog.component(id.toString());
        if (component && component->engine == u"redis")
            return {};
    }
    return fail(ErrorCode::Usage, u"--queues empty empties the queues of a Redis that is restored, and none is."_s,
                u"Nothing was changed. Add --component system-redis --component backend-redis, or leave --queues out."_s);
}

} // namespace scalekeep::restore
