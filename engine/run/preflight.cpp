#include "engine/run/preflight.h"

#include "engine/base/files.h"
#include "engine/run/facts.h"
#include "engine/run/lock.h"

#include <QJsonArray>

#include <algorithm>
#include <future>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
const QStringList& stateNames()
{
    static const QStringList names{u"passed"_s, u"warning"_s, u"failed"_s};
    return names;
}
} // namespace

QJsonObject toJson(const Check& check)
{
    return {{u"id"_s, check.id}, {u"title"_s, check.title}, {u"state"_s, stateNames().value(static_cast<int>(check.state))}, {u"evidence"_s, check.evidence}, {u"remedy"_s, check.remedy}};
}

Check checkFromJson(const QJsonObject& json)
{
    const qsizetype state = stateNames().indexOf(json[u"state"].toString());
    return {.id = json[u"id"].toString(), .title = json[u"title"].toString(), .state = state < 0 ? Check::State::Failed : static_cast<Check::State>(state), .evidence = json[u"evidence"].toString(), .remedy = json[u"remedy"].toString()};
}

namespace preflight {

namespace {
bool covers(const QJsonArray& list, const QString& value)
{
    return list.contains(value) || list.contains(u"*"_s);
}

bool allowed(const QJsonObject& status, const Need& need)
{
    const QString slashed = need.resource.contains(u'/') ? u"*/"_s + need.resource.section(u'/', 1) : QString{};
    for (const QJsonValue& value : status[u"resourceRules"].toArray()) {
        const QJsonObject rule = value.toObject();
        if (!rule[u"resourceNames"].toArray().isEmpty())
            continue; // a right on one named object says nothing of the others
        const QJsonArray resources = rule[u"resources"].toArray();
        if (covers(rule[u"verbs"].toArray(), need.verb) && covers(rule[u"apiGroups"].toArray(), need.group) && (covers(resources, need.resource) || (!slashed.isEmpty() && resources.contains(slashed))))
            return true;
    }
    return false;
}

QStringList toolsFor(const catalog::Component& component)
{
    if (component.engine == u"mysql")
        return {u"sh"_s, u"bash"_s};
    if (component.engine == u"postgresql")
        return {u"sh"_s, u"bash"_s};
    if (component.engine == u"redis")
        return {u"sh"_s, u"bash"_s, u"cat"_s, u"df"_s};
    return {u"sh"_s, u"tar"_s};
}
} // namespace

Check rights(const oc::Client& client, const QList<Need>& needs)
{
    Check check{.id = u"rights"_s, .title = u"Login and rights"_s, .state = {}, .evidence = {}, .remedy = {}};
    const auto status = client.rules();
    if (!status) {
        check.state = Check::State::Failed;
        check.evidence = status.error().message;
        check.remedy = status.error().hint;
        return check;
    }
    QStringList missing;
    for (const Need& need : needs) {
        if (!allowed(*status, need))
            missing.append(u"%1 %2"_s.arg(need.verb, need.group.isEmpty() ? need.resource : u"%1.%2"_s.arg(need.resource, need.group)));
    }
    if (missing.isEmpty()) {
        check.evidence = u"All %1 rights that the plan needs are there."_s.arg(needs.size());
        return check;
    }
    if ((*status)[u"incomplete"].toBool()) {
        check.state = Check::State::Warning;
        check.evidence = u"The cluster could not list all rights; not seen: %1."_s.arg(missing.join(u", "_s));
        return check;
    }
    check.state = Check::State::Failed;
    check.evidence = u"Not allowed in namespace %1: %2."_s.arg(client.connection().namespaceName, missing.join(u", "_s));
    check.remedy = u"Ask an administrator of the project for the role edit, then try again."_s;
    return check;
}

Check podsReady(const catalog::Catalog& catalog, const cluster::Inventory& inventory, const QStringList& components, bool required)
{
    Check check{.id = u"pods"_s, .title = u"Pods ready"_s, .state = {}, .evidence = {}, .remedy = {}};
    QStringList ready, problems;
    for (const QString& id : components) {
        const catalog::Component* component = catalog.component(id);
        if (!component || component->engine == u"objects")
            continue;
        const auto pod = inventory.readyPod(component->workload);
        if (pod)
            ready.append(pod->name);
        else
            problems.append(pod.error().message);
    }
    check.evidence = problems.isEmpty() ? u"Ready: %1."_s.arg(ready.isEmpty() ? u"none needed"_s : ready.join(u", "_s)) : problems.join(u' ');
    if (!problems.isEmpty()) {
        check.state = required ? Check::State::Failed : Check::State::Warning;
        check.remedy = required ? u"Scale the workload up or look at its pods' events, then try again."_s
                                : u"What cannot be read will be recorded as unreadable in the safety bundle."_s;
    }
    return check;
}

Check tools(const oc::Client& client, const catalog::Catalog& catalog, const cluster::Inventory& inventory, const QStringList& components)
{
    Check check{.id = u"tools"_s, .title = u"Programs in the containers"_s, .state = {}, .evidence = {}, .remedy = {}};
    QStringList missing, slow;
    // All containers are asked at once: each answer takes a while.
    std::vector<std::pair<const catalog::Component*, std::future<Result<QSet<QString>>>>> asked;
    for (const QString& id : components) {
        const catalog::Component* component = catalog.component(id);
        if (!component || component->engine == u"objects")
            continue;
        const auto pod = inventory.readyPod(component->workload);
        if (!pod)
            continue; // another check's matter
        const QStringList wanted = toolsFor(*component) + QStringList{u"sha256sum"_s, u"openssl"_s, u"gzip"_s};
        const oc::PodRef container{pod->name, component->container, pod->uid};
        asked.emplace_back(component, std::async(std::launch::async, [&client, container, wanted] { return client.tools(container, wanted); }));
    }
    for (auto& [component, answer] : asked) {
        const auto found = answer.get();
        if (!found) {
            check.state = Check::State::Failed;
            check.evidence = found.error().message;
            check.remedy = found.error().hint;
            return check;
        }
        for (const QString& tool : toolsFor(*component)) {
            if (!found->contains(tool))
                missing.append(u"%1 in %2"_s.arg(tool, component->container));
        }
        if (!found->contains(u"sha256sum"_s) && !found->contains(u"openssl"_s))
            missing.append(u"sha256sum or openssl in %1"_s.arg(component->container));
        if (!found->contains(u"gzip"_s))
            slow.append(component->container);
    }
    if (!missing.isEmpty()) {
        check.state = Check::State::Failed;
        check.evidence = u"Missing: %1."_s.arg(missing.join(u", "_s));
        check.remedy = u"Without them a stream cannot be made or proven. Use an image that has them; nothing was changed."_s;
    } else if (!slow.isEmpty()) {
        check.state = Check::State::Warning;
        check.evidence = u"No gzip in %1: data travels uncompressed."_s.arg(slow.join(u", "_s));
    } else {
        check.evidence = u"All there."_s;
    }
    return check;
}

Check localSpace(const QString& path, qint64 needed)
{
    Check check{.id = u"local-space"_s, .title = u"Free space on this machine"_s, .state = {}, .evidence = {}, .remedy = {}};
    const qint64 free = freeBytes(path);
    check.evidence = u"%1 MiB free for “%2”, about %3 MiB needed."_s.arg(free / 1048576).arg(path).arg(needed / 1048576 + 1);
    if (free < needed) {
        check.state = Check::State::Failed;
        check.remedy = u"Free some space or choose another folder."_s;
    }
    return check;
}

Check notLocked(const oc::Client& client)
{
    Check check{.id = u"lock"_s, .title = u"Nobody else changes the namespace"_s, .state = {}, .evidence = u"No other run holds the namespace."_s, .remedy = {}};
    const auto holder = Lock::show(client);
    if (!holder) {
        check.state = Check::State::Failed;
        check.evidence = holder.error().message;
        check.remedy = holder.error().hint;
    } else if (*holder) {
        check.state = Check::State::Failed;
        check.evidence = u"Locked: %1 by %2 on %3 since %4 (run %5)."_s.arg((*holder)->purpose, (*holder)->owner, (*holder)->host, (*holder)->since.toString(Qt::ISODate), (*holder)->runId);
        check.remedy = Lock::remedy(**holder, client.connection().namespaceName);
    }
    return check;
}

Check noRollout(const cluster::Inventory& inventory)
{
    Check check{.id = u"rollout"_s, .title = u"No rollout under way"_s, .state = {}, .evidence = u"No workload is rolling out."_s, .remedy = {}};
    QStringList names;
    for (const cluster::Workload& workload : inventory.workloads) {
        if (workload.rolloutInProgress)
            names.append(workload.name);
    }
    if (!names.isEmpty()) {
        check.state = Check::State::Warning;
        check.evidence = u"Rolling out: %1."_s.arg(names.join(u", "_s));
        check.remedy = u"Better wait until they are done: pods that are replaced end their streams."_s;
    }
    return check;
}

} // namespace preflight
} // namespace scalekeep::run
