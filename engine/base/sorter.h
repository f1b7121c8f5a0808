#pragma once

#include "engine/base/result.h"

#include <QTemporaryFile>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace scalekeep {

/// Sorts any number of records by key, then by payload (both as bytes), in bounded memory: what does not fit goes to one file, in sorted runs, which are
/// merged while they are read. The file is 0600 and has no name where the system can do that, so that nothing is left behind whatever ends the
/// program. Not thread-safe.
class Sorter {
public:
    struct Record {
        std::string_view key, payload; ///< valid until the next call
    };

    /// `memory`: bytes of records held at once, about; one record may be longer.
    Sorter(QString directory, qint64 memory);
    ~Sorter();

    Result<void> add(std::string_view key, std::string_view payload);
    /// No more records. What memory holds is written out when the rest is on disk already, so that another sorter can have the memory.
    Result<void> finish();
    /// The next record in order; false at the end.
    Result<bool> next(Record& record);
    /// After finish(): the next record is the first again.
    Result<void> rewind();
    [[nodiscard]] qint64 count() const { return m_count; }
    [[nodiscard]] qint64 bytesOnDisk() const { return m_written; }

private:
    struct Item { size_t offset = 0; quint32 key = 0, payload = 0; };
    struct Run { qint64 begin = 0, end = 0; };
    class Cursor;

    [[nodiscard]] Record at(const Item& item) const;
    Result<void> spill();
    Result<void> write(std::string_view bytes);
    Result<void> flush();
    Result<std::vector<std::unique_ptr<Cursor>>> open(size_t first, size_t count, qint64 buffer);
    Result<void> mergeRuns(qint64 buffer);
    static bool before(const Cursor& a, const Cursor& b);
    static bool leastOf(const std::vector<std::unique_ptr<Cursor>>& heap, Record& record);
    static Result<void> moveOn(std::vector<std::unique_ptr<Cursor>>& heap);
    void sortItems();

    QString m_directory;
    qint64 m_memory;
    std::string m_arena;
    std::vector<Item> m_items;
    bool m_inOrder = true;     ///< the records in memory came in order
    QTemporaryFile m_file;
    std::string m_buffer;      ///< of what is being written
    qint64 m_written = 0;
    std::vector<Run> m_runs;
    std::string m_lastKey, m_lastPayload; ///< of the last run: what follows in order makes it longer
    std::vector<std::unique_ptr<Cursor>> m_cursors;
    bool m_started = false;    ///< next() has given one of m_cursors
    size_t m_next = 0;         ///< in m_items, where nothing was spilled
    qint64 m_count = 0;
};

} // namespace scalekeep
