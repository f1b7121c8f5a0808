#pragma once

#include "engine/base/tarparser.h"
#include "engine/bundle/names.h"
#include "engine/bundle/randomfile.h"
#include "engine/bundle/reader.h"

#include <array>

namespace scalekeep::bundle {

struct ScannedMember {
    Member member;
    MemberName name;
};

/// Walks over the tar headers of a file of unknown origin. Stricter than any tar: regular members with a name that a
/// bundle has, every header equal to the first but for name, size and checksum, numbers in their one spelling, zeros
/// between members, two zero blocks and nothing else at the end. So no program can read the file in another way, and no
/// byte of it is unaccounted for.
class Scanner {
public:
    explicit Scanner(const RandomFile& file) : m_file(file) {}

    /// The next member; nothing at the end mark. TruncatedStream: the file ends too early; Damaged: bytes were altered;
    /// BadInput: it is not a bundle, or made to look like one.
    Result<std::optional<ScannedMember>> next();
    /// After an error: goes on at the next block that looks like a header of this file. False when there is none.
    bool resync();
    [[nodiscard]] qint64 position() const { return m_at; }

private:
    using Header = std::array<char, static_cast<size_t>(TarBlock)>;

    Result<ScannedMember> member(const Header& header, qint64 offset) const;
    Result<void> endMark(qint64 offset) const;
    [[nodiscard]] bool isLikeFirst(const Header& header) const;
    [[nodiscard]] tl::unexpected<Error> cutOff() const;
    [[nodiscard]] tl::unexpected<Error> altered(qint64 offset, const QString& what) const;

    const RandomFile& m_file;
    qint64 m_at = 0; ///< where the member before ended, without padding
    Header m_first{};
    bool m_hasFirst = false;
};

/// The hint of every error that leaves something to save.
QString salvageHint();
/// The largest stored size of a member of that kind.
qint64 largestMember(MemberName::Kind kind);

} // namespace scalekeep::bundle
