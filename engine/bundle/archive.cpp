#include "engine/bundle/archive.h"

#include "engine/base/files.h"
#include "engine/base/tarparser.h"
#include "engine/bundle/randomfile.h"

#include <KTar>

#include <QFileInfo>

#include <algorithm>
#include <array>
#include <cerrno>

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

// KTar takes the current time for one that is not valid, another one for each member.
Archive::Archive(const QString& finalPath, const QDateTime& time)
    : m_finalPath(finalPath), m_time(time.isValid() ? time : QDateTime::currentDateTimeUtc()),
      m_file(finalPath + u".partial"_s)
{
}

Archive::~Archive() = default;

Result<std::unique_ptr<Archive>> Archive::create(const QString& finalPath, const QDateTime& time)
{
    if (QFileInfo::exists(finalPath))
        return fail(ErrorCode::AlreadyExists, u"“%1” exists already; it was left as it is."_s.arg(finalPath),
                    u"Choose another name for the bundle."_s);
    std::unique_ptr<Archive> archive(new Archive(finalPath, time));
    // Unbuffered: members are large, and an error belongs to the write that met it.
    if (!archive->m_file.open(QIODevice::ReadWrite | QIODevice::NewOnly | QIODevice::Unbuffered,
                              QFile::ReadOwner | QFile::WriteOwner)) {
        if (QFileInfo::exists(archive->partialPath()))
            return fail(
                ErrorCode::AlreadyExists,
                u"“%1” exists: another backup is being written there, or one was cut off there."_s.arg(
                    archive->partialPath()),
                u"Nothing was written. When no backup runs, save what is in it with “scalekeep-cli salvage”, or delete it; or choose another name."_s);
        return fail(fileError(u"create the bundle"_s, archive->m_file));
    }
    archive->m_tar = std::make_unique<KTar>(&archive->m_file);
    if (!archive->m_tar->open(QIODevice::WriteOnly))
        return fail(ErrorCode::Internal, archive->m_tar->errorString());
    return archive;
}

Error Archive::writeError() const
{
    const int why = errno;
    const bool full = why == ENOSPC || why == EDQUOT || why == EFBIG || m_file.error() == QFileDevice::ResourceError;
    const QString hint = u"The file holds what was written until then and is not offered as a bundle. %1"_s;
    if (full)
        return Error{ErrorCode::NoSpace,
                     u"No space is left to write the bundle “%1” (after %2 bytes)."_s.arg(partialPath(),
                                                                                          QString::number(m_size)),
                     m_file.errorString(), hint.arg(u"Free some space, or choose another folder, and try again."_s)};
    return Error{
        ErrorCode::Io,
        u"The bundle “%1” could not be written (after %2 bytes)."_s.arg(partialPath(), QString::number(m_size)),
        m_file.errorString(), hint.arg(u"Choose another folder and try again."_s)};
}

Result<void> Archive::append(const QString& name, std::span<const char> data, QByteArray sha256)
{
    if (m_error)
        return fail(*m_error);
    const auto bytes = QByteArray::fromRawData(data.data(), static_cast<qsizetype>(data.size()));
    if (sha256.isEmpty())
        sha256 = Sha256::of(bytes);
    return appended(name, bytes.size(), sha256, m_tar->writeFile(name, bytes, 0600, {}, {}, m_time, m_time, m_time));
}

Result<void> Archive::append(const QString& name, qint64 size, const ByteSource& data, const QByteArray& sha256)
{
    if (m_error)
        return fail(*m_error);
    const auto unread = [this](const Error& error) {
        m_error = error;
        return fail(error);
    };
    Sha256 digest;
    bool written = m_tar->prepareWriting(name, {}, {}, size, 0600, m_time, m_time, m_time);
    for (qint64 left = size; written && left > 0;) {
        constexpr qint64 most = 1024 * 1024;
        const auto piece = data(std::min(left, most));
        if (!piece)
            return unread(piece.error());
        if (piece->isEmpty())
            break;
        digest.add(*piece);
        written = m_tar->writeData(piece->constData(), piece->size());
        left -= piece->size();
    }
    const QByteArray found = digest.finish();
    if (written && !sha256.isEmpty() && found != sha256)
        return unread(Error{ErrorCode::Io, u"What belongs into the bundle “%1” came back changed from a temporary file."_s.arg(m_finalPath), {}, u"Check the disk and try again."_s});
    return appended(name, size, found, written && m_tar->finishWriting(size));
}

