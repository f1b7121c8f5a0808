#include "engine/base/sorter.h"

#include "engine/base/files.h"

#include <QDir>

#include <algorithm>
#include <cstring>
#include <tuple>

namespace scalekeep {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qint64 LeastBuffer = 4 * 1024, MostBuffer = 1024 * 1024, WriteBuffer = 256 * 1024;
constexpr size_t FewestRuns = 16; ///< merged at once, however little memory there is
constexpr size_t HeadBytes = 8;
constexpr size_t MaxRecord = 1024UL * 1024 * 1024;

void putHead(std::string& out, quint32 key, quint32 payload)
{
    char head[HeadBytes];
    std::memcpy(head, &key, 4);
    std::memcpy(head + 4, &payload, 4);
    out.append(head, HeadBytes);
}
} // namespace

/// Reads one run of the file, a buffer at a time.
class Sorter::Cursor {
public:
    Cursor(QFile& file, const QString& folder, Run run, qint64 buffer) : m_file(file), m_folder(folder), m_at(run.begin), m_end(run.end), m_size(static_cast<size_t>(buffer)) {}

    Result<bool> advance()
    {
        m_used += m_length;
        m_length = 0;
        if (m_used == m_data.size() && m_at == m_end)
            return false;
        if (auto ready = need(HeadBytes); !ready)
            return fail(ready.error());
        quint32 key = 0, payload = 0;
        std::memcpy(&key, m_data.data() + m_used, 4);
        std::memcpy(&payload, m_data.data() + m_used + 4, 4);
        const size_t length = HeadBytes + size_t(key) + payload;
        if (auto ready = need(length); !ready)
            return fail(ready.error());
        const std::string_view text(m_data);
        m_record = {text.substr(m_used + HeadBytes, key), text.substr(m_used + HeadBytes + key, payload)};
        m_length = length;
        return true;
    }
    [[nodiscard]] const Record& record() const { return m_record; }

private:
    Result<void> need(size_t bytes)
    {
        if (m_data.size() - m_used >= bytes)
            return {};
        m_data.erase(0, m_used);
        m_used = 0;
        const size_t have = m_data.size();
        const auto more = std::min<qint64>(static_cast<qint64>(std::max(bytes, m_size) - have), m_end - m_at);
        m_data.resize(have + static_cast<size_t>(more));
        if (!m_file.seek(m_at) || m_file.read(m_data.data() + have, more) != more)
            return fail(scratchError(u"read sorted data back from a temporary file in"_s, m_folder, m_file));
        m_at += more;
        if (m_data.size() < bytes)
            return fail(ErrorCode::Io, u"The file with sorted data was changed while it was read."_s, u"Nothing was changed. Try again."_s);
        return {};
    }

    QFile& m_file;
    const QString& m_folder;
    qint64 m_at, m_end;
    size_t m_size;
    std::string m_data;
    size_t m_used = 0, m_length = 0;
    Record m_record;
};

Sorter::Sorter(QString directory, qint64 memory) : m_directory(std::move(directory)), m_memory(std::max<qint64>(memory, 1)) {}

Sorter::~Sorter() = default;

Sorter::Record Sorter::at(const Item& item) const
{
    const std::string_view text(m_arena);
    return {text.substr(item.offset, item.key), text.substr(item.offset + item.key, item.payload)};
}

Result<void> Sorter::add(std::string_view key, std::string_view payload)
{
    if (key.size() + payload.size() > MaxRecord)
        return fail(ErrorCode::Unsupported, u"A row or name has more than 1 GiB, too many to be sorted."_s, u"Nothing was changed."_s);
    const auto held = static_cast<qint64>(m_arena.size() + m_items.size() * sizeof(Item));
    if (!m_items.empty() && held + static_cast<qint64>(key.size() + payload.size() + sizeof(Item)) > m_memory) {
        if (auto spilled = spill(); !spilled)
            return spilled;
    }
    const Item item{m_arena.size(), static_cast<quint32>(key.size()), static_cast<quint32>(payload.size())};
    if (m_inOrder && !m_items.empty()) {
        const Record last = at(m_items.back());
        m_inOrder = std::tie(last.key, last.payload) <= std::tie(key, payload);
    }
    m_arena.append(key).append(payload);
    m_items.push_back(item);
    ++m_count;
    return {};
}

Result<void> Sorter::flush()
{
    if (m_buffer.empty())
        return {};
    const auto size = static_cast<qint64>(m_buffer.size());
    if (!m_file.seek(m_written) || m_file.write(m_buffer.data(), size) != size || !m_file.flush())
        return fail(scratchError(u"write sorted data to a temporary file in"_s, m_directory, m_file));
    m_written += size;
    m_buffer.clear();
    return {};
}

Result<void> Sorter::write(std::string_view bytes)
{
    m_buffer.append(bytes);
    return static_cast<qint64>(m_buffer.size()) < WriteBuffer ? Result<void>() : flush();
}

void Sorter::sortItems()
{
    if (m_inOrder)
        return;
    std::ranges::sort(m_items, [this](const Item& a, const Item& b) {
        const Record left = at(a), right = at(b);
        return std::tie(left.key, left.payload) < std::tie(right.key, right.payload);
    });
}

