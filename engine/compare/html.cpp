#include "engine/compare/export.h"

#include <QLocale>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
const char* const style = R"css(
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d5d9de; --paper: #ffffff; --panel: #f5f6f8;
  --green: #116329; --greenback: #e2f3e6; --red: #b3121d; --redback: #fce7e9; --amber: #7a4b00; --amberback: #fdf1d2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #9aa4af; --line: #3a4048; --paper: #17191d; --panel: #20242a;
  --green: #6fdc8c; --greenback: #16321f; --red: #ff9aa2; --redback: #3d191c; --amber: #f5c451; --amberback: #3a2c0b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1100px; padding: 2rem 1.5rem; font: 14px/1.5 "Noto Sans", "Segoe UI", "Liberation Sans", sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.7rem; margin: 0 0 1rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
.side { border: 1px solid var(--line); border-radius: 4px; padding: .7rem 1rem; background: var(--panel); overflow-wrap: anywhere; }
.side b { display: block; } .soft, .side span { color: var(--soft); }
.sum { margin: 1.2rem 0; font-size: 1.05rem; } .sum span { margin-right: 1.2rem; white-space: nowrap; }
.note { border-left: 3px solid var(--amber); padding: .2rem .8rem; margin: .4rem 0; background: var(--amberback); }
.tree { border: 1px solid var(--line); border-radius: 4px; padding: .4rem 0; }
details > summary, .leaf { display: flex; gap: .6rem; padding: .15rem .8rem; align-items: baseline; }
summary { cursor: pointer; list-style-position: outside; } .below { padding-left: 1.5rem; }
.name { flex: 1; overflow-wrap: anywhere; min-width: 8rem; } .type { color: var(--soft); } .n { min-width: 4.5rem; text-align: right; font-variant-numeric: tabular-nums; }
.g { font-weight: 700; width: 1.2rem; text-align: center; } .added { color: var(--green); } .removed { color: var(--red); } .changed { color: var(--amber); } .equal, .not-compared { color: var(--soft); }
.noise { opacity: .6; } .why { padding: 0 .8rem .2rem 2.6rem; color: var(--soft); overflow-wrap: anywhere; }
.detail { margin: .4rem .8rem .8rem 2.6rem; overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem; width: 100%; }
th, td { border: 1px solid var(--line); padding: .15rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; white-space: pre-wrap; } th { background: var(--panel); }
tr.a td { background: var(--redback); } tr.b td { background: var(--greenback); } td.c, mark { background: var(--amberback); color: inherit; outline: 1px solid var(--amber); }
td.l { font-family: "Noto Sans Mono", "Liberation Mono", monospace; width: 48%; } td.k { color: var(--soft); width: 2rem; text-align: right; } .null { color: var(--soft); font-style: italic; }
.rules { columns: 2; color: var(--soft); } footer { margin-top: 2rem; color: var(--soft); }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } .tree, .side { break-inside: auto; } tr, .leaf { break-inside: avoid; } @page { margin: 15mm; } }
)css";

// Names may hold characters that turn the direction of writing: each stays in its own.
QString name(const QString& text)
{
    return u"<bdi>"_s + text.toHtmlEscaped() + u"</bdi>"_s;
}

QString number(qint64 value)
{
    static const QLocale english(QLocale::English);
    return english.toString(value);
}

QString glyph(State state)
{
    switch (state) {
    case State::Added: return u"+"_s;
    case State::Removed: return u"−"_s;
    case State::Changed: return u"≠"_s;
    case State::NotCompared: return u"?"_s;
    case State::Equal: break;
    }
    return u"="_s;
}

QString countCells(const Counts& counts)
{
    const QString least = counts.exact ? QString() : u"≥ "_s;
    const auto cell = [&least](qint64 count, const QString& kind, const QString& sign) {
        return u"<span class=\"n %1\">%2</span>"_s.arg(kind, count == 0 ? QString() : least + sign + number(count));
    };
    return cell(counts.added, u"added"_s, u"+"_s) + cell(counts.removed, u"removed"_s, u"−"_s) + cell(counts.changed, u"changed"_s, {});
}