// KTar answers true for some writes that failed: the position tells.
Result<void> Archive::appended(const QString& name, qint64 size, const QByteArray& sha256, bool written)
{
    const qint64 end = m_size + TarBlock + size + tarPadding(size);
    if (!written || m_file.pos() != end) {
        m_error = writeError();
        return fail(*m_error);
    }
    m_size = end;
    m_members.add(name.toLatin1() + ' ' + QByteArray::number(size) + ' ' + sha256 + '\n');
    return {};
}

Result<void> Archive::rename(qint64 offset, const QString& name)
{
    if (m_error)
        return fail(*m_error);
    std::array<char, static_cast<size_t>(TarBlock)> header{};
    constexpr qsizetype nameEnd = 100, checksumStart = 148, checksumSize = 8;
    const QByteArray text = name.toLatin1();
    bool done = text.size() < nameEnd && m_file.seek(offset) && m_file.read(header.data(), TarBlock) == TarBlock;
    if (done) {
        std::fill_n(header.begin(), nameEnd, '\0');
        std::copy(text.begin(), text.end(), header.begin());
        // As KTar writes it: the sum with blanks in its place, six octal digits, NUL, blank.
        std::fill_n(header.begin() + checksumStart, checksumSize, ' ');
        unsigned sum = 0;
        for (const char byte : header)
            sum += static_cast<unsigned char>(byte);
        const QByteArray digits = QByteArray::number(sum, 8).rightJustified(6, '0');
        std::copy(digits.begin(), digits.end(), header.begin() + checksumStart);
        header[checksumStart + 6] = '\0';
        done = m_file.seek(offset) && m_file.write(header.data(), TarBlock) == TarBlock && m_file.seek(m_size);
    }
    if (!done) {
        m_error = writeError();
        return fail(*m_error);
    }
    m_renamed = true;
    return {};
}

Result<QByteArray> Archive::membersSha256()
{
    if (!m_renamed)
        return m_members.finish();
    const auto file = RandomFile::open(partialPath());
    if (!file)
        return fail(file.error());
    Sha256 members;
    for (qint64 at = 0; at < m_size;) {
        std::array<char, static_cast<size_t>(TarBlock)> block{};
        if (const auto read = (*file)->read(at, block); !read)
            return fail(read.error());
        const auto header = parseTarHeader(block);
        if (!header)
            return fail(header.error());
        const auto digest = (*file)->digest(at + TarBlock, header->size);
        if (!digest)
            return fail(digest.error());
        members.add(header->name + ' ' + QByteArray::number(header->size) + ' ' + *digest + '\n');
        at += TarBlock + header->size + tarPadding(header->size);
    }
    return members.finish();
}

Result<void> Archive::sync()
{
    if (m_error)
        return fail(*m_error);
    const auto synced = syncFile(m_file);
    return synced ? syncDirectoryOf(partialPath()) : synced;
}

Result<void> Archive::finish()
{
    if (m_error)
        return fail(*m_error);
    const std::array<char, 2 * TarBlock> endMark{};
    if (m_file.write(endMark.data(), endMark.size()) != static_cast<qint64>(endMark.size())) {
        m_error = writeError();
        return fail(*m_error);
    }
    m_size += static_cast<qint64>(endMark.size());
    if (const auto synced = syncFile(m_file); !synced) {
        m_error = synced.error();
        return synced;
    }
    const QString partial = partialPath();
    m_tar->close(); // closes the file, too
    m_error = Error{ErrorCode::Internal, u"The bundle “%1” is already closed."_s.arg(partial), {}, {}};
    if (const auto renamed = renameWithoutReplacing(partial, m_finalPath); !renamed)
        return renamed;
    return syncDirectoryOf(m_finalPath);
}

void Archive::discard()
{
    m_tar->close();
    m_file.remove();
    m_error = Error{ErrorCode::Internal, u"The bundle “%1” was discarded."_s.arg(partialPath()), {}, {}};
}

} // namespace scalekeep::bundle
