#pragma once

#include "engine/base/secret.h"
#include "engine/compare/compare.h"

#include <functional>
#include <stop_token>

namespace scalekeep::compare {

/// The plain data of one side, a component's stream from its beginning to its proven end. Called on a worker thread, more than once.
class Source {
public:
    virtual ~Source() = default;
    /// `progress`: plain bytes so far, and of how many (0: unknown).
    virtual Result<void> read(const QString& component, const ByteSink& sink, const std::function<void(qint64 done, qint64 total)>& progress,
                              const std::stop_token& stop) = 0;
};

/// A bundle as a source; the reader outlives it. The live namespace is store::LiveStores (see compare/live.h).
class BundleSource : public Source {
public:
    explicit BundleSource(const bundle::Reader& reader) : m_reader(reader) {}
    Result<void> read(const QString& component, const ByteSink& sink, const std::function<void(qint64, qint64)>& progress, const std::stop_token& stop) override;

private:
    const bundle::Reader& m_reader;
};

/// A value of a table's cell or of a key, ready to be shown. Never the value of a secret column: that is masked, and only `changed` tells.
struct Cell {
    QString text;         ///< at most MaxCell characters; binary data as hex
    bool null = false;
    bool masked = false;
    bool changed = false; ///< differs from the other side
    bool operator==(const Cell&) const = default;
};

/// A differing row or key. `a` is empty where it was added, `b` where it was removed; otherwise both have a cell for each column.
struct RowPair {
    State state = State::Changed;
    QList<Cell> a, b;
    bool operator==(const RowPair&) const = default;
};

/// Rows of a table, or keys of a Redis prefix (columns: key, type, value, expires).
struct RowDetail {
    QStringList columns;
    QList<int> keyColumns;      ///< indexes of the primary key's columns; empty: the table has none, and rows are whole or not at all
    qint64 rowsA = 0, rowsB = 0;
    Counts counts;              ///< all of them, always exact
    QList<RowPair> rows;        ///< the first Limits::rows in the order of the key
    bool isWhole = true;        ///< false: there are more differing rows than are kept
    QStringList notes;          ///< "The columns differ: note was added."
};

/// A part of a line that differs, in characters of the text that is shown.
struct Range {
    int from = 0, length = 0;
    bool operator==(const Range&) const = default;
};
/// One line of a side-by-side text. `a` is empty where the line was added (numberA is 0), `b` where it was removed.
struct LinePair {
    State state = State::Equal;
    int numberA = 0, numberB = 0; ///< from 1
    QString a, b;
    QList<Range> changedA, changedB;
    bool operator==(const LinePair&) const = default;
};
struct Hunk { QList<LinePair> lines; };
/// Lines of a text file or of an object as YAML, with some equal lines around each change.
struct TextDetail {
    QString language;           ///< "yaml", "sql" or "text"
    qint64 linesA = 0, linesB = 0;
    Counts counts;              ///< of lines
    QList<Hunk> hunks;
    bool isWhole = true;        ///< false: there are more than Limits::lines
    QStringList notes;          ///< "A binary file: 2048 bytes in A, 4096 in B."
};

/// A Secret: which of its keys differ, and nothing else.
struct SecretDetail {
    struct Key { QString name; State state = State::Equal; };
    QList<Key> keys;
};

/// One of the four, as Node::detail says.
struct Detail {
    Node::Detail kind = Node::Detail::None;
    RowDetail rows;             ///< of Rows and Keys
    TextDetail text;
    SecretDetail secret;
};

struct Limits {
    qint64 memory = 64LL * 1024 * 1024; ///< bytes of rows held in memory a side; the rest is sorted on disk
    qsizetype rows = 1000;
    qsizetype lines = 20'000;
    int context = 3;                    ///< equal lines around a change
    const Redactor* redactor = nullptr; ///< knows secret values (of both sides' Secrets): they are taken out of what is shown, wherever they stand
};
inline constexpr qsizetype MaxCell = 400;

/// How far it is: `done` of `total` units (bytes of both streams), and what is being done.
using DetailProgress = std::function<void(const QString& doing, qint64 done, qint64 total)>;

/// Opens what differs in `node`: reads the component's stream on both sides. Blocking, for a worker thread; cancellable. What does not fit into
/// memory goes to nameless files (0600) in `tempDir`, which vanish with this call, whatever ends it. Usage: the node has no detail.
Result<Detail> detail(const Comparison& comparison, const Node& node, Source& a, Source& b, const QString& tempDir, const DetailProgress& progress = {},
                      const std::stop_token& stop = {}, const Limits& limits = {});

/// Whether a column, field or key of this name holds a secret ("crypted_password", "salt", "access_token", "user_key"): masked everywhere.
bool isSecretName(const QString& name);

} // namespace scalekeep::compare
