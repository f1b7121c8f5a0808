#include "engine/index/rdbstream.h"

#include <QtEndian>

#include <array>
#include <charconv>
#include <string>
#include <vector>

namespace scalekeep::index {

namespace {
constexpr std::int64_t Deleted = 1;
constexpr std::int64_t SameFields = 2;
constexpr size_t MaxFields = 1'000'000;

bool toNumber(std::string_view text, std::int64_t& number)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

/// Follows the elements of one node: a master entry with the usual fields, then entries that refer to it.
class NodeReader {
public:
    NodeReader(std::uint64_t milliseconds, std::uint64_t sequence, RdbValue& value)
        : m_milliseconds(milliseconds), m_sequence(sequence), m_value(value)
    {
    }

    void element(std::string_view text)
    {
        std::int64_t number = 0;
        if (m_step != Step::MasterField && m_step != Step::Field && m_step != Step::Value && !toNumber(text, number)) {
            m_good = false;
            return;
        }
        switch (m_step) {
        case Step::Count:
        case Step::DeletedCount:
            m_step = m_step == Step::Count ? Step::DeletedCount : Step::MasterFieldCount;
            break;
        case Step::MasterFieldCount:
            m_good = m_good && number >= 0 && static_cast<size_t>(number) <= MaxFields;
            m_left = number;
            m_step = m_left > 0 ? Step::MasterField : Step::MasterEnd;
            break;
        case Step::MasterField:
            m_masterFields.emplace_back(text);
            m_step = --m_left > 0 ? Step::MasterField : Step::MasterEnd;
            break;
        case Step::MasterEnd: m_step = Step::Flags; break;
        case Step::Flags:
            m_flags = number;
            m_step = Step::Milliseconds;
            break;
        case Step::Milliseconds:
            m_entryMilliseconds = m_milliseconds + static_cast<std::uint64_t>(number);
            m_step = Step::Sequence;
            break;
        case Step::Sequence:
            if (isLive()) {
                m_value.number(m_entryMilliseconds);
                m_value.number(m_sequence + static_cast<std::uint64_t>(number));
            }
            if ((m_flags & SameFields) != 0)
                startFields(static_cast<std::int64_t>(m_masterFields.size()));
            else
                m_step = Step::FieldCount;
            break;
        case Step::FieldCount:
            m_good = m_good && number >= 0;
            startFields(number);
            break;
        case Step::Field:
            give(text);
            m_step = Step::Value;
            break;
        case Step::Value:
            if ((m_flags & SameFields) != 0)
                give(m_masterFields[m_masterFields.size() - static_cast<size_t>(m_left)]);
            give(text);
            --m_left;
            nextField();
            break;
        case Step::EntryEnd: m_step = Step::Flags; break;
        }
    }
    [[nodiscard]] bool isGood() const { return m_good && m_step == Step::Flags; }

private:
    enum class Step {
        Count, DeletedCount, MasterFieldCount, MasterField, MasterEnd, Flags, Milliseconds, Sequence, FieldCount, Field, Value, EntryEnd
    };
    [[nodiscard]] bool isLive() const { return (m_flags & Deleted) == 0; }
    void give(std::string_view text)
    {
        if (isLive())
            m_value.element(text);
    }
    void startFields(std::int64_t count)
    {
        if (isLive())
            m_value.number(static_cast<std::uint64_t>(count));
        m_left = count;
        nextField();
    }
    void nextField()
    {
        const bool sameFields = (m_flags & SameFields) != 0;
        m_step = m_left <= 0 ? Step::EntryEnd : sameFields ? Step::Value : Step::Field;
    }

