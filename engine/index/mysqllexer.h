#pragma once

#include <span>
#include <string>

namespace scalekeep::index {

/// Cuts the text of a mysqldump into statements as the `mysql` client does: strings, identifiers, comments, DELIMITER lines. The
/// statements come out canonical: comments gone, the content of `/*!50003 ... */` kept without its wrapper, white space outside of
/// quotes one space. Memory: one statement, at most MaxStatement; rows behind VALUES are left to the caller.
class MysqlLexer {
public:
    static constexpr size_t MaxStatement = 64UL * 1024 * 1024;

    enum class Event {
        NeedMore,
        Statement, ///< text() is whole
        Values,    ///< text() ends with VALUES and the next byte is the first row's parenthesis
        EndMark,   ///< the line `-- Dump completed`
        Problem,   ///< problem() says why byte `taken` makes no sense
    };
    struct Progress {
        size_t taken = 0;
        Event event = Event::NeedMore;
    };
    Progress read(std::span<const char> data);

    [[nodiscard]] const std::string& text() const { return m_text; }
    [[nodiscard]] const char* problem() const { return m_problem; }
    /// Begins the next statement.
    void reset();
    /// From the sql_mode in force: what a backslash means in the strings that follow.
    void setBackslashEscapes(bool inSingleQuotes, bool inDoubleQuotes);

private:
    enum class State {
        Plain, Single, SingleEscape, Double, DoubleEscape, Backtick, Dash, DashDash, LineComment, Slash, CommentOpen, CommentM,
        Version, Comment, CommentStar, Star, Delimiter
    };
    Event plain(char c);
    Event lineCommentEnded();
    Event delimiterRead();
    void append(char c);
    Event step(char c, bool& again);

    State m_state = State::Plain;
    std::string m_text;
    std::string m_side;      ///< a line comment, a version number or a DELIMITER line being read
    std::string m_delimiter = ";";
    bool m_space = false;    ///< white space or a comment was passed over
    int m_wrappers = 0;      ///< depth of executable comments
    bool m_singleEscapes = true;
    bool m_doubleEscapes = true;
    const char* m_problem = nullptr;
};

} // namespace scalekeep::index
