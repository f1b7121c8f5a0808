#pragma once

#include "engine/record/record.h"

namespace scalekeep::record {

inline constexpr int FileVersion = 1;

/// Over sealMessage(), by a key of the user's.
struct Signature {
    QString kind = {}; ///< "ssh", "minisign"
    QString text = {}; ///< as the tool wrote it
    QString key = {}; ///< fingerprint or id, for people; the text decides
    bool operator==(const Signature&) const = default;
};

/// RFC 3161, over sealMessage().
struct TimeStamp {
    QByteArray response = {}; ///< DER, as the server sent it
    QString server = {}, authority = {};
    QDateTime at = {}; ///< for people; the response decides
    bool operator==(const TimeStamp&) const = default;
};

/// What a record file holds. The journal is in it whole, so that everything in the record can be made anew from the file alone.
struct RecordFile {
    Record record = {};
    QList<QByteArray> lines = {}; ///< of the journal
    std::optional<Signature> signature = {};
    std::optional<TimeStamp> stamp = {};
    bool operator==(const RecordFile&) const = default;
};

/// SHA-256, in hex, of {"journal", "record", "schema", "version"} as compact JSON with sorted keys: everything but seal, signature and time stamp.
QByteArray seal(const Record& record, const QList<QByteArray>& lines);
/// What is signed and stamped: "scalekeep-record <seal>\n".
QByteArray sealMessage(const QByteArray& seal);
QByteArray toFile(const RecordFile& file);

/// A file of unknown origin, taken apart; nothing in it is believed yet. BadInput where it is no record file.
struct RawFile {
    QJsonObject record = {};
    QList<QByteArray> lines = {};
    QList<Afterwards> afterwards = {};
    QList<Searched> searched = {};
    QByteArray seal = {}, sealNow = {}; ///< as it stands there, and as it comes out
    bool asWritten = false;    ///< byte for byte as toFile() writes these values
    std::optional<Signature> signature = {};
    std::optional<TimeStamp> stamp = {};
};
Result<RawFile> readRecordFile(const QByteArray& content);

} // namespace scalekeep::record
