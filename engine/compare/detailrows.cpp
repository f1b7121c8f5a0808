#include "engine/compare/detailwork.h"

#include "engine/base/sorter.h"
#include "engine/compare/secretnames.h"
#include "engine/index/sqlwatch.h"

#include <QtEndian>

#include <algorithm>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;
using index::RowValue;

namespace {
constexpr qint64 CheckEvery = 4096;

// Numbers sort as numbers, and before texts; every value ends by itself, so that no two keys of several values are the same bytes.
void appendKey(std::string& key, const RowValue& value)
{
    if (!value) {
        key.push_back('\0');
        return;
    }
    const std::string_view text = *value;
    const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
    const bool number = !digits.empty() && digits.size() <= 18 && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }) &&
                        (digits.size() == 1 || digits.front() != '0') && text != "-0";
    if (number) {
        key.push_back('\1');
        const qint64 parsed = QByteArrayView(text.data(), static_cast<qsizetype>(text.size())).toLongLong();
        char raw[8];
        qToBigEndian<quint64>(static_cast<quint64>(parsed) ^ (quint64(1) << 63), raw);
        key.append(raw, sizeof raw);
        return;
    }
    key.push_back('\2');
    for (const char c : text) {
        key.push_back(c);
        if (c == '\0')
            key.push_back('\xff');
    }
    key.append(2, '\0');
}

/// How the rows of one side become records: the columns that both sides have, in A's order.
struct Projection {
    std::vector<size_t> columns; ///< positions in a row; empty: the row as it is
    std::vector<size_t> key;     ///< positions among the shown columns; empty: the whole row
    size_t width = 0;            ///< values that a row must have; 0: any
};

class RowLoader {
public:
    RowLoader(const Work& work, Sorter& sorter) : m_work(work), m_sorter(sorter) {}

    void setProjection(const Projection& projection) { m_projection = projection; }
    void row(std::string_view row)
    {
        if (m_error)
            return;
        if (!index::splitRow(row, m_values) || (m_projection.width > 0 && m_values.size() != m_projection.width)) {
            m_error = Error{ErrorCode::Unsupported, u"A row of %1 has other columns than its table's definition says."_s.arg(m_work.node.name), {}, u"Its rows cannot be compared one by one."_s};
            return;
        }
        std::string_view payload = row;
        if (!m_projection.columns.empty()) {
            m_row.clear();
            m_chosen.clear();
            for (const size_t column : m_projection.columns) {
                m_chosen.push_back(m_values[column]);
                index::appendValue(m_row, m_values[column]);
            }
            std::swap(m_values, m_chosen);
            payload = m_row;
        }
        m_key.clear();
        if (m_projection.key.empty()) {
            for (const RowValue& value : m_values)
                appendKey(m_key, value);
        }
        for (const size_t column : m_projection.key)
            appendKey(m_key, m_values[column]);
        if (auto added = m_sorter.add(m_key, payload); !added)
            m_error = added.error();
    }
    [[nodiscard]] Result<void> state() const { return m_error ? Result<void>(fail(*m_error)) : Result<void>(); }

private:
    const Work& m_work;
    Sorter& m_sorter;
    Projection m_projection;
    std::vector<RowValue> m_values, m_chosen;
    std::string m_row, m_key;
    std::optional<Error> m_error;
};

Result<void> readTable(const Work& work, Work::Side side, const index::SqlWatch& watch, const std::function<Result<void>()>& state, const bool* enough)
{
    const auto reader = index::sqlReader(work.part(side).index.value("format"_L1).toString(), watch);
    if (!reader)
        return fail(ErrorCode::Usage, u"%1 holds no tables."_s.arg(work.node.component));
    const auto read = work.read(
        side,
        [&](std::span<const char> data) -> Result<void> {
            if (auto added = reader->add(data); !added)
                return added;
            return state();
        },
        enough);
    if (!read || (enough && *enough))
        return read;
    const auto end = reader->finish();
    return end ? Result<void>() : Result<void>(fail(end.error()));
}

