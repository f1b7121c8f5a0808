#pragma once

#include "engine/restore/reading.h"
#include "engine/run/check.h"

#include <QVersionNumber>

/// The checks of a restore's preflight, one function each. Those that only compare are pure; the others ask the cluster with commands that change nothing. A probe that
/// fails is a warning that says so, never a pass.
namespace scalekeep::restore::checks {

using run::Check;

// Versions of the data stores -----------------------------------------------------------------------------------------------------------------

/// The RDB version that a Redis of this version writes; it reads older ones. 0: not known.
int rdbVersionOfServer(const QVersionNumber& redis);
/// Whether what one server wrote may be loaded into another one.
struct Verdict { Check::State state = Check::State::Passed; QString reason; bool operator==(const Verdict&) const = default; };
Verdict mysqlVerdict(const QString& saved, const QString& live);
Verdict postgresqlVerdict(const QString& saved, const QString& live);
/// `rdb`: of the dump's header, 0 where it is not known.
Verdict redisVerdict(const QString& saved, int rdb, const QString& live);

/// Why nobody can look at a component in the namespace, "it is not there yet"; empty where its workload is there.
QString whyUnseen(const Situation& situation, const catalog::Component& component);

/// What was seen of a store, or why it could not be.
using SeenStores = QMap<QString, Reading::Seen<store::Counts>>;
SeenStores lookAtStores(const oc::Client& client, const Situation& situation, const QStringList& components);
Check stores(const Situation& situation, const QStringList& components, const SeenStores& seen, bool isDocumentedRedis);

// Room ----------------------------------------------------------------------------------------------------------------------------------------

/// Of one component: its volume, and where its dump is staged. `tree`: bytes of the files that are there now.
struct Rooms { std::optional<store::Room> volume, staging; QString unreadable; std::optional<qint64> tree = {}; bool operator==(const Rooms&) const = default; };
using SeenRooms = QMap<QString, Rooms>;
SeenRooms lookAtRooms(const oc::Client& client, const Situation& situation, const QStringList& components);
Check podSpace(const Situation& situation, const QStringList& components, const SeenRooms& rooms);
Check volumeSpace(const Situation& situation, const QStringList& components, const SeenRooms& rooms, const SeenStores& stores);
/// A dump of Redis against the memory limit of what loads it: its container, and the helper pod, which is made by it.
Check memory(const Situation& situation, const QStringList& components);
/// Bytes that a safety bundle takes by what is there now, and what it may take on top of them. `bySaved`: of these it is not known how much is there now, so
/// they count as in the bundle; `grown`: files that have become more, and of which it is not known how far they shrink.
struct SafetySize { qint64 bytes = 0, guessed = 0; QStringList bySaved = {}, grown = {}; bool isByNow = false; bool operator==(const SafetySize&) const = default; };
/// `accepted`: these are not kept where they cannot be read.
SafetySize safetySize(const Situation& situation, const QStringList& components, const SeenStores& stores, const SeenRooms& rooms, const QStringList& accepted = {});
Check safetySpace(const QString& path, const SafetySize& size);

// Around it -----------------------------------------------------------------------------------------------------------------------------------

/// The operator can be stopped, or kept from starting the writers again.
Check operatorCheck(const Situation& situation, const plan::Plan& plan);
/// Helper pods fit into the namespace's quotas. `quotas`: the ResourceQuotas, or why they could not be read.
Check quotas(const Situation& situation, const plan::Plan& plan, const Result<QJsonArray>& quotas);
/// A Kubernetes quantity ("500m", "1Gi") in thousandths; nothing for what is none.
std::optional<qint64> quantity(const QString& text);
/// What the template would make and the login may not. `objects`: of the processed template, or why it cannot be processed. `rules`: a SelfSubjectRulesReview's status.
Check templateCheck(const Situation& situation, const Result<QJsonArray>& objects, const Result<QJsonObject>& rules);
/// No object that would be created or replaced is refused by the server's dry run.
Check serverTakes(const Reading& reading);
/// Data outside of the cluster, which this program cannot reach.
Check external(const Situation& situation, const QJsonArray& savedSecrets);

} // namespace scalekeep::restore::checks

namespace scalekeep::restore {
/// From the first nine bytes of a dump, "REDIS0011"; 0 for what is none.
int rdbVersionOf(const QByteArray& header);
} // namespace scalekeep::restore
