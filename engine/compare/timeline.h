#pragma once

#include "engine/bundle/manifest.h"

#include <QMap>

namespace scalekeep::compare {

/// A bundle as a point in the growth of its installation.
struct TimePoint {
    QDateTime when;
    QString bundle;                    ///< path, as given
    QString purpose;                   ///< "backup" or "safety"
    qint64 bytes = 0;                  ///< plain, of all components
    struct Part {
        qint64 bytes = 0;              ///< plain
        QMap<QString, qint64> counts;  ///< "tables", "rows", "keys", "files", "objects"
        bool operator==(const Part&) const = default;
    };
    QMap<QString, Part> parts;         ///< by component
    bool operator==(const TimePoint&) const = default;
};

struct TimelineEntry {
    QString bundle;
    bundle::Header header;
    bundle::Manifest manifest;
};

/// One installation's, oldest first. Entries of other installations than the newest entry's are left out: identity is API URL and project UID, the
/// namespace's name where the UID is unknown.
QList<TimePoint> timeline(const QList<TimelineEntry>& entries);

} // namespace scalekeep::compare
