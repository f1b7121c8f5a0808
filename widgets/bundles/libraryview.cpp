#include "widgets/bundles/libraryview.h"

#include "models/bundles/bundlelibrary.h"
#include "models/common/format.h"
#include "widgets/common/delegates.h"
#include "widgets/common/theme.h"

#include <QDrag>
#include <QHeaderView>
#include <QMimeData>
#include <QPainter>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::BundleLibrary;

LibraryView::LibraryView(QWidget* parent) : QTableView(parent)
{
    setObjectName(u"library"_s);
    setAccessibleName(tr("Bundles"));
    setItemDelegate(new RowDelegate(this));
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setEditTriggers(NoEditTriggers);
    setDragDropMode(DragOnly);
    setDefaultDropAction(Qt::CopyAction);
    setShowGrid(false);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setSortingEnabled(true);
    setFrameShape(NoFrame);
    setHorizontalScrollMode(ScrollPerPixel);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(theme::rowHeight());
    verticalHeader()->setMinimumSectionSize(theme::rowHeight());
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setStretchLastSection(true);
    horizontalHeader()->setMinimumSectionSize(48);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
}

void LibraryView::setDefaultWidths()
{
    // By the words that stand in the columns, whatever the font.
    const QFontMetrics metrics(font());
    const QFontMetrics header(horizontalHeader()->font());
    constexpr int around = 18, glyph = 24;
    const auto width = [&](const QString& text) { return metrics.horizontalAdvance(text) + around; };
    const std::initializer_list<std::pair<int, int>> widths{{BundleLibrary::Taken, width(u"Yesterday 02:00"_s) + glyph}, {BundleLibrary::Cluster, width(u"stage-eu"_s)},
                                                            {BundleLibrary::Namespace, width(u"3scale-partner"_s)},      {BundleLibrary::Threescale, width(u"2.15.2"_s)},
                                                            {BundleLibrary::Size, width(u"99.9 MiB"_s)},                {BundleLibrary::Complete, width(u"10 of 10"_s)},
                                                            {BundleLibrary::Verified, width(u"Yesterday 02:00"_s)}};
    for (const auto& [column, pixels] : widths)
        setColumnWidth(column, std::max(pixels, header.horizontalAdvance(model()->headerData(column, Qt::Horizontal).toString()) + around));
}

void LibraryView::startDrag(Qt::DropActions actions)
{
    const QModelIndexList rows = selectionModel()->selectedRows();
    if (rows.isEmpty())
        return;
    qint64 bytes = 0;
    for (const QModelIndex& row : rows)
        bytes += row.siblingAtColumn(BundleLibrary::Size).data(models::role::Sort).toLongLong();
    const QModelIndex first = rows.first();
    const QString what = rows.size() == 1 ? tr("%1 / %2").arg(first.siblingAtColumn(BundleLibrary::Cluster).data().toString(), first.siblingAtColumn(BundleLibrary::Namespace).data().toString())
                                          : tr("%n bundles", nullptr, int(rows.size()));
    const QString text = tr("%1, %2").arg(what, models::formatBytes(bytes));
    const QSize size(fontMetrics().horizontalAdvance(text) + 20, fontMetrics().height() + 8);
    QPixmap chip(size * devicePixelRatioF());
    chip.setDevicePixelRatio(devicePixelRatioF());
    chip.fill(Qt::transparent);
    QPainter painter(&chip);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(font());
    painter.setPen(theme::color(Token::Accent));
    painter.setBrush(theme::color(Token::Base));
    painter.drawRoundedRect(QRectF(QPointF(0, 0), QSizeF(size)).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    painter.setPen(theme::color(Token::Text));
    painter.drawText(QRect(QPoint(0, 0), size), Qt::AlignCenter, text);
    painter.end();
    auto* drag = new QDrag(this);
    drag->setMimeData(model()->mimeData(rows));
    drag->setPixmap(chip);
    drag->setHotSpot({-12, -8});
    drag->exec(actions, Qt::CopyAction);
}

} // namespace scalekeep::widgets