// Writes what memory holds as a sorted run, or behind the last one where it goes on in order: a table that comes in the order of its key is one run.
Result<void> Sorter::spill()
{
    if (m_items.empty())
        return {};
    if (!m_file.isOpen()) {
        if (auto made = makePrivateDirectory(m_directory); !made)
            return made;
        m_file.setFileTemplate(QDir(m_directory).filePath(u"sorted-XXXXXX"_s));
        if (!m_file.open())
            return fail(scratchError(u"make a temporary file in"_s, m_directory, m_file));
    }
    sortItems();
    const Record first = at(m_items.front());
    const std::string_view lastKey(m_lastKey), lastPayload(m_lastPayload);
    if (m_runs.empty() || std::tie(first.key, first.payload) < std::tie(lastKey, lastPayload))
        m_runs.push_back({m_written, m_written});
    for (const Item& item : m_items) {
        putHead(m_buffer, item.key, item.payload);
        if (auto written = write(std::string_view(m_arena).substr(item.offset, size_t(item.key) + item.payload)); !written)
            return written;
    }
    const Record last = at(m_items.back());
    m_lastKey = last.key;
    m_lastPayload = last.payload;
    if (auto flushed = flush(); !flushed)
        return flushed;
    m_runs.back().end = m_written;
    m_items.clear();
    m_arena.clear();
    m_inOrder = true;
    return {};
}

Result<std::vector<std::unique_ptr<Sorter::Cursor>>> Sorter::open(size_t first, size_t count, qint64 buffer)
{
    std::vector<std::unique_ptr<Cursor>> heap;
    for (size_t i = first; i < first + count; ++i) {
        auto cursor = std::make_unique<Cursor>(m_file, m_directory, m_runs[i], buffer);
        const auto more = cursor->advance();
        if (!more)
            return fail(more.error());
        if (*more)
            heap.push_back(std::move(cursor));
    }
    std::ranges::make_heap(heap, [](const auto& a, const auto& b) { return before(*b, *a); });
    return heap;
}

bool Sorter::before(const Cursor& a, const Cursor& b)
{
    return std::tie(a.record().key, a.record().payload) < std::tie(b.record().key, b.record().payload);
}

bool Sorter::leastOf(const std::vector<std::unique_ptr<Cursor>>& heap, Record& record)
{
    if (heap.empty())
        return false;
    record = heap.front()->record();
    return true;
}

// So many runs that their buffers would take too much memory: some at a time become one, behind the others in the file.
Result<void> Sorter::mergeRuns(qint64 buffer)
{
    const auto atOnce = std::max<size_t>(FewestRuns, static_cast<size_t>(m_memory / buffer));
    size_t first = 0;
    while (m_runs.size() - first > atOnce) {
        auto heap = open(first, atOnce, buffer);
        if (!heap)
            return fail(heap.error());
        const qint64 begin = m_written;
        Record record;
        while (leastOf(*heap, record)) {
            putHead(m_buffer, static_cast<quint32>(record.key.size()), static_cast<quint32>(record.payload.size()));
            for (const std::string_view part : {record.key, record.payload}) {
                if (auto written = write(part); !written)
                    return written;
            }
            if (auto moved = moveOn(*heap); !moved)
                return moved;
        }
        if (auto flushed = flush(); !flushed)
            return flushed;
        m_runs.push_back({begin, m_written});
        first += atOnce;
    }
    m_runs.erase(m_runs.begin(), m_runs.begin() + static_cast<std::ptrdiff_t>(first));
    return {};
}

Result<void> Sorter::finish()
{
    if (m_runs.empty()) {
        sortItems();
        return {};
    }
    if (auto spilled = spill(); !spilled)
        return spilled;
    m_arena = {};
    m_items = {};
    m_buffer.shrink_to_fit();
    if (auto merged = mergeRuns(std::clamp<qint64>(m_memory / static_cast<qint64>(FewestRuns), LeastBuffer, 64 * 1024)); !merged)
        return merged;
    return rewind();
}

Result<void> Sorter::rewind()
{
    m_next = 0;
    m_started = false;
    if (m_runs.empty())
        return {};
    m_cursors.clear(); // before others take as much memory
    auto heap = open(0, m_runs.size(), std::clamp<qint64>(m_memory / static_cast<qint64>(m_runs.size()), LeastBuffer, MostBuffer));
    if (!heap)
        return fail(heap.error());
    m_cursors = std::move(*heap);
    return {};
}

Result<bool> Sorter::next(Record& record)
{
    if (m_runs.empty()) {
        if (m_next == m_items.size())
            return false;
        record = at(m_items[m_next++]);
        return true;
    }
    if (m_started) {
        if (auto moved = moveOn(m_cursors); !moved)
            return fail(moved.error());
    }
    m_started = true;
    return leastOf(m_cursors, record);
}

/// Past the least record: its bytes are free now.
Result<void> Sorter::moveOn(std::vector<std::unique_ptr<Cursor>>& heap)
{
    if (heap.empty())
        return {};
    const auto later = [](const auto& a, const auto& b) { return before(*b, *a); };
    std::ranges::pop_heap(heap, later);
    const auto more = heap.back()->advance();
    if (!more)
        return fail(more.error());
    if (*more)
        std::ranges::push_heap(heap, later);
    else
        heap.pop_back();
    return {};
}

} // namespace scalekeep
