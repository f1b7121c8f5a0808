#pragma once

#include "engine/record/record.h"

#include <variant>

/// A record as a printed page would show it, without a form of output: HTML, Markdown and PDF are made of this one value, so they say the same.
namespace scalekeep::record {

/// What the glyph before a text says.
enum class Mark { None, Good, Warning, Bad, Undone, Skipped };
/// The mark in one word, for readers that see no glyph: "passed", "failed".
QString markName(Mark mark);

struct Cell {
    QString text = {}; ///< may have several lines; no control or direction characters
    Mark mark = Mark::None;
    bool code = false;            ///< a command, a digest, another program's own words
    bool operator==(const Cell&) const = default;
};

struct Column {
    QString title = {};
    int width = 0;                ///< share of 100
    bool figures = false;         ///< right-aligned
    bool operator==(const Column&) const = default;
};

struct Row {
    QList<Cell> cells = {}; ///< one a column
    bool heading = false;         ///< of the rows after it
    bool operator==(const Row&) const = default;
};

struct Table {
    QList<Column> columns = {};
    QList<Row> rows = {};
    bool operator==(const Table&) const = default;
};

struct Fact {
    QString name = {};
    Cell value = {};
    bool operator==(const Fact&) const = default;
};

struct Facts {
    QList<Fact> facts = {};
    bool twoColumns = false;      ///< short ones, side by side: the first half left, the second half right
    bool operator==(const Facts&) const = default;
};

struct Section {
    QString title = {}, note = {}; ///< note: small, at the right
    QList<std::variant<Facts, Table, Cell>> blocks = {};
    bool operator==(const Section&) const = default;
};

struct Document {
    QString kind = {}, title = {}; ///< "Change record", "Restore of prod-eu / 3scale"
    QString change = {}, runId = {}; ///< change: its number, or empty
    Mark mark = Mark::None;
    QString outcome = {}, details = {}; ///< one sentence in bold, one below
    QString duration = {}, service = {}; ///< "11 min 18 s", "of them 6 min 57 s without service"
    QList<Section> sections = {}; ///< numbered from 1
    QString footer = {};
    bool operator==(const Document&) const = default;
};

/// What proves a record, for its section Proof; empty texts are not shown.
struct ProofTexts {
    QString seal = {}, signature = {}, timeStamp = {};
    bool operator==(const ProofTexts&) const = default;
};
Document makeDocument(const Record& record, const ProofTexts& proof = {});

/// One self-contained file without scripts, black on white; prints on A4 and Letter.
QByteArray toHtml(const Document& document);
/// GitHub-flavoured.
QByteArray toMarkdown(const Document& document);
/// Every text of the document, a line each: what is searched for secrets.
QString plainText(const Document& document);

} // namespace scalekeep::record
