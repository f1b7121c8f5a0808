#pragma once

#include "engine/base/digest.h"
#include "engine/base/stream.h"

#include <QDateTime>
#include <QFile>
#include <QString>

#include <atomic>
#include <memory>
#include <optional>
#include <span>

class KTar;

namespace scalekeep::bundle {

/// The tar file of a bundle while it is written: `<path>.partial`, 0600, until finish() renames it. After a failed
/// write the file ends somewhere in a member, so every later call answers that first error; what is there stays for
/// salvage. Not thread-safe, but for size(); Writer calls it under its lock.
class Archive {
public:
    /// `time`: of all members, so that every header differs in name, size and checksum only.
    static Result<std::unique_ptr<Archive>> create(const QString& finalPath, const QDateTime& time);
    ~Archive();

    /// `sha256`: of `data`; computed here when it is not given.
    Result<void> append(const QString& name, std::span<const char> data, QByteArray sha256 = {});
    /// The same for `size` bytes that are not held as a whole. Io when they are not those of `sha256` (not empty): then nothing can be appended any more.
    Result<void> append(const QString& name, qint64 size, const ByteSource& data, const QByteArray& sha256 = {});
    /// Gives a member that was appended another name, in its place: `offset` is where its header begins, size() before it was appended.
    Result<void> rename(qint64 offset, const QString& name);
    /// Over "name size sha256" lines of the members so far. Once; nothing is appended but the manifest afterwards.
    [[nodiscard]] Result<QByteArray> membersSha256();
    /// What was appended so far is on disk when this returns.
    Result<void> sync();
    /// End mark, flush, sync, rename without overwriting. Without an error the bundle stands under its final name.
    Result<void> finish();
    void discard();

    [[nodiscard]] qint64 size() const { return m_size; }
    [[nodiscard]] QString partialPath() const { return m_file.fileName(); }

private:
    Archive(const QString& finalPath, const QDateTime& time);
    [[nodiscard]] Error writeError() const;
    Result<void> appended(const QString& name, qint64 size, const QByteArray& sha256, bool written);

    QString m_finalPath;
    QDateTime m_time;
    QFile m_file;
    std::unique_ptr<KTar> m_tar;
    Sha256 m_members;
    bool m_renamed = false; ///< m_members holds an old name: the file is read once more for it
    std::atomic<qint64> m_size = 0;
    std::optional<Error> m_error;
};

} // namespace scalekeep::bundle
