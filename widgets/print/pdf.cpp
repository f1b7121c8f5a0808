#include "widgets/print/pdf.h"

#include <QAbstractTextDocumentLayout>
#include <QBuffer>
#include <QFontDatabase>
#include <QPageLayout>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>
#include <QTextBlock>
#include <QTextDocument>
#include <QTextTable>

#include <cmath>

namespace scalekeep::print {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int resolution = 600;
constexpr double marginMm = 15, footerMm = 9, headerMm = 7;

int device(double mm)
{
    return qRound(mm / 25.4 * resolution);
}

QFont footerFont()
{
    QFont font(QStringList{u"Noto Sans"_s, u"DejaVu Sans"_s, u"Segoe UI"_s, u"sans-serif"_s});
    font.setPointSizeF(7.5);
    return font;
}

/// A section's title that would stand alone at the foot of a page goes to the next one. Qt's layout does not know of this.
void keepTitlesWithText(QTextDocument& text)
{
    const qreal page = text.pageSize().height(), least = page * 0.07;
    for (int round = 0; round < 64; ++round) {
        bool moved = false;
        for (QTextBlock block = text.begin(); block.isValid() && !moved; block = block.next()) {
            if (block.begin() == block.end() || !block.begin().fragment().charFormat().isAnchor())
                continue;
            QTextTable* const table = QTextCursor(block).currentTable();
            if (!table || table->format().pageBreakPolicy() == QTextFormat::PageBreak_AlwaysBefore)
                continue;
            const qreal bottom = text.documentLayout()->frameBoundingRect(table).bottom();
            if (page - std::fmod(bottom, page) > least)
                continue;
            QTextTableFormat format = table->format();
            format.setPageBreakPolicy(QTextFormat::PageBreak_AlwaysBefore);
            table->setFormat(format);
            moved = true;
        }
        if (!moved)
            return;
    }
}
} // namespace

Result<QByteArray> toPdf(const record::Document& document, Paper paper)
{
    if (QFontDatabase::families().isEmpty())
        return fail(ErrorCode::ToolMissing, u"This machine has no fonts, so no PDF can be made."_s, u"Nothing was written. Install a font such as DejaVu Sans, or export HTML."_s);
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter writer(&buffer);
    writer.setResolution(resolution);
    writer.setPageSize(QPageSize(paper == Paper::Letter ? QPageSize::Letter : QPageSize::A4));
    writer.setPageMargins(QMarginsF(marginMm, marginMm, marginMm, marginMm - 3), QPageLayout::Millimeter);
    writer.setTitle(document.change.isEmpty() ? document.title : document.change + u": "_s + document.title);
    writer.setCreator(u"Scalekeep " SCALEKEEP_VERSION ""_s);

    const auto text = textDocument(document);
    text->documentLayout()->setPaintDevice(&writer);
    const QSizeF whole = writer.pageLayout().paintRectPixels(resolution).size();
    const QSizeF body(whole.width(), whole.height() - device(footerMm) - device(headerMm));
    text->setPageSize(body);
    keepTitlesWithText(*text);

    const int pages = text->pageCount();
    QPainter painter(&writer);
    for (int page = 0; page < pages; ++page) {
        if (page > 0 && !writer.newPage())
            return fail(ErrorCode::Internal, u"The PDF could not be made."_s);
        painter.setFont(footerFont());
        painter.setPen(QPen(QColor(0x56, 0x60, 0x6B), 0));
        if (page > 0) {
            const QRectF header(0, 0, whole.width(), device(headerMm) - device(2.5));
            painter.drawText(header, Qt::AlignLeft | Qt::AlignTop, document.title);
            painter.drawText(header, Qt::AlignRight | Qt::AlignTop, document.change.isEmpty() ? document.runId : document.change);
        }
        const qreal line = whole.height() - device(footerMm) + device(3.5);
        painter.drawLine(QPointF(0, line), QPointF(whole.width(), line));
        const QRectF footer(0, line + device(1.2), whole.width(), whole.height() - line);
        painter.drawText(footer, Qt::AlignLeft | Qt::AlignTop, document.footer);
        painter.drawText(footer, Qt::AlignRight | Qt::AlignTop, u"%1 · %2 / %3"_s.arg(document.runId).arg(page + 1).arg(pages));

        // The first page has its own head; what it saves stays below, so that pages are of one height.
        painter.save();
        painter.translate(0, (page == 0 ? 0 : device(headerMm)) - page * body.height());
        const QRectF clip(0, page * body.height(), body.width(), body.height());
        painter.setClipRect(clip);
        QAbstractTextDocumentLayout::PaintContext context;
        context.clip = clip;
        context.palette.setColor(QPalette::Text, QColor(0x1C, 0x22, 0x28));
        text->documentLayout()->draw(&painter, context);
        painter.restore();
    }
    painter.end();
    if (bytes.isEmpty())
        return fail(ErrorCode::Internal, u"The PDF could not be made."_s);
    return bytes;
}

} // namespace scalekeep::print
