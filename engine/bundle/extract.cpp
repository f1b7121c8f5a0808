#include "engine/bundle/extract.h"

#include "engine/base/digest.h"
#include "engine/base/files.h"
#include "engine/base/tarparser.h"
#include "engine/bundle/names.h"

#include <QDir>

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

namespace {
/// `fill` writes the file's content.
Result<void> writeNew(const QString& path, const std::function<Result<void>(QFile&)>& fill)
{
    if (QFileInfo::exists(path))
        return fail(ErrorCode::AlreadyExists, u"“%1” exists already."_s.arg(path), u"It was not overwritten. Choose another folder."_s);
    QFile file(path + u".partial"_s);
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly, QFile::ReadOwner | QFile::WriteOwner))
        return fail(fileError(u"create"_s, file));
    auto done = fill(file);
    if (done)
        done = syncFile(file);
    file.close();
    if (done)
        done = renameWithoutReplacing(file.fileName(), path);
    if (!done)
        file.remove();
    return done;
}

Result<void> write(QFile& file, std::span<const char> data)
{
    if (file.write(data.data(), static_cast<qint64>(data.size())) != static_cast<qint64>(data.size()))
        return fail(fileError(u"write"_s, file));
    return {};
}

/// "./a//b/" as the index has it: "a/b".
QByteArray plainPath(const QByteArray& stored)
{
    QByteArrayList parts;
    for (const QByteArray& part : stored.split('/')) {
        if (!part.isEmpty() && part != ".")
            parts.append(part);
    }
    return parts.join('/');
}

/// Takes one file out of a tar stream as it passes.
class OneFile : public TarVisitor {
public:
    OneFile(const QByteArray& wanted, QFile& file) : m_wanted(plainPath(wanted)), m_file(file) {}

    Result<void> entry(const TarEntry& entry) override
    {
        m_inside = plainPath(entry.name) == m_wanted && entry.type == TarEntry::Type::File;
        if (plainPath(entry.name) == m_wanted) {
            m_found = m_inside;
            m_link = entry.type == TarEntry::Type::HardLink ? entry.target : QByteArray();
        }
        return {};
    }
    Result<void> data(std::span<const char> bytes) override
    {
        if (!m_inside)
            return {};
        m_digest.add(bytes);
        return write(m_file, bytes);
    }
    Result<void> entryEnd() override
    {
        m_inside = false;
        return {};
    }

    [[nodiscard]] bool found() const { return m_found; }
    [[nodiscard]] const QByteArray& link() const { return m_link; } ///< the path under which the data lies before
    [[nodiscard]] QByteArray digest() { return m_digest.finish(); }

private:
    QByteArray m_wanted, m_link;
    QFile& m_file;
    Sha256 m_digest;
    bool m_found = false, m_inside = false;
};
} // namespace

QString extractedPath(const QString& folder, const Stream& stream)
{
    return QDir(QDir(folder).filePath(stream.component)).filePath(stream.name);
}

Result<void> extractStream(const Reader& reader, const Stream& stream, const QString& folder, const ExtractProgress& progress, const std::stop_token& stop)
{
    const QString path = extractedPath(folder, stream);
    if (auto made = makePrivateDirectory(QFileInfo(path).path()); !made)
        return made;
    return writeNew(path, [&](QFile& file) {
        qint64 done = 0;
        return reader.read(
            stream,
            [&](std::span<const char> data) -> Result<void> {
                done += static_cast<qint64>(data.size());
                if (progress)
                    progress(done);
                return write(file, data);
            },
            stop);
    });
}

Result<void> extractFile(const Reader& reader, const Stream& stream, const QByteArray& member, const QByteArray& sha256, const QString& path, const ExtractProgress& progress,
                         const std::stop_token& stop)
{
    const auto name = [&] { return QString::fromUtf8(member.left(200)); };
    if (stream.format != u"tar")
        return fail(ErrorCode::Usage, u"%1 holds no files."_s.arg(streamKey(stream.component, stream.name)));
    return writeNew(path, [&](QFile& file) -> Result<void> {
        QByteArray wanted = member;
        // A hard link's data lies under another name, which stands before it: one more pass, since links lead to files only.
        for (int pass = 0; pass < 2; ++pass) {
            OneFile one(wanted, file);
            TarParser parser(one);
            qint64 done = 0;
            auto read = reader.read(
                stream,
                [&](std::span<const char> data) -> Result<void> {
                    done += static_cast<qint64>(data.size());
                    if (progress)
                        progress(done);
                    return parser.add(data);
                },
                stop);
            if (read)
                read = parser.finish();
            if (!read)
                return read;
            if (one.found()) {
                if (!sha256.isEmpty() && one.digest() != sha256)
                    return fail(ErrorCode::Damaged, u"“%1” is not the file that the bundle's index names: its digest does not match."_s.arg(name()), u"Nothing was extracted. Verify the bundle."_s);
                return {};
            }
            if (one.link().isEmpty())
                break;
            wanted = one.link();
        }
        return fail(ErrorCode::NotFound, u"%1 holds no file “%2”."_s.arg(streamKey(stream.component, stream.name), name()), u"Nothing was extracted."_s);
    });
}

} // namespace scalekeep::bundle
