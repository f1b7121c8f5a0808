#include "engine/run/preflight.h"

#include "engine/base/files.h"
#include "engine/run/facts.h"
#include "engine/run/lock.h"
#include "engine/run/restoremark.h"

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
/// What sh finds, and what the login environment of bash finds: the images of 3scale 2.7 put the clients on the PATH through BASH_ENV.
struct Programs { QStringList plain, clients; };

Programs programsFor(const catalog::Component& component, Purpose purpose)
{
    const bool isRestore = purpose == Purpose::Restore;
    const QStringList shells = isRestore ? QStringList{u"sh"_s, u"bash"_s, u"df"_s} : QStringList{u"sh"_s, u"bash"_s};
    if (component.engine == u"mysql")
        return {shells, {u"mysql"_s, u"mysqldump"_s}};
    if (component.engine == u"postgresql")
        return {shells, {u"psql"_s, u"pg_dump"_s}};
    if (component.engine == u"redis")
        return {{u"sh"_s, u"bash"_s, u"cat"_s, u"df"_s}, isRestore ? QStringList{u"redis-cli"_s, u"redis-server"_s} : QStringList{u"redis-cli"_s}};
    return {isRestore ? QStringList{u"sh"_s, u"bash"_s, u"tar"_s, u"find"_s, u"mv"_s, u"df"_s} : QStringList{u"sh"_s, u"tar"_s}, {}};
}

struct Found { QSet<QString> plain, clients; };

Result<Found> findIn(const oc::Client& client, const oc::PodRef& container, const Programs& wanted)
{
    const auto plain = client.tools(container, wanted.plain + QStringList{u"sha256sum"_s, u"openssl"_s, u"gzip"_s});
    if (!plain)
        return fail(plain.error());
    Found found{*plain, {}};
    if (wanted.clients.isEmpty() || !plain->contains(u"bash"_s))
        return found;
    const auto answer = client.execWithInput(container, {u"bash"_s, u"-c"_s, u"while read -r t; do command -v \"$t\" >/dev/null 2>&1 && echo \"$t\"; done; :"_s}, wanted.clients.join(u'\n').toUtf8() + '\n');
    if (!answer)
        return fail(answer.error());
    const QStringList names = QString::fromUtf8(answer->output.left(4096)).split(u'\n', Qt::SkipEmptyParts);
    found.clients = QSet<QString>(names.begin(), names.end());
    return found;
}
} // namespace

