#include "engine/record/document.h"

namespace scalekeep::record {

using namespace Qt::Literals::StringLiterals;

namespace {
// Sizes and colours of the printed page; on a screen it lies as a sheet on grey, dark theme or not.
const auto style = uR"css(
:root{color-scheme:light;--text:#1C2228;--text2:#56606B;--line:#D3D7DC;--line2:#858E98;--ok:#166E33;--warn:#865500;--err:#B91C1C;--accent:#0B62B8}
*{box-sizing:border-box;margin:0;padding:0}
html{background:#E9EBEE}
body{max-width:820px;margin:24px auto;padding:44px 52px 34px;background:#fff;color:var(--text);font:11.5px/17px "Noto Sans","DejaVu Sans",Arial,sans-serif}
header{display:flex;align-items:flex-start;justify-content:space-between;gap:24px;border-bottom:2px solid var(--text);padding-bottom:10px}
h1{font-size:22px;line-height:28px;font-weight:600;overflow-wrap:anywhere}
.kind,.id{color:var(--text2)}.right{text-align:right}.change{font-size:13px;font-weight:600}
.outcome{display:grid;grid-template-columns:24px minmax(0,1fr) auto;gap:10px;align-items:center;border:1px solid currentColor;border-left-width:4px;padding:8px 12px;margin:12px 0 2px}
.outcome b{font-size:13px;line-height:18px;font-weight:600}.outcome b,.outcome .right b{color:var(--text)}.outcome small{display:block;font-size:11.5px;color:var(--text2);overflow-wrap:anywhere}
.outcome svg{width:22px;height:22px}
h2{font-size:12.5px;line-height:18px;margin:16px 0 5px;font-weight:600;border-bottom:1px solid var(--line2);padding-bottom:2px;display:flex;justify-content:space-between;gap:16px;break-after:avoid}
h2 span{font-weight:400;font-size:10.5px;color:var(--text2);text-align:right}
dl{display:grid;grid-template-columns:118px minmax(0,1fr);gap:2px 12px}
.two{display:grid;grid-template-columns:1fr 1fr;gap:0 12px}.two dl{align-content:start}.two+dl{margin-top:2px}
dt{color:var(--text2)}dd,td,p{overflow-wrap:anywhere;white-space:pre-wrap}
p{margin:5px 0;color:var(--text2);font-size:10.5px;line-height:15px}
table{border-collapse:collapse;width:100%;table-layout:fixed;margin-bottom:8px}
th{text-align:left;font-weight:400;color:var(--text2);font-size:10.5px;padding:2px 8px 2px 0;border-bottom:1px solid var(--line2);vertical-align:bottom}
td{padding:3px 8px 3px 0;border-bottom:1px solid var(--line);vertical-align:top;font-variant-numeric:tabular-nums}
tr{break-inside:avoid}thead{display:table-header-group}
.n{text-align:right;padding-right:12px}
.step td{font-weight:600;background:#F5F6F8;border-top:1px solid var(--line2)}.step td::first-line{font-weight:600}
code{font-family:"Noto Sans Mono","DejaVu Sans Mono",monospace;font-size:10px;line-height:15px;overflow-wrap:anywhere;white-space:pre-wrap}
.m{display:flex;gap:6px;align-items:flex-start}.m svg{flex:none;width:12px;height:12px;margin-top:2px}.m span{min-width:0}
.good{color:var(--ok)}.warning{color:var(--warn)}.failed{color:var(--err)}.undone{color:var(--accent)}.left{color:var(--text2)}.m span{color:var(--text)}
footer{margin-top:18px;border-top:1px solid var(--line2);padding-top:6px;display:flex;justify-content:space-between;gap:16px;color:var(--text2);font-size:10px;line-height:14px}
@media print{html{background:#fff}body{max-width:none;margin:0;padding:0;font-size:9pt;line-height:13pt}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
@page{margin:15mm 16mm 17mm;@bottom-right{content:counter(page) " / " counter(pages);font:8pt "Noto Sans","DejaVu Sans",sans-serif;color:#56606B}}
)css"_s;

QString glyph(Mark mark)
{
    const auto svg = [mark](const QString& shape) {
        return u"<svg viewBox=\"0 0 16 16\" role=\"img\" aria-label=\"%1\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.8\" stroke-linecap=\"round\" stroke-linejoin=\"round\">%2</svg>"_s.arg(markName(mark), shape);
    };
    switch (mark) {
    case Mark::None: return {};
    case Mark::Good: return svg(u"<circle cx=\"8\" cy=\"8\" r=\"7\" fill=\"currentColor\" stroke=\"none\"/><path d=\"M4.6 8.3l2.3 2.3 4.5-4.8\" stroke=\"#fff\"/>"_s);
    case Mark::Warning: return svg(u"<path d=\"M8 1.8l6.6 12H1.4z\" stroke-width=\"1.5\"/><path d=\"M8 6.2v3.4M8 11.7v.1\"/>"_s);
    case Mark::Bad: return svg(u"<path d=\"M5 1h6l4 4v6l-4 4H5l-4-4V5z\" fill=\"currentColor\" stroke=\"none\"/><path d=\"M5.5 5.5l5 5M10.5 5.5l-5 5\" stroke=\"#fff\"/>"_s);
    case Mark::Undone: return svg(u"<circle cx=\"8\" cy=\"8\" r=\"7\" fill=\"currentColor\" stroke=\"none\"/><path d=\"M7 4.6L4.6 7 7 9.4M4.8 7h4.4a2.2 2.2 0 010 4.4H7\" stroke=\"#fff\" stroke-width=\"1.5\"/>"_s);
    case Mark::Skipped: return svg(u"<circle cx=\"8\" cy=\"8\" r=\"6.2\" stroke-width=\"1.4\"/><path d=\"M5 8h6\" stroke-width=\"1.4\"/>"_s);
    }
    return {};
}

QString classOf(Mark mark)
{
    return mark == Mark::Skipped ? u"left"_s : markName(mark);
}

QString escaped(const QString& text)
{
    return text.toHtmlEscaped();
}

QString inner(const Cell& cell)
{
    const QString text = cell.code && !cell.text.isEmpty() ? u"<code>%1</code>"_s.arg(escaped(cell.text)) : escaped(cell.text);
    return cell.mark == Mark::None ? text : u"<div class=\"m %1\">%2<span>%3</span></div>"_s.arg(classOf(cell.mark), glyph(cell.mark), text);
}

QString list(const QList<Fact>& facts)
{
    QString html = u"<dl>"_s;
    for (const Fact& fact : facts)
        html += u"<dt>"_s + escaped(fact.name) + u"</dt><dd>"_s + inner(fact.value) + u"</dd>"_s;
    return html + u"</dl>\n"_s;
}

QString block(const Facts& facts)
{
    if (!facts.twoColumns)
        return list(facts.facts);
    const qsizetype half = (facts.facts.size() + 1) / 2;
    return u"<div class=\"two\">"_s + list(facts.facts.mid(0, half)) + list(facts.facts.mid(half)) + u"</div>"_s;
}

QString block(const Table& table)
{
    QString html = u"<table><colgroup>"_s;
    for (const Column& column : table.columns)
        html += u"<col style=\"width:%1%\">"_s.arg(column.width);
    html += u"</colgroup><thead><tr>"_s;
    for (const Column& column : table.columns)
        html += (column.figures ? u"<th class=\"n\">"_s : u"<th>"_s) + escaped(column.title) + u"</th>"_s;
    html += u"</tr></thead><tbody>\n"_s;
    for (const Row& row : table.rows) {
        html += row.heading ? u"<tr class=\"step\">"_s : u"<tr>"_s;
        for (qsizetype index = 0; index < row.cells.size(); ++index)
            html += (table.columns.value(index).figures ? u"<td class=\"n\">"_s : u"<td>"_s) + inner(row.cells[index]) + u"</td>"_s;
        html += u"</tr>\n"_s;
    }
    return html + u"</tbody></table>\n"_s;
}

QString block(const Cell& cell)
{
    return u"<p>"_s + inner(cell) + u"</p>\n"_s;
}
} // namespace

QByteArray toHtml(const Document& document)
{
    QString html = u"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
                   "<meta name=\"viewport\" content=\"width=device-width\"><title>"_s;
    html += escaped(document.change.isEmpty() ? document.title : document.change + u" · "_s + document.title) + u"</title><style>"_s + style + u"</style></head><body>\n<header><div><div class=\"kind\">"_s + escaped(document.kind) +
            u"</div><h1>"_s + escaped(document.title) + u"</h1></div><div class=\"right\">"_s;
    if (!document.change.isEmpty())
        html += u"<div class=\"change\">"_s + escaped(document.change) + u"</div>"_s;
    html += u"<div class=\"id\">Record "_s + escaped(document.runId) + u"</div></div></header>\n<div class=\"outcome "_s + classOf(document.mark) + u"\">"_s + glyph(document.mark) + u"<div><b>"_s + escaped(document.outcome) +
            u"</b><small>"_s + escaped(document.details) + u"</small></div><div class=\"right\"><b>"_s + escaped(document.duration) + u"</b><small>"_s + escaped(document.service) + u"</small></div></div>\n"_s;
    int number = 0;
    for (const Section& section : document.sections) {
        html += u"<section><h2><b>%1&ensp;"_s.arg(++number) + escaped(section.title) + u"</b><span>"_s + escaped(section.note) + u"</span></h2>\n"_s;
        for (const auto& each : section.blocks)
            html += std::visit([](const auto& value) { return block(value); }, each);
        html += u"</section>\n"_s;
    }
    html += u"<footer><span>"_s + escaped(document.footer) + u"</span><span>"_s + escaped(document.runId) + u"</span></footer>\n</body></html>\n"_s;
    return html.toUtf8();
}

} // namespace scalekeep::record