QString cellHtml(const Cell& cell)
{
    const QString text = cell.null ? u"<span class=\"null\">NULL</span>"_s : name(cell.text);
    return u"<td%1>%2</td>"_s.arg(cell.changed ? u" class=\"c\""_s : QString(), text);
}

void appendRows(QString& html, const RowDetail& detail)
{
    html += u"<p class=\"soft\">%1 in A, %2 in B: %3 added, %4 removed, %5 changed.%6</p>"_s.arg(number(detail.rowsA), number(detail.rowsB), number(detail.counts.added), number(detail.counts.removed), number(detail.counts.changed),
                                                                                           detail.isWhole ? QString() : u" The first %1 are shown."_s.arg(detail.rows.size()));
    for (const QString& note : detail.notes)
        html += u"<p class=\"soft\">%1</p>"_s.arg(note.toHtmlEscaped());
    if (detail.rows.isEmpty())
        return;
    html += u"<table><tr><th></th>"_s;
    for (const QString& column : detail.columns)
        html += u"<th>%1</th>"_s.arg(name(column));
    html += u"</tr>"_s;
    for (const RowPair& pair : detail.rows) {
        for (const auto& [cells, side, only] : {std::tuple{&pair.a, u"A"_s, pair.state == State::Removed}, std::tuple{&pair.b, u"B"_s, pair.state == State::Added}}) {
            if (cells->isEmpty())
                continue;
            html += u"<tr%1><th class=\"%2\">%3 %4</th>"_s.arg(only ? side == u"A" ? u" class=\"a\""_s : u" class=\"b\""_s : QString(), stateName(pair.state), side, glyph(pair.state));
            for (const Cell& cell : *cells)
                html += cellHtml(cell);
            html += u"</tr>"_s;
        }
    }
    html += u"</table>"_s;
}

QString marked(const QString& text, const QList<Range>& ranges)
{
    QString html;
    int at = 0;
    for (const Range& range : ranges) {
        html += text.mid(at, range.from - at).toHtmlEscaped() + u"<mark>"_s + text.mid(range.from, range.length).toHtmlEscaped() + u"</mark>"_s;
        at = range.from + range.length;
    }
    return html + text.mid(at).toHtmlEscaped();
}

void appendText(QString& html, const TextDetail& detail)
{
    for (const QString& note : detail.notes)
        html += u"<p class=\"soft\">%1</p>"_s.arg(note.toHtmlEscaped());
    for (const Hunk& hunk : detail.hunks) {
        html += u"<table>"_s;
        for (const LinePair& line : hunk.lines) {
            const auto number = [](int n) { return n > 0 ? QString::number(n) : QString(); };
            html += u"<tr%1><td class=\"k\">%2</td><td class=\"l\">%3</td><td class=\"%4\">%5</td><td class=\"k\">%6</td><td class=\"l\">%7</td></tr>"_s.arg(
                line.state == State::Removed ? u" class=\"a\""_s : line.state == State::Added ? u" class=\"b\""_s : QString(), number(line.numberA), marked(line.a, line.changedA), stateName(line.state),
                line.state == State::Equal ? QString() : glyph(line.state), number(line.numberB), marked(line.b, line.changedB));
        }
        html += u"</table>"_s;
    }
    if (!detail.isWhole)
        html += u"<p class=\"soft\">There are more lines than are shown.</p>"_s;
}

void appendSecret(QString& html, const SecretDetail& detail)
{
    html += u"<table><tr><th>key</th><th></th></tr>"_s;
    for (const SecretDetail::Key& key : detail.keys)
        html += u"<tr><td>%1</td><td class=\"%2\">%3 %2</td></tr>"_s.arg(name(key.name), stateName(key.state), glyph(key.state));
    html += u"</table>"_s;
}

