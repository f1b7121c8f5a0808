#pragma once

#include "engine/base/stream.h"

#include <QByteArray>
#include <QFile>

#include <memory>
#include <mutex>
#include <span>
#include <stop_token>

namespace scalekeep::bundle {

/// A regular file opened for reading at any offset by several threads at once.
class RandomFile {
public:
    static Result<std::unique_ptr<RandomFile>> open(const QString& path);

    /// Exactly these bytes, or an error: TruncatedStream where the file ends before them.
    Result<void> read(qint64 offset, std::span<char> into) const;
    Result<QByteArray> read(qint64 offset, qint64 size) const;
    /// These bytes in pieces; the file must outlive it.
    [[nodiscard]] ByteSource source(qint64 offset, qint64 size) const;
    /// SHA-256 (hex) of these bytes, however many.
    [[nodiscard]] Result<QByteArray> digest(qint64 offset, qint64 size, std::stop_token stop = {}) const;
    [[nodiscard]] qint64 size() const { return m_size; }
    [[nodiscard]] QString path() const { return m_file.fileName(); }

private:
    explicit RandomFile(const QString& path) : m_file(path) {}

    mutable QFile m_file;
    mutable std::mutex m_mutex; ///< only where the platform cannot read at an offset
    qint64 m_size = 0;
};

} // namespace scalekeep::bundle
