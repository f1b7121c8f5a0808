#pragma once

#include "engine/bundle/reader.h"

#include <QDateTime>

#include <optional>

namespace scalekeep::models {

/// Which bytes a file had when it was looked at: what is remembered of a file is only good for these.
struct FileStamp {
    QString path;
    qint64 size = 0;
    QDateTime modified;
    [[nodiscard]] QString key() const; ///< as text, for files of the state directory
    static FileStamp of(const QString& path);
    bool operator==(const FileStamp&) const = default;
};

/// What the library knows of one bundle from its file: header, manifest and members' headers, not the data.
struct BundleInfo {
    enum class State {
        Reading,   ///< not looked at yet
        Readable,  ///< end mark, manifest and all headers are right
        CutOff,    ///< the file ends too early, or never got its end
        Damaged,
        Writing,   ///< a backup is being written there
        Unreadable ///< it cannot be read, or is no bundle
    };
    FileStamp file;
    State state = State::Reading;
    bundle::Header header;                   ///< of a damaged one: where it can still be read
    std::optional<bundle::Manifest> manifest;
    QStringList salvageable, lost;           ///< damaged or cut off: streams by name; those that are lost with the reason
    std::optional<Error> error;

    [[nodiscard]] bool broken() const { return state == State::CutOff || state == State::Damaged; }
    [[nodiscard]] bool isPartial() const { return file.path.endsWith(QStringLiteral(".partial")); }
    [[nodiscard]] bool isSafety() const { return header.purpose == u"safety"; }
    [[nodiscard]] bool isSalvaged() const;
    /// What people compare: components that are whole, and those that belong to the namespace.
    [[nodiscard]] int wholeComponents() const;
    [[nodiscard]] int expectedComponents() const;
    [[nodiscard]] QStringList missing() const; ///< one sentence each
    [[nodiscard]] qint64 plainBytes() const;
};

/// Reads one bundle. Blocking; any thread. A damaged file is an answer, not an error.
BundleInfo readBundle(const FileStamp& file);

/// Whether a file is named like a bundle, whole or cut off.
bool isBundleName(const QString& fileName);

} // namespace scalekeep::models
