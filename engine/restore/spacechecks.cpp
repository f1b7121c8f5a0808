#include "engine/restore/checks.h"

#include "engine/run/preflight.h"

#include <QJsonArray>

#include <algorithm>
#include <cmath>
#include <future>

namespace scalekeep::restore::checks {

using namespace Qt::Literals::StringLiterals;

namespace {
using State = Check::State;

constexpr qint64 mebibyte = 1024 * 1024;
constexpr qint64 spare = 8 * mebibyte;      // beside a staged file, as the step itself wants it
constexpr std::chrono::seconds treeTime{30}; // a tree that takes longer to list is sized by the bundle
constexpr qint64 most = 1LL << 60;          // no store holds more, whatever is claimed: three times as much can still be counted
constexpr double gzipToZstd = 1.3;          // a gzip of level 1 takes more than the bundle's zstd; by experience less than this

QString mebibytes(qint64 bytes)
{
    return u"%1 MiB"_s.arg((bytes + mebibyte - 1) / mebibyte);
}

/// Sizes may be anything that a bundle or a server says.
void addTo(qint64& sum, qint64 bytes)
{
    sum = std::min(most, sum + std::clamp<qint64>(bytes, 0, most));
}

struct Sizes { qint64 plain = 0, stored = 0, transport = 0; };

Sizes sizesOf(const Situation& situation, const QString& component)
{
    Sizes sizes;
    for (const bundle::Stream& stream : situation.manifest.streams) {
        if (stream.component == component) {
            addTo(sizes.plain, stream.bytes);
            addTo(sizes.stored, stream.storedBytes);
            addTo(sizes.transport, stream.transportBytes);
        }
    }
    return sizes;
}

/// Of the copy of a dump in its pod: gzip where the dump travelled as such, else by what the bundle takes.
qint64 stagedBytes(const catalog::Component& component, const Sizes& sizes)
{
    if (component.engine == u"redis")
        return sizes.plain;
    if (sizes.transport > 0 && sizes.transport < sizes.plain)
        return sizes.transport;
    return std::min<qint64>(sizes.plain, qint64(std::ceil(double(sizes.stored) * gzipToZstd)));
}

struct Findings {
    QStringList passed, warnings, failures;

