#pragma once

#include "engine/index/index.h"
#include "engine/index/rdbkeys.h"
#include "engine/index/rdbstream.h"

#include <QJsonArray>

#include <functional>

namespace scalekeep::index {

/// Index of a Redis snapshot, RDB versions 6 to 12 (Redis 2.6 to 7.4). Memory: the longest string or packed collection in it (Redis'
/// limit is 512 MiB), and RdbKeys. Data of modules is Unsupported: only the module knows what it means. Fields of a hash with a time
/// to live of their own (Redis 7.4) count as content.
class RdbIndexer : public Indexer {
public:
    /// One key as it passes. `digest`: of type, name and value without the expiry. `beginning`: of a string's value.
    struct Key {
        qint64 database = 0;
        std::string_view name;
        QString type;
        Digest digest{};
        std::optional<qint64> expiry; ///< milliseconds since 1970
        qint64 bytes = 0, count = 0;  ///< see RdbValue
        std::string_view beginning;
    };
    using Watch = std::function<void(const Key&)>;
    static constexpr size_t Beginning = 64;
    /// With a watch every key is handed over, and the index that comes out has none.
    explicit RdbIndexer(Watch watch = {}) : m_watch(std::move(watch)) {}

    static constexpr int OldestVersion = 6;
    static constexpr int NewestVersion = 12;

    Result<void> add(std::span<const char> data) override;
    Result<QJsonObject> finish() override;

private:
    enum class State { Header, Opcode, Count, Elements, Stream, Checksum, AfterEnd };

    Result<void> parse();
    Result<bool> piece();
    Result<bool> header();
    Result<bool> opcode();
    bool auxiliary(std::uint8_t code);
    Result<bool> startValue(std::uint8_t type);
    bool singleString();
    bool countOrNumber();
    bool element();
    bool packed(std::string_view blob, std::uint8_t type);
    Result<bool> endValue();
    Result<bool> checksum();
    void digestTaken();

    Watch m_watch;
    std::string m_beginning;
    State m_state = State::Header;
    std::string m_buffer;
    size_t m_at = 0;       ///< in m_buffer: everything before it is read
    size_t m_digested = 0; ///< in m_buffer: everything before it is in m_crc
    size_t m_needed = 0;   ///< bytes behind m_at without which nothing can be read
    qint64 m_offset = 0;   ///< in the stream, of m_buffer's first byte
    std::uint64_t m_crc = 0;
    bool m_checked = true; ///< false: the server wrote no checksum

    RdbReader m_reader;
    RdbValue m_value;
    RdbStream m_stream;
    RdbKeys m_keys;
    QJsonArray m_functions;
    Digester m_digester;
    qint64 m_database = 0;
    std::optional<qint64> m_expiry;
    std::uint8_t m_type = 0;
    std::string m_key;
    std::uint64_t m_left = 0;       ///< elements of the value
    std::uint64_t m_firstExpiry = 0; ///< of an expiring hash: the others are relative to it
};

} // namespace scalekeep::index
