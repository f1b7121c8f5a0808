#include "engine/index/sqlrows.h"

#include "engine/index/scan.h"

#include <QtEndian>

#include <algorithm>

namespace scalekeep::index {

namespace {
// Every value is followed by how long it is, so that a row can be read backwards in one way only and no two rows share a text.
constexpr char NullValue = '\xff';
constexpr char LongValue = '\x80';
constexpr std::uint64_t ShortLimit = 0x80;

bool isSpace(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// Both are asked for most bytes of a dump: a table is twice as fast as comparisons.
constexpr auto literalEnds = [] {
    std::array<bool, 256> table{};
    for (const char c : {',', ')', ' ', '\n', '\r', '\t', '\'', 'x', '(', ';'})
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

constexpr auto hexDigits = [] {
    std::array<signed char, 256> table{};
    table.fill(-1);
    for (int i = 0; i < 16; ++i) {
        table[static_cast<unsigned char>("0123456789abcdef"[i])] = static_cast<signed char>(i);
        table[static_cast<unsigned char>("0123456789ABCDEF"[i])] = static_cast<signed char>(i);
    }
    return table;
}();

bool endsLiteral(char c)
{
    return literalEnds[static_cast<unsigned char>(c)];
}

int hexDigit(char c)
{
    return hexDigits[static_cast<unsigned char>(c)];
}

char unescaped(char c)
{
    switch (c) {
    case '0': return '\0';
    case 'b': return '\b';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'Z': return '\x1a';
    default: return c;
    }
}
} // namespace

void appendValue(std::string& row, RowValue value)
{
    if (!value) {
        row.push_back(NullValue);
        return;
    }
    row.append(*value);
    if (value->size() < ShortLimit) {
        row.push_back(static_cast<char>(value->size()));
        return;
    }
    std::array<char, 9> trailer;
    qToLittleEndian<quint64>(value->size(), trailer.data());
    trailer[8] = LongValue;
    row.append(trailer.data(), trailer.size());
}

bool splitRow(std::string_view row, std::vector<RowValue>& values)
{
    values.clear();
    while (!row.empty()) {
        const char last = row.back();
        row.remove_suffix(1);
        if (last == NullValue) {
            values.emplace_back();
            continue;
        }
        std::uint64_t length = static_cast<unsigned char>(last);
        if (last == LongValue) {
            if (row.size() < 8)
                return false;
            length = qFromLittleEndian<quint64>(row.data() + row.size() - 8);
            row.remove_suffix(8);
        } else if (length >= ShortLimit) {
            return false;
        }
        if (length > row.size())
            return false;
        values.emplace_back(row.substr(row.size() - length));
        row.remove_suffix(length);
    }
    std::ranges::reverse(values);
    return true;
}

void RowDigest::flush(size_t atLeast)
{
    if (m_piece.size() < (m_keepWhole ? std::max(atLeast, LongestKept) : atLeast))
        return;
    m_sha.add(m_piece);
    m_flushed += m_piece.size();
    m_piece.clear();
}

Digest RowDigest::finish()
{
    m_sha.add(m_piece);
    m_piece.clear();
    m_flushed = 0;
    return m_sha.finishRaw();
}

void RowReader::start(Table& table)
{
    m_table = &table;
    m_sink = nullptr;
    m_state = State::BeforeRow;
}

void RowReader::skip()
{
    m_table = nullptr;
    m_sink = nullptr;
    m_state = State::BeforeRow;
}

void RowReader::collect(const Sink& sink)
{
    m_table = nullptr;
    m_sink = &sink;
    m_row.keepWhole();
    m_state = State::BeforeRow;
}

void RowReader::endValue()
{
    const std::uint64_t length = m_row.size() - m_valueStart;
    if (length < ShortLimit) {
        m_row.append(static_cast<char>(length));
    } else {
        std::array<char, 9> trailer;
        qToLittleEndian<quint64>(length, trailer.data());
        trailer[8] = LongValue;
        m_row.append({trailer.data(), trailer.size()});
    }
    m_row.flush();
    m_state = State::AfterValue;
}

void RowReader::endLiteral()
{
    const std::string_view literal = m_row.since(m_valueStart);
    if (literal == "_binary") {
        m_row.chop(literal.size());
        m_state = State::BeforeValue;
    } else if (literal == "NULL") {
        m_row.chop(literal.size());
        m_row.append(NullValue);
        m_state = State::AfterValue;
    } else {
        endValue();
    }
}

void RowReader::endRow()
{
    if (m_table) {
        const std::uint64_t bytes = m_row.size();
        m_table->addRow(m_row.finish(), bytes);
    } else {
        if (m_sink && !m_row.isWhole())
            m_problem = "a row has more than 64 MiB, too many to be shown";
        else if (m_sink)
            (*m_sink)(m_row.text());
        m_row.clear();
    }
    m_state = State::AfterRow;
}

const char* RowReader::readLiteral(const char* at, const char* end)
{
    const char* const stop = std::find_if(at, end, endsLiteral);
    m_row.append({at, static_cast<size_t>(stop - at)});
    const std::string_view literal = m_row.since(m_valueStart);
    if (literal.size() > MaxLiteral)
        m_problem = "a value is neither a string nor a number nor NULL";
    if (stop == end)
        return end;
    switch (*stop) {
    case '\'':
        // An introducer such as _binary or N: what it stands for is the string, whose bytes are compared.
        if (literal == "_binary")
            m_row.chop(literal.size());
        else
            m_row.append('\'');
        m_state = State::String;
        return stop + 1;
    case 'x':
        if (literal == "0" && m_escapes == Escapes::Backslash) {
            m_row.chop(1);
            m_halfByte = -1;
            m_state = State::Hex;
        } else {
            m_row.append('x');
        }
        return stop + 1;
    case '(':
    case ';':
        m_problem = "a value is neither a string nor a number nor NULL";
        return stop;
    default:
        endLiteral();
        return stop;
    }
}

const char* RowReader::readHex(const char* at, const char* end)
{
    // Whole pairs, a block at a time; what is left (a half pair, the end) goes digit by digit.
    while (m_halfByte < 0) {
        std::array<char, 128> block;
        size_t made = 0;
        for (; made < block.size() && end - at >= 2; at += 2) {
            const int high = hexDigit(at[0]);
            const int low = hexDigit(at[1]);
            if ((high | low) < 0)
                break;
            block[made++] = static_cast<char>(high * 16 + low);
        }
        m_row.append({block.data(), made});
        if (made < block.size())
            break;
    }
    for (; at != end; ++at) {
        const int digit = hexDigit(*at);
        if (digit < 0) {
            if (m_halfByte >= 0 || m_row.size() == m_valueStart)
                m_problem = "a hexadecimal value is not made of whole bytes";
            else
                endValue();
            return at;
        }
        if (m_halfByte < 0) {
            m_halfByte = digit;
        } else {
            m_row.append(static_cast<char>(m_halfByte * 16 + digit));
            m_halfByte = -1;
        }
    }
    m_row.flush();
    return at;
}

const char* RowReader::readString(const char* at, const char* end)
{
    const char escape = m_escapes == Escapes::Backslash ? '\\' : '\'';
    const char* stop = findEither(at, end, '\'', escape);
    m_row.append({at, static_cast<size_t>(stop - at)});
    m_row.flush();
    if (stop == end)
        return end;
    m_state = *stop == '\'' ? State::Quote : State::Escape;
    return stop + 1;
}

RowReader::Progress RowReader::read(std::span<const char> data)
{
    const char* at = data.data();
    const char* const end = at + data.size();
    m_problem = nullptr;
    while (at != end && !m_problem) {
        const char c = *at;
        switch (m_state) {
        case State::BeforeRow:
            if (c == '(') {
                m_state = State::BeforeValue;
                m_anyValue = false;
            } else if (!isSpace(c)) {
                m_problem = "a row does not begin with a parenthesis";
                continue;
            }
            ++at;
            break;
        case State::AfterRow:
            ++at;
            if (c == ',')
                m_state = State::BeforeRow;
            else if (c == ';')
                return {static_cast<size_t>(at - data.data()), true, nullptr};
            else if (!isSpace(c)) {
                --at;
                m_problem = "a row is followed by neither a comma nor a semicolon";
            }
            break;
        case State::BeforeValue:
            m_valueStart = m_row.size();
            if (c == ')' && !m_anyValue) {
                endRow();
                ++at;
            } else if (isSpace(c)) {
                ++at;
            } else if (c == ',' || c == ')') {
                m_problem = "a value is missing";
            } else {
                m_anyValue = true;
                m_state = c == '\'' ? State::String : State::Literal;
                at += c == '\'' ? 1 : 0;
            }
            break;
        case State::AfterValue:
            if (c == ')')
                endRow();
            else if (c == ',')
                m_state = State::BeforeValue;
            else if (!isSpace(c)) {
                m_problem = "a value is followed by neither a comma nor a parenthesis";
                continue;
            }
            ++at;
            break;
        case State::Literal: at = readLiteral(at, end); break;
        case State::Hex: at = readHex(at, end); break;
        case State::String: at = readString(at, end); break;
        case State::Escape:
            m_row.append(unescaped(c));
            m_state = State::String;
            ++at;
            break;
        case State::Quote:
            if (c == '\'') {
                m_row.append(c);
                m_state = State::String;
                ++at;
            } else {
                endValue();
            }
            break;
        }
    }
    return {static_cast<size_t>(at - data.data()), false, m_problem};
}

} // namespace scalekeep::index
