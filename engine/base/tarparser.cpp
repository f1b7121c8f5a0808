#include "engine/base/tarparser.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace scalekeep {

using namespace Qt::Literals::StringLiterals;

namespace {
using Block = std::span<const char, static_cast<size_t>(TarBlock)>;

// Where the fields of a ustar header lie.
constexpr size_t nameField = 0, modeField = 100, sizeField = 124, mtimeField = 136, checksumField = 148,
                 typeField = 156, linkField = 157, magicField = 257, prefixField = 345;
constexpr size_t nameSize = 100, numberSize = 12, shortNumberSize = 8, prefixSize = 155;
constexpr qint64 maxSize = qint64(1) << 60;

QByteArray text(Block block, size_t offset, size_t size)
{
    const char* start = block.data() + offset;
    return QByteArray(start, static_cast<qsizetype>(strnlen(start, size)));
}

/// Octal digits, padded by spaces in front and by spaces or NULs behind; or GNU base-256 when the first bit is set.
std::optional<qint64> number(Block block, size_t offset, size_t size)
{
    const std::span<const char> field = block.subspan(offset, size);
    const auto first = static_cast<unsigned char>(field[0]);
    if (first & 0x80U) {
        // 0x80: positive, 0xff: negative, as GNU tar writes them; the value must fit into 64 bits.
        if (first != 0x80U && first != 0xffU)
            return {};
        const auto sign = first == 0xffU ? 0xffU : 0U;
        const size_t high = size > 8 ? size - 8 : 1;
        for (size_t i = 1; i < high; ++i) {
            if (static_cast<unsigned char>(field[i]) != sign)
                return {};
        }
        quint64 value = sign ? ~quint64(0) : 0;
        for (size_t i = high; i < size; ++i)
            value = (value << 8U) | static_cast<unsigned char>(field[i]);
        const auto answer = static_cast<qint64>(value);
        if ((answer < 0) != (sign != 0))
            return {};
        return answer;
    }
    size_t at = 0;
    while (at < size && field[at] == ' ')
        ++at;
    qint64 value = 0;
    bool digits = false;
    for (; at < size && field[at] >= '0' && field[at] <= '7'; ++at) {
        value = value * 8 + (field[at] - '0');
        digits = true;
    }
    for (; at < size; ++at) {
        if (field[at] != ' ' && field[at] != '\0')
            return {};
    }
    return digits ? std::optional(value) : std::nullopt;
}

std::optional<qint64> decimal(std::string_view digits)
{
    qint64 value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size())
        return {};
    return value;
}

/// Seconds of a pax time: "1700000000.123456789"; the fraction counts forward, so it is simply left out.
std::optional<qint64> paxTime(std::string_view value)
{
    const size_t point = value.find('.');
    if (point == std::string_view::npos)
        return decimal(value);
    const std::string_view fraction = value.substr(point + 1);
    if (!std::ranges::all_of(fraction, [](char c) { return c >= '0' && c <= '9'; }))
        return {};
    const auto seconds = decimal(value.substr(0, point));
    const bool roundsDown = value.starts_with('-') && fraction.find_first_not_of('0') != std::string_view::npos;
    return seconds && roundsDown ? std::optional(*seconds - 1) : seconds;
}
} // namespace

