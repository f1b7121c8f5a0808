#pragma once

#include <QByteArray>

#include <initializer_list>
#include <string_view>

namespace scalekeep::index {

/// Equal but for the case of ASCII letters.
bool isWord(std::string_view text, std::string_view word);
bool isOneOf(std::string_view text, std::initializer_list<std::string_view> words);

QByteArray copyOf(std::string_view text);

/// Walks over one SQL statement whose comments are gone and whose white space is single spaces; both dialects. The text must outlive
/// the walker.
class SqlWords {
public:
    explicit SqlWords(std::string_view text) : m_rest(text) {}

    /// The next word, quoted string (with its quotes) or other single byte; empty at the end.
    std::string_view next();
    std::string_view peek() const { return SqlWords(*this).next(); }
    /// Passes over the next word if it is one of these.
    bool skip(std::initializer_list<std::string_view> words);
    /// Passes over words up to and with one of these, which it answers; empty when there is none.
    std::string_view skipTo(std::initializer_list<std::string_view> words);
    /// An identifier without its quotes, parts of a qualified one joined by dots; empty when there is none.
    QByteArray name();
    [[nodiscard]] std::string_view rest() const { return m_rest; }

private:
    std::string_view m_rest;
};

} // namespace scalekeep::index
