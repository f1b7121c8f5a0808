#include "engine/bundle/packedindex.h"

#include "engine/base/digest.h"
#include "engine/base/files.h"
#include "engine/bundle/layout.h"
#include "engine/bundle/manifest.h"
#include "engine/bundle/segmentpool.h"
#include "engine/index/entries.h"

#include <QDir>

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

namespace {
class Packer {
public:
    explicit Packer(const QString& folder) : m_folder(folder)
    {
        m_packed.file = std::make_shared<QTemporaryFile>(QDir(folder).filePath(u".index-XXXXXX"_s));
    }

    Result<void> add(std::span<const char> text)
    {
        m_text.append(text.data(), static_cast<qsizetype>(text.size()));
        return m_text.size() < SegmentSize ? Result<void>{} : pack();
    }

    Result<PackedIndex> finish()
    {
        if (const auto packed = pack(); !packed)
            return fail(packed.error());
        m_packed.sha256 = m_digest.finish();
        m_packed.storedSha256 = m_storedDigest.finish();
        return std::move(m_packed);
    }

private:
    Result<void> pack()
    {
        if (m_packed.bytes + m_text.size() > LargestIndex)
            return fail(ErrorCode::Unsupported, u"A content index of more than %1 MiB fits into no bundle."_s.arg(LargestIndex / (1024 * 1024)));
        const auto frames = compressFrames(m_text);
        if (!frames)
            return fail(frames.error());
        QTemporaryFile& file = *m_packed.file;
        if ((!file.isOpen() && !file.open()) || file.write(*frames) != frames->size() || !file.flush())
            return fail(scratchError(u"write a content index to a temporary file in"_s, m_folder, file));
        m_storedDigest.add(*frames);
        m_packed.storedBytes += frames->size();
        m_packed.bytes += m_text.size();
        m_digest.add(std::span(m_text.constData(), static_cast<size_t>(m_text.size())));
        m_text.clear();
        return {};
    }

    QString m_folder;
    QByteArray m_text;
    Sha256 m_digest, m_storedDigest;
    PackedIndex m_packed;
};
} // namespace

ByteSource PackedIndex::frames() const
{
    const bool begins = file->seek(0);
    return [file = file, begins](qsizetype max) -> Result<QByteArray> {
        const QByteArray piece = begins ? file->read(max) : QByteArray();
        if (piece.isEmpty() && (!begins || !file->atEnd()))
            return fail(ErrorCode::Io, u"A content index could not be read back from a temporary file: %1."_s.arg(file->errorString()), u"Check the disk and try again."_s);
        return piece;
    };
}

Result<PackedIndex> packIndex(index::Indexer& indexer, const QString& folder)
{
    Packer packer(folder);
    auto index = index::writeText(indexer, [&packer](std::span<const char> text) { return packer.add(text); });
    auto packed = index ? packer.finish() : Result<PackedIndex>(fail(index.error()));
    if (packed)
        packed->index = std::move(*index);
    return packed;
}

Result<PackedIndex> packIndex(const QByteArray& json, const QString& folder)
{
    Packer packer(folder);
    const auto added = packer.add(std::span(json.constData(), static_cast<size_t>(json.size())));
    return added ? packer.finish() : Result<PackedIndex>(fail(added.error()));
}

} // namespace scalekeep::bundle
