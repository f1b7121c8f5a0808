#include "engine/index/pglexer.h"

#include "engine/index/scan.h"
#include "engine/index/sqltext.h"

#include <cctype>

namespace scalekeep::index {

namespace {
constexpr size_t MaxSide = 256;
constexpr std::string_view EndMarkText = " PostgreSQL database dump complete";

bool isSpace(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\v';
}

bool isWordByte(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) || c == '_' || byte >= 0x80;
}
} // namespace

void PgLexer::reset()
{
    m_text.clear();
    m_space = false;
    m_inWord = false;
    m_parentheses = 0;
    m_blocks = 0;
}

void PgLexer::append(char c)
{
    if (m_space && !m_text.empty())
        m_text.push_back(' ');
    m_space = false;
    m_text.push_back(c);
}

// Semicolons inside the body of a routine that is written in standard SQL do not end it.
void PgLexer::wordEnded()
{
    m_inWord = false;
    const std::string_view word = std::string_view(m_text).substr(m_wordStart);
    if (m_parentheses != 0 || !isOneOf(word, {"BEGIN", "CASE", "END"}))
        return;
    SqlWords words(m_text);
    if (!words.skip({"CREATE"}))
        return;
    if (words.skip({"OR"}))
        words.next();
    if (!words.skip({"FUNCTION", "PROCEDURE"}))
        return;
    if (isWord(word, "BEGIN") || (isWord(word, "CASE") && m_blocks > 0))
        ++m_blocks;
    else if (isWord(word, "END") && m_blocks > 0)
        --m_blocks;
}

PgLexer::Event PgLexer::plain(char c)
{
    if (m_inWord && !isWordByte(c) && c != '$')
        wordEnded();
    if (isSpace(c)) {
        m_space = true;
        return Event::NeedMore;
    }
    const bool afterWord = !m_space && !m_text.empty() && isWordByte(m_text.back());
    switch (c) {
    case '-':
        m_state = State::Dash;
        return Event::NeedMore;
    case '/':
        m_state = State::Slash;
        return Event::NeedMore;
    case '\\':
        if (m_text.empty())
            m_state = State::Command;
        break;
    case '\'':
        m_escapes = afterWord && (m_text.back() | 0x20) == 'e' && m_wordStart + 1 == m_text.size();
        m_state = State::Single;
        break;
    case '"':
        m_state = State::Double;
        break;
    case '$':
        if (!afterWord) {
            m_side.assign(1, '$');
            m_state = State::DollarTag;
        }
        break;
    case '(':
        if (isWord(std::string_view(m_text).substr(m_text.size() < 6 ? 0 : m_text.size() - 6), "VALUES") &&
            isWord(SqlWords(m_text).next(), "INSERT"))
            return Event::Values;
        ++m_parentheses;
        break;
    case ')':
        --m_parentheses;
        break;
    case ';':
        if (m_parentheses <= 0 && m_blocks == 0)
            return Event::Statement;
        break;
    default:
        break;
    }
    append(c);
    if (!m_inWord && isWordByte(c)) {
        m_inWord = true;
        m_wordStart = m_text.size() - 1;
    }
    return Event::NeedMore;
}

// One byte; `again` asks for the same byte once more in the new state.
PgLexer::Event PgLexer::step(char c, bool& again)
{
    switch (m_state) {
    case State::Plain: return plain(c);
    case State::Single:
        m_text.push_back(c);
        if (c == '\'')
            m_state = State::Plain;
        else if (c == '\\' && m_escapes)
            m_state = State::SingleEscape;
        break;
    case State::SingleEscape:
        m_text.push_back(c);
        m_state = State::Single;
        break;
    case State::Double:
        m_text.push_back(c);
        if (c == '"')
            m_state = State::Plain;
        break;
    case State::Dash:
        if (c == '-') {
            m_side.clear();
            m_state = State::LineComment;
        } else {
            append('-');
            again = true;
            m_state = State::Plain;
        }
        break;
    case State::LineComment:
        if (m_side.size() < MaxSide && c != '\n')
            m_side.push_back(c);
        if (c == '\n') {
            m_space = true;
            m_state = State::Plain;
            if (m_text.empty() && m_side == EndMarkText)
                return Event::EndMark;
        }
        break;
    case State::Slash:
        if (c == '*') {
            m_comments = 1;
            m_state = State::Comment;
        } else {
            append('/');
            again = true;
            m_state = State::Plain;
        }
        break;
    case State::Comment:
        if (c == '*')
            m_state = State::CommentStar;
        else if (c == '/')
            m_state = State::CommentSlash;
        break;
    case State::CommentStar:
        if (c == '/') {
            m_space = true;
            m_state = --m_comments == 0 ? State::Plain : State::Comment;
        } else if (c != '*') {
            m_state = State::Comment;
        }
        break;
    case State::CommentSlash:
        if (c == '*')
            ++m_comments;
        again = c == '/';
        m_state = State::Comment;
        break;
    case State::DollarTag:
        m_text.push_back(c);
        m_side.push_back(c);
        if (c == '$') {
            m_dollarStart = m_text.size();
            m_state = State::Dollar;
        } else if (!isWordByte(c) || m_side.size() > MaxSide || (m_side.size() == 2 && c >= '0' && c <= '9')) {
            m_text.pop_back();
            again = true;
            m_state = State::Plain;
        }
        break;
    case State::Dollar:
        m_text.push_back(c);
        if (c == '$' && m_text.size() - m_dollarStart >= m_side.size() && m_text.ends_with(m_side))
            m_state = State::Plain;
        break;
    case State::Command:
        if (c == '\n') {
            m_state = State::Plain;
            return Event::Command;
        }
        m_text.push_back(c);
        break;
    }
    return Event::NeedMore;
}

PgLexer::Progress PgLexer::read(std::span<const char> data)
{
    size_t at = 0;
    Event event = Event::NeedMore;
    while (at < data.size() && event == Event::NeedMore) {
        if (m_state == State::Single) { // long strings in one go
            const char* const from = data.data() + at;
            const auto run = static_cast<size_t>(findEither(from, data.data() + data.size(), '\'', '\\') - from);
            m_text.append(from, run);
            at += run;
            if (at == data.size())
                break;
        }
        bool again = false;
        event = step(data[at], again);
        at += again || event == Event::Values ? 0 : 1;
    }
    return {at, m_text.size() > MaxStatement ? Event::Problem : event};
}

} // namespace scalekeep::index
