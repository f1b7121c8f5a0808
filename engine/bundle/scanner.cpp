#include "engine/bundle/scanner.h"

#include <algorithm>
#include <cstring>

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

namespace {
// Where a header may differ from the first one: name, the size's digits, the checksum's digits.
constexpr size_t nameEnd = 100, sizeStart = 124, sizeDigits = 11, checksumStart = 148, checksumDigits = 6;
constexpr qint64 endMarkSize = 2 * TarBlock;

/// A hostile name must not reach a terminal as it is.
QString printable(const QByteArray& name)
{
    QString text = QString::fromLatin1(name);
    for (QChar& c : text) {
        if (!c.isPrint())
            c = u'?';
    }
    return text;
}

bool areOctal(std::span<const char> digits)
{
    return std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '7'; });
}
} // namespace

QString salvageHint()
{
    return u"Nothing was changed. “scalekeep-cli salvage” saves the streams that are whole into a new bundle."_s;
}

qint64 largestMember(MemberName::Kind kind)
{
    using enum MemberName::Kind;
    switch (kind) {
    case Segment:
        return SegmentSize + SegmentSize / 128 + 1024; // more than ZSTD_compressBound of a segment
    case Readme:
    case Header:
    case StreamRecord:
        return 256 * 1024;
    case Manifest:
        return 64 * 1024 * 1024;
    case Index:
        return 256 * 1024 * 1024;
    }
    return 0;
}

tl::unexpected<Error> Scanner::cutOff() const
{
    return fail(ErrorCode::TruncatedStream,
                u"The bundle “%1” is cut off after %2 bytes."_s.arg(m_file.path(), QString::number(m_file.size())),
                salvageHint());
}

tl::unexpected<Error> Scanner::altered(qint64 offset, const QString& what) const
{
    return fail(ErrorCode::Damaged,
                u"The bundle “%1” was altered: %2 at byte %3."_s.arg(m_file.path(), what, QString::number(offset)),
                salvageHint());
}

Result<std::optional<ScannedMember>> Scanner::next()
{
    const qint64 padding = tarPadding(m_at);
    const qint64 offset = m_at + padding;
    if (m_file.size() < TarBlock && !m_hasFirst)
        return fail(ErrorCode::BadInput,
                    u"“%1” is not a Scalekeep bundle, or is cut off in its first bytes."_s.arg(m_file.path()),
                    u"Nothing was changed."_s);
    if (m_file.size() < offset + TarBlock)
        return cutOff();
    std::array<char, static_cast<size_t>(2 * TarBlock)> bytes{};
    if (const auto read = m_file.read(m_at, std::span(bytes).first(static_cast<size_t>(padding + TarBlock))); !read)
        return fail(read.error());
    if (!isAllZero(std::span<const char>(bytes).first(static_cast<size_t>(padding))))
        return altered(m_at, u"there is something in the padding"_s);
    Header header{};
    std::copy_n(bytes.begin() + padding, TarBlock, header.begin());

    if (m_hasFirst && isAllZero(header)) {
        if (const auto end = endMark(offset); !end)
            return fail(end.error());
        return std::optional<ScannedMember>();
    }
    auto found = member(header, offset);
    if (!found)
        return fail(found.error());
    if (!m_hasFirst) {
        m_first = header;
        m_hasFirst = true;
    }
    m_at = found->member.offset + found->member.size;
    return std::optional(std::move(*found));
}

Result<void> Scanner::endMark(qint64 offset) const
{
    const qint64 rest = m_file.size() - offset;
    const auto bytes = m_file.read(offset, std::min(rest, endMarkSize));
    if (!bytes)
        return fail(bytes.error());
    if (!isAllZero(std::span(bytes->constData(), static_cast<size_t>(bytes->size()))))
        return altered(offset, u"its end mark is damaged"_s);
    if (rest < endMarkSize)
        return cutOff();
    if (rest > endMarkSize)
        return altered(offset + endMarkSize, u"something was put behind its end"_s);
    return {};
}

bool Scanner::isLikeFirst(const Header& header) const
{
    const auto same = [&](size_t from, size_t to) {
        return std::memcmp(header.data() + from, m_first.data() + from, to - from) == 0;
    };
    return same(nameEnd, sizeStart) && same(sizeStart + sizeDigits, checksumStart) &&
           same(checksumStart + checksumDigits, TarBlock);
}

Result<ScannedMember> Scanner::member(const Header& header, qint64 offset) const
{
    const auto parsed = parseTarHeader(header);
    const std::span<const char> all(header);
    const bool canonical = areOctal(all.subspan(sizeStart, sizeDigits)) &&
                           areOctal(all.subspan(checksumStart, checksumDigits)) &&
                           isAllZero(all.first(nameEnd).subspan(strnlen(header.data(), nameEnd)));
    if (!m_hasFirst) {
        // The links' target and the ustar prefix would be other places for a name.
        const bool ours = parsed && canonical && parsed->type == '0' && header[156] == '0' &&
                          parsed->name == ReadmeName.toLatin1() && parsed->linkName.isEmpty();
        if (!ours)
            return fail(ErrorCode::BadInput,
                        u"“%1” is not a Scalekeep bundle, or its first bytes are damaged."_s.arg(m_file.path()),
                        u"Nothing was changed."_s);
    } else {
        if (!parsed)
            return altered(offset, parsed.error().message);
        if (header[156] != m_first[156])
            return fail(ErrorCode::BadInput,
                        u"“%1” is not a bundle that Scalekeep made: the member “%2” is not a regular file."_s.arg(
                            m_file.path(), printable(parsed->name)),
                        u"Nothing was changed."_s);
        if (!canonical || !isLikeFirst(header))
            return altered(offset, u"a tar header is not as it was written"_s);
    }
    const auto name = parseMemberName(parsed->name);
    if (!name || parsed->size > largestMember(name->kind))
        return fail(ErrorCode::BadInput,
                    u"“%1” is not a bundle that Scalekeep made: no bundle has a member “%2” of %3 bytes."_s.arg(
                        m_file.path(), printable(parsed->name), QString::number(parsed->size)),
                    u"Nothing was changed."_s);
    if (parsed->size > m_file.size() - offset - TarBlock)
        return cutOff();
    return ScannedMember{Member{QString::fromLatin1(parsed->name), offset + TarBlock, parsed->size}, *name};
}

bool Scanner::resync()
{
    if (!m_hasFirst)
        return false;
    std::vector<char> window(1024 * 1024);
    qint64 at = m_at + tarPadding(m_at);
    while (at + TarBlock <= m_file.size()) {
        const auto size = static_cast<size_t>(
            std::min<qint64>(static_cast<qint64>(window.size()), (m_file.size() - at) / TarBlock * TarBlock));
        if (!m_file.read(at, std::span(window).first(size)))
            return false;
        for (size_t in = 0; in < size; in += static_cast<size_t>(TarBlock)) {
            Header header{};
            std::copy_n(window.begin() + static_cast<std::ptrdiff_t>(in), TarBlock, header.begin());
            const qint64 offset = at + static_cast<qint64>(in);
            if (isLikeFirst(header) && member(header, offset)) {
                m_at = offset;
                return true;
            }
        }
        at += static_cast<qint64>(size);
    }
    return false;
}

} // namespace scalekeep::bundle