Check rights(const oc::Client& client, const QList<Need>& needs, const QStringList& unknown)
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
        if (!isGranted(*status, need))
            missing.append(toText(need));
    }
    if (!unknown.isEmpty()) {
        check.state = Check::State::Failed;
        check.evidence = u"It is not known which rights these steps need: %1."_s.arg(unknown.join(u", "_s));
        check.remedy = u"This is a mistake in the program; please report it. Nothing was changed."_s;
        return check;
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

Check tools(const oc::Client& client, const catalog::Catalog& catalog, const cluster::Inventory& inventory, const QStringList& components, Purpose purpose)
{
    Check check{.id = u"tools"_s, .title = u"Programs in the containers"_s, .state = {}, .evidence = {}, .remedy = {}};
    QStringList missing, slow, silent, asked;
    // All containers are asked at once: each answer takes a while.
    std::vector<std::pair<const catalog::Component*, std::future<Result<Found>>>> answers;
    for (const QString& id : components) {
        const catalog::Component* component = catalog.component(id);
        if (!component || component->engine == u"objects")
            continue;
        const auto pod = inventory.readyPod(component->workload);
        if (!pod) {
            silent.append(u"%1 has no ready pod"_s.arg(component->workload));
            continue;
        }
        const oc::PodRef container{pod->name, component->container, pod->uid};
        answers.emplace_back(component, std::async(std::launch::async, [&client, container, wanted = programsFor(*component, purpose)] { return findIn(client, container, wanted); }));
    }
    std::optional<Error> failed;
    for (auto& [component, answer] : answers) {
        const auto found = answer.get();
        if (!found) {
            failed = failed ? failed : found.error();
            silent.append(u"%1: %2"_s.arg(component->container, found.error().message));
            continue;
        }
        asked.append(component->container);
        const Programs wanted = programsFor(*component, purpose);
        for (const QString& tool : wanted.plain) {
            if (!found->plain.contains(tool))
                missing.append(u"%1 in %2"_s.arg(tool, component->container));
        }
        for (const QString& tool : wanted.clients) {
            if (found->plain.contains(u"bash"_s) && !found->clients.contains(tool))
                missing.append(u"%1 in %2"_s.arg(tool, component->container));
        }
        if (!found->plain.contains(u"sha256sum"_s) && !found->plain.contains(u"openssl"_s))
            missing.append(u"sha256sum or openssl in %1"_s.arg(component->container));
        if (!found->plain.contains(u"gzip"_s))
            slow.append(component->container);
    }
    if (!missing.isEmpty()) {
        check.state = Check::State::Failed;
        check.evidence = u"Missing: %1."_s.arg(missing.join(u", "_s));
        check.remedy = u"Without them a stream cannot be made or proven. Use an image that has them; nothing was changed."_s;
    } else if (failed && purpose == Purpose::Backup) {
        check.state = Check::State::Failed;
        check.evidence = failed->message;
        check.remedy = failed->hint;
    } else if (!silent.isEmpty() && (failed || purpose == Purpose::Restore)) {
        check.state = Check::State::Warning;
        check.evidence = u"Could not be looked at: %1."_s.arg(silent.join(u"; "_s));
        check.remedy = u"If a program is missing there, the restore finds out later and stops. What was begun since the last proven store is then taken back; what is proven stays."_s;
    } else if (!slow.isEmpty()) {
        check.state = Check::State::Warning;
        check.evidence = u"No gzip in %1: data travels uncompressed."_s.arg(slow.join(u", "_s));
    } else {
        check.evidence = asked.isEmpty() ? u"No container is needed."_s : u"All there, in %1."_s.arg(asked.join(u", "_s));
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

Check notLocked(const oc::Client& client, bool mayTakeOver)
{
    Check check{.id = u"lock"_s, .title = u"Nobody else changes the namespace"_s, .state = {}, .evidence = u"No other run holds the namespace."_s, .remedy = {}};
    const auto holder = Lock::show(client);
    if (!holder) {
        check.state = Check::State::Failed;
        check.evidence = holder.error().message;
        check.remedy = holder.error().hint;
    } else if (*holder) {
        check.state = (*holder)->left && mayTakeOver ? Check::State::Warning : Check::State::Failed;
        check.evidence = u"Locked: %1"_s.arg(Lock::describe(**holder));
        check.subjects = {(*holder)->runId};
        check.remedy = (*holder)->left && mayTakeOver ? u"This run takes the lock over."_s : Lock::remedy(**holder, client.connection().namespaceName);
    }
    return check;
}

Check notBeingRestored(const Result<std::optional<LockInfo>>& holder, const QString& namespaceName)
{
    Check check{.id = u"lock"_s, .title = u"Nobody restores into the namespace"_s, .state = {}, .evidence = u"No other run holds the namespace."_s, .remedy = {}};
    if (!holder) {
        // The rights for a backup of one store may not be enough to ask.
        check.state = holder.error().code == ErrorCode::Forbidden ? Check::State::Warning : Check::State::Failed;
        check.evidence = u"Could not be looked at: %1"_s.arg(holder.error().message);
        check.remedy = check.state == Check::State::Warning ? u"Make sure that no restore runs meanwhile: the backup would mix old and new data."_s : holder.error().hint;
        return check;
    }
    if (!*holder)
        return check;
    check.evidence = u"Locked: %1"_s.arg(Lock::describe(**holder));
    check.subjects = {(*holder)->runId};
    if (!mayWriteData(**holder)) {
        check.evidence += u" A backup beside it does no harm: what is stopped is stored with the counts that the lock remembers."_s;
    } else {
        check.state = Check::State::Failed;
        check.remedy = u"A backup now would mix old and new data. "_s + Lock::remedy(**holder, namespaceName);
    }
    return check;
}

Check noRollout(const cluster::Inventory& inventory, const QStringList& decisive)
{
    Check check{.id = u"rollout"_s, .title = u"No rollout under way"_s, .state = {}, .evidence = u"No workload is rolling out."_s, .remedy = {}};
    QStringList names;
    bool isDecisive = false;
    for (const cluster::Workload& workload : inventory.workloads) {
        if (!workload.rolloutInProgress)
            continue;
        names.append(workload.name);
        isDecisive = isDecisive || decisive.contains(workload.name);
    }
    if (!names.isEmpty()) {
        check.state = isDecisive ? Check::State::Failed : Check::State::Warning;
        check.evidence = u"Rolling out: %1."_s.arg(names.join(u", "_s));
        check.remedy = isDecisive ? u"Wait until it is done (ten minutes at most, then it is given up), then try again; nothing was changed."_s
                                  : u"Better wait until they are done: pods that are replaced end their streams."_s;
    }
    return check;
}

} // namespace preflight
} // namespace scalekeep::run
