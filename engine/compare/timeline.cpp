#include "engine/compare/timeline.h"

#include <algorithm>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
bool isSameInstallation(const bundle::Header& a, const bundle::Header& b)
{
    if (a.apiUrl != b.apiUrl || a.namespaceName != b.namespaceName)
        return false;
    return a.projectUid.isEmpty() || b.projectUid.isEmpty() || a.projectUid == b.projectUid;
}
} // namespace

QList<TimePoint> timeline(const QList<TimelineEntry>& entries)
{
    const auto newest = std::ranges::max_element(entries, {}, [](const TimelineEntry& entry) { return entry.header.started; });
    QList<TimePoint> points;
    for (const TimelineEntry& entry : entries) {
        if (!isSameInstallation(entry.header, newest->header))
            continue;
        TimePoint point{.when = entry.header.started, .bundle = entry.bundle, .purpose = entry.header.purpose, .bytes = 0, .parts = {}};
        for (const bundle::Stream& stream : entry.manifest.streams) {
            point.parts[stream.component].bytes += stream.bytes;
            point.bytes += stream.bytes;
        }
        for (const bundle::Component& component : entry.manifest.components) {
            if (component.state != u"proven")
                continue;
            for (const QString& key : {u"tables"_s, u"rows"_s, u"keys"_s, u"files"_s, u"objects"_s}) {
                if (component.summary.value(key).isDouble())
                    point.parts[component.id].counts.insert(key, component.summary.value(key).toInteger());
            }
        }
        points.append(point);
    }
    std::ranges::stable_sort(points, {}, &TimePoint::when);
    return points;
}

} // namespace scalekeep::compare
