#include "engine/restore/checks.h"

#include "engine/restore/scope.h"

#include "engine/store/redisdocumented.h"

#include <algorithm>
#include <future>

namespace scalekeep::restore {

using namespace Qt::Literals::StringLiterals;

int rdbVersionOf(const QByteArray& header)
{
    bool isNumber = false;
    const int version = header.mid(5, 4).toInt(&isNumber);
    return header.size() >= 9 && header.startsWith("REDIS") && isNumber && version > 0 ? version : 0;
}

namespace checks {

namespace {
using State = Check::State;

struct Server { bool isMaria = false; QVersionNumber version; };

/// "8.0.32", "10.11.6-MariaDB-0+deb12u1", and the "5.5.5-10.3.39-MariaDB" of older ones.
Server mysqlServer(const QString& text)
{
    const bool isMaria = text.contains(u"mariadb"_s, Qt::CaseInsensitive);
    const QString version = isMaria && text.startsWith(u"5.5.5-"_s) ? text.mid(6) : text;
    return {isMaria, QVersionNumber::fromString(version)};
}

Verdict unknown(const QString& saved, const QString& live)
{
    return {State::Warning, u"the versions could not be compared (bundle “%1”, server “%2”)"_s.arg(saved.left(40), live.left(40))};
}

QString majorMinor(const QVersionNumber& version)
{
    return u"%1.%2"_s.arg(version.segmentAt(0)).arg(version.segmentAt(1));
}

bool isStore(const catalog::Component* component)
{
    return component && (component->engine == u"mysql" || component->engine == u"postgresql" || component->engine == u"redis");
}
} // namespace

int rdbVersionOfServer(const QVersionNumber& redis)
{
    struct Row { QVersionNumber since; int rdb; };
    static const QList<Row> rows{{{2, 6}, 6}, {{3, 2}, 7}, {{4, 0}, 8}, {{5, 0}, 9}, {{7, 0}, 10}, {{7, 2}, 11}, {{7, 4}, 12}};
    int rdb = 0;
    for (const Row& row : rows)
        rdb = redis >= row.since ? row.rdb : rdb;
    return rdb;
}

Verdict mysqlVerdict(const QString& saved, const QString& live)
{
    const Server from = mysqlServer(saved), to = mysqlServer(live);
    if (from.version.isNull() || to.version.isNull())
        return unknown(saved, live);
    if (from.isMaria != to.isMaria)
        return {State::Failed, u"a dump of %1 is not meant for %2"_s.arg(from.isMaria ? u"MariaDB"_s : u"MySQL"_s, to.isMaria ? u"MariaDB"_s : u"MySQL"_s)};
    // Series: 5.7, 8.0, 8.4 of MySQL; MariaDB's 10.x and 11.x.
    const QVersionNumber fromSeries(from.version.segmentAt(0), from.version.segmentAt(1)), toSeries(to.version.segmentAt(0), to.version.segmentAt(1));
    if (fromSeries <= toSeries)
        return {};
    if (from.isMaria && fromSeries.segmentAt(0) == toSeries.segmentAt(0))
        return {State::Warning, u"the dump is of MariaDB %1, the server is the older %2"_s.arg(majorMinor(from.version), majorMinor(to.version))};
    return {State::Failed, u"the dump is of %1 %2, the server is the older %3"_s.arg(from.isMaria ? u"MariaDB"_s : u"MySQL"_s, majorMinor(from.version), majorMinor(to.version))};
}

Verdict postgresqlVerdict(const QString& saved, const QString& live)
{
    const QVersionNumber from = QVersionNumber::fromString(saved), to = QVersionNumber::fromString(live);
    if (from.isNull() || to.isNull())
        return unknown(saved, live);
    // Until 9.6 the major version was two numbers.
    const auto major = [](const QVersionNumber& version) { return version.segmentAt(0) >= 10 ? QVersionNumber(version.segmentAt(0)) : QVersionNumber(version.segmentAt(0), version.segmentAt(1)); };
    if (major(from) <= major(to))
        return {};
    return {State::Failed, u"the dump is of PostgreSQL %1, the server is the older %2"_s.arg(major(from).toString(), major(to).toString())};
}

Verdict redisVerdict(const QString& saved, int rdb, const QString& live)
{
    const QVersionNumber from = QVersionNumber::fromString(saved), to = QVersionNumber::fromString(live);
    if (to.isNull() || (from.isNull() && rdb == 0))
        return unknown(saved, live);
    const int wrote = rdb > 0 ? rdb : rdbVersionOfServer(from), reads = rdbVersionOfServer(to);
    if (wrote == 0 || reads == 0)
        return unknown(saved, live);
    if (wrote > reads)
        return {State::Failed, u"the dump has RDB version %1, Redis %2 reads up to %3"_s.arg(wrote).arg(to.toString()).arg(reads)};
    return {};
}

QString whyUnseen(const Situation& situation, const catalog::Component& component)
{
    if (situation.live.workload(component.workload))
        return {};
    return isVolumeAlone(situation, component) ? u"nothing runs on its volume (claim %1)"_s.arg(component.claim) : u"it is not there yet"_s;
}

SeenStores lookAtStores(const oc::Client& client, const Situation& situation, const QStringList& components)
{
    std::vector<std::pair<QString, std::future<Result<store::Counts>>>> asked;
    SeenStores seen;
    for (const QString& id : components) {
        const catalog::Component* component = situation.catalog.component(id);
        if (!isStore(component))
            continue;
        if (const QString why = whyUnseen(situation, *component); !why.isEmpty()) {
            seen.insert(id, {{}, why}); // what will be there may be of any version
            continue;
        }
        const auto pod = podOf(*component, situation.live);
        if (!pod)
            seen.insert(id, {{}, pod.error().message});
        else
            asked.emplace_back(id, std::async(std::launch::async, [&client, pod = *pod, component] { return store::lookAt(client, pod, *component); }));
    }
    for (auto& [id, answer] : asked) {
        const auto counts = answer.get();
        seen.insert(id, counts ? Reading::Seen<store::Counts>{*counts, {}} : Reading::Seen<store::Counts>{{}, counts.error().message});
    }
    return seen;
}

Check stores(const Situation& situation, const QStringList& components, const SeenStores& seen, bool isDocumentedRedis)
{
    Check check{.id = u"stores"_s, .title = u"Versions of the data stores"_s, .state = {}, .evidence = {}, .remedy = {}};
    QStringList passed, warnings, failures;
    bool isForMethod = false;
    for (const bundle::Component& saved : situation.manifest.components) {
        const catalog::Component* component = situation.catalog.component(saved.id);
        if (!isStore(component) || !components.contains(saved.id))
            continue;
        const auto found = seen.constFind(saved.id);
        if (component->engine == u"redis" && isDocumentedRedis) {
            // A version that was not seen may be one on which data is lost: the run would find out only once other stores are loaded.
            const QString version = found != seen.constEnd() && found->unreadable.isEmpty() ? found->value.serverVersion : QString{};
            if (const QString why = store::redis::whyNotDocumented(version); !why.isEmpty()) {
                failures.append(u"%1: %2"_s.arg(saved.id, why));
                isForMethod = true;
            }
        }
        if (found == seen.constEnd()) {
            warnings.append(u"%1 was not looked at"_s.arg(saved.id));
            continue;
        }
        const auto& [counts, unreadable] = *found;
        if (!unreadable.isEmpty()) {
            warnings.append(u"%1 could not be looked at: %2"_s.arg(saved.id, unreadable));
            continue;
        }
        const Verdict verdict = component->engine == u"mysql"        ? mysqlVerdict(saved.serverVersion, counts.serverVersion)
                                : component->engine == u"postgresql" ? postgresqlVerdict(saved.serverVersion, counts.serverVersion)
                                                                     : redisVerdict(saved.serverVersion, situation.rdbVersions.value(saved.id), counts.serverVersion);
        if (verdict.state == State::Passed)
            passed.append(u"%1 %2 into %3"_s.arg(saved.id, saved.serverVersion, counts.serverVersion));
        else
            (verdict.state == State::Failed ? failures : warnings).append(u"%1: %2"_s.arg(saved.id, verdict.reason));
    }
    const QStringList all = failures + warnings + passed;
    check.evidence = all.isEmpty() ? u"Nothing to compare."_s : all.join(u"; "_s);
    check.state = !failures.isEmpty() ? State::Failed : !warnings.isEmpty() ? State::Warning : State::Passed;
    if (check.state == State::Failed)
        check.remedy = isForMethod ? u"Use --redis-method helper."_s : u"Restore into a namespace whose servers are at least as new as those of the bundle, and of the same kind."_s;
    else if (check.state == State::Warning)
        check.remedy = u"A dump that its server cannot read is found out while it is loaded. What was begun since the last proven store is then taken back; what is proven stays."_s;
    return check;
}

} // namespace checks
} // namespace scalekeep::restore