bool isAllZero(std::span<const char> bytes)
{
    return bytes.empty() || (bytes[0] == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

Result<TarHeader> parseTarHeader(Block block)
{
    qint64 sum = 8 * ' ';
    for (size_t i = 0; i < block.size(); ++i) {
        if (i < checksumField || i >= checksumField + shortNumberSize)
            sum += static_cast<unsigned char>(block[i]);
    }
    if (number(block, checksumField, shortNumberSize) != sum)
        return fail(ErrorCode::BadInput, u"the checksum of a tar header does not match"_s);

    TarHeader header;
    header.type = block[typeField] == '\0' ? '0' : block[typeField];
    header.name = text(block, nameField, nameSize);
    header.linkName = text(block, linkField, nameSize);
    // GNU's own magic "ustar  " keeps other things where POSIX has the prefix.
    if (std::memcmp(block.data() + magicField, "ustar\0", 6) == 0) {
        const QByteArray prefix = text(block, prefixField, prefixSize);
        if (!prefix.isEmpty())
            header.name = prefix + '/' + header.name;
    }
    const auto size = number(block, sizeField, numberSize);
    if (!size || *size < 0 || *size > maxSize)
        return fail(ErrorCode::BadInput, u"the size in a tar header is not a number that makes sense"_s);
    const auto mode = number(block, modeField, shortNumberSize);
    if (!mode || *mode < 0)
        return fail(ErrorCode::BadInput, u"the mode in a tar header is not a number"_s);
    const auto mtime = number(block, mtimeField, numberSize);
    if (!mtime)
        return fail(ErrorCode::BadInput, u"the time in a tar header is not a number"_s);
    header.size = *size;
    header.mode = static_cast<quint32>(*mode & 07777);
    header.mtime = *mtime;
    return header;
}

tl::unexpected<Error> TarParser::bad(const QString& what, ErrorCode code) const
{
    return fail(code, u"The tar stream cannot be used: %1 (member at byte %2)."_s.arg(what).arg(m_memberOffset));
}

Result<void> TarParser::add(std::span<const char> bytes)
{
    while (!bytes.empty()) {
        size_t taken = 0;
        Result<void> done;
        switch (m_state) {
        case State::Header:
        case State::EndMark:
            taken = std::min(bytes.size(), static_cast<size_t>(TarBlock - m_blockSize));
            std::memcpy(m_block.data() + m_blockSize, bytes.data(), taken);
            m_blockSize += static_cast<qint64>(taken);
            if (m_blockSize == TarBlock) {
                m_blockSize = 0;
                m_memberOffset = m_offset + static_cast<qint64>(taken) - TarBlock;
                done = header();
            }
            break;
        case State::Data:
            taken = std::min(bytes.size(), static_cast<size_t>(m_remaining));
            done = m_visitor.data(bytes.first(taken));
            m_remaining -= static_cast<qint64>(taken);
            if (done && m_remaining == 0)
                done = endEntry();
            break;
        case State::ExtensionData:
            taken = std::min(bytes.size(), static_cast<size_t>(m_remaining));
            m_extensionData.append(bytes.data(), static_cast<qsizetype>(taken));
            m_remaining -= static_cast<qint64>(taken);
            if (m_remaining == 0) {
                done = extensionRead();
                m_remaining = m_padding;
                m_state = m_padding > 0 ? State::Padding : State::Header;
            }
            break;
        case State::Padding: // GNU tar and KTar leave old bytes behind long names, so the padding's content means
                             // nothing
            taken = std::min(bytes.size(), static_cast<size_t>(m_remaining));
            m_remaining -= static_cast<qint64>(taken);
            if (m_remaining == 0)
                m_state = State::Header;
            break;
        case State::End:
            taken = bytes.size();
            if (!isAllZero(bytes)) {
                m_memberOffset = m_offset;
                done = bad(u"there is data after its end mark"_s);
            }
            break;
        }
        if (!done)
            return done;
        m_offset += static_cast<qint64>(taken);
        bytes = bytes.subspan(taken);
    }
    return {};
}

Result<void> TarParser::finish()
{
    if (m_state != State::End || m_offset % TarBlock != 0)
        return fail(ErrorCode::TruncatedStream,
                    u"The tar stream ends after %1 bytes, before its end mark."_s.arg(m_offset));
    return {};
}

Result<void> TarParser::header()
{
    if (isAllZero(m_block)) {
        const bool extended = m_extension.name || m_extension.target || m_extension.size || m_extension.mtime;
        if (extended)
            return bad(u"it ends after the extension of a member that does not follow"_s);
        m_state = m_state == State::EndMark ? State::End : State::EndMark;
        return {};
    }
    if (m_state == State::EndMark)
        return bad(u"a lone zero block stands between its members"_s);
    const auto header = parseTarHeader(Block(m_block));
    if (!header)
        return bad(header.error().message);

    switch (header->type) {
    case 'L':
    case 'K':
    case 'x':
    case 'g':
        if (header->size < 1 || header->size > MaxExtension)
            return bad(u"a name or extended header has %1 bytes"_s.arg(header->size));
        m_extensionType = header->type;
        m_extensionData.clear();
        m_remaining = header->size;
        m_padding = tarPadding(header->size);
        m_state = State::ExtensionData;
        return {};
    case '7': // contiguous file: a plain one everywhere today
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
        return startEntry(*header);
    case 'S':
        return bad(u"it has a sparse member; let tar write it without -S"_s, ErrorCode::Unsupported);
    default:
        return bad(u"it has a member of the unknown type %1"_s.arg(static_cast<unsigned char>(header->type)),
                   ErrorCode::Unsupported);
    }
}

Result<void> TarParser::startEntry(const TarHeader& header)
{
    using enum TarEntry::Type;
    constexpr std::array types{File, HardLink, SymbolicLink, CharacterDevice, BlockDevice, Directory, Fifo, File};
    TarEntry entry;
    entry.type = types.at(static_cast<size_t>(header.type - '0'));
    entry.name = m_extension.name.value_or(header.name);
    // Before ustar, a directory was a file whose name ends with a slash.
    if (entry.type == File && entry.name.endsWith('/'))
        entry.type = Directory;
    if (entry.type == HardLink || entry.type == SymbolicLink)
        entry.target = m_extension.target.value_or(header.linkName);
    entry.size = m_extension.size.value_or(header.size);
    entry.mode = header.mode;
    entry.mtime = m_extension.mtime.value_or(header.mtime);
    entry.dataOffset = m_memberOffset + TarBlock;
    m_extension = {};
    if (entry.name.isEmpty())
        return bad(u"a member has no name"_s);
    if ((entry.type == HardLink || entry.type == SymbolicLink) && entry.target.isEmpty())
        return bad(u"a link has no target"_s);
    // Programs disagree about data behind links and directories; tar writes none.
    if (entry.type != File && entry.size != 0)
        return bad(u"a member that is not a file has data"_s);

    if (auto done = m_visitor.entry(entry); !done)
        return done;
    m_remaining = entry.size;
    m_padding = tarPadding(entry.size);
    m_state = State::Data;
    return m_remaining > 0 ? Result<void>{} : endEntry();
}

Result<void> TarParser::endEntry()
{
    m_remaining = m_padding;
    m_state = m_padding > 0 ? State::Padding : State::Header;
    return m_visitor.entryEnd();
}

Result<void> TarParser::extensionRead()
{
    if (m_extensionType == 'x')
        return paxRecords(m_extension);
    if (m_extensionType == 'g') {
        // Global records may describe the archive; a name or size for every member would be an attack.
        Extension global;
        if (auto read = paxRecords(global); !read)
            return read;
        if (global.name || global.target || global.size)
            return bad(u"a global extended header sets the name or size of all members"_s);
        return {};
    }
    const QByteArray name(
        m_extensionData.constData(),
        static_cast<qsizetype>(strnlen(m_extensionData.constData(), static_cast<size_t>(m_extensionData.size()))));
    auto& field = m_extensionType == 'L' ? m_extension.name : m_extension.target;
    if (field || name.isEmpty())
        return bad(u"a member has two long names or an empty one"_s);
    field = name;
    return {};
}

/// Records are "<decimal length of the record> <key>=<value>\n"; a later record wins.
Result<void> TarParser::paxRecords(Extension& into)
{
    std::string_view rest(m_extensionData.constData(), static_cast<size_t>(m_extensionData.size()));
    while (!rest.empty()) {
        const size_t space = rest.find(' ');
        const auto length = decimal(rest.substr(0, std::min(space, size_t(20))));
        if (space == std::string_view::npos || !length || *length < static_cast<qint64>(space) + 4 ||
            *length > static_cast<qint64>(rest.size()))
            return bad(u"an extended header has a record of a wrong length"_s);
        std::string_view record = rest.substr(space + 1, static_cast<size_t>(*length) - space - 1);
        rest.remove_prefix(static_cast<size_t>(*length));
        const size_t equals = record.find('=');
        if (equals == std::string_view::npos || equals == 0 || record.back() != '\n')
            return bad(u"an extended header has a record that is not key=value"_s);
        const std::string_view key = record.substr(0, equals);
        const std::string_view value = record.substr(equals + 1, record.size() - equals - 2);
        if (key == "path" || key == "linkpath") {
            if (value.empty() || value.find('\0') != std::string_view::npos)
                return bad(u"an extended header has an empty name or one with a NUL"_s);
            (key == "path" ? into.name : into.target) = QByteArray(value.data(), static_cast<qsizetype>(value.size()));
        } else if (key == "size") {
            into.size = decimal(value);
            if (!into.size || *into.size < 0 || *into.size > maxSize)
                return bad(u"an extended header has a size that makes no sense"_s);
        } else if (key == "mtime") {
            into.mtime = paxTime(value);
            if (!into.mtime)
                return bad(u"an extended header has a time that is not a number"_s);
        } else if (key.starts_with("GNU.sparse.")) {
            return bad(u"it has a sparse member; let tar write it without -S"_s, ErrorCode::Unsupported);
        }
    }
    return {};
}

} // namespace scalekeep
