#include "widgets/clusters/clusterstree.h"

#include "widgets/clusters/clusterdelegate.h"
#include "widgets/common/icons.h"
#include "widgets/common/style.h"
#include "widgets/common/theme.h"

#include <QApplication>
#include <QDrag>
#include <QHeaderView>
#include <QMimeData>
#include <QMouseEvent>
#include <QPainter>
#include <QRubberBand>
#include <QScrollBar>
#include <QStatusTipEvent>

#include <algorithm>

namespace scalekeep::widgets {

using models::ClusterItemKind;
using models::ClusterTreeModel;
using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int openDelay = 700, mostOpened = 500;
constexpr qsizetype mostRemembered = 2000;
}

ClustersTree::ClustersTree(models::ClusterTreeModel* source, models::ClusterFilter* filter, QWidget* parent)
    : QTreeView(parent), m_source(source), m_filter(filter), m_band(new QRubberBand(QRubberBand::Rectangle, viewport()))
{
    setObjectName(u"clustersTree"_s);
    setAccessibleName(tr("Clusters"));
    setAccessibleDescription(tr("Clusters, their 3scale namespaces and what these hold. Enter adds what is selected to the backup."));
    setModel(filter);
    setItemDelegate(new ClusterDelegate(this));
    header()->hide();
    header()->setStretchLastSection(true);
    setIndentation(16);
    setFrameShape(QFrame::NoFrame);
    setSelectionMode(ExtendedSelection);
    setSelectionBehavior(SelectRows);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(ScrollPerPixel);
    setDragEnabled(true);
    setAcceptDrops(true);
    setDragDropMode(DragDrop);
    setDragDropOverwriteMode(true);
    setDropIndicatorShown(true);
    setAutoExpandDelay(openDelay);
    setExpandsOnDoubleClick(true);
    setEditTriggers(NoEditTriggers);
    setContextMenuPolicy(Qt::CustomContextMenu);
    setMouseTracking(true);
    connect(this, &QTreeView::expanded, this, [this](const QModelIndex& index) { remember(index, true); });
    connect(this, &QTreeView::collapsed, this, [this](const QModelIndex& index) { remember(index, false); });
    connect(filter, &QAbstractItemModel::rowsInserted, this, &ClustersTree::openAsWanted);
    openAsWanted({}, 0, filter->rowCount() - 1);
}

QModelIndexList ClustersTree::selectedSources() const
{
    QModelIndexList rows = selectionModel()->selectedRows();
    QList<std::pair<int, QModelIndex>> placed;
    for (const QModelIndex& each : std::as_const(rows))
        placed.append({visualRect(each).top(), m_filter->mapToSource(each)});
    std::stable_sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    rows.clear();
    for (const auto& [top, index] : std::as_const(placed))
        rows.append(index);
    return rows;
}

QModelIndex ClustersTree::currentSource() const
{
    return m_filter->mapToSource(currentIndex());
}

// What is open -----------------------------------------------------------------------------------------------------------

bool ClustersTree::wantedOpen(const QModelIndex& index) const
{
    const auto kind = ClusterItemKind(index.data(ClusterTreeModel::KindRole).toInt());
    const QString path = index.data(ClusterTreeModel::PathRole).toString();
    // What a newcomer looks for: the stores of the namespaces.
    const bool usual = kind == ClusterItemKind::Cluster || kind == ClusterItemKind::Namespace || (kind == ClusterItemKind::Group && path.endsWith(u"\ndata"_s));
    return m_choices.value(path, usual);
}

void ClustersTree::openAsWanted(const QModelIndex& parent, int first, int last)
{
    const bool before = std::exchange(m_own, true);
    // A namespace's first rows come when it has been read, below a row that is there already.
    if (first == 0 && parent.isValid() && !isExpanded(parent) && m_filter->rowCount(parent) == last + 1 && wantedOpen(parent))
        expand(parent);
    for (int row = first; row <= last; ++row) {
        const QModelIndex index = m_filter->index(row, 0, parent);
        const int below = m_filter->rowCount(index);
        if (below == 0)
            continue;
        if (wantedOpen(index))
            expand(index);
        openAsWanted(index, 0, below - 1);
    }
    m_own = before;
}

void ClustersTree::remember(const QModelIndex& index, bool open)
{
    if (!m_own && m_filter->text().isEmpty() && m_choices.size() < mostRemembered)
        m_choices.insert(index.data(ClusterTreeModel::PathRole).toString(), open);
}

