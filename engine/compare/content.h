#pragma once

#include "engine/bundle/reader.h"

#include <QMap>

namespace scalekeep::compare {

/// One side of a comparison: what an installation held at one moment, by its content indexes. A value of shared parts; cheap to copy.
struct Content {
    QString label;            ///< "prod-eu/3scale, 2026-11-30 02:00 UTC"
    QString bundle;           ///< path of the bundle; empty: the namespace itself was read
    bool live = false;
    bundle::Header header;    ///< of a live side: cluster, namespace, version and the moment it was read
    bundle::Manifest manifest; ///< of a live side: components only
    QDateTime when;           ///< when its data was read (UTC)
    struct Part {
        QJsonObject index;
        QDateTime moment;     ///< what the data shows, by the clock of the backup
        QString title, engine, format;
        bool unreadable = false; ///< it was there but could not be read: see notes
        QStringList notes;
    };
    QMap<QString, Part> parts; ///< component -> its index
};

/// Reads the indexes of a bundle (all of them, or those of `components`) and checks that they are JSON. Hostile input. Blocking.
Result<Content> contentOf(const bundle::Reader& reader, const QStringList& components = {});
/// For people: cluster/namespace and time.
QString labelOf(const bundle::Header& header);

} // namespace scalekeep::compare
