#pragma once

#include "engine/base/result.h"

#include <QByteArray>

#include <array>
#include <optional>
#include <span>

namespace scalekeep {

inline constexpr qint64 TarBlock = 512;

/// One 512-byte tar header as it stands, before GNU and pax extensions are applied.
struct TarHeader {
    QByteArray name; ///< bytes as stored, with the ustar prefix
    QByteArray linkName;
    char type = '0';
    qint64 size = 0;  ///< bytes of data that follow
    quint32 mode = 0; ///< permission bits
    qint64 mtime = 0; ///< seconds since 1970, UTC
    bool operator==(const TarHeader&) const = default;
};

/// BadInput for a wrong checksum and for every field that is not plain octal (or GNU base-256) within its range.
Result<TarHeader> parseTarHeader(std::span<const char, static_cast<size_t>(TarBlock)> block);
bool isAllZero(std::span<const char> bytes);
/// Zero bytes between the end of a member's data and the next header.
constexpr qint64 tarPadding(qint64 size)
{
    return (TarBlock - size % TarBlock) % TarBlock;
}

/// One member of a tar stream with its extensions (GNU long names, pax) applied.
struct TarEntry {
    enum class Type { File, HardLink, SymbolicLink, CharacterDevice, BlockDevice, Directory, Fifo };
    Type type = Type::File;
    QByteArray
        name; ///< as stored: not normalised, not checked for `..`, perhaps not UTF-8; never empty, never with a NUL
    QByteArray target; ///< of links
    qint64 size = 0;   ///< 0 for everything but files
    quint32 mode = 0;
    qint64 mtime = 0;      ///< seconds since 1970, UTC
    qint64 dataOffset = 0; ///< of the first data byte in the stream
    bool operator==(const TarEntry&) const = default;
};

/// What a TarParser finds, in stream order: entry(), data() as often as needed (not for empty files), entryEnd(). An
/// error that a visitor answers ends the parsing and is handed on.
class TarVisitor {
public:
    virtual ~TarVisitor() = default;
    virtual Result<void> entry(const TarEntry& entry) = 0;
    virtual Result<void> data(std::span<const char> bytes) = 0;
    virtual Result<void> entryEnd() = 0;
};

/// Push parser for tar streams of hostile origin (ustar, GNU long names, pax), as `tar` in a pod writes them. Constant
/// memory: data passes through, extensions are limited. Sparse, multi-volume and unknown members are Unsupported;
/// everything malformed is BadInput and names the byte offset. The visitor must outlive the parser. Not thread-safe.
class TarParser {
public:
    static constexpr qint64 MaxExtension = 256 * 1024; ///< bytes of one long name or pax header

    explicit TarParser(TarVisitor& visitor) : m_visitor(visitor) {}
    /// The next bytes of the stream, in pieces of any size. After an error the parser must not be used again.
    Result<void> add(std::span<const char> bytes);
    /// The stream is over: TruncatedStream when it ends before the end mark (two zero blocks).
    Result<void> finish();
    [[nodiscard]] qint64 offset() const { return m_offset; } ///< bytes taken so far

private:
    struct Extension {
        std::optional<QByteArray> name, target;
        std::optional<qint64> size, mtime;
    };
    enum class State { Header, Data, Padding, ExtensionData, EndMark, End };

    Result<void> header();
    Result<void> startEntry(const TarHeader& header);
    Result<void> endEntry();
    Result<void> extensionRead();
    Result<void> paxRecords(Extension& into);
    [[nodiscard]] tl::unexpected<Error> bad(const QString& what, ErrorCode code = ErrorCode::BadInput) const;

    TarVisitor& m_visitor;
    State m_state = State::Header;
    qint64 m_offset = 0;
    qint64 m_memberOffset = 0; ///< of the header being read or read last, for error texts
    qint64 m_remaining = 0;    ///< bytes left in the current state
    qint64 m_padding = 0;
    std::array<char, static_cast<size_t>(TarBlock)> m_block{};
    qint64 m_blockSize = 0;
    char m_extensionType = 0;
    QByteArray m_extensionData;
    Extension m_extension; ///< for the next member
};

} // namespace scalekeep
