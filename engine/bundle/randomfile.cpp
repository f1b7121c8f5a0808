#include "engine/bundle/randomfile.h"

#include "engine/base/digest.h"
#include "engine/base/files.h"

#include <QFileInfo>

#include <algorithm>
#include <cerrno>
#include <vector>
#ifdef Q_OS_UNIX
#include <unistd.h>
#endif

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

Result<std::unique_ptr<RandomFile>> RandomFile::open(const QString& path)
{
    const QFileInfo info(path);
    if (!info.exists())
        return fail(ErrorCode::NotFound, u"There is no file “%1”."_s.arg(path),
                    u"Check the name; nothing was changed."_s);
    // Opening a pipe would wait for ever.
    if (!info.isFile())
        return fail(ErrorCode::BadInput, u"“%1” is not a file."_s.arg(path),
                    u"Name the bundle's file; nothing was changed."_s);
    std::unique_ptr<RandomFile> file(new RandomFile(path));
    if (!file->m_file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return fail(fileError(u"read"_s, file->m_file));
    file->m_size = file->m_file.size();
    return file;
}

Result<void> RandomFile::read(qint64 offset, std::span<char> into) const
{
#ifdef Q_OS_UNIX
    while (!into.empty()) {
        const ssize_t count = ::pread(m_file.handle(), into.data(), into.size(), offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(fileError(u"read"_s, m_file));
        if (count == 0)
            return fail(ErrorCode::TruncatedStream,
                        u"“%1” ends before byte %2."_s.arg(path(), QString::number(offset)));
        offset += count;
        into = into.subspan(static_cast<size_t>(count));
    }
#else
    const std::lock_guard lock(m_mutex);
    if (!m_file.seek(offset) ||
        m_file.read(into.data(), static_cast<qint64>(into.size())) != static_cast<qint64>(into.size()))
        return fail(fileError(u"read"_s, m_file));
#endif
    return {};
}

Result<QByteArray> RandomFile::read(qint64 offset, qint64 size) const
{
    QByteArray bytes(size, Qt::Uninitialized);
    if (auto done = read(offset, std::span(bytes.data(), static_cast<size_t>(size))); !done)
        return fail(done.error());
    return bytes;
}

ByteSource RandomFile::source(qint64 offset, qint64 size) const
{
    return [this, offset, left = size](qsizetype max) mutable {
        const auto piece = read(offset, std::min<qint64>(left, max));
        offset += piece ? piece->size() : 0;
        left -= piece ? piece->size() : 0;
        return piece;
    };
}

Result<QByteArray> RandomFile::digest(qint64 offset, qint64 size, std::stop_token stop) const
{
    Sha256 digest;
    constexpr qint64 most = 1024 * 1024;
    std::vector<char> piece(static_cast<size_t>(std::min(size, most)));
    while (size > 0) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, u"Reading “%1” was cancelled."_s.arg(path()));
        piece.resize(static_cast<size_t>(std::min(size, most)));
        if (const auto done = read(offset, piece); !done)
            return fail(done.error());
        digest.add(piece);
        offset += static_cast<qint64>(piece.size());
        size -= static_cast<qint64>(piece.size());
    }
    return digest.finish();
}

} // namespace scalekeep::bundle
