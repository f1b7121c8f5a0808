#pragma once

#include "engine/bundle/manifest.h"
#include "engine/bundle/reader.h"

#include <QMap>

namespace scalekeep::bundle {

class RandomFile;

/// What of a half-written bundle is proven: the streams and indexes of some components.
struct WholeStreams {
    struct Whole { Stream stream; QList<Member> segments; };
    Header header;
    QList<Whole> streams;
    QMap<QString, Member> indexes;         ///< by component
    QMap<QString, QByteArray> indexSha256; ///< of the plain index
};

/// Reads everything of these components once; a component is left out unless its index and all its streams are whole. The file ends where the
/// strict scanner says so. `after`: a component -> the one that it must not be older than; without that one it is left
/// out as well. Damaged when there is no header.
Result<WholeStreams> wholeStreams(const RandomFile& file, const QStringList& components, const QMap<QString, QString>& after = {});

} // namespace scalekeep::bundle
