#include "engine/index/entries.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

namespace {
constexpr qsizetype pieceSize = 64 * 1024;

tl::unexpected<Error> damaged()
{
    return fail(ErrorCode::Damaged, u"The index is not what an index looks like."_s);
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

// True when `c` is the last of an entry.
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
    if (m_inEntries && isSpace(c))
        return true;
    const char last = std::exchange(m_last, c);
    if (m_inEntries && c == '{') {
        m_inEntry = true;
        ++m_depth;
        m_entry.append(c);
        return last == '[' || last == ',';
    }
    if (m_inEntries && c == ',')
        return last == '{';
    if (m_inEntries && (c != ']' || last == ','))
        return false;
    m_rest.append(c);
    if (c == ':' && m_depth == 1 && m_key.contains('\\')) // a key by another spelling, for others to see
        return false;
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

namespace {
/// Goes through both in step, in the order of the paths. An index in another order has more that differs, never less: what finds no partner is told.
class TreeComparer {
public:
    explicit TreeComparer(EntryReader& expected) : m_expected(expected) {}

    Result<TreeComparison> compare(Indexer& found)
    {
        auto going = next();
        auto index = going ? found.finishInto([this](const QByteArray& text) { return take(text); }) : Result<QJsonObject>(fail(going.error()));
        if (!index)
            return fail(index.error());
        while (going && m_text) {
            going = read();
            if (going)
                going = onlyExpected();
        }
        if (!going)
            return fail(going.error());
        m_answer.expected = m_expected.index();
        m_answer.found = std::move(*index);
        QJsonObject before = m_answer.expected, now = m_answer.found;
        before["entries"_L1] = now["entries"_L1] = QJsonArray();
        m_answer.differences += differences(before, now); // of another format?
        return std::move(m_answer);
    }

private:
    Result<void> next()
    {
        auto text = m_expected.next();
        if (!text)
            return fail(text.error());
        m_text = std::move(*text);
        m_entry = {};
        return {};
    }

    Result<void> read()
    {
        if (m_entry)
            return {};
        auto entry = parsed(*m_text);
        if (!entry)
            return fail(entry.error());
        m_path = bytesOf(*entry, u"path"_s);
        m_entry = std::move(*entry);
        return {};
    }

    Result<void> take(const QByteArray& text)
    {
        std::optional<QJsonObject> entry;
        while (m_text && *m_text != text) {
            if (auto done = read(); !done)
                return done;
            if (!entry)
                entry = QJsonDocument::fromJson(text).object();
            const QByteArray path = bytesOf(*entry, u"path"_s);
            if (path < m_path)
                break;
            if (path == m_path) {
                note({*m_entry}, {*entry});
                return next();
            }
            if (auto gone = onlyExpected(); !gone)
                return gone;
        }
        if (m_text && *m_text == text)
            return next();
        note({}, {entry ? *entry : QJsonDocument::fromJson(text).object()});
        return {};
    }

    Result<void> onlyExpected()
    {
        note({*m_entry}, {});
        return next();
    }

    void note(const QJsonArray& expected, const QJsonArray& found)
    {
        for (const Difference& difference : differences({{u"format"_s, u"tar"_s}, {u"entries"_s, expected}}, {{u"format"_s, u"tar"_s}, {u"entries"_s, found}})) {
            qsizetype& count = difference.warning ? m_warnings : m_others;
            if (++count <= TreeComparison::MostDifferences)
                m_answer.differences.append(difference);
        }
    }

    EntryReader& m_expected;
    std::optional<QByteArray> m_text;    ///< of the next expected entry
    std::optional<QJsonObject> m_entry;  ///< the same, once it has to be read: then with m_path
    QByteArray m_path;
    TreeComparison m_answer;
    qsizetype m_warnings = 0, m_others = 0;
};
} // namespace

Result<TreeComparison> compareTree(EntryReader& expected, Indexer& found)
{
    return TreeComparer(expected).compare(found);
}

} // namespace scalekeep::index
