#include "engine/restore/checks.h"

#include "engine/run/preflight.h"
#include "engine/store/objects.h"

#include <QJsonArray>

#include <algorithm>
#include <tuple>
#include <utility>

namespace scalekeep::restore {

using namespace Qt::Literals::StringLiterals;

namespace {
using run::Check;

/// An installation is its API URL, its project's UID and its wildcard domain (procedure-traps, Decisions).
Check identity(const Situation& situation, const Options& options)
{
    Check check{.id = u"identity"_s, .title = u"The bundle is of this installation"_s, .state = {}, .evidence = {}, .remedy = {}};
    QStringList different;
    const auto compare = [&different](const QString& what, const QString& saved, const QString& live) {
        if (!saved.isEmpty() && !live.isEmpty() && saved != live)
            different.append(u"%1 was %2, is %3"_s.arg(what, saved, live));
    };
    compare(u"the API URL"_s, situation.header.apiUrl, situation.live.apiUrl);
    compare(u"the namespace"_s, situation.header.namespaceName, situation.connection.namespaceName);
    compare(u"the project's UID"_s, situation.header.projectUid, situation.live.projectUid);
    compare(u"the wildcard domain"_s, situation.header.wildcardDomain, situation.live.environment.value(u"THREESCALE_SUPERDOMAIN"_s));
    if (different.isEmpty()) {
        check.evidence = u"Same API URL, project and wildcard domain as in the bundle."_s;
        return check;
    }
    check.evidence = u"The bundle is of another installation: %1."_s.arg(different.join(u"; "_s));
    check.state = options.map ? Check::State::Warning : Check::State::Failed;
    check.remedy = options.map ? u"Restored all the same, as --map says. Domains inside the database are not changed."_s
                               : u"Choose the namespace that the bundle was taken of, or, if you mean it (a recreated project is another one), add --map."_s;
    return check;
}

/// Only what signs in the namespace tell can refuse a restore: after a disaster, these may be what is gone. Neither can what the bundle leaves open,
/// for it was not seen when the bundle was taken.
Check versions(const Situation& situation)
{
    Check check{.id = u"versions"_s, .title = u"Versions of 3scale"_s, .state = {}, .evidence = {}, .remedy = {}};
    const auto orNotKnown = [](const QString& text) { return text.isEmpty() ? u"not known"_s : text; };
    QStringList unsaid;
    for (const auto& [what, saved, assumed] : {std::tuple{u"the version"_s, situation.header.threescaleVersion, situation.catalog.version},
                                               {u"the way of installation"_s, situation.header.flavour, situation.flavour()},
                                               {u"the kind of workloads"_s, situation.header.workloadKind, situation.catalog.workloadKind}}) {
        if (saved.isEmpty())
            unsaid.append(u"%1 (assumed: %2)"_s.arg(what, assumed));
    }
    if (!unsaid.isEmpty()) {
        check.state = Check::State::Warning;
        check.remedy = u"Go on if you know that what is assumed is so: a database of one version of 3scale does not fit another. Otherwise use another bundle."_s;
    }
    const QString notSaid = unsaid.isEmpty() ? QString{} : u" Could not be seen when the bundle was taken, so it is not compared: %1."_s.arg(unsaid.join(u", "_s));
    if (!situation.detected) {
        check.evidence = u"The namespace holds no 3scale yet; the bundle is of %1."_s.arg(situation.header.threescaleVersion.isEmpty() ? u"a version that is not known"_s : situation.header.threescaleVersion) + notSaid;
        return check;
    }
    const auto majorMinor = [](const QString& version) { return version.section(u'.', 0, 1); };
    const catalog::Detection& live = *situation.detected;
    QStringList different, unseen;
    const auto compare = [&different, &unseen](const QString& what, const QString& saved, const QString& found, bool isKnown) {
        if (saved.isEmpty())
            return;
        if (!isKnown)
            unseen.append(u"%1 (%2)"_s.arg(what, saved));
        else if (saved != found)
            different.append(u"%1 is %2 in the bundle, %3 in the namespace"_s.arg(what, saved, found));
    };
    check.evidence = u"Bundle %1, namespace %2."_s.arg(orNotKnown(situation.header.threescaleVersion), orNotKnown(live.versionKnown ? live.version : QString{})) + notSaid;
    compare(u"the version"_s, majorMinor(situation.header.threescaleVersion), majorMinor(live.version), live.versionKnown);
    const bool isOtherVersion = !different.isEmpty();
    compare(u"the way of installation"_s, situation.header.flavour, live.flavour, live.flavourKnown);
    compare(u"the kind of workloads"_s, situation.header.workloadKind, live.workloadKind, live.workloadKindKnown);
    if (isOtherVersion) {
        check.state = Check::State::Failed;
        check.remedy = u"A database of one version does not fit the other: install 3scale %1 in the namespace, then restore, then upgrade."_s.arg(majorMinor(situation.header.threescaleVersion));
    } else if (!different.isEmpty()) {
        check.state = Check::State::Failed;
        check.evidence += u" Not of the same kind: %1."_s.arg(different.join(u"; "_s));
        check.remedy = u"Restore into a namespace of the same kind."_s;
    } else if (!unseen.isEmpty()) {
        check.state = Check::State::Warning;
        check.evidence += u" Could not be seen in the namespace, so the bundle's is taken: %1. What the namespace alone tells: %2"_s.arg(unseen.join(u", "_s), live.reasons.join(u' '));
        if (unsaid.isEmpty())
            check.remedy = u"Go on if the namespace held the same installation as the bundle. If it may have held another one, restore into an empty namespace instead."_s;
    }
    return check;
}

/// Every byte is read once before anything changes: damage that is found while a store is loaded is found too late.
Check bundleState(const Situation& situation, const std::stop_token& stop)
{
    Check check{.id = u"bundle"_s, .title = u"The bundle is proven"_s, .state = {}, .evidence = {}, .remedy = {}};
    const auto reader = bundle::Reader::open(situation.bundlePath);
    const auto report = reader ? (*reader)->verify({}, stop) : fail(reader.error());
    if (!report || !report->whole) {
        check.state = Check::State::Failed;
        check.evidence = report ? u"The bundle is damaged: %1"_s.arg(report->problems.value(0)) : report.error().message;
        check.remedy = report ? u"Use another copy of it; “scalekeep-cli salvage” saves the streams that are whole."_s : report.error().hint;
        return check;
    }
    if (situation.manifest.notes.contains(u"salvaged"_s)) {
        check.state = Check::State::Warning;
        check.evidence = u"The bundle was salvaged from a cut-off one: it does not hold everything."_s;
        return check;
    }
    check.evidence = u"Every byte is what was written; its digests are checked again while it is loaded."_s;
    return check;
}

/// What must not roll out meanwhile: its hooks or its new pod would meet data that is being loaded. Of a Deployment, a pod that comes back after a
/// disaster looks like a rollout, and so does one of a store: these are waited for by the steps.
QStringList decisiveWorkloads(const Situation& situation, const plan::Plan& plan)
{
    QStringList names;
    for (const plan::Stage& stage : plan.stages) {
        for (const plan::Step& step : stage.steps) {
            const QJsonArray workloads = step.changes ? step.parameters[u"workloads"].toArray() : QJsonArray();
            for (const QJsonValue& each : workloads) {
                const cluster::Workload* live = situation.live.workload(each[u"name"].toString());
                const catalog::WorkloadFact* fact = situation.catalog.workload(each[u"name"].toString());
                if (live && live->kind == u"DeploymentConfig" && fact && fact->side != u"store")
                    names.append(live->name);
            }
        }
    }
    return names;
}

/// Whether a restore would leave every saved object of this kind alone, because it is there and equal.
bool isUntouched(const oc::Client& client, const catalog::ObjectKind& kind, const QJsonArray& saved)
{
    const auto listing = client.list({kind.resource});
    if (!listing || !listing->problems.isEmpty())
        return false;
    QHash<QString, QJsonObject> live;
    for (const QJsonValue& item : listing->items)
        live.insert(store::objects::keyOf(item.toObject()), item.toObject());
    return std::all_of(saved.begin(), saved.end(), [&](const QJsonValue& item) {
        const QJsonObject object = store::objects::stripped(item.toObject());
        if (object[u"kind"].toString() != kind.kind)
            return true;
        const auto there = live.constFind(store::objects::keyOf(object));
        if (there == live.cend())
            return false;
        const auto same = store::objects::createOnly(kind.kind) ? Result<bool>(true) : store::objects::equal(store::objects::prepared(object, *there), *there);
        return same && *same;
    });
}

/// What the plan needs. Rights on kinds that this login may not change, but that would not be changed either, are none (an OperatorGroup that is as it was).
run::Rights rightsFor(const oc::Client& client, const Situation& situation, const plan::Plan& plan)
{
    run::Rights rights = run::rightsOf(plan, situation.catalog, situation.saved.objects, situation.live.objects);
    const auto status = client.rules();
    if (!status)
        return rights;
    QJsonArray saved = situation.saved.objects;
    for (const catalog::ObjectKind& kind : situation.catalog.kinds) {
        const bool lacks = std::any_of(rights.needs.begin(), rights.needs.end(), [&](const run::Need& need) {
            return need.resource == kind.resource.section(u'.', 0, 0) && need.group == kind.resource.section(u'.', 1) && need.verb != u"list" && need.verb != u"get" && !run::isGranted(*status, need);
        });
        // The inventory knows no values of Secrets, and these are the plan's own business anyway.
        if (!lacks || kind.kind == u"Secret" || kind.kind == u"ConfigMap" || kind.resource.startsWith(u"*.") || !isUntouched(client, kind, saved))
            continue;
        QJsonArray others;
        for (const QJsonValue& item : std::as_const(saved)) {
            if (item[u"kind"].toString() != kind.kind)
                others.append(item);
        }
        saved = others;
    }
    return run::rightsOf(plan, situation.catalog, saved, situation.live.objects);
}

Check quotas(const oc::Client& client, const Situation& situation, const plan::Plan& plan)
{
    const auto listing = client.list({u"resourcequotas"_s});
    const bool isRead = listing && listing->problems.isEmpty();
    return checks::quotas(situation, plan, isRead ? Result<QJsonArray>(listing->items) : fail(listing ? listing->problems.first() : listing.error()));
}
} // namespace

QList<Check> preflight(const oc::Client& client, const Situation& situation, const plan::Plan& plan, const Options& options)
{
    namespace common = run::preflight;
    const QStringList components = componentsOf(plan);
    const run::Rights rights = rightsFor(client, situation, plan);
    const checks::SeenStores stores = checks::lookAtStores(client, situation, components);
    const checks::SeenRooms rooms = checks::lookAtRooms(client, situation, components);

    QList<Check> list{common::rights(client, rights.needs, rights.unknown), identity(situation, options), versions(situation), bundleState(situation, client.stopToken()),
                      common::podsReady(situation.catalog, situation.live, components, false),
                      common::tools(client, situation.catalog, situation.live, components, common::Purpose::Restore), checks::stores(situation, components, stores, options.documentedRedis),
                      checks::podSpace(situation, components, rooms), checks::volumeSpace(situation, components, rooms, stores), checks::memory(situation, components), checks::operatorCheck(situation, plan), quotas(client, situation, plan),
                      common::noRollout(situation.live, decisiveWorkloads(situation, plan)), common::notLocked(client, situation.left.has_value()),
                      readable(client, situation, plan, options)};
    const auto reader = bundle::Reader::open(situation.bundlePath);
    const auto secrets = reader ? store::objects::savedObjects(**reader, u"secrets"_s) : Result<QJsonArray>(fail(reader.error()));
    if (plan.step(u"template"_s)) {
        const auto configMaps = secrets ? store::objects::savedObjects(**reader, u"configmaps"_s) : secrets;
        const auto parameters = configMaps ? templateParameters(*secrets, *configMaps) : Result<QMap<QString, QString>>(fail(configMaps.error()));
        const auto objects = parameters ? client.processTemplate(options.templateFile, *parameters) : Result<QJsonArray>(fail(parameters.error()));
        list.append(checks::templateCheck(situation, objects, client.rules()));
    }
    if (const Check outside = checks::external(situation, secrets.value_or(QJsonArray())); outside.state != Check::State::Passed)
        list.append(outside);
    if (const QString safety = plan.choices[u"safetyBundle"].toString(); !safety.isEmpty())
        list.append(checks::safetySpace(safety, checks::safetySize(situation, components, stores, rooms, options.acceptUnreadable)));
    return list;
}

} // namespace scalekeep::restore
