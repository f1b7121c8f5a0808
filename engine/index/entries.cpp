#include "engine/index/entries.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

namespace {
constexpr qsizetype pieceSize = 64 * 1024;

tl::unexpected<Error> damaged()
{
    return fail(ErrorCode::BadInput, u"The index is not what an index looks like."_s);
}

Result<QJsonObject> parsed(const QByteArray& json)
{
    const QJsonDocument document = QJsonDocument::fromJson(json);
    return document.isObject() ? Result<QJsonObject>(document.object()) : damaged();
}

bool isSpace(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
} // namespace

Result<std::optional<QByteArray>> EntryReader::next()
{
    while (!m_ended) {
        if (m_at == m_piece.size()) {
            auto piece = m_text(pieceSize);
            if (!piece)
                return fail(piece.error());
            m_piece = std::move(*piece);
            m_at = 0;
            if (m_piece.isEmpty()) {
                if (const auto ended = end(); !ended)
                    return fail(ended.error());
                break;
            }
        }
        const auto isWhole = take(m_piece[m_at++]);
        if (!isWhole)
            return fail(isWhole.error());
        if (*isWhole)
            return std::exchange(m_entry, {});
    }
    return std::nullopt;
}

// True when it is the last of an entry.
Result<bool> EntryReader::take(char c)
{
    QByteArray& into = m_inEntry ? m_entry : m_rest;
    if (into.size() >= Longest)
        return damaged();
    if (m_inString) {
        into.append(c);
        m_inString = c != '"' || m_escaped;
        m_escaped = c == '\\' && !m_escaped;
        if (m_inString && m_depth == 1)
            m_key.append(c);
        return false;
    }
    if (!m_inEntry)
        return takeOutside(c) ? Result<bool>(false) : damaged();
    m_entry.append(c);
    m_inString = c == '"';
    m_depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    m_inEntry = m_depth > 2;
    return !m_inEntry;
}

bool EntryReader::takeOutside(char c)
{
    if (m_inEntries && c == '{') {
        m_inEntry = true;
        ++m_depth;
        m_entry.append(c);
        return true;
    }
    if (m_inEntries && c != ']')
        return c == ',' || isSpace(c);
    m_rest.append(c);
    m_inString = c == '"';
    if (m_inString && m_depth == 1)
        m_key.clear();
    if (c == '{' || c == '[') {
        ++m_depth;
        m_inEntries = c == '[' && m_depth == 2 && m_key == "entries";
        const bool again = m_inEntries && m_hadEntries; // which of them would count is nobody's to guess
        m_hadEntries |= m_inEntries;
        return !again;
    }
    if (c == '}' || c == ']') {
        --m_depth;
        m_inEntries = false;
    }
    return m_depth >= 0;
}

Result<void> EntryReader::end()
{
    m_ended = true;
    auto index = parsed(m_rest);
    if (!index || !m_hadEntries)
        return damaged();
    m_index = std::move(*index);
    const QJsonValue others = m_index.take("entries"_L1); // a second key of this name, or one written with escapes
    if (!others.isArray() || !others.toArray().isEmpty())
        return damaged();
    return {};
}

Result<QJsonObject> writeText(Indexer& indexer, const ByteSink& text)
{
    const auto write = [&text](QByteArrayView piece) { return text(std::span(piece.data(), static_cast<size_t>(piece.size()))); };
    QByteArray before = "{\"entries\":[";
    auto index = indexer.finishInto([&](const QByteArray& entry) -> Result<void> {
        if (auto written = write(before); !written)
            return written;
        before = ",";
        return write(entry);
    });
    if (!index)
        return index;
    const QByteArray rest = (before == "," ? QByteArray() : before) + "]," + QJsonDocument(*index).toJson(QJsonDocument::Compact).sliced(1);
    const auto written = write(rest);
    return written ? index : Result<QJsonObject>(fail(written.error()));
}

QByteArray bytesOf(const QJsonObject& entry, const QString& key)
{
    const QString base64 = entry[key + u"Base64"_s].toString();
    return base64.isEmpty() ? entry[key].toString().toUtf8() : QByteArray::fromBase64(base64.toLatin1());
}

Result<TreeComparison> compareTree(EntryReader& expected, Indexer& found)
{
    QJsonArray onlyExpected, onlyFound; // or not equal
    auto stored = expected.next();
    auto index = found.finishInto([&](const QByteArray& text) -> Result<void> {
        std::optional<QJsonObject> entry;
        // By path, as an indexer lists them; of an index in another order more is left over here, and compared below all the same.
        while (stored && *stored) {
            if (**stored == text) {
                stored = expected.next();
                return {};
            }
            const auto was = parsed(**stored);
            if (!was)
                return fail(was.error());
            if (!entry)
                entry = QJsonDocument::fromJson(text).object();
            const QByteArray pathWas = bytesOf(*was, u"path"_s), path = bytesOf(*entry, u"path"_s);
            if (path < pathWas)
                break;
            onlyExpected.append(*was);
            stored = expected.next();
            if (path == pathWas)
                break;
        }
        if (!stored)
            return fail(stored.error());
        onlyFound.append(entry ? *entry : QJsonDocument::fromJson(text).object());
        return {};
    });
    if (!index)
        return fail(index.error());
    for (; stored && *stored; stored = expected.next()) {
        const auto entry = parsed(**stored);
        if (!entry)
            return fail(entry.error());
        onlyExpected.append(*entry);
    }
    if (!stored)
        return fail(stored.error());
    TreeComparison answer{{}, expected.index(), *index};
    QJsonObject before = answer.expected, now = answer.found;
    before.insert("entries"_L1, onlyExpected);
    now.insert("entries"_L1, onlyFound);
    answer.differences = differences(before, now);
    return answer;
}

} // namespace scalekeep::index
