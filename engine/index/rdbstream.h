#pragma once

#include "engine/index/rdbreader.h"
#include "engine/index/rdbvalue.h"

namespace scalekeep::index {

/// Reads one Redis stream, a piece at a time, and gives its content to an RdbValue: the entries with ids, fields and values (deleted
/// ones left out), the consumer groups, what is pending and with whom. How the entries are packed does not count, nor when a consumer
/// was last seen.
class RdbStream {
public:
    /// `version`: 1, 2 or 3, for the RDB types 15, 19 and 21.
    void start(int version);
    /// The next piece; false when the reader needs more or has a problem. Nothing is lost then: call it again.
    bool read(RdbReader& reader, RdbValue& value);
    [[nodiscard]] bool isDone() const { return m_state == State::Done; }

private:
    enum class State { NodeCount, Node, Metadata, Group, Pending, ConsumerCount, Consumer, ConsumerPending, Done };
    bool readNode(RdbReader& reader, RdbValue& value);
    bool readMetadata(RdbReader& reader, RdbValue& value);
    bool readGroup(RdbReader& reader, RdbValue& value);
    void next();

    State m_state = State::Done;
    int m_version = 1;
    std::uint64_t m_nodes = 0, m_groups = 0, m_pending = 0, m_consumers = 0, m_consumerPending = 0;
};

} // namespace scalekeep::index
