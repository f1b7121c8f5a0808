#include "engine/index/rdb.h"

#include "engine/index/crc64.h"
#include "engine/index/errors.h"

#include <QtEndian>

#include <bit>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

namespace {
const QString Format = u"RDB"_s;
constexpr size_t KeepBuffered = 1024UL * 1024;
constexpr std::uint64_t MaxDatabase = 1'000'000;
constexpr qsizetype MaxFunctions = 10'000;
constexpr size_t MaxFunctionName = 256;
constexpr std::uint64_t PlainNode = 1;  ///< of a list: one element
constexpr std::uint64_t PackedNode = 2; ///< of a list: a listpack

// The bytes that say what comes next: value types up to 25, opcodes from 244 on.
enum Code : std::uint8_t {
    StringValue = 0, List = 1, Set = 2, SortedSet = 3, Hash = 4, SortedSet2 = 5, ModuleOld = 6, Module = 7, HashZipmap = 9,
    ListZiplist = 10, SetIntset = 11, SortedSetZiplist = 12, HashZiplist = 13, ListQuicklist = 14, Stream1 = 15, HashListpack = 16,
    SortedSetListpack = 17, ListQuicklist2 = 18, Stream2 = 19, SetListpack = 20, Stream3 = 21, HashMetadata = 24,
    HashListpackExpiring = 25,
    SlotInfo = 244, Function2 = 245, ModuleAuxiliary = 247, Idle = 248, Frequency = 249, Auxiliary = 250, ResizeDatabase = 251,
    ExpireMilliseconds = 252, ExpireSeconds = 253, SelectDatabase = 254, EndOfFile = 255,
};

// A module's id is its name, nine characters of six bits, and ten bits of version.
QString moduleName(std::uint64_t id)
{
    constexpr std::string_view Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    QString name;
    for (int i = 0; i < 9; ++i)
        name.append(QLatin1Char(Letters[(id >> (58 - 6 * i)) & 0x3f]));
    return name;
}

std::optional<RdbValue::Type> valueType(std::uint8_t code)
{
    switch (code) {
    case StringValue: return RdbValue::Type::String;
    case List: case ListZiplist: case ListQuicklist: case ListQuicklist2: return RdbValue::Type::List;
    case Set: case SetIntset: case SetListpack: return RdbValue::Type::Set;
    case SortedSet: case SortedSet2: case SortedSetZiplist: case SortedSetListpack: return RdbValue::Type::SortedSet;
    case Hash: case HashZipmap: case HashZiplist: case HashListpack: return RdbValue::Type::Hash;
    case HashMetadata: case HashListpackExpiring: return RdbValue::Type::ExpiringHash;
    case Stream1: case Stream2: case Stream3: return RdbValue::Type::Stream;
    default: return std::nullopt;
    }
}
} // namespace

Result<bool> RdbIndexer::header()
{
    std::string_view magic;
    if (!m_reader.bytes(9, magic))
        return false;
    const int version = QByteArray(magic.data() + 5, 4).toInt();
    if (!magic.starts_with("REDIS") || version <= 0)
        return malformed(Format, 0, u"it does not begin with REDIS and a version"_s);
    if (version < OldestVersion || version > NewestVersion)
        return fail(ErrorCode::Unsupported,
                    u"The snapshot has RDB version %1; this program reads versions %2 to %3."_s.arg(version)
                        .arg(OldestVersion)
                        .arg(NewestVersion),
                    notProven());
    m_state = State::Opcode;
    return true;
}

bool RdbIndexer::auxiliary(std::uint8_t code)
{
    std::string_view text;
    std::uint64_t number = 0;
    switch (code) {
    case Auxiliary: return m_reader.string(text) && m_reader.string(text);
    case ResizeDatabase: return m_reader.length(number) && m_reader.length(number);
    case SlotInfo: return m_reader.length(number) && m_reader.length(number) && m_reader.length(number);
    case Idle: return m_reader.length(number);
    case Frequency: return m_reader.bytes(1, text);
    case ExpireSeconds: {
        std::uint32_t seconds = 0;
        if (!m_reader.uint32(seconds))
            return false;
        m_expiry = static_cast<qint64>(static_cast<std::int32_t>(seconds)) * 1000;
        return true;
    }
    case ExpireMilliseconds:
        if (!m_reader.uint64(number))
            return false;
        m_expiry = static_cast<qint64>(number);
        return true;
    default: // SelectDatabase
        if (!m_reader.length(number))
            return false;
        m_database = static_cast<qint64>(number);
        return number <= MaxDatabase || m_reader.fail("a database has an impossible number");
    }
}

