#include "engine/restore/checks.h"

#include "engine/run/rights.h"
#include "engine/store/helper.h"

#include <QJsonArray>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>
#include <limits>

namespace scalekeep::restore::checks {

using namespace Qt::Literals::StringLiterals;

namespace {
using State = Check::State;

/// What quotas count of a pod; names of the ResourceQuota's keys.
QMap<QString, qint64> demandOf(const QJsonObject& podSpec)
{
    QMap<QString, qint64> demand{{u"pods"_s, 1000}};
    for (const QJsonValue& container : podSpec[u"containers"].toArray()) {
        for (const QString& list : {u"requests"_s, u"limits"_s}) {
            const QJsonObject values = container[u"resources"][list].toObject();
            for (auto value = values.begin(); value != values.end(); ++value)
                demand[list + u'.' + value.key()] += quantity(value.value().toString()).value_or(0);
        }
    }
    return demand;
}

/// The short names are the requests'; "count/pods" are pods.
QString quotaKey(const QString& key)
{
    if (key == u"count/pods")
        return u"pods"_s;
    return key == u"cpu" || key == u"memory" ? u"requests."_s + key : key;
}

void add(QMap<QString, qint64>& to, const QMap<QString, qint64>& demand, qint64 times)
{
    for (auto it = demand.cbegin(); it != demand.cend(); ++it)
        to[it.key()] += it.value() * times;
}

/// What the plan stops before the helper pods start, and so gives back.
QMap<QString, qint64> freed(const Situation& situation, const plan::Plan& plan)
{
    QMap<QString, qint64> sum;
    QSet<QString> names;
    for (const plan::Stage& stage : plan.stages) {
        for (const plan::Step& step : stage.steps) {
            if (step.action != u"workloads.stop")
                continue;
            for (const QJsonValue& each : step.parameters[u"workloads"].toArray()) {
                const cluster::Workload* workload = situation.live.workload(each[u"name"].toString());
                if (!workload || names.contains(workload->name))
                    continue;
                names.insert(workload->name);
                add(sum, demandOf(situation.live.object(workload->kind, workload->name)[u"spec"][u"template"][u"spec"].toObject()), workload->desired);
            }
        }
    }
    return sum;
}

QString hostOf(const QString& url)
{
    // scheme://user:password@host:port/path, with anything in the password: the last @ before the path ends it.
    static const QRegularExpression pattern(u"\\A[a-z0-9+.-]+://(?:.*@)?([A-Za-z0-9.-]{1,253}|\\[[0-9A-Fa-f:]{2,45}\\])(?::\\d{1,5})?(?:[/?].*)?\\z"_s);
    return pattern.match(url.left(4096).trimmed()).captured(1);
}

/// The plan is for a template's installation, and leaves every operator alone: fine only where that is more than a guess.
Check withoutOperator(const Situation& situation, Check check)
{
    if (!situation.header.flavour.isEmpty()) {
        check.evidence = u"The installation was made from a template: there is no operator."_s;
        return check;
    }
    const bool isSeen = situation.detected && situation.detected->flavourKnown;
    if (isSeen && situation.detected->flavour != u"operator") {
        check.evidence = u"The bundle does not say how the installation was made; the one in the namespace was made from a template, which no operator looks after."_s;
        return check;
    }
    QStringList operators;
    for (const cluster::Workload& workload : situation.live.workloads) {
        if (workload.kind == u"Deployment" && (workload.name.startsWith(u"threescale-operator") || workload.name.startsWith(u"3scale-operator")))
            operators.append(workload.name);
    }
    check.state = State::Warning;
    check.evidence = isSeen ? u"The bundle's objects are taken for a template's, but the namespace was made by an operator, which is not stopped."_s
                            : u"Neither the bundle nor the namespace says for sure how the installation was made; assumed is a template, so no operator is stopped."_s;
    if (!operators.isEmpty())
        check.evidence += u" An operator is there: %1."_s.arg(operators.join(u", "_s));
    check.remedy = u"If an operator looks after this installation, it starts again what is stopped while data is loaded: scale its Deployment to 0 first, restore, then scale it back."_s;
    return check;
}
} // namespace

Check operatorCheck(const Situation& situation, const plan::Plan& plan)
{
    Check check{.id = u"operator"_s, .title = u"The 3scale operator keeps out of it"_s, .state = {}, .evidence = {}, .remedy = {}};
    if (situation.flavour() != u"operator")
        return withoutOperator(situation, check);
    QStringList running, down;
    for (const QString& name : situation.catalog.operatorDeployments) {
        if (const cluster::Workload* workload = situation.live.workload(name))
            (workload->ready > 0 ? running : down).append(name);
    }
    if (plan.step(u"installed"_s) && running.isEmpty()) {
        check.state = State::Warning;
        check.evidence = u"The operator is to make the installation, but no operator was seen running in namespace %1."_s.arg(situation.connection.namespaceName);
        check.remedy = u"Install the 3scale operator first, unless it watches this namespace from another one."_s;
        return check;
    }
    if (plan.step(u"stop-operator"_s)) {
        check.evidence = running.isEmpty() ? u"%1 does not run."_s.arg(down.join(u", "_s)) : u"%1 will be stopped first and started again."_s.arg(running.join(u", "_s));
        return check;
    }
    const plan::Step* zero = plan.step(u"apimanager-zero"_s);
    if (!zero) {
        check.evidence = u"Nothing that it looks after is stopped."_s;
        return check;
    }
    // It runs elsewhere: what it scales up again by itself can only be kept down through the APIManager.
    QStringList loose;
    for (const QJsonValue& each : zero->parameters[u"workloads"].toArray()) {
        const catalog::WorkloadFact* fact = situation.catalog.workload(each[u"name"].toString());
        if (fact && fact->revertedByOperator == u"always" && fact->replicasField.isEmpty())
            loose.append(fact->name);
    }
    check.evidence = u"The operator is not in this namespace, so it cannot be stopped: the APIManager's replica counts are set to 0 meanwhile."_s;
    if (!loose.isEmpty()) {
        check.state = State::Failed;
        check.evidence += u" It would start these again all the same, while data is loaded: %1."_s.arg(loose.join(u", "_s));
        check.remedy = u"Scale the operator's Deployment to 0 in its own namespace (ask its administrator), then restore, then scale it back."_s;
    }
    return check;
}

std::optional<qint64> quantity(const QString& text)
{
    static const QRegularExpression pattern(u"\\A(\\d{1,15}(?:\\.\\d{1,9})?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?\\z"_s);
    static const QHash<QString, double> factors{{u""_s, 1e3}, {u"m"_s, 1}, {u"k"_s, 1e6}, {u"M"_s, 1e9}, {u"G"_s, 1e12}, {u"T"_s, 1e15}, {u"P"_s, 1e18},
                                                {u"Ki"_s, 1024e3}, {u"Mi"_s, 1048576e3}, {u"Gi"_s, 1073741824e3}, {u"Ti"_s, 1099511627776e3}, {u"Pi"_s, 1125899906842624e3}};
    const auto match = pattern.match(text);
    if (!match.hasMatch())
        return {};
    const double thousandths = match.captured(1).toDouble() * factors.value(match.captured(2));
    constexpr double most = 4e18;
    return qint64(std::min(thousandths, most));
}

Check quotas(const Situation& situation, const plan::Plan& plan, const Result<QJsonArray>& quotas)
{
    Check check{.id = u"quota"_s, .title = u"Helper pods fit into the quotas"_s, .state = {}, .evidence = {}, .remedy = {}};
    QList<std::pair<QString, QMap<QString, qint64>>> helpers;
    for (const plan::Stage& stage : plan.stages) {
        for (const plan::Step& step : stage.steps) {
            const catalog::Component* component = step.action == u"helper.create" ? situation.catalog.component(step.component) : nullptr;
            const auto pod = component ? store::helper::podFor(*component, situation.live, u"nonce"_s) : Result<QJsonObject>(fail(ErrorCode::NotFound, {}));
            if (pod)
                helpers.append({step.component, demandOf((*pod)[u"spec"].toObject())});
        }
    }
    if (helpers.isEmpty()) {
        check.evidence = u"No helper pod is needed."_s;
        return check;
    }
    if (!quotas) {
        check.state = State::Warning;
        check.evidence = u"Could not be looked at: %1"_s.arg(quotas.error().message);
        check.remedy = u"A helper pod that a quota refuses stops the restore, perhaps after other stores were loaded. What was begun since the last proven store is then taken back; what is proven stays."_s;
        return check;
    }
    QMap<QString, qint64> given = freed(situation, plan);
    QStringList refused, seen;
    for (const QJsonValue& quota : *quotas) {
        const QString name = quota[u"metadata"][u"name"].toString().left(100);
        const QJsonObject spec = quota[u"spec"].toObject(), hard = quota[u"status"][u"hard"].toObject(), used = quota[u"status"][u"used"].toObject();
        // A scoped quota counts some pods only; which of them, only the server knows.
        if (spec.contains(u"scopes"_s) || spec.contains(u"scopeSelector"_s))
            continue;
        seen.append(name);
        for (auto limit = hard.begin(); limit != hard.end(); ++limit) {
            const QString key = quotaKey(limit.key());
            const auto most = quantity(limit.value().toString()), now = quantity(used[limit.key()].toString());
            if (!most || !now)
                continue;
            // One helper at a time per store; each starts when its own workload has gone.
            for (const auto& [component, demand] : std::as_const(helpers)) {
                const qint64 room = *most - *now + given.value(key);
                if (demand.contains(key) && demand.value(key) > room)
                    refused.append(u"%1 (%2 of %3)"_s.arg(name, limit.key(), component));
            }
        }
    }
    if (!refused.isEmpty()) {
        check.state = State::Failed;
        check.evidence = u"These quotas have no room for a helper pod: %1."_s.arg(refused.join(u", "_s));
        check.remedy = u"Ask for a larger quota, or free what is not needed, then try again; nothing was changed."_s;
        return check;
    }
    check.evidence = seen.isEmpty() ? u"The namespace has no quota that counts them."_s : u"There is room for them in %1."_s.arg(seen.join(u", "_s));
    return check;
}

Check templateCheck(const Situation& situation, const Result<QJsonArray>& objects, const Result<QJsonObject>& rules)
{
    Check check{.id = u"template"_s, .title = u"What the template makes"_s, .state = {}, .evidence = {}, .remedy = {}};
    if (!objects) {
        check.state = State::Failed;
        check.evidence = objects.error().message;
        check.remedy = objects.error().hint.isEmpty() ? u"Use a 3scale template of the bundle's version."_s : objects.error().hint;
        return check;
    }
    QStringList roles, refused;
    int missing = 0;
    for (const QJsonValue& value : *objects) {
        const QJsonObject object = value.toObject();
        const QString kind = object[u"kind"].toString().left(100), name = object[u"metadata"][u"name"].toString().left(253), version = object[u"apiVersion"].toString();
        if (!situation.live.object(kind, name).isEmpty())
            continue; // there already: it is left alone
        ++missing;
        QString resource = kind.toLower() + u's';
        for (const catalog::ObjectKind& known : situation.catalog.kinds) {
            if (known.kind == kind && !known.resource.startsWith(u"*."))
                resource = known.resource.section(u'.', 0, 0);
        }
        const run::Need need{u"create"_s, version.contains(u'/') ? version.section(u'/', 0, 0) : QString{}, resource};
        if (!rules || run::isGranted(*rules, need))
            continue;
        const bool isRole = kind == u"Role" || kind == u"RoleBinding";
        (isRole ? roles : refused).append(u"%1 %2"_s.arg(kind, name));
    }
    check.evidence = u"%1 of its %2 objects are missing and will be created."_s.arg(missing).arg(objects->size());
    if (!refused.isEmpty()) {
        check.state = State::Failed;
        check.evidence = u"This login may not create %1."_s.arg(refused.mid(0, 20).join(u", "_s));
        check.remedy = u"Ask an administrator of the project for the role admin, or to create them, then try again."_s;
    } else if (!roles.isEmpty()) {
        check.state = State::Warning;
        check.evidence += u" This login may not create %1: they are left out."_s.arg(roles.mid(0, 20).join(u", "_s));
        check.remedy = u"The role edit may not make them. Ask an administrator of the project to create them; 3scale runs without, but its service account lacks these rights."_s;
    } else if (!rules) {
        check.state = State::Warning;
        check.evidence += u" Whether this login may create them could not be looked at: %1"_s.arg(rules.error().message);
    }
    return check;
}

Check serverTakes(const Reading& reading)
{
    Check check{.id = u"objects"_s, .title = u"The server takes the objects"_s, .state = {}, .evidence = u"None that was tried in a dry run is refused."_s, .remedy = {}};
    QStringList refused;
    for (const Reading::Seen<QList<ObjectChange>>& seen : reading.objects) {
        for (const ObjectChange& change : seen.value) {
            if (change.isRefused)
                refused.append(u"%1 %2: %3"_s.arg(change.kind, change.name, change.note));
        }
    }
    if (!refused.isEmpty()) {
        check.state = State::Failed;
        check.evidence = u"%1 would be refused. %2"_s.arg(refused.size()).arg(refused.mid(0, 20).join(u"; "_s));
        check.remedy = u"Ask an administrator of the project for the right that is missing, or to delete what may not be changed (it is created again then), and try again; nothing was changed."_s;
    }
    return check;
}

Check external(const Situation& situation, const QJsonArray& savedSecrets)
{
    Check check{.id = u"external"_s, .title = u"Data outside of the cluster"_s, .state = {}, .evidence = {}, .remedy = {}};
    QHash<QString, QJsonObject> secrets;
    for (const QJsonValue& secret : savedSecrets)
        secrets.insert(secret[u"metadata"][u"name"].toString(), secret[u"data"].toObject());
    QStringList outside, tools;
    for (const catalog::Component& component : situation.catalog.components) {
        if (component.engine == u"objects" || component.external.secret.isEmpty())
            continue;
        // Of the two kinds of a system database, one is enough.
        const bool isInBundle = std::any_of(situation.manifest.components.begin(), situation.manifest.components.end(), [&](const bundle::Component& saved) {
            const catalog::Component* other = situation.catalog.component(saved.id);
            return saved.state == u"proven" && (saved.id == component.id || (other && !component.group.isEmpty() && other->group == component.group));
        });
        const auto secret = secrets.constFind(component.external.secret);
        if (isInBundle || secret == secrets.cend())
            continue;
        QStringList hosts;
        for (const QString& key : component.external.urlKeys) {
            const QString url = QString::fromUtf8(QByteArray::fromBase64((*secret)[key].toString().toLatin1()));
            const bool isOfScheme = component.external.schemes.isEmpty() || component.external.schemes.contains(url.section(u"://"_s, 0, 0));
            const QString host = isOfScheme ? hostOf(url) : QString{};
            if (!host.isEmpty() && host != component.external.ownHost && !hosts.contains(host))
                hosts.append(host);
        }
        // A store that is in the cluster but not in the bundle was left out by choice.
        if (hosts.isEmpty() && !(component.external.urlKeys.isEmpty() && component.external.ownHost.isEmpty()))
            continue;
        outside.append(hosts.isEmpty() ? component.title : u"%1 at %2"_s.arg(component.title, hosts.join(u" and "_s)));
        tools.append(u"%1 with %2"_s.arg(component.id, component.external.tool));
    }
    if (outside.isEmpty()) {
        check.evidence = u"All data stores of the bundle's installation are in the cluster."_s;
        return check;
    }
    check.state = State::Warning;
    check.evidence = u"Not covered by this restore: %1."_s.arg(outside.join(u"; "_s));
    check.remedy = u"Restore them first with their own tools: %1. What is restored here must fit their state."_s.arg(tools.join(u", "_s));
    return check;
}

} // namespace scalekeep::restore::checks
