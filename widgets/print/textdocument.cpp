#include "widgets/print/pdf.h"

#include <QImage>
#include <QPainter>
#include <QPainterPath>
#include <QTextBlock>
#include <QTextDocument>
#include <QUrl>

#include <array>

namespace scalekeep::print {

using namespace Qt::Literals::StringLiterals;
using record::Cell;
using record::Column;
using record::Document;
using record::Fact;
using record::Facts;
using record::Mark;
using record::Row;
using record::Section;
using record::Table;

namespace {
// What Qt's rich text knows of CSS: fonts in points, so that they are right on every device. Borders are given to each cell.
const auto style = uR"css(
body{font-family:"Noto Sans","DejaVu Sans","Segoe UI",sans-serif;font-size:8.3pt;color:#1C2228}
.kind,.id,.name,.note,p.note{color:#56606B}
.title{font-size:16pt;font-weight:600}.change{font-size:9.8pt;font-weight:600}
.outcome{font-size:9.8pt;font-weight:600}
.h{font-size:9.4pt;font-weight:600}.note{font-size:7.7pt}
th{font-weight:400;color:#56606B;font-size:7.7pt;text-align:left}
td,th{vertical-align:top}
code{font-family:"Noto Sans Mono","DejaVu Sans Mono","Consolas",monospace;font-size:7.3pt}
)css"_s;

constexpr std::array marks{Mark::Good, Mark::Warning, Mark::Bad, Mark::Undone, Mark::Skipped};

QColor colourOf(Mark mark)
{
    switch (mark) {
    case Mark::Good: return QColor(0x16, 0x6E, 0x33);
    case Mark::Warning: return QColor(0x86, 0x55, 0x00);
    case Mark::Bad: return QColor(0xB9, 0x1C, 0x1C);
    case Mark::Undone: return QColor(0x0B, 0x62, 0xB8);
    case Mark::Skipped:
    case Mark::None: break;
    }
    return QColor(0x56, 0x60, 0x6B);
}

/// The glyphs of the window (16 units wide), large enough for print.
QImage glyph(Mark mark)
{
    constexpr int scale = 16;
    QImage image(16 * scale, 16 * scale, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(scale, scale);
    const QColor colour = colourOf(mark);
    const auto line = [&painter](const QColor& pen, double width, std::initializer_list<QPointF> points) {
        painter.setPen(QPen(pen, width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.setBrush(Qt::NoBrush);
        painter.drawPolyline(QPolygonF(QList<QPointF>(points)));
    };
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    switch (mark) {
    case Mark::Good:
        painter.drawEllipse(QPointF(8, 8), 7, 7);
        line(Qt::white, 1.8, {{4.6, 8.3}, {6.9, 10.6}, {11.4, 5.8}});
        break;
    case Mark::Warning:
        line(colour, 1.5, {{8, 1.8}, {14.6, 13.8}, {1.4, 13.8}, {8, 1.8}});
        line(colour, 1.8, {{8, 6.2}, {8, 9.6}});
        line(colour, 1.8, {{8, 11.7}, {8, 11.8}});
        break;
    case Mark::Bad:
        painter.drawPolygon(QPolygonF({{5, 1}, {11, 1}, {15, 5}, {15, 11}, {11, 15}, {5, 15}, {1, 11}, {1, 5}}));
        line(Qt::white, 1.8, {{5.5, 5.5}, {10.5, 10.5}});
        line(Qt::white, 1.8, {{10.5, 5.5}, {5.5, 10.5}});
        break;
    case Mark::Undone: {
        painter.drawEllipse(QPointF(8, 8), 7, 7);
        line(Qt::white, 1.5, {{7, 4.6}, {4.6, 7}, {7, 9.4}});
        QPainterPath arrow(QPointF(4.8, 7));
        arrow.lineTo(9.2, 7);
        arrow.arcTo(QRectF(7, 7, 4.4, 4.4), 90, -180);
        arrow.lineTo(7, 11.4);
        painter.drawPath(arrow);
        break;
    }
    case Mark::Skipped:
    case Mark::None:
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colour, 1.4));
        painter.drawEllipse(QPointF(8, 8), 6.2, 6.2);
        line(colour, 1.4, {{5, 8}, {11, 8}});
        break;
    }
    return image;
}

QString picture(Mark mark, int size)
{
    return u"<img src=\"mark:%1\" width=\"%2\" height=\"%2\">"_s.arg(int(mark)).arg(size);
}

QString escaped(const QString& text)
{
    QString html = text.toHtmlEscaped();
    return html.replace(u'\n', u"<br>"_s);
}

QString inner(const Cell& cell, bool bold = false)
{
    QString text = cell.code && !cell.text.isEmpty() ? u"<code>"_s + escaped(cell.text) + u"</code>"_s : escaped(cell.text);
    if (bold) {
        const qsizetype end = text.indexOf(u"<br>"_s);
        text = u"<b>"_s + text.left(end) + u"</b>"_s + (end < 0 ? QString{} : u"<span class=\"note\">"_s + text.mid(end) + u"</span>"_s);
    }
    return cell.mark == Mark::None ? text : picture(cell.mark, 10) + u"&nbsp; "_s + text;
}

QString border(const QString& colour, const QString& side = u"bottom"_s)
{
    return u"border-%1:1px solid %2;"_s.arg(side, colour);
}

QString rows(const QList<Fact>& facts)
{
    QString html;
    for (const Fact& fact : facts)
        html += u"<tr><td class=\"name\" width=\"17%\" style=\"padding:1px 8px 1px 0\">%1</td><td style=\"padding:1px 0\">%2</td></tr>"_s.arg(escaped(fact.name), inner(fact.value));
    return html;
}

QString block(const Facts& facts)
{
    if (!facts.twoColumns)
        return u"<table width=\"100%\" cellspacing=\"0\" style=\"border-collapse:collapse\">"_s + rows(facts.facts) + u"</table>"_s;
    QString html = u"<table width=\"100%\" cellspacing=\"0\" style=\"border-collapse:collapse\">"_s;
    const qsizetype half = (facts.facts.size() + 1) / 2;
    for (qsizetype index = 0; index < half; ++index) {
        const Fact left = facts.facts[index], right = facts.facts.value(half + index);
        html += u"<tr><td class=\"name\" width=\"17%\" style=\"padding:1px 8px 1px 0\">%1</td><td width=\"36%\" style=\"padding:1px 8px 1px 0\">%2</td>"
                "<td class=\"name\" width=\"14%\" style=\"padding:1px 8px 1px 0\">%3</td><td width=\"33%\" style=\"padding:1px 0\">%4</td></tr>"_s.arg(escaped(left.name), inner(left.value), escaped(right.name), inner(right.value));
    }
    return html + u"</table>"_s;
}

QString block(const Table& table)
{
    QString html = u"<table width=\"100%\" cellspacing=\"0\" style=\"border-collapse:collapse\"><thead><tr>"_s;
    for (const Column& column : table.columns)
        html += u"<th width=\"%1%\" style=\"%2padding:1px 8px 2px 0\"%3>"_s.arg(column.width).arg(border(u"#858E98"_s), column.figures ? u" align=\"right\""_s : QString{}) + escaped(column.title) + u"</th>"_s;
    html += u"</tr></thead><tbody>"_s;
    for (const Row& row : table.rows) {
        html += row.heading ? u"<tr bgcolor=\"#F2F4F6\">"_s : u"<tr>"_s;
        for (qsizetype index = 0; index < row.cells.size(); ++index) {
            html += u"<td style=\"%1padding:2px 8px 2px 0\"%2>"_s.arg(border(u"#D3D7DC"_s), table.columns.value(index).figures ? u" align=\"right\""_s : QString{}) + inner(row.cells[index], row.heading && index == 1) + u"</td>"_s;
        }
        html += u"</tr>"_s;
    }
    return html + u"</tbody></table>"_s;
}

QString block(const Cell& cell)
{
    return u"<p class=\"note\" style=\"margin-top:3px;margin-bottom:3px\">"_s + inner(cell) + u"</p>"_s;
}

QString htmlOf(const Document& document)
{
    QString html = u"<body><table width=\"100%\" cellspacing=\"0\" style=\"border-collapse:collapse\"><tr><td width=\"68%\" style=\"border-bottom:2px solid #1C2228;padding-bottom:7px\"><span class=\"kind\">"_s + escaped(document.kind) +
                   u"</span><br><span class=\"title\">"_s + escaped(document.title) + u"</span></td><td width=\"32%\" align=\"right\" style=\"border-bottom:2px solid #1C2228;padding-bottom:7px\">"_s;
    if (!document.change.isEmpty())
        html += u"<span class=\"change\">"_s + escaped(document.change) + u"</span><br>"_s;
    const QString colour = colourOf(document.mark).name(), thin = u"border-top:1px solid %1;border-bottom:1px solid %1;"_s.arg(colour);
    html += u"<span class=\"id\">Record "_s + escaped(document.runId) + u"</span></td></tr></table><p style=\"font-size:4pt;margin:0\">&nbsp;</p>"
            "<table width=\"100%\" cellspacing=\"0\" style=\"border-collapse:collapse\"><tr><td width=\"5%\" align=\"center\" style=\"border-left:4px solid "_s + colour + u';' + thin + u"padding:7px 4px;vertical-align:middle\">"_s + picture(document.mark, 21) +
            u"</td><td width=\"65%\" style=\""_s + thin + u"padding:7px 8px 7px 4px\"><span class=\"outcome\">"_s + escaped(document.outcome) + u"</span><br><span class=\"id\">"_s + escaped(document.details) +
            u"</span></td><td width=\"30%\" align=\"right\" style=\""_s + thin + u"border-right:1px solid %1;padding:7px 8px\"><span class=\"outcome\">"_s.arg(colour) + escaped(document.duration) + u"</span><br><span class=\"id\">"_s + escaped(document.service) +
            u"</span></td></tr></table>"_s;
    int number = 0;
    for (const Section& section : document.sections) {
        html += u"<p style=\"font-size:5pt;margin:0\">&nbsp;</p><table width=\"100%\" cellspacing=\"0\" style=\"border-collapse:collapse\"><tr><td width=\"52%\" style=\""_s + border(u"#858E98"_s) + u"padding:1px 0 2px 0\"><a name=\"section\"></a><span class=\"h\">%1&nbsp; "_s.arg(++number) +
                escaped(section.title) + u"</span></td><td width=\"48%\" align=\"right\" style=\""_s + border(u"#858E98"_s) + u"padding:2px 0 2px 0\"><span class=\"note\">"_s + escaped(section.note) + u"</span></td></tr></table><p style=\"font-size:2pt;margin:0\">&nbsp;</p>"_s;
        for (const auto& each : section.blocks)
            html += std::visit([](const auto& value) { return block(value); }, each);
    }
    return html + u"</body>"_s;
}
} // namespace

std::unique_ptr<QTextDocument> textDocument(const Document& document)
{
    auto text = std::make_unique<QTextDocument>();
    for (const Mark mark : marks)
        text->addResource(QTextDocument::ImageResource, QUrl(u"mark:%1"_s.arg(int(mark))), glyph(mark));
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere); // digests and commands have no blanks
    text->setDefaultTextOption(option);
    text->setUndoRedoEnabled(false);
    text->setDocumentMargin(0);
    text->setDefaultStyleSheet(style);
    text->setHtml(htmlOf(document));
    return text;
}

} // namespace scalekeep::print