Result<bool> RdbIndexer::opcode()
{
    std::uint8_t code = 0;
    if (!m_reader.byte(code))
        return false;
    switch (code) {
    case EndOfFile: m_state = State::Checksum; return true;
    case Function2: {
        std::string_view library;
        if (!m_reader.string(library))
            return false;
        if (m_functions.size() >= MaxFunctions)
            return m_reader.fail("it holds too many function libraries");
        // The first line names the library: "#!lua name=x".
        const std::string_view first = library.substr(0, library.find('\n')).substr(0, MaxFunctionName);
        m_functions.append(QJsonObject{{u"kind"_s, u"function"_s},
                                       {u"name"_s, printable(QByteArray(first.data(), static_cast<qsizetype>(first.size())))},
                                       {u"sha256"_s, QString::fromLatin1(hexOf(m_digester.of(library)))}});
        return true;
    }
    case ModuleOld:
    case Module:
    case ModuleAuxiliary: {
        std::string_view key;
        std::uint64_t id = 0;
        if ((code != ModuleAuxiliary && !m_reader.string(key)) || !m_reader.length(id))
            return false;
        return fail(ErrorCode::Unsupported,
                    u"The snapshot holds data of the Redis module type %1, which cannot be compared."_s.arg(moduleName(id)),
                    notProven());
    }
    case SlotInfo: case Idle: case Frequency: case Auxiliary: case ResizeDatabase: case ExpireMilliseconds: case ExpireSeconds:
    case SelectDatabase: return auxiliary(code);
    default: return startValue(code);
    }
}

Result<bool> RdbIndexer::startValue(std::uint8_t type)
{
    const auto kind = valueType(type);
    if (!kind)
        return m_reader.fail("it holds a value of an unknown type");
    std::string_view key;
    if (!m_reader.string(key))
        return false;
    m_type = type;
    m_key = key;
    m_value.start(*kind, m_key, m_watch ? std::nullopt : m_expiry);
    m_state = State::Count;
    if (*kind == RdbValue::Type::Stream) {
        m_stream.start(type == Stream1 ? 1 : type == Stream2 ? 2 : 3);
        m_state = State::Stream;
    }
    return true;
}

bool RdbIndexer::packed(std::string_view blob, std::uint8_t type)
{
    const auto sink = [this](std::string_view element) { m_value.element(element); };
    const char* problem = nullptr;
    switch (type) {
    case HashZipmap: problem = readZipmap(blob, sink); break;
    case SetIntset: problem = readIntset(blob, sink); break;
    case ListZiplist: case SortedSetZiplist: case HashZiplist: case ListQuicklist: problem = readZiplist(blob, sink); break;
    default: problem = readListpack(blob, sink); break;
    }
    return !problem || m_reader.fail(problem);
}

// Values that are one string, packed or not.
bool RdbIndexer::singleString()
{
    std::string_view blob;
    std::uint64_t firstExpiry = 0;
    if ((m_type == HashListpackExpiring && !m_reader.uint64(firstExpiry)) || !m_reader.string(blob))
        return false;
    m_left = 0;
    m_state = State::Elements;
    if (m_type != StringValue)
        return packed(blob, m_type);
    m_value.element(blob);
    if (m_watch)
        m_beginning = blob.substr(0, Beginning);
    return true;
}

bool RdbIndexer::countOrNumber()
{
    switch (m_type) {
    case List: case Set: case SortedSet: case Hash: case SortedSet2: case ListQuicklist: case ListQuicklist2: break;
    case HashMetadata:
        if (!m_reader.uint64(m_firstExpiry))
            return false;
        break;
    default: return singleString();
    }
    if (!m_reader.length(m_left))
        return false;
    m_state = State::Elements;
    return true;
}

bool RdbIndexer::element()
{
    std::string_view text;
    std::string_view second;
    std::uint64_t number = 0;
    switch (m_type) {
    case Hash:
        if (!m_reader.string(text) || !m_reader.string(second))
            return false;
        m_value.element(text);
        m_value.element(second);
        break;
    case HashMetadata:
        if (!m_reader.length(number) || !m_reader.string(text) || !m_reader.string(second))
            return false;
        m_value.element(text);
        m_value.element(second);
        m_value.element(std::to_string(number == 0 ? 0 : m_firstExpiry + number - 1));
        break;
    case SortedSet2:
        if (!m_reader.string(text) || !m_reader.uint64(number))
            return false;
        m_value.element(text);
        m_value.score(std::bit_cast<double>(number));
        break;
    case SortedSet: {
        std::uint8_t size = 0;
        if (!m_reader.string(text) || !m_reader.byte(size) || (size < 253 && !m_reader.bytes(size, second)))
            return false;
        m_value.element(text);
        m_value.element(size == 255 ? "-inf" : size == 254 ? "inf" : size == 253 ? "nan" : second);
        break;
    }
    case ListQuicklist:
        if (!m_reader.string(text) || !packed(text, m_type))
            return false;
        break;
    case ListQuicklist2:
        if (!m_reader.length(number) || !m_reader.string(text))
            return false;
        if (number == PlainNode)
            m_value.element(text);
        else if (number != PackedNode)
            return m_reader.fail("a list has a node of an unknown form");
        else if (!packed(text, m_type))
            return false;
        break;
    default: // List, Set
        if (!m_reader.string(text))
            return false;
        m_value.element(text);
    }
    --m_left;
    return true;
}

