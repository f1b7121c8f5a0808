#include "engine/restore/restore.h"

#include "engine/run/preflight.h"
#include "engine/store/redis.h"
#include "engine/store/redisdocumented.h"

#include <QJsonArray>
#include <QVersionNumber>

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

Check versions(const Situation& situation)
{
    Check check{.id = u"versions"_s, .title = u"Versions of 3scale"_s, .state = {}, .evidence = {}, .remedy = {}};
    if (!situation.detected) {
        check.evidence = u"The namespace holds no 3scale yet; the bundle is of %1."_s.arg(situation.header.threescaleVersion);
        return check;
    }
    const auto majorMinor = [](const QString& version) { return version.section(u'.', 0, 1); };
    check.evidence = u"Bundle %1, namespace %2."_s.arg(situation.header.threescaleVersion, situation.detected->version);
    if (majorMinor(situation.header.threescaleVersion) != majorMinor(situation.detected->version)) {
        check.state = Check::State::Failed;
        check.remedy = u"A database of one version does not fit the other: install 3scale %1 in the namespace, then restore, then upgrade."_s.arg(majorMinor(situation.header.threescaleVersion));
    } else if (situation.header.flavour != situation.detected->flavour || situation.header.workloadKind != situation.detected->workloadKind) {
        check.state = Check::State::Failed;
        check.evidence += u" The bundle is of a %1-based installation with %2s, the namespace has a %3-based one with %4s."_s.arg(situation.header.flavour, situation.header.workloadKind, situation.detected->flavour, situation.detected->workloadKind);
        check.remedy = u"Restore into a namespace of the same kind."_s;
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

/// Servers that could not read the bundle's files: an RDB of a newer Redis, a MySQL that goes a major version back.
Check stores(const oc::Client& client, const Situation& situation, const QStringList& components, const Options& options)
{
    Check check{.id = u"stores"_s, .title = u"Versions of the data stores"_s, .state = {}, .evidence = {}, .remedy = {}};
    QStringList seen, failures;
    for (const bundle::Component& saved : situation.manifest.components) {
        const catalog::Component* component = situation.catalog.component(saved.id);
        if (!component || component->engine != u"redis" || !components.contains(saved.id))
            continue;
        const auto pod = situation.live.readyPod(component->workload);
        if (!pod)
            continue;
        const auto info = client.exec({pod->name, component->container, pod->uid}, store::redis::cliCommand({u"INFO"_s, u"server"_s}));
        if (!info || info->exitCode != 0)
            continue; // unreadable stores are another check's matter
        const QString live = store::redis::parseInfo(info->output).value(u"redis_version"_s);
        seen.append(u"%1 %2"_s.arg(saved.id, live));
        const QVersionNumber server = QVersionNumber::fromString(live), source = QVersionNumber::fromString(saved.serverVersion);
        if (!source.isNull() && source.segmentAt(0) > server.segmentAt(0))
            failures.append(u"the dump of %1 is of Redis %2, which Redis %3 cannot read"_s.arg(saved.id, saved.serverVersion, live));
        if (options.documentedRedis) {
            if (const QString why = store::redis::whyNotDocumented(live); !why.isEmpty())
                failures.append(why);
        }
    }
    check.evidence = failures.isEmpty() ? (seen.isEmpty() ? u"Nothing to compare."_s : seen.join(u", "_s)) : failures.join(u"; "_s);
    if (!failures.isEmpty()) {
        check.state = Check::State::Failed;
        check.remedy = options.documentedRedis ? u"Use --redis-method helper."_s : u"Restore into a namespace whose servers are at least as new as those of the bundle."_s;
    }
    return check;
}
} // namespace

QList<Check> preflight(const oc::Client& client, const Situation& situation, const plan::Plan& plan, const Options& options)
{
    namespace checks = run::preflight;
    QStringList components;
    for (const QJsonValue& id : plan.choices[u"components"].toArray())
        components.append(id.toString());
    const bool dc = situation.header.workloadKind == u"DeploymentConfig";
    const QString group = dc ? u"apps.openshift.io"_s : u"apps"_s, workloads = dc ? u"deploymentconfigs"_s : u"deployments"_s;
    QList<checks::Need> needs{{u"list"_s, {}, u"pods"_s}, {u"create"_s, {}, u"pods/exec"_s}, {u"create"_s, {}, u"pods"_s}, {u"delete"_s, {}, u"pods"_s}, {u"create"_s, {}, u"configmaps"_s},
                              {u"update"_s, {}, u"configmaps"_s}, {u"delete"_s, {}, u"configmaps"_s}, {u"patch"_s, group, workloads}, {u"update"_s, group, workloads + u"/scale"_s}};
    if (components.contains(u"secrets"_s)) {
        needs.append({u"create"_s, {}, u"secrets"_s});
        needs.append({u"update"_s, {}, u"secrets"_s});
    }
    if (components.contains(u"apimanager"_s))
        needs.append({u"update"_s, u"apps.3scale.net"_s, u"apimanagers"_s});

    qint64 needed = 0;
    const QString safety = plan.choices[u"safetyBundle"].toString();
    for (const bundle::Stream& stream : situation.manifest.streams)
        needed += components.contains(stream.component) ? stream.storedBytes : 0;

    QList<Check> list{checks::rights(client, needs), identity(situation, options), versions(situation), bundleState(situation, client.stopToken()), checks::podsReady(situation.catalog, situation.live, components, false),
                      checks::tools(client, situation.catalog, situation.live, components), stores(client, situation, components, options), checks::noRollout(situation.live), checks::notLocked(client, situation.left.has_value()), readable(client, situation, plan, options)};
    if (!safety.isEmpty())
        list.append(checks::localSpace(safety, needed));
    return list;
}

} // namespace scalekeep::restore