void appendNode(QString& html, const Node& node, const ExportOptions& options)
{
    const QString type = node.kind == Node::Kind::Component || node.kind == Node::Kind::Table || node.kind == Node::Kind::Directory || node.type.isEmpty() || node.kind == Node::Kind::Field ? QString() : node.type;
    QString line = u"<span class=\"g %1\" title=\"%1\">%2</span><span class=\"name\">%3 <span class=\"type\">%4</span></span>"_s.arg(stateName(node.state), glyph(node.state), name(node.name), name(type));
    line += node.noise ? u"<span class=\"n\">noise</span>"_s : countCells(node.counts);
    QString why;
    for (const QString& note : node.notes)
        why += u"<div class=\"why\">%1</div>"_s.arg(name(note));
    QString below;
    if (const auto detail = options.details.constFind(node.path); detail != options.details.cend()) {
        below += u"<div class=\"detail\">"_s;
        if (detail->kind == Node::Detail::Rows || detail->kind == Node::Detail::Keys)
            appendRows(below, detail->rows);
        else if (detail->kind == Node::Detail::Text)
            appendText(below, detail->text);
        else if (detail->kind == Node::Detail::Secret)
            appendSecret(below, detail->secret);
        below += u"</div>"_s;
    }
    for (const Node& child : node.children) {
        if (!options.onlyDifferences || child.state != State::Equal || child.noise)
            appendNode(below, child, options);
    }
    const QString extra = node.noise ? u" noise"_s : QString();
    if (below.isEmpty())
        html += u"<div class=\"leaf%1\">%2</div>%3"_s.arg(extra, line, why);
    else
        html += u"<details open class=\"%1\"><summary>%2</summary>%3<div class=\"below\">%4</div></details>"_s.arg(extra, line, why, below);
}

QString sideHtml(const QString& letter, const Content& content)
{
    const QString what = content.live ? u"The namespace as it was read"_s : u"Bundle %1"_s.arg(content.bundle);
    return u"<div class=\"side\"><b>%1 · %2</b><span>%3<br>%4, 3scale %5, %6</span></div>"_s.arg(letter, name(content.label), name(what), name(content.header.apiUrl), content.header.threescaleVersion.isEmpty() ? u"of a version that is not known"_s : name(content.header.threescaleVersion),
                                                                                            content.when.toUTC().toString(u"yyyy-MM-dd HH:mm:ss 'UTC'"));
}
} // namespace

QByteArray toHtml(const Comparison& comparison, const ExportOptions& options)
{
    const Counts& counts = comparison.root->counts;
    QString html = u"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>Comparison</title><style>"_s +
                   QString::fromUtf8(style) + u"</style></head><body>\n<h1>Comparison</h1><div class=\"sides\">"_s + sideHtml(u"A, the base"_s, comparison.a) + sideHtml(u"B"_s, comparison.b) + u"</div>"_s;
    html += u"<p class=\"sum\">"_s;
    if (comparison.isEqual())
        html += u"<b>Equal.</b> No difference but what the noise rules pass over."_s;
    else
        html += u"<span class=\"added\">+ %1 added</span><span class=\"removed\">− %2 removed</span><span class=\"changed\">≠ %3 changed</span>%4"_s.arg(
            number(counts.added), number(counts.removed), number(counts.changed), counts.exact ? QString() : u"<span class=\"soft\">at least, by the content indexes</span>"_s);
    html += u"</p>"_s;
    for (const QString& note : comparison.notes)
        html += u"<div class=\"note\">%1</div>"_s.arg(name(note));
    html += u"<h2>%1</h2><div class=\"tree\">\n"_s.arg(options.onlyDifferences ? u"What differs"_s : u"Everything"_s);
    for (const Node& component : comparison.root->children) {
        if (!options.onlyDifferences || component.state != State::Equal || component.noise)
            appendNode(html, component, options);
        html += u'\n';
    }
    html += u"</div>\n<h2>Noise rules</h2><div class=\"rules\">"_s;
    for (const Rule& rule : comparison.rules.list)
        html += u"<div>%1 %2</div>"_s.arg(rule.enabled ? u"☑"_s : u"☐"_s, name(rule.title.isEmpty() ? rule.id : rule.title));
    html += u"</div><footer>Values of secrets are compared and never shown. Made by Scalekeep %1.</footer></body></html>\n"_s.arg(QStringLiteral(SCALEKEEP_VERSION));
    return html.toUtf8();
}

} // namespace scalekeep::compare
