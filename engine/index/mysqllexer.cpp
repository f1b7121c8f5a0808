#include "engine/index/mysqllexer.h"

#include "engine/index/scan.h"
#include "engine/index/sqltext.h"

namespace scalekeep::index {

namespace {
constexpr size_t MaxSide = 1024;
constexpr std::string_view EndMarkText = " Dump completed";
// Newer than any server: MariaDB hides "enable the sandbox mode" from servers behind it.
constexpr std::string_view NeverExecuted = "999999";

bool isSpace(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\v';
}
} // namespace

void MysqlLexer::reset()
{
    m_text.clear();
    m_space = false;
    m_wrappers = 0;
}

void MysqlLexer::setBackslashEscapes(bool inSingleQuotes, bool inDoubleQuotes)
{
    m_singleEscapes = inSingleQuotes;
    m_doubleEscapes = inDoubleQuotes;
}

void MysqlLexer::append(char c)
{
    if (m_space && !m_text.empty())
        m_text.push_back(' ');
    m_space = false;
    m_text.push_back(c);
}

MysqlLexer::Event MysqlLexer::plain(char c)
{
    if (isSpace(c)) {
        if (isWord(m_text, "DELIMITER")) {
            m_text.clear();
            m_side.clear();
            m_state = State::Delimiter;
        }
        m_space = true;
        return Event::NeedMore;
    }
    if (c == '(' && isWord(std::string_view(m_text).substr(m_text.size() < 6 ? 0 : m_text.size() - 6), "VALUES") &&
        isOneOf(SqlWords(m_text).next(), {"INSERT", "REPLACE"}))
        return Event::Values;
    if (c == '*' && m_wrappers > 0) {
        m_state = State::Star;
        return Event::NeedMore;
    }
    switch (c) {
    case '-': m_state = State::Dash; return Event::NeedMore;
    case '/': m_state = State::Slash; return Event::NeedMore;
    case '#':
        m_side.clear();
        m_state = State::LineComment;
        return Event::NeedMore;
    case '\'': m_state = State::Single; break;
    case '"': m_state = State::Double; break;
    case '`': m_state = State::Backtick; break;
    default: break;
    }
    append(c);
    if (c != m_delimiter.back() || !m_text.ends_with(m_delimiter))
        return Event::NeedMore;
    m_text.resize(m_text.size() - m_delimiter.size());
    while (m_text.ends_with(' '))
        m_text.pop_back();
    return Event::Statement;
}

MysqlLexer::Event MysqlLexer::lineCommentEnded()
{
    m_state = State::Plain;
    m_space = true;
    const std::string_view comment = m_side;
    const bool mark = comment == EndMarkText || comment.starts_with(" Dump completed on ");
    return mark && m_text.empty() && m_wrappers == 0 ? Event::EndMark : Event::NeedMore;
}

MysqlLexer::Event MysqlLexer::delimiterRead()
{
    while (!m_side.empty() && isSpace(m_side.back()))
        m_side.pop_back();
    // Anything else would have to be told apart from strings and comments; mysqldump writes only these.
    if (m_side.empty() || m_side.size() > 8 || m_side.find_first_not_of(";$|") != std::string::npos) {
        m_problem = "the DELIMITER is not one that mysqldump writes";
        return Event::Problem;
    }
    m_delimiter = m_side;
    m_state = State::Plain;
    return Event::NeedMore;
}

// One byte; `again` asks for the same byte once more in the new state.
MysqlLexer::Event MysqlLexer::step(char c, bool& again)
{
    switch (m_state) {
    case State::Plain: return plain(c);
    case State::Single:
        m_text.push_back(c);
        if (c == '\'')
            m_state = State::Plain;
        else if (c == '\\' && m_singleEscapes)
            m_state = State::SingleEscape;
        break;
    case State::Double:
        m_text.push_back(c);
        if (c == '"')
            m_state = State::Plain;
        else if (c == '\\' && m_doubleEscapes)
            m_state = State::DoubleEscape;
        break;
    case State::SingleEscape:
    case State::DoubleEscape:
        m_text.push_back(c);
        m_state = m_state == State::SingleEscape ? State::Single : State::Double;
        break;
    case State::Backtick:
        m_text.push_back(c);
        if (c == '`')
            m_state = State::Plain;
        break;
    case State::Dash:
        again = c != '-';
        if (again)
            append('-');
        m_state = again ? State::Plain : State::DashDash;
        break;
    case State::DashDash:
        if (isSpace(c)) {
            m_side.clear();
            m_state = State::LineComment;
            again = true;
        } else {
            append('-');
            again = c != '-';
            if (again) {
                append('-');
                m_state = State::Plain;
            }
        }
        break;
    case State::LineComment:
        if (c == '\n')
            return lineCommentEnded();
        if (m_side.size() < MaxSide)
            m_side.push_back(c);
        break;
    case State::Slash:
        again = c != '*';
        if (again)
            append('/');
        m_state = again ? State::Plain : State::CommentOpen;
        break;
    case State::CommentOpen:
        m_side.clear();
        again = c != '!' && c != 'M';
        m_state = c == '!' ? State::Version : c == 'M' ? State::CommentM : State::Comment;
        break;
    case State::CommentM:
        again = c != '!';
        m_state = again ? State::Comment : State::Version;
        break;
    case State::Version:
        if (c >= '0' && c <= '9' && m_side.size() < NeverExecuted.size()) {
            m_side.push_back(c);
            break;
        }
        again = true;
        m_space = true;
        m_state = m_side == NeverExecuted ? State::Comment : State::Plain;
        if (m_state == State::Plain)
            ++m_wrappers;
        break;
    case State::Comment:
        if (c == '*')
            m_state = State::CommentStar;
        break;
    case State::CommentStar:
        if (c == '/') {
            m_space = true;
            m_state = State::Plain;
        } else if (c != '*') {
            m_state = State::Comment;
        }
        break;
    case State::Star:
        m_state = State::Plain;
        if (c == '/') {
            --m_wrappers;
            m_space = true;
        } else {
            append('*');
            again = true;
        }
        break;
    case State::Delimiter:
        if (c == '\n')
            return delimiterRead();
        if (m_side.size() < MaxSide && !(m_side.empty() && isSpace(c)))
            m_side.push_back(c);
        break;
    }
    return Event::NeedMore;
}

MysqlLexer::Progress MysqlLexer::read(std::span<const char> data)
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
        at += again || event == Event::Values || event == Event::Problem ? 0 : 1;
    }
    if (m_text.size() > MaxStatement) {
        m_problem = "a statement that is not an INSERT has more than 64 MiB";
        return {at, Event::Problem};
    }
    return {at, event};
}

} // namespace scalekeep::index