void ClustersTree::openMatches()
{
    const QModelIndexList matches = m_filter->matches(mostOpened);
    for (const QModelIndex& match : matches) {
        for (QModelIndex up = match.parent(); up.isValid() && !isExpanded(up); up = up.parent())
            expand(up);
    }
}

void ClustersTree::setFilterText(const QString& text)
{
    const bool before = std::exchange(m_own, true);
    m_filter->setText(text);
    if (!text.isEmpty()) {
        openMatches();
    } else {
        collapseAll();
        openAsWanted({}, 0, m_filter->rowCount() - 1);
        if (currentIndex().isValid())
            scrollTo(currentIndex());
    }
    m_own = before;
}

QStringList ClustersTree::opened() const
{
    return m_choices.keys(true);
}

QStringList ClustersTree::closed() const
{
    return m_choices.keys(false);
}

void ClustersTree::setOpened(const QStringList& opened, const QStringList& closed)
{
    for (const QString& path : opened.mid(0, mostRemembered))
        m_choices.insert(path, true);
    for (const QString& path : closed.mid(0, mostRemembered))
        m_choices.insert(path, false);
    const bool before = std::exchange(m_own, true);
    collapseAll();
    openAsWanted({}, 0, m_filter->rowCount() - 1);
    m_own = before;
}

// Drawing ----------------------------------------------------------------------------------------------------------------

void ClustersTree::drawRow(QPainter* painter, const QStyleOptionViewItem& given, const QModelIndex& index) const
{
    QStyleOptionViewItem option = given;
    const QRect item = visualRect(index), row(0, option.rect.top(), viewport()->width(), option.rect.height());
    if (selectionModel()->isSelected(index)) {
        option.state |= QStyle::State_Selected;
        painter->fillRect(row, theme::color(hasFocus() ? Token::Selection : Token::Selection2));
    }
    drawBranches(painter, QRect(0, row.top(), item.left(), row.height()), index);
    option.rect = QRect(item.left(), row.top(), row.right() + 1 - item.left(), row.height());
    itemDelegateForIndex(index)->paint(painter, option, index);
    if (index == currentIndex() && hasFocus() && window()->testAttribute(Qt::WA_KeyboardFocusChange)) {
        painter->save();
        painter->setPen(theme::color(Token::Accent));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(row.adjusted(0, 0, -1, -1));
        painter->restore();
    }
}

void ClustersTree::drawBranches(QPainter* painter, const QRect& rect, const QModelIndex& index) const
{
    QTreeView::drawBranches(painter, rect.translated(ClusterDelegate::shift, 0), index);
}

QPixmap ClustersTree::chip(const QString& text) const
{
    const QFontMetrics metrics(font());
    const QSize size(std::min(320, metrics.horizontalAdvance(text) + 40), metrics.height() + 10);
    QPixmap picture(size * devicePixelRatioF());
    picture.setDevicePixelRatio(devicePixelRatioF());
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    paintFrame(painter, QRect(QPoint(0, 0), size), theme::color(Token::Accent), theme::color(Token::Base), 1, 4);
    paintIcon(painter, QRect(8, (size.height() - 16) / 2, 16, 16), u"backup"_s, theme::color(Token::Accent));
    painter.setFont(font());
    painter.setPen(theme::color(Token::Text));
    const QRect place(30, 0, size.width() - 38, size.height());
    painter.drawText(place, int(Qt::AlignVCenter) | Qt::TextSingleLine, metrics.elidedText(text, Qt::ElideRight, place.width()));
    return picture;
}

// Mouse and keys ---------------------------------------------------------------------------------------------------------

bool ClustersTree::isEmptySpace(const QPoint& pos) const
{
    const QModelIndex index = indexAt(pos);
    if (!index.isValid())
        return true;
    const QRect item = visualRect(index);
    // Left of it lies the arrow that opens it.
    return pos.x() >= item.left() && !selectionModel()->isSelected(index) && !ClusterDelegate::contentRect(item, font(), index).contains(pos);
}

bool ClustersTree::isLink(const QPoint& pos) const
{
    const QModelIndex index = indexAt(pos);
    return index.isValid() && ClusterDelegate::linkRect(visualRect(index), font(), index).contains(pos);
}

void ClustersTree::mousePressEvent(QMouseEvent* event)
{
    m_mayBand = event->button() == Qt::LeftButton && isEmptySpace(event->pos());
    if (m_mayBand) {
        m_bandStart = event->pos() + QPoint(0, verticalScrollBar()->value());
        m_before = event->modifiers() & (Qt::ControlModifier | Qt::ShiftModifier) ? selectionModel()->selection() : QItemSelection();
    }
    QTreeView::mousePressEvent(event);
}

