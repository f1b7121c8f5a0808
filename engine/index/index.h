#pragma once

#include "engine/base/stream.h"

#include <QJsonObject>

#include <memory>

namespace scalekeep::index {

/// Takes the entries of an index one by one, as JSON objects.
using EntrySink = std::function<Result<void>(const QByteArray& json)>;

/// Reads one plain data stream as it passes and says what is in it: the *content index* of a component, the proof of a restore.
/// Two streams with equal content give equal index JSON although their bytes differ (dump time stamps, auto-increment comments,
/// key order in an RDB, resourceVersions). Hostile input: bounded memory, every length checked, an error names the byte offset.
/// One instance reads one stream; not thread-safe.
class Indexer {
public:
    virtual ~Indexer() = default;
    virtual Result<void> add(std::span<const char> data) = 0;
    /// Checks the format's own end mark (`-- Dump completed`, `PostgreSQL database dump complete`, RDB CRC64, tar end) and answers the
    /// index; TruncatedStream when the mark is missing. The JSON's "endMark" says in words what was seen.
    virtual Result<QJsonObject> finish() = 0;
    /// The same, in place of finish(): the entries go to the sink, in their order, and the answer is without them. For a tree may have hundreds
    /// of thousands.
    virtual Result<QJsonObject> finishInto(const EntrySink& entries);
};

/// format: Stream::format of the bundle ("mysqldump", "pg_dump", "rdb", "tar", "json"); null for any other.
/// JSON, all formats: {"format", "endMark", "summary": {...counts}, "entries": [...]}.
///  mysqldump, pg_dump entries: {"kind":"table","name","rows","bytes","sha256","schemaSha256","sketch"} (sha256: order-independent sum of row
///    digests as 256-bit addition, hex; sketch: tells how many rows differ, absent without rows; bytes:
///    of the values, however the dump writes them),
///    {"kind":"routine|trigger|view|event|sequence|extension|index|...","name","sha256","value"} (value: of sequences)
///  rdb entries: {"kind":"prefix","database","prefix","type","keys","expiring","bytes","sha256","moments"} (sha256: order-independent over key,
///    type, value, and the expiry's milliseconds; moments: [[when, keys, sha256], ...] of the expiring keys, so that a key lost by its
///    TTL shows as such, see rdbkeys.h; bytes: of keys and values, however they are
///    encoded), {"kind":"function","name","sha256"}
///  tar entries: {"kind":"file|directory|symlink|hardlink|fifo|device","path","size","mode","mtime","sha256","target"}; where a path or
///    target is not UTF-8, "pathBase64" or "targetBase64" holds its bytes and the other a printable form
///  Older bundles have no "bytes" of tables and prefixes.
///  json (objects): {"kind","group","name","sha256","fields":{path: digest},"open":[path]} volatile fields left out; a Secret's values appear as
///    digests only (the index lies in the bundle, beside the values; it is never exported); open: fields that a restore leaves to the cluster, absent
///    without any and in older bundles
std::unique_ptr<Indexer> indexer(const QString& format);

/// One difference between two indexes of the same format, for proofs and for people.
struct Difference {
    QString entry;   ///< "table cinstances"
    QString what;    ///< "2 of 14 rows differ", "is missing"
    bool warning = false; ///< mode, owner and time differences: reported, never a failure
    bool operator==(const Difference&) const = default;
};
/// `at`: the moment of the second index, by the clock of the server; Redis keys of the first whose expiry lies before it may be missing
/// from the second. Warnings are also: rights and comments in PostgreSQL, owner references, Redis keys that are gone by their TTL. A field of an object
/// that is open on both sides may differ.
/// Empty, or nothing but warnings: the content is equal. Hostile input: indexes come out of bundles.
QList<Difference> differences(const QJsonObject& expected, const QJsonObject& found, qint64 atMilliseconds = 0);

} // namespace scalekeep::index
