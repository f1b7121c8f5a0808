#include "engine/compare/detailwork.h"

#include "engine/base/sorter.h"
#include "engine/compare/secretnames.h"
#include "engine/index/rdb.h"

#include <algorithm>
#include <cstring>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qint64 CheckEvery = 4096;
enum Column { KeyColumn, ValueColumn, ExpiryColumn };

/// What is kept of a key beside its name; of a fixed size but for the beginning of its value.
struct KeyFacts {
    index::Digest digest{};
    qint64 expiry = 0; ///< 0: never
    qint64 bytes = 0, count = 0;
};

std::string packed(const index::RdbIndexer::Key& key)
{
    const KeyFacts facts{key.digest, key.expiry.value_or(0), key.bytes, key.count};
    std::string text(sizeof facts, '\0');
    std::memcpy(text.data(), &facts, sizeof facts);
    return text.append(key.beginning);
}

KeyFacts factsOf(std::string_view payload)
{
    KeyFacts facts;
    std::memcpy(&facts, payload.data(), sizeof facts);
    return facts;
}

/// Never the value itself, which may be a token, but where it is a number: those are counters.
QString shownContent(const QString& type, const KeyFacts& facts, std::string_view payload)
{
    const std::string_view beginning = payload.substr(sizeof facts);
    if (type == "string"_L1) {
        const bool number = !beginning.empty() && beginning.size() <= 20 && beginning.size() < index::RdbIndexer::Beginning &&
                            std::ranges::all_of(beginning, [](char c) { return (c >= '0' && c <= '9') || c == '-' || c == '.'; });
        return number ? QString::fromLatin1(beginning.data(), static_cast<qsizetype>(beginning.size())) : u"text, %1 bytes with its key"_s.arg(facts.bytes);
    }
    const QString part = type == "hash"_L1 ? u"field"_s : type == "stream"_L1 ? u"part"_s : u"element"_s;
    return u"%1 %2, %3 bytes with its key"_s.arg(facts.count).arg(facts.count == 1 ? part : part + u's').arg(facts.bytes);
}

QString shownExpiry(qint64 expiry)
{
    return expiry == 0 ? u"never"_s : QDateTime::fromMSecsSinceEpoch(expiry, Qt::UTC).toString(Qt::ISODate);
}

class Keys {
public:
    explicit Keys(const Work& work) : m_work(work), m_sorters{{work.tempDir, work.limits.memory}, {work.tempDir, work.limits.memory}}
    {
        const QByteArray raw = work.node.raw;
        m_database = raw.left(raw.indexOf(' ')).toLongLong();
        m_prefix = raw.mid(raw.indexOf(' ') + 1).toStdString();
        for (const Work::Side side : Work::Both)
            m_level = std::max(m_level, work.part(side).index.value("summary"_L1)["prefixLevel"_L1].toInt());
        m_detail.columns = {u"key"_s, u"value"_s, u"expires"_s};
        m_detail.keyColumns = {KeyColumn};
    }

    Result<RowDetail> compare()
    {
        for (const Work::Side side : Work::Both) {
            if (auto loaded = load(side); !loaded)
                return fail(loaded.error());
        }
        if (auto merged = merge(); !merged)
            return fail(merged.error());
        if (m_expired > 0)
            m_detail.notes << (m_expired == 1 ? u"1 key is gone because its time to live was over; it is not counted."_s : u"%1 keys are gone because their time to live was over; they are not counted."_s.arg(m_expired));
        return std::move(m_detail);
    }

private:
    Result<void> load(Work::Side side)
    {
        Sorter& sorter = m_sorters[side == Work::Side::A ? 0 : 1];
        if (m_work.has(side)) {
            std::optional<Error> error;
            index::RdbIndexer reader([&](const index::RdbIndexer::Key& key) {
                if (error || key.database != m_database || key.type != m_work.node.type || index::prefixOf(key.name, m_level) != m_prefix)
                    return;
                if (auto added = sorter.add(key.name, packed(key)); !added)
                    error = added.error();
            });
            auto read = m_work.read(side, [&](std::span<const char> data) -> Result<void> {
                if (auto added = reader.add(data); !added)
                    return added;
                return error ? Result<void>(fail(*error)) : Result<void>();
            });
            if (!read)
                return read;
            if (const auto end = reader.finish(); !end)
                return fail(end.error());
            if (error)
                return fail(*error);
        }
        (side == Work::Side::A ? m_detail.rowsA : m_detail.rowsB) = sorter.count();
        return sorter.finish();
    }