    void fill(Check& check, const QString& nothing = u"No room in a pod is needed."_s) const
    {
        const QStringList all = failures + warnings + passed;
        check.state = !failures.isEmpty() ? State::Failed : !warnings.isEmpty() ? State::Warning : State::Passed;
        check.evidence = all.isEmpty() ? nothing : all.join(u"; "_s);
    }
};

/// `least`: without it the step fails for sure; `better`: what it may take.
void judge(Findings& findings, const QString& what, qint64 free, qint64 least, qint64 better)
{
    const QString text = u"%1: %2 free, about %3 needed"_s.arg(what, mebibytes(free), mebibytes(free < least ? least : better));
    (free < least ? findings.failures : free < better ? findings.warnings : findings.passed).append(text);
}

bool hasData(const catalog::Component* component)
{
    return component && component->engine != u"objects";
}

/// What was seen of a component; nobody's having looked is no room.
Rooms roomsOf(const SeenRooms& rooms, const QString& id)
{
    return rooms.value(id, {{}, {}, u"it was not reached"_s});
}

Reading::Seen<store::Counts> countsOf(const SeenStores& stores, const QString& id)
{
    return stores.value(id, {{}, u"unknown"_s});
}

bool isUnreadable(const catalog::Component& component, const SeenStores& stores, const SeenRooms& rooms)
{
    return component.engine == u"files" ? !roomsOf(rooms, component.id).unreadable.isEmpty() : !countsOf(stores, component.id).unreadable.isEmpty();
}

/// Bytes that a component takes now, plain; nothing where that is not known.
std::optional<qint64> bytesNow(const catalog::Component& component, const SeenStores& stores, const SeenRooms& rooms)
{
    const Reading::Seen<store::Counts> counts = countsOf(stores, component.id);
    std::optional<qint64> bytes;
    if (component.engine == u"files")
        bytes = rooms.value(component.id).tree;
    else if (counts.unreadable.isEmpty())
        bytes = counts.value.exists ? counts.value.bytes : 0;
    if (!bytes || *bytes < 0)
        return {};
    return std::min(*bytes, most);
}

/// The memory limit as it is written ("0" is none, too); empty: the definition says nothing.
QString memoryLimit(const QJsonObject& podSpec, const QString& name)
{
    const QJsonArray containers = podSpec[u"containers"].toArray();
    for (const QJsonValue& container : containers) {
        const QJsonValue limit = container[u"resources"][u"limits"][u"memory"];
        if (container[u"name"].toString() == name)
            return limit.isDouble() ? QString::number(limit.toInteger()) : limit.toString();
    }
    return {};
}

bool hasContainer(const QJsonObject& podSpec, const QString& name)
{
    const QJsonArray containers = podSpec[u"containers"].toArray();
    return std::any_of(containers.begin(), containers.end(), [&name](const QJsonValue& container) { return container[u"name"].toString() == name; });
}
} // namespace

SeenRooms lookAtRooms(const oc::Client& client, const Situation& situation, const QStringList& components)
{
    std::vector<std::pair<QString, std::future<Rooms>>> asked;
    SeenRooms seen;
    for (const QString& id : components) {
        const catalog::Component* component = situation.catalog.component(id);
        if (!hasData(component))
            continue;
        if (const QString why = whyUnseen(situation, *component); !why.isEmpty()) {
            seen.insert(id, {{}, {}, why});
            continue;
        }
        const auto pod = podOf(*component, situation.live);
        if (!pod) {
            seen.insert(id, {{}, {}, pod.error().message});
            continue;
        }
        asked.emplace_back(id, std::async(std::launch::async, [&client, pod = *pod, component] {
                               Rooms rooms;
                               const auto volume = store::roomIn(client, pod, component->dataDirectory);
                               if (!volume)
                                   rooms.unreadable = volume.error().message;
                               else
                                   rooms.volume = *volume;
                               if (volume && component->engine == u"files") { // a pod that gives no answer is not waited for twice
                                   store::TreeLimits limits;
                                   limits.time = treeTime;
                                   if (const auto bytes = store::treeBytes(client, pod, component->dataDirectory, limits))
                                       rooms.tree = *bytes;
                               }
                               if (component->engine == u"redis")
                                   return rooms; // staged on the volume
                               const auto staging = store::roomIn(client, pod, u"/tmp"_s);
                               if (!staging)
                                   rooms.unreadable = staging.error().message;
                               else
                                   rooms.staging = *staging;
                               return rooms;
                           }));
    }
    for (auto& [id, answer] : asked)
        seen.insert(id, answer.get());
    return seen;
}

Check podSpace(const Situation& situation, const QStringList& components, const SeenRooms& rooms)
{
    Check check{.id = u"pod-space"_s, .title = u"Free space in the pods"_s, .state = {}, .evidence = {}, .remedy = {}};
    Findings findings;
    for (const QString& id : components) {
        const catalog::Component* component = situation.catalog.component(id);
        if (!hasData(component) || component->engine == u"redis")
            continue;
        const Rooms seen = roomsOf(rooms, id);
        if (!seen.staging) {
            findings.warnings.append(u"%1 could not be looked at: %2"_s.arg(id, seen.unreadable));
            continue;
        }
        const qint64 needed = stagedBytes(*component, sizesOf(situation, id)) + spare;
        // Files are staged in a helper pod, which is not there yet and may run on another node: too little in today's pod is no proof.
        if (component->engine == u"files")
            judge(findings, u"/tmp of %1"_s.arg(component->workload), seen.staging->free, 0, needed);
        else
            judge(findings, u"/tmp of %1"_s.arg(component->workload), seen.staging->free, needed, needed);
    }
    findings.fill(check);
    if (check.state == State::Failed)
        check.remedy = u"Dumps are staged in their pods and checked there before anything is loaded. Make room there (or raise the pod's ephemeral storage), then try again; nothing was changed."_s;
    else if (check.state == State::Warning)
        check.remedy = u"The step that copies the dump checks the room again before anything is loaded."_s;
    return check;
}

Check volumeSpace(const Situation& situation, const QStringList& components, const SeenRooms& rooms, const SeenStores& stores)
{
    Check check{.id = u"volume-space"_s, .title = u"Free space on the volumes"_s, .state = {}, .evidence = {}, .remedy = {}};
    Findings findings;
    for (const QString& id : components) {
        const catalog::Component* component = situation.catalog.component(id);
        if (!hasData(component))
            continue;
        const Rooms seen = roomsOf(rooms, id);
        if (!seen.volume) {
            findings.warnings.append(u"%1 could not be looked at: %2"_s.arg(id, seen.unreadable));
            continue;
        }
        const qint64 bytes = sizesOf(situation, id).plain, free = std::min(seen.volume->free, most);
        const Reading::Seen<store::Counts> counts = countsOf(stores, id);
        const qint64 live = counts.unreadable.isEmpty() ? std::clamp<qint64>(counts.value.bytes, 0, most) : 0;
        const QString what = u"volume of %1"_s.arg(id);
        if (component->engine == u"mysql") {
            // Dropped first, then loaded: what the old tables take is free again by then. Indexes and the binary log come on top of the rows.
            judge(findings, what, free + live, bytes, bytes * 2);
        } else if (component->engine == u"postgresql") {
            // Dropped and loaded in one transaction: the old rows lie there until it ends.
            judge(findings, what, free, bytes, bytes * 2);
        } else if (component->engine == u"redis") {
            // The staged dump, the append-only file built from it and the dump of the proof, beside the old files.
            judge(findings, what, free, bytes * 2, bytes * 3);
            if (free < live)
                findings.warnings.append(u"%1 holds %2 in memory: there is no room to save it for the safety bundle"_s.arg(id, mebibytes(live)));
        } else {
            // The new tree lies beside the old one until it is proven.
            judge(findings, what, free, bytes, bytes);
        }
    }
    findings.fill(check);
    if (check.state == State::Failed)
        check.remedy = u"Enlarge the volume, then try again; nothing was changed."_s;
    else if (check.state == State::Warning)
        check.remedy = u"Enlarge the volume if it may be too small. A load that runs out of room fails: what was begun since the last proven store is then taken back; what is proven stays."_s;
    return check;
}

Check memory(const Situation& situation, const QStringList& components)
{
    constexpr qint64 inMemory = 3; // times the dump: compressed strings and short numbers grow when they are loaded; by experience no more than this
    Check check{.id = u"memory"_s, .title = u"Memory for Redis"_s, .state = {}, .evidence = {}, .remedy = {}};
    Findings findings;
    for (const QString& id : components) {
        const catalog::Component* component = situation.catalog.component(id);
        if (!component || component->engine != u"redis")
            continue;
        // Where the workloads are restored, the bundle's definition is in force when Redis is loaded.
        const cluster::Workload* saved = components.contains(u"workloads"_s) ? situation.saved.workload(component->workload) : nullptr;
        const cluster::Workload* live = situation.live.workload(component->workload);
        const QJsonObject liveSpec = live ? situation.live.object(live->kind, live->name)[u"spec"][u"template"][u"spec"].toObject() : QJsonObject{};
        const QJsonObject podSpec = saved ? situation.saved.object(saved->kind, saved->name)[u"spec"][u"template"][u"spec"].toObject() : liveSpec;
        if (!hasContainer(podSpec, component->container)) {
            findings.warnings.append(u"the memory limit of %1 could not be looked at: there is no definition of its container %2"_s.arg(id, component->container));
            continue;
        }
        QString limit = memoryLimit(podSpec, component->container);
        bool isSeen = !limit.isEmpty();
        // A LimitRange of the namespace gives one to pods whose definition has none; what a definition gave its own pod says nothing of another's.
        if (const auto pod = podOf(*component, situation.live); limit.isEmpty() && pod && memoryLimit(liveSpec, component->container).isEmpty()) {
            const QJsonObject running = situation.live.object(u"Pod"_s, pod->pod)[u"spec"].toObject();
            limit = memoryLimit(running, component->container);
            isSeen = hasContainer(running, component->container);
        }
        const qint64 bytes = sizesOf(situation, id).plain;
        const auto thousandths = quantity(limit);
        const QString text = u"%1: its dump is %2, its memory limit %3"_s.arg(id, mebibytes(bytes), limit);
        if (!isSeen)
            findings.warnings.append(u"%1: its dump is %2, and it has no limit in its definition; whether the namespace gives one (LimitRange) could not be seen"_s.arg(id, mebibytes(bytes)));
        else if (limit.isEmpty() || (thousandths && *thousandths == 0))
            findings.passed.append(u"%1: its dump is %2, and it has no memory limit"_s.arg(id, mebibytes(bytes)));
        else if (!thousandths)
            findings.warnings.append(text + u", which could not be compared"_s);
        else if (*thousandths / 1000 < bytes)
            findings.failures.append(text + u": Redis would be killed for want of memory while it loads"_s);
        else if (*thousandths / 1000 / inMemory < bytes)
            findings.warnings.append(text + u", and in memory it may take %1 times as much as in a file"_s.arg(inMemory));
        else
            findings.passed.append(text);
    }
    findings.fill(check, u"No Redis is restored."_s);
    if (check.state == State::Failed)
        check.remedy = u"Raise limits.memory of that container, then try again; nothing was changed. Where the component “workloads” is restored, the limit in the bundle counts: leave that component out then."_s;
    else if (check.state == State::Warning)
        check.remedy = u"Raise limits.memory of that container if it may be too low. A Redis that is killed while it loads fails the step: what was begun since the last proven store is then taken back; what is proven stays."_s;
    return check;
}

SafetySize safetySize(const Situation& situation, const QStringList& components, const SeenStores& stores, const SeenRooms& rooms, const QStringList& accepted)
{
    SafetySize size;
    for (const QString& id : components) {
        const catalog::Component* component = situation.catalog.component(id);
        const Sizes sizes = sizesOf(situation, id);
        if (!hasData(component)) {
            addTo(size.bytes, sizes.stored);
            continue;
        }
        if (!situation.live.workload(component->workload))
            continue; // nothing of it can be kept
        const std::optional<qint64> now = bytesNow(*component, stores, rooms);
        const bool isGivenUp = accepted.contains(id) || (situation.left && situation.left->inFlight.contains(id));
        if (!now && isGivenUp && isUnreadable(*component, stores, rooms))
            continue; // it is not kept then
        if (!now) {
            size.bySaved.append(id);
            addTo(size.guessed, sizes.stored);
            continue;
        }
        size.isByNow = true;
        const double shrinks = sizes.plain > 0 ? std::min(1.0, double(sizes.stored) / double(sizes.plain)) : 1.0;
        const bool isFiles = component->engine == u"files";
        // What is there is as compressible as it was. Of files that came since nobody knows that: they may be anything.
        const qint64 sure = qint64(double(isFiles ? std::min(*now, sizes.plain) : *now) * shrinks);
        addTo(size.bytes, sure);
        if (isFiles && *now > sizes.plain) {
            size.grown.append(id);
            addTo(size.guessed, *now - sizes.plain);
        } else if (!isFiles) {
            // That its tables take less on the disk does not mean that the dump is smaller.
            addTo(size.guessed, sizes.stored - sure);
        }
    }
    return size;
}

Check safetySpace(const QString& path, const SafetySize& size)
{
    qint64 all = size.bytes;
    addTo(all, size.guessed);
    Check check = run::preflight::localSpace(path, all);
    const bool fits = check.state == State::Passed;
    if (size.isByNow)
        check.evidence += u" By what is there now and in the bundle."_s;
    if (!size.bySaved.isEmpty())
        check.evidence += u" How much is there now of these could not be looked at, so they are counted as in the bundle: %1."_s.arg(size.bySaved.join(u", "_s));
    if (!size.grown.isEmpty())
        check.evidence += u" There are more files than in the bundle; how far these shrink is not known, so they are counted in full: %1."_s.arg(size.grown.join(u", "_s));
    if (!fits && run::preflight::localSpace(path, size.bytes).state == State::Passed) {
        check.state = State::Warning;
        check.evidence += u" %1 of it is a guess."_s.arg(mebibytes(size.guessed));
        check.remedy = u"It may not fit. Free some space or choose another folder: without room for the safety bundle the restore stops before any data is changed."_s;
    } else if (fits && !size.bySaved.isEmpty()) {
        check.state = State::Warning;
        check.remedy = u"Have more room than that if there may be more data now than in the bundle. Without room for the safety bundle the restore stops before any data is changed."_s;
    }
    return check;
}

} // namespace scalekeep::restore::checks
