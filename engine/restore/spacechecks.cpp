#include "engine/restore/checks.h"

#include <algorithm>
#include <cmath>
#include <future>

namespace scalekeep::restore::checks {

using namespace Qt::Literals::StringLiterals;

namespace {
using State = Check::State;

constexpr qint64 mebibyte = 1024 * 1024;
constexpr qint64 spare = 8 * mebibyte;      // beside a staged file, as the step itself wants it
constexpr double gzipToZstd = 1.3;          // a gzip of level 1 takes more than the bundle's zstd; by experience less than this

QString mebibytes(qint64 bytes)
{
    return u"%1 MiB"_s.arg((bytes + mebibyte - 1) / mebibyte);
}

struct Sizes { qint64 plain = 0, stored = 0, transport = 0; };

Sizes sizesOf(const Situation& situation, const QString& component)
{
    Sizes sizes;
    for (const bundle::Stream& stream : situation.manifest.streams) {
        if (stream.component == component) {
            sizes.plain += stream.bytes;
            sizes.stored += stream.storedBytes;
            sizes.transport += stream.transportBytes;
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

    void fill(Check& check) const
    {
        const QStringList all = failures + warnings + passed;
        check.state = !failures.isEmpty() ? State::Failed : !warnings.isEmpty() ? State::Warning : State::Passed;
        check.evidence = all.isEmpty() ? u"No room in a pod is needed."_s : all.join(u"; "_s);
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
} // namespace

SeenRooms lookAtRooms(const oc::Client& client, const Situation& situation, const QStringList& components)
{
    std::vector<std::pair<QString, std::future<Rooms>>> asked;
    SeenRooms seen;
    for (const QString& id : components) {
        const catalog::Component* component = situation.catalog.component(id);
        if (!hasData(component) || !situation.live.workload(component->workload))
            continue;
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
        if (!hasData(component) || component->engine == u"redis" || !rooms.contains(id))
            continue;
        const Rooms& seen = *rooms.constFind(id);
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
        if (!hasData(component) || !rooms.contains(id))
            continue;
        const Rooms& seen = *rooms.constFind(id);
        if (!seen.volume) {
            findings.warnings.append(u"%1 could not be looked at: %2"_s.arg(id, seen.unreadable));
            continue;
        }
        const qint64 bytes = sizesOf(situation, id).plain, free = seen.volume->free;
        const Reading::Seen<store::Counts> counts = stores.value(id, {{}, u"unknown"_s});
        const qint64 live = counts.unreadable.isEmpty() ? std::max<qint64>(0, counts.value.bytes) : 0;
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
        check.remedy = u"It may just do: enlarge the volume if you can. A load that runs out of room fails: what was begun since the last proven store is then taken back; what is proven stays."_s;
    return check;
}

qint64 safetyBytes(const Situation& situation, const QStringList& components, const SeenStores& stores)
{
    qint64 needed = 0;
    for (const QString& id : components) {
        const Sizes sizes = sizesOf(situation, id);
        qint64 expected = sizes.stored;
        const Reading::Seen<store::Counts> counts = stores.value(id, {{}, u"unknown"_s});
        if (counts.unreadable.isEmpty() && counts.value.bytes > sizes.plain && sizes.plain > 0) {
            // It has grown since: as compressible as it was.
            expected = qint64(double(counts.value.bytes) * std::min(1.0, double(sizes.stored) / double(sizes.plain)));
        }
        needed += expected;
    }
    return needed;
}

} // namespace scalekeep::restore::checks
