#pragma once

#include <span>
#include <string>

namespace scalekeep::index {

/// Cuts the text of a pg_dump into statements as `psql` does: strings, dollar quotes, nested comments, parentheses, BEGIN ATOMIC.
/// The statements come out canonical: comments gone, white space outside of quotes one space. Memory: one statement, at most
/// MaxStatement; rows behind VALUES and COPY are left to the caller.
class PgLexer {
public:
    static constexpr size_t MaxStatement = 64UL * 1024 * 1024;

    enum class Event {
        NeedMore,
        Statement, ///< text() is whole
        Values,    ///< text() ends with VALUES and the next byte is the first row's parenthesis
        Command,   ///< text() is a line for psql, `\restrict ...`
        EndMark,   ///< the line `-- PostgreSQL database dump complete`
        Problem,   ///< a statement of more than MaxStatement
    };
    struct Progress {
        size_t taken = 0;
        Event event = Event::NeedMore;
    };
    Progress read(std::span<const char> data);

    [[nodiscard]] const std::string& text() const { return m_text; }
    /// Begins the next statement.
    void reset();

private:
    enum class State {
        Plain, Single, SingleEscape, Double, Dash, LineComment, Slash, Comment, CommentStar, CommentSlash, DollarTag, Dollar, Command
    };
    Event plain(char c);
    Event step(char c, bool& again);
    void append(char c);
    void wordEnded();

    State m_state = State::Plain;
    std::string m_text;
    std::string m_side;          ///< a line comment or the tag of a dollar quote
    size_t m_dollarStart = 0;    ///< where the dollar-quoted text begins
    size_t m_wordStart = 0;
    bool m_inWord = false;
    bool m_space = false;
    bool m_escapes = false;      ///< inside E'...'
    int m_comments = 0;          ///< depth of nested comments
    long long m_parentheses = 0;
    long long m_blocks = 0;      ///< BEGIN ATOMIC and CASE that are open
};

} // namespace scalekeep::index