    /// Gone between the two moments because its time had come, and no rule says that this counts.
    [[nodiscard]] bool isExpired(const Sorter::Record& record, bool inA) const
    {
        const qint64 momentA = m_work.part(Work::Side::A).moment.toMSecsSinceEpoch(), momentB = m_work.part(Work::Side::B).moment.toMSecsSinceEpoch();
        const qint64 expiry = factsOf(record.payload).expiry;
        const qint64 own = inA ? momentA : momentB, other = inA ? momentB : momentA;
        return expiry != 0 && other > own && expiry <= other;
    }

    Result<void> merge()
    {
        const bool expiredCounts = NoiseFilter(m_work.comparison.rules).matches(u"prefix"_s, m_work.node.name, u"expired"_s) < 0;
        Sorter::Record a, b;
        auto moreA = m_sorters[0].next(a), moreB = m_sorters[1].next(b);
        const qint64 total = m_detail.rowsA + m_detail.rowsB;
        qint64 done = 0, steps = 0;
        while (moreA && moreB && (*moreA || *moreB)) {
            if (++steps % CheckEvery == 0) {
                if (auto going = m_work.checkStop(); !going)
                    return going;
                if (m_work.progress)
                    m_work.progress(u"comparing keys"_s, done, total);
            }
            const int order = !*moreA ? 1 : !*moreB ? -1 : a.key.compare(b.key);
            if (order != 0 && !expiredCounts && isExpired(order < 0 ? a : b, order < 0))
                ++m_expired;
            else if (order != 0 || a.payload != b.payload)
                add(order <= 0 ? &a : nullptr, order >= 0 ? &b : nullptr);
            done += order == 0 ? 2 : 1;
            if (order <= 0)
                moreA = m_sorters[0].next(a);
            if (order >= 0)
                moreB = m_sorters[1].next(b);
        }
        if (!moreA || !moreB)
            return fail(moreA ? moreB.error() : moreA.error());
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
        const KeyFacts left = a ? factsOf(a->payload) : KeyFacts(), right = b ? factsOf(b->payload) : KeyFacts();
        const bool value = a && b && left.digest != right.digest, expiry = a && b && left.expiry != right.expiry;
        RowPair pair{.state = !a ? State::Added : !b ? State::Removed : State::Changed, .a = {}, .b = {}};
        for (const auto& [record, facts, cells] : {std::tuple{a, &left, &pair.a}, std::tuple{b, &right, &pair.b}}) {
            if (!record)
                continue;
            const QString name = maskedKey(shownValue(record->key, m_work.limits.redactor));
            *cells = {{.text = name, .null = false, .masked = name.contains(Mask), .changed = false},
                      {.text = shownContent(m_work.node.type, *facts, record->payload), .null = false, .masked = false, .changed = value},
                      {.text = shownExpiry(facts->expiry), .null = false, .masked = false, .changed = expiry}};
        }
        m_detail.rows.append(pair);
    }

    const Work& m_work;
    qint64 m_database = 0;
    std::string m_prefix;
    int m_level = 0;
    RowDetail m_detail;
    qint64 m_expired = 0;
    Sorter m_sorters[2];
};
} // namespace

Result<RowDetail> keyDetail(const Work& work)
{
    return Keys(work).compare();
}

} // namespace scalekeep::compare
