#include "engine/bundle/packedindex.h"

#include "engine/base/digest.h"
#include "engine/bundle/layout.h"
#include "engine/bundle/manifest.h"
#include "engine/bundle/segmentpool.h"
#include "engine/index/entries.h"

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

namespace {
class Packer {
public:
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
        m_packed.frames += *frames;
        m_packed.bytes += m_text.size();
        m_digest.add(std::span(m_text.constData(), static_cast<size_t>(m_text.size())));
        m_text.clear();
        return {};
    }

    QByteArray m_text;
    Sha256 m_digest;
    PackedIndex m_packed;
};
} // namespace

Result<PackedIndex> packIndex(index::Indexer& indexer)
{
    Packer packer;
    auto index = index::writeText(indexer, [&packer](std::span<const char> text) { return packer.add(text); });
    auto packed = index ? packer.finish() : Result<PackedIndex>(fail(index.error()));
    if (packed)
        packed->index = std::move(*index);
    return packed;
}

Result<PackedIndex> packIndex(const QByteArray& json)
{
    Packer packer;
    const auto added = packer.add(std::span(json.constData(), static_cast<size_t>(json.size())));
    return added ? packer.finish() : Result<PackedIndex>(fail(added.error()));
}

} // namespace scalekeep::bundle
