#include "engine/index/sqltext.h"

#include <algorithm>
#include <cctype>

namespace scalekeep::index {

namespace {
bool isWordByte(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) || c == '_' || c == '$' || byte >= 0x80;
}

// Length of a quoted token at the start of `text`, a doubled quote being part of it.
size_t quotedLength(std::string_view text)
{
    const char quote = text.front();
    for (size_t i = 1; i < text.size(); ++i) {
        if (text[i] != quote)
            continue;
        if (i + 1 == text.size() || text[i + 1] != quote)
            return i + 1;
        ++i;
    }
    return text.size();
}

QByteArray unquoted(std::string_view token)
{
    if (token.empty() || (token.front() != '`' && token.front() != '"'))
        return copyOf(token);
    const char quote = token.front();
    QByteArray name;
    for (size_t i = 1; i + 1 < token.size(); ++i) {
        name.append(token[i]);
        if (token[i] == quote)
            ++i;
    }
    return name;
}
} // namespace

bool isWord(std::string_view text, std::string_view word)
{
    return std::ranges::equal(text, word, [](char a, char b) {
        return std::toupper(static_cast<unsigned char>(a)) == std::toupper(static_cast<unsigned char>(b));
    });
}

bool isOneOf(std::string_view text, std::initializer_list<std::string_view> words)
{
    return std::ranges::any_of(words, [&](std::string_view word) { return isWord(text, word); });
}

QByteArray copyOf(std::string_view text)
{
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

std::string_view SqlWords::next()
{
    m_rest.remove_prefix(std::min(m_rest.find_first_not_of(' '), m_rest.size()));
    if (m_rest.empty())
        return {};
    size_t length = 1;
    if (isWordByte(m_rest.front()))
        length = static_cast<size_t>(std::ranges::find_if_not(m_rest, isWordByte) - m_rest.begin());
    else if (m_rest.front() == '`' || m_rest.front() == '"' || m_rest.front() == '\'')
        length = quotedLength(m_rest);
    const std::string_view token = m_rest.substr(0, length);
    m_rest.remove_prefix(length);
    return token;
}

bool SqlWords::skip(std::initializer_list<std::string_view> words)
{
    if (!isOneOf(peek(), words))
        return false;
    next();
    return true;
}

std::string_view SqlWords::skipTo(std::initializer_list<std::string_view> words)
{
    for (std::string_view token = next(); !token.empty(); token = next())
        if (isOneOf(token, words))
            return token;
    return {};
}

QByteArray SqlWords::name()
{
    QByteArray name = unquoted(next());
    while (!m_rest.empty() && m_rest.front() == '.') {
        m_rest.remove_prefix(1);
        name += '.' + unquoted(next());
    }
    return name;
}

} // namespace scalekeep::index