index::SqlWatch watchFor(const Work& work, index::TableShape& shape)
{
    return {.kind = u"table"_s, .name = QString::fromUtf8(work.node.raw),
            .definition = [&shape](std::string_view statement) { shape.addDefinition(statement); },
            .columns = [&shape](std::string_view list) { shape.setColumns(list); }, .row = {}};
}

/// Columns and key of the table on one side.
Result<index::TableShape> shapeOf(const Work& work, Work::Side side)
{
    index::TableShape shape;
    index::SqlWatch watch = watchFor(work, shape);
    bool enough = false;
    // MySQL's dump says everything before the first row; PostgreSQL's names the key at its end.
    const bool early = work.part(side).index.value("format"_L1) == "mysqldump"_L1;
    if (early)
        watch.row = [&enough](std::string_view) { enough = true; };
    const auto read = readTable(work, side, watch, [] { return Result<void>(); }, early ? &enough : nullptr);
    return read ? Result<index::TableShape>(shape) : Result<index::TableShape>(fail(read.error()));
}

QList<int> positions(const QStringList& names, const QStringList& in)
{
    QList<int> list;
    for (const QString& name : names) {
        const auto at = static_cast<int>(in.indexOf(name));
        if (at < 0)
            return {};
        list.append(at);
    }
    return list;
}

class Table {
public:
    explicit Table(const Work& work) : m_work(work), m_sorters{{work.tempDir, work.limits.memory}, {work.tempDir, work.limits.memory}} {}

    Result<RowDetail> compare()
    {
        if (auto known = learnShapes(); !known)
            return fail(known.error());
        for (const Work::Side side : Work::Both) {
            if (auto loaded = load(side); !loaded)
                return fail(loaded.error());
        }
        if (auto merged = merge(); !merged)
            return fail(merged.error());
        return std::move(m_detail);
    }

private:
    static size_t at(Work::Side side) { return side == Work::Side::A ? 0 : 1; }

    Result<void> learnShapes()
    {
        for (const Work::Side side : Work::Both) {
            if (!m_work.has(side))
                continue;
            auto shape = shapeOf(m_work, side);
            if (!shape)
                return fail(shape.error());
            m_shapes[at(side)] = std::move(*shape);
        }
        const bool both = m_work.has(Work::Side::A) && m_work.has(Work::Side::B);
        const index::TableShape &left = m_shapes[m_work.has(Work::Side::A) ? 0 : 1], &right = m_shapes[both ? 1 : m_work.has(Work::Side::A) ? 0 : 1];
        QStringList onlyA, onlyB;
        for (const QString& column : left.columns)
            (right.columns.contains(column) ? m_detail.columns : onlyA).append(column);
        for (const QString& column : right.columns) {
            if (!left.columns.contains(column))
                onlyB.append(column);
        }
        for (const auto& [columns, where] : {std::pair{onlyA, u"A"_s}, std::pair{onlyB, u"B"_s}}) {
            if (!columns.isEmpty())
                m_detail.notes << (columns.size() == 1 ? u"The column %1 is only in %2 and not compared."_s : u"The columns %1 are only in %2 and not compared."_s).arg(columns.join(u", "_s), where);
        }
        if (left.key != right.key)
            m_detail.notes << u"The primary key differs: %1 in A, %2 in B."_s.arg(left.key.isEmpty() ? u"none"_s : left.key.join(u", "_s), right.key.isEmpty() ? u"none"_s : right.key.join(u", "_s));
        else
            m_detail.keyColumns = positions(left.key, m_detail.columns);
        if (m_detail.keyColumns.isEmpty())
            m_detail.notes << u"Without a primary key a changed row shows as one that was removed and one that was added."_s;
        return {};
    }

    [[nodiscard]] Projection projectionOf(Work::Side side) const
    {
        const QStringList& own = m_shapes[at(side)].columns;
        Projection projection{.columns = {}, .key = {}, .width = static_cast<size_t>(own.size())};
        if (own != m_detail.columns) {
            for (const int column : positions(m_detail.columns, own))
                projection.columns.push_back(static_cast<size_t>(column));
        }
        for (const int column : m_detail.keyColumns)
            projection.key.push_back(static_cast<size_t>(column));
        return projection;
    }

