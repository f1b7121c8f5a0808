#include "engine/restore/reading.h"
#include "engine/restore/scope.h"
#include "engine/store/livetree.h"
#include "engine/store/mysql.h"
#include "engine/store/postgresql.h"
#include "engine/store/redis.h"

#include <QJsonArray>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

namespace scalekeep::restore {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int readyAttempts = 60, unreadyAttempts = 8;
constexpr std::chrono::seconds interval{2}, treeTime{30}; // a tree that takes longer to look through is left to the safety copy

/// The shortest question that only a working server answers; empty for what is no server.
QStringList question(const catalog::Component& component)
{
    if (component.engine == u"mysql")
        return store::mysql::queryCommand(component, u"SELECT 1"_s, false);
    if (component.engine == u"postgresql")
        return store::postgresql::queryCommand(component, u"SELECT 1"_s, u"postgres"_s);
    return component.engine == u"redis" ? store::redis::cliCommand({u"PING"_s}) : QStringList{};
}

/// A pod that could be asked: ready, or one that runs all the same, for a store that lost its database never gets ready. One that is being replaced is
/// waited for.
Result<cluster::Pod> askable(const oc::Client& client, const catalog::Catalog& catalog, const catalog::Component& component, const cluster::Inventory& live)
{
    const cluster::Workload* workload = live.workload(component.workload);
    for (int attempt = 0;; ++attempt) {
        const auto listing = client.list({u"pods"_s}, u"%1=%2"_s.arg(catalog.podLabel, component.workload));
        if (!listing)
            return fail(listing.error());
        std::optional<cluster::Pod> unready;
        bool onItsWay = false;
        const QList<cluster::Pod> pods = cluster::inventoryFromObjects(listing->items, live.namespaceName).pods;
        for (const cluster::Pod& pod : pods) {
            if (pod.phase == u"Running" && pod.ready && !pod.terminating)
                return pod;
            if (pod.phase == u"Running" && !pod.terminating)
                unready = pod;
            onItsWay = onItsWay || pod.terminating || pod.phase == u"Pending" || pod.phase == u"Running";
        }
        if (unready && attempt >= unreadyAttempts)
            return *unready;
        const bool wanted = workload && workload->desired > 0;
        if (!wanted || (!onItsWay && attempt > 2) || attempt >= readyAttempts || client.stopToken().stop_requested())
            return fail(ErrorCode::NotReady, u"%1 has no pod that runs"_s.arg(component.workload));
        std::this_thread::sleep_for(interval);
    }
}

/// Why the files of a volume cannot be read; empty: no reason is seen; nothing: no pod could tell, a helper pod will read them.
std::optional<QString> problemOfFiles(const oc::Client& client, const catalog::Component& component, const cluster::Inventory& live)
{
    const auto pod = podOf(component, live);
    const auto answer = pod ? client.exec(*pod, store::unreadableCommand(component.dataDirectory), treeTime) : Result<oc::ExecResult>(fail(pod.error()));
    if (!answer)
        return std::nullopt;
    // Of a file that was removed meanwhile `find` complains, too.
    const QString found = QString::fromUtf8(answer->output).simplified(), errors = QString::fromUtf8(answer->errorText).simplified();
    if (found.isEmpty() && (answer->exitCode == 0 || errors.contains(u"No such file or directory"_s)))
        return QString{};
    return u"%1 cannot be read whole (%2)"_s.arg(component.id, (found.isEmpty() ? errors : found).left(200));
}

/// Why a store cannot be read; empty: it answers.
QString problemOf(const oc::Client& client, const catalog::Catalog& catalog, const catalog::Component& component, const cluster::Inventory& live)
{
    const auto pod = askable(client, catalog, component, live);
    if (!pod)
        return pod.error().message;
    const auto answer = client.exec({pod->name, component.container, pod->uid}, question(component));
    if (!answer)
        return answer.error().message;
    if (answer->exitCode == 0)
        return {};
    return u"%1 does not answer (%2)"_s.arg(component.id, QString::fromUtf8(answer->errorText.isEmpty() ? answer->output : answer->errorText).simplified().left(200));
}

/// A database whose workload was deleted while its volume was not: the load would drop what lies there. (The files of a volume and of Redis are put aside first.)
bool isOverwrittenUnseen(const catalog::Component& component, const Situation& situation, const plan::Plan& plan, const Options& options)
{
    return options.withoutSafetyReason.isEmpty() && !situation.live.workload(component.workload) && (component.engine == u"mysql" || component.engine == u"postgresql") && plan.step(u"load:"_s + component.id) &&
           std::any_of(situation.live.claims.begin(), situation.live.claims.end(), [&component](const cluster::Claim& claim) { return claim.name == component.claim; });
}
} // namespace

run::Check readable(const oc::Client& client, const Situation& situation, const plan::Plan& plan, const Options& options)
{
    using State = run::Check::State;
    run::Check check{.id = u"readable"_s, .title = u"What is overwritten can be kept"_s, .state = {}, .evidence = {}, .remedy = {}};
    QStringList asked, problems, refused, accepted;
    for (const catalog::Component& component : situation.catalog.components) {
        const bool isKept = plan.step(u"safety-dump:"_s + component.id);
        const bool isFiles = component.engine == u"files";
        if ((question(component).isEmpty() && !isFiles) || asked.contains(component.id) || (!isKept && !isOverwrittenUnseen(component, situation, plan, options)))
            continue;
        const std::optional<QString> problem = isFiles ? problemOfFiles(client, component, situation.live)
                                             : isKept  ? problemOf(client, situation.catalog, component, situation.live)
                                                       : u"%1 has a volume (claim %2), but no workload by which it could be read"_s.arg(component.id, component.claim);
        if (!problem)
            continue;
        asked.append(component.id);
        if (problem->isEmpty())
            continue;
        problems.append(*problem);
        const bool halfLoaded = situation.left && situation.left->inFlight.contains(component.id);
        (halfLoaded || options.acceptUnreadable.contains(component.id) ? accepted : refused).append(component.id);
    }
    if (!options.withoutSafetyReason.isEmpty())
        check.evidence = u"No safety bundle is wanted (%1)."_s.arg(options.withoutSafetyReason);
    else
        check.evidence = problems.isEmpty() ? (asked.isEmpty() ? u"No data store that runs is overwritten."_s : u"They can be read: %1."_s.arg(asked.join(u", "_s))) : problems.join(u"; "_s);
    if (!refused.isEmpty()) {
        check.state = State::Failed;
        check.subjects = refused;
        check.remedy = u"Bring up what is down and mend what cannot be read, so that what they hold can be kept. If it is lost anyway, say so: --accept-unreadable %1."_s.arg(refused.join(u" --accept-unreadable "_s));
    } else if (!accepted.isEmpty()) {
        check.state = State::Warning;
        QStringList dropped, aside;
        for (const QString& id : std::as_const(accepted))
            (isPutAside(*situation.catalog.component(id)) ? aside : dropped).append(id);
        QStringList sentences;
        if (!dropped.isEmpty())
            sentences.append(u"Overwritten without a copy, as confirmed: %1."_s.arg(dropped.join(u", "_s)));
        if (!aside.isEmpty())
            sentences.append(u"Not kept in the safety bundle, as confirmed: %1. Its old files are put aside on its volume and stay there."_s.arg(aside.join(u", "_s)));
        check.remedy = sentences.join(u' ');
    }
    return check;
}

} // namespace scalekeep::restore