void ClustersTree::mouseMoveEvent(QMouseEvent* event)
{
    if (!(event->buttons() & Qt::LeftButton)) {
        viewport()->setCursor(isLink(event->pos()) ? Qt::PointingHandCursor : Qt::ArrowCursor);
        QTreeView::mouseMoveEvent(event);
        return;
    }
    if (!m_mayBand) {
        QTreeView::mouseMoveEvent(event);
        return;
    }
    const QPoint start = m_bandStart - QPoint(0, verticalScrollBar()->value());
    if (m_band->isVisible() || (event->pos() - start).manhattanLength() >= QApplication::startDragDistance())
        bandTo(event->pos());
}

void ClustersTree::bandTo(const QPoint& pos)
{
    QScrollBar* bar = verticalScrollBar();
    if (pos.y() < 0 || pos.y() > viewport()->height())
        bar->setValue(bar->value() + (pos.y() < 0 ? -1 : 1) * (theme::rowHeight() - 2));
    const QPoint start = m_bandStart - QPoint(0, bar->value());
    const QRect band = QRect(start, pos).normalized();
    m_band->setGeometry(band.intersected(viewport()->rect().adjusted(0, -4, 0, 4)));
    m_band->show();
    selectionModel()->select(m_before, QItemSelectionModel::ClearAndSelect);
    QItemSelection rows;
    for (QModelIndex at = indexAt(QPoint(viewport()->width() - 1, std::max(0, band.top()))); at.isValid(); at = indexBelow(at)) {
        if (visualRect(at).top() > band.bottom())
            break;
        rows.select(at, at);
    }
    selectionModel()->select(rows, QItemSelectionModel::Select | QItemSelectionModel::Rows);
}

void ClustersTree::mouseReleaseEvent(QMouseEvent* event)
{
    const bool banded = m_band->isVisible();
    m_band->hide();
    m_mayBand = false;
    if (banded) {
        setState(NoState);
        return;
    }
    QTreeView::mouseReleaseEvent(event);
    if (event->button() == Qt::LeftButton && isLink(event->pos()))
        Q_EMIT loginWanted(indexAt(event->pos()).data(ClusterTreeModel::ClusterRole).toString());
}

void ClustersTree::mouseDoubleClickEvent(QMouseEvent* event)
{
    const QModelIndex index = indexAt(event->pos());
    QTreeView::mouseDoubleClickEvent(event);
    if (event->button() == Qt::LeftButton && index.isValid() && m_filter->rowCount(index) == 0 && !isEmptySpace(event->pos()))
        Q_EMIT enterPressed();
}

void ClustersTree::keyPressEvent(QKeyEvent* event)
{
    const bool plain = !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
    if (plain && (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)) {
        Q_EMIT enterPressed();
    } else if (plain && event->key() == Qt::Key_Space && m_filter->hasChildren(currentIndex())) {
        setExpanded(currentIndex(), !isExpanded(currentIndex()));
    } else {
        QTreeView::keyPressEvent(event);
        return;
    }
    event->accept();
}

// Drag and drop ----------------------------------------------------------------------------------------------------------

void ClustersTree::startDrag(Qt::DropActions /*supported*/)
{
    const QModelIndexList rows = selectedSources();
    QMimeData* components = m_source->mimeData(rows);
    if (!components)
        return;
    const QPixmap picture = chip(m_source->describe(m_source->componentsOf(rows)));
    auto* drag = new QDrag(this);
    drag->setMimeData(components);
    drag->setPixmap(picture);
    drag->setHotSpot(QPoint(-12, picture.height() / 2 / std::max(1, int(picture.devicePixelRatio()))));
    drag->exec(Qt::CopyAction);
}

void ClustersTree::say(const QString& text)
{
    QStatusTipEvent tip(text);
    QApplication::sendEvent(this, &tip);
}

void ClustersTree::dragMoveEvent(QDragMoveEvent* event)
{
    QTreeView::dragMoveEvent(event);
    if (models::bundlesIn(event->mimeData()).isEmpty()) {
        event->ignore();
        return;
    }
    QString refused;
    const QString text = m_source->dropText(m_filter->mapToSource(indexAt(event->position().toPoint())), &refused);
    say(text.isEmpty() ? refused : text);
}

void ClustersTree::dragLeaveEvent(QDragLeaveEvent* event)
{
    say({});
    QTreeView::dragLeaveEvent(event);
}

} // namespace scalekeep::widgets