    Result<void> load(Work::Side side)
    {
        Sorter& sorter = m_sorters[at(side)];
        if (m_work.has(side)) {
            RowLoader loader(m_work, sorter);
            loader.setProjection(projectionOf(side));
            const index::SqlWatch watch{.kind = u"table"_s, .name = QString::fromUtf8(m_work.node.raw), .definition = {}, .columns = {},
                                        .row = [&loader](std::string_view row) { loader.row(row); }};
            if (auto read = readTable(m_work, side, watch, [&loader] { return loader.state(); }, nullptr); !read)
                return read;
            if (auto good = loader.state(); !good)
                return good;
        }
        (side == Work::Side::A ? m_detail.rowsA : m_detail.rowsB) = sorter.count();
        return sorter.finish();
    }

    Result<void> merge()
    {
        Sorter::Record a, b;
        auto moreA = m_sorters[0].next(a), moreB = m_sorters[1].next(b);
        const qint64 total = m_detail.rowsA + m_detail.rowsB;
        qint64 done = 0, steps = 0;
        while (moreA && moreB && (*moreA || *moreB)) {
            if (++steps % CheckEvery == 0) {
                if (auto going = m_work.checkStop(); !going)
                    return going;
                if (m_work.progress)
                    m_work.progress(u"comparing rows"_s, done, total);
            }
            const int order = !*moreA ? 1 : !*moreB ? -1 : a.key.compare(b.key);
            if (order != 0 || a.payload != b.payload)
                add(order <= 0 ? &a : nullptr, order >= 0 ? &b : nullptr);
            done += order == 0 ? 2 : 1;
            if (order <= 0)
                moreA = m_sorters[0].next(a);
            if (order >= 0)
                moreB = m_sorters[1].next(b);
        }
        if (!moreA)
            return fail(moreA.error());
        if (!moreB)
            return fail(moreB.error());
        if (m_work.progress)
            m_work.progress(u"comparing rows"_s, total, total);
        return {};
    }

    void add(const Sorter::Record* a, const Sorter::Record* b)
    {
        Counts& counts = m_detail.counts;
        (!a ? counts.added : !b ? counts.removed : counts.changed) += 1;
        if (m_detail.rows.size() >= m_work.limits.rows) {
            m_detail.isWhole = false;
            return;
        }
        RowPair pair{.state = !a ? State::Added : !b ? State::Removed : State::Changed, .a = {}, .b = {}};
        std::vector<RowValue> left, right;
        if (a)
            (void)index::splitRow(a->payload, left);
        if (b)
            (void)index::splitRow(b->payload, right);
        // A table whose definition was not in the dump.
        while (m_detail.columns.size() < static_cast<qsizetype>(std::max(left.size(), right.size())))
            m_detail.columns.append(u"column %1"_s.arg(m_detail.columns.size() + 1));
        for (size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
            const bool changed = a && b && (i >= left.size() || i >= right.size() || left[i] != right[i]);
            if (i < left.size())
                pair.a.append(cell(i, left[i], changed));
            if (i < right.size())
                pair.b.append(cell(i, right[i], changed));
        }
        m_detail.rows.append(pair);
    }

    [[nodiscard]] Cell cell(size_t column, const RowValue& value, bool changed) const
    {
        if (!value)
            return {.text = {}, .null = true, .masked = false, .changed = changed};
        const QString table = m_work.node.name.section(u'.', -1);
        if (isSecretColumn(table, m_detail.columns.at(static_cast<qsizetype>(column))))
            return {.text = Mask, .null = false, .masked = true, .changed = changed};
        return {.text = shownValue(*value, m_work.limits.redactor), .null = false, .masked = false, .changed = changed};
    }

    const Work& m_work;
    RowDetail m_detail;
    index::TableShape m_shapes[2];
    Sorter m_sorters[2];
};
} // namespace

Result<RowDetail> rowDetail(const Work& work)
{
    return Table(work).compare();
}

} // namespace scalekeep::compare