Result<bool> RdbIndexer::endValue()
{
    if (!m_value.isWhole())
        return m_reader.fail("a hash or sorted set ends in the middle of a field");
    if (m_value.badScore())
        return m_reader.fail("a score is not a number");
    if (m_watch) {
        m_watch({m_database, m_key, m_value.typeName(), m_value.finish(m_key, std::nullopt), m_expiry, m_value.bytes(), m_value.count(), m_beginning});
        m_beginning.clear();
    } else if (auto added = m_keys.add(m_database, m_key, m_value.typeName(), m_value.finish(m_key, m_expiry), m_expiry, m_value.bytes()); !added) {
        return fail(added.error());
    }
    m_expiry.reset();
    m_state = State::Opcode;
    return true;
}

Result<bool> RdbIndexer::checksum()
{
    digestTaken();
    std::uint64_t stored = 0;
    if (!m_reader.uint64(stored))
        return false;
    if (stored != 0 && stored != m_crc)
        return m_reader.fail("its CRC64 is not that of its bytes");
    m_checked = stored != 0;
    m_state = State::AfterEnd;
    return true;
}

// Takes one piece of the file; false when more bytes are needed for it or the reader has a problem.
Result<bool> RdbIndexer::piece()
{
    switch (m_state) {
    case State::Header: return header();
    case State::Opcode: return opcode();
    case State::Count: return countOrNumber();
    case State::Elements:
        if (m_left == 0)
            return endValue();
        return element();
    case State::Stream:
        if (m_stream.isDone())
            return endValue();
        return m_stream.read(m_reader, m_value);
    case State::Checksum: return checksum();
    case State::AfterEnd: return m_reader.fail("something follows its end");
    }
    return false;
}

void RdbIndexer::digestTaken()
{
    m_crc = crc64(m_crc, std::span(m_buffer).subspan(m_digested, m_at - m_digested));
    m_digested = m_at;
}

Result<void> RdbIndexer::parse()
{
    m_needed = 0;
    while (m_state != State::AfterEnd || m_at < m_buffer.size()) {
        m_reader.start(std::string_view(m_buffer).substr(m_at));
        const Result<bool> taken = piece();
        if (!taken)
            return fail(taken.error());
        if (m_reader.problem())
            return malformed(Format, m_offset + static_cast<qint64>(m_at), QString::fromLatin1(m_reader.problem()));
        if (!*taken) {
            m_needed = m_reader.needed();
            break;
        }
        m_at += m_reader.taken();
    }
    return {};
}

Result<void> RdbIndexer::add(std::span<const char> data)
{
    m_buffer.append(data.data(), data.size());
    if (m_buffer.size() - m_at < m_needed)
        return {};
    if (auto parsed = parse(); !parsed)
        return parsed;
    if (m_state != State::AfterEnd)
        digestTaken();
    m_buffer.erase(0, m_at);
    m_offset += static_cast<qint64>(m_at);
    m_at = m_digested = 0;
    if (m_buffer.empty() && m_buffer.capacity() > KeepBuffered)
        m_buffer.shrink_to_fit();
    return {};
}

Result<QJsonObject> RdbIndexer::finish()
{
    if (m_state != State::AfterEnd)
        return truncated(Format, m_offset + static_cast<qint64>(m_buffer.size()), u"its end mark and checksum are missing"_s);
    QJsonObject json = m_keys.toJson();
    QJsonArray entries = json.value("entries"_L1).toArray();
    for (const QJsonValue function : m_functions)
        entries.append(function);
    json.insert(u"format"_s, u"rdb"_s);
    json.insert(u"entries"_s, entries);
    json.insert(u"endMark"_s, m_checked ? u"The CRC64 at the end is that of the snapshot."_s
                                        : u"The snapshot is whole, but the server writes no checksum (rdbchecksum no)."_s);
    return json;
}

} // namespace scalekeep::index
