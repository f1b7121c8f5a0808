#pragma once

#include "engine/index/sqlentries.h"

#include <functional>
#include <string>
#include <vector>

namespace scalekeep::index {

/// A value of a row: nothing for NULL. Valid as long as the row's text.
using RowValue = std::optional<std::string_view>;
/// Takes a row's canonical text apart; false when it is none.
bool splitRow(std::string_view row, std::vector<RowValue>& values);
/// Adds a value to a row's canonical text.
void appendValue(std::string& row, RowValue value);

/// Digest of one row of any length, fed in pieces: a short row is hashed at once, a long one on the way, so memory is constant.
class RowDigest {
public:
    static constexpr size_t Piece = 256UL * 1024;

    void append(std::string_view bytes) { m_piece.append(bytes); }
    void append(char byte) { m_piece.push_back(byte); }
    /// Hands a long piece to the hash. What was flushed can no longer be chopped or looked at.
    void flush(size_t atLeast = Piece);
    /// From now on rows stay whole: flush() does nothing up to the longest row that is kept.
    void keepWhole() { m_keepWhole = true; }
    static constexpr size_t LongestKept = 64UL * 1024 * 1024;
    [[nodiscard]] bool isWhole() const { return m_flushed == 0; }
    [[nodiscard]] std::string_view text() const { return m_piece; }
    void clear()
    {
        if (m_flushed > 0)
            (void)m_sha.finishRaw();
        m_piece.clear();
        m_flushed = 0;
    }
    void chop(size_t count) { m_piece.resize(m_piece.size() - count); }
    /// What was appended since `start`, a size() of the past.
    [[nodiscard]] std::string_view since(std::uint64_t start) const
    {
        return std::string_view(m_piece).substr(static_cast<size_t>(start - m_flushed));
    }
    [[nodiscard]] std::uint64_t size() const { return m_flushed + m_piece.size(); }
    Digest finish();

private:
    Sha256 m_sha;
    std::string m_piece;
    std::uint64_t m_flushed = 0;
    bool m_keepWhole = false;
};

/// Reads the rows behind `VALUES`, up to and with the semicolon, and adds the digest of each to its table. A row's canonical text
/// is its decoded values, so 0x616263, 'abc' and _binary 'abc' are equal; NULL and 'NULL' are not. Memory is constant.
class RowReader {
public:
    enum class Escapes { Backslash, DoubledQuotes };
    explicit RowReader(Escapes escapes) : m_escapes(escapes) {}

    void start(Table& table);
    /// The rows that follow are read and forgotten.
    void skip();
    /// The rows that follow are handed over, as canonical texts that splitRow() takes apart, and are not digested.
    using Sink = std::function<void(std::string_view row)>;
    void collect(const Sink& sink);
    struct Progress {
        size_t taken = 0;
        bool done = false;
        const char* problem = nullptr; ///< set when byte `taken` makes no sense
    };
    /// Takes bytes until the statement or `data` ends.
    Progress read(std::span<const char> data);

private:
    enum class State { BeforeRow, AfterRow, BeforeValue, AfterValue, Literal, Hex, String, Escape, Quote };
    static constexpr size_t MaxLiteral = 64UL * 1024;

    void endValue();
    void endLiteral();
    void endRow();
    const char* readLiteral(const char* at, const char* end);
    const char* readHex(const char* at, const char* end);
    const char* readString(const char* at, const char* end);

    Escapes m_escapes;
    Table* m_table = nullptr;
    const Sink* m_sink = nullptr;
    State m_state = State::BeforeRow;
    RowDigest m_row;
    std::uint64_t m_valueStart = 0;
    bool m_anyValue = false;
    int m_halfByte = -1; ///< first digit of a hex pair that is not complete
    const char* m_problem = nullptr;
};

} // namespace scalekeep::index