    Step m_step = Step::Count;
    std::uint64_t m_milliseconds, m_sequence, m_entryMilliseconds = 0;
    RdbValue& m_value;
    std::vector<std::string> m_masterFields;
    std::int64_t m_left = 0, m_flags = 0;
    bool m_good = true;
};
} // namespace

void RdbStream::start(int version)
{
    m_state = State::NodeCount;
    m_version = version;
}

// Goes on to what comes after the counts that have run out.
void RdbStream::next()
{
    if (m_state == State::NodeCount || m_state == State::Node)
        m_state = m_nodes > 0 ? State::Node : State::Metadata;
    else if (m_pending > 0)
        m_state = State::Pending;
    else if (m_state == State::Group || m_state == State::Pending)
        m_state = State::ConsumerCount;
    else if (m_consumerPending > 0)
        m_state = State::ConsumerPending;
    else if (m_consumers > 0)
        m_state = State::Consumer;
    else
        m_state = m_groups > 0 ? State::Group : State::Done;
}

bool RdbStream::readNode(RdbReader& reader, RdbValue& value)
{
    std::string_view id;
    std::string_view blob;
    if (!reader.string(id) || !reader.string(blob))
        return false;
    if (id.size() != 16)
        return reader.fail("a stream node has no id");
    NodeReader node(qFromBigEndian<quint64>(id.data()), qFromBigEndian<quint64>(id.data() + 8), value);
    if (const char* problem = readListpack(blob, [&](std::string_view element) { node.element(element); }))
        return reader.fail(problem);
    --m_nodes;
    return node.isGood() || reader.fail("a stream node holds no whole entries");
}

bool RdbStream::readMetadata(RdbReader& reader, RdbValue& value)
{
    std::array<std::uint64_t, 8> numbers{};
    // Entries and last id; from version 2 on also first id, highest deleted id and entries ever added, which follow from history.
    const size_t count = m_version >= 2 ? 8 : 3;
    for (size_t i = 0; i < count; ++i)
        if (!reader.length(numbers[i]))
            return false;
    if (!reader.length(m_groups))
        return false;
    for (size_t i = 0; i < 3; ++i)
        value.number(numbers[i]);
    value.number(m_groups);
    return true;
}

bool RdbStream::readGroup(RdbReader& reader, RdbValue& value)
{
    std::string_view name;
    std::uint64_t milliseconds = 0;
    std::uint64_t sequence = 0;
    std::uint64_t read = 0;
    if (!reader.string(name) || !reader.length(milliseconds) || !reader.length(sequence) ||
        (m_version >= 2 && !reader.length(read)) || !reader.length(m_pending))
        return false;
    value.element(name);
    value.number(milliseconds);
    value.number(sequence);
    value.number(m_pending);
    --m_groups;
    return true;
}

bool RdbStream::read(RdbReader& reader, RdbValue& value)
{
    std::string_view text;
    std::uint64_t time = 0;
    std::uint64_t number = 0;
    switch (m_state) {
    case State::NodeCount:
        if (!reader.length(m_nodes))
            return false;
        break;
    case State::Node:
        if (!readNode(reader, value))
            return false;
        break;
    case State::Metadata:
        if (!readMetadata(reader, value))
            return false;
        m_pending = m_consumers = m_consumerPending = 0;
        m_state = m_groups > 0 ? State::Group : State::Done;
        return true;
    case State::Group:
        if (!readGroup(reader, value))
            return false;
        break;
    case State::Pending:
        if (!reader.bytes(16, text) || !reader.uint64(time) || !reader.length(number))
            return false;
        value.element(text);
        value.number(time);
        value.number(number);
        --m_pending;
        break;
    case State::ConsumerCount:
        if (!reader.length(m_consumers))
            return false;
        value.number(m_consumers);
        break;
    case State::Consumer:
        if (!reader.string(text) || !reader.uint64(time) || (m_version >= 3 && !reader.uint64(time)) ||
            !reader.length(m_consumerPending))
            return false;
        value.element(text);
        value.number(m_consumerPending);
        --m_consumers;
        break;
    case State::ConsumerPending:
        if (!reader.bytes(16, text))
            return false;
        value.element(text);
        --m_consumerPending;
        break;
    case State::Done: return true;
    }
    next();
    return true;
}

} // namespace scalekeep::index
