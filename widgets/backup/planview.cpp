#include "widgets/backup/planview.h"

#include "models/common/roles.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QContextMenuEvent>
#include <QDragEnterEvent>
#include <QHeaderView>
#include <QMenu>
#include <QPainter>
#include <QTimer>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::BackupPlanModel;
using models::ComponentRef;

namespace {
constexpr int pictureSize = 16, removeWidth = 36;

QString hoverText(const models::BackupPlan& plan, const QList<ComponentRef>& components)
{
    const QString refusal = plan.refusal(components);
    return refusal.isEmpty() ? DropZone::tr("Add to plan") : refusal;
}
} // namespace

void PlanDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    RowDelegate::paint(painter, option, index);
    if (index.column() != BackupPlanModel::Remove || !(option.state & (QStyle::State_MouseOver | QStyle::State_Selected)))
        return;
    const QRect rect(option.rect.center().x() - pictureSize / 2 + 1, option.rect.center().y() - pictureSize / 2 + 1, pictureSize, pictureSize);
    paintIcon(*painter, rect, u"close"_s, theme::color(Token::Text2));
}

PlanView::PlanView(models::BackupPlan& plan, QWidget* parent) : QTreeView(parent), m_plan(plan), m_model(new BackupPlanModel(plan, this))
{
    setObjectName(u"plan"_s);
    setAccessibleName(tr("Components in the plan"));
    setModel(m_model);
    setItemDelegate(new PlanDelegate(this));
    setUniformRowHeights(true);
    setFrameShape(QFrame::NoFrame);
    setIndentation(pictureSize);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setAllColumnsShowFocus(true);
    setMouseTracking(true);
    setDragDropMode(QAbstractItemView::DropOnly);
    setDefaultDropAction(Qt::CopyAction);
    setDropIndicatorShown(false);
    header()->setObjectName(u"planColumns"_s);
    header()->setStretchLastSection(false);
    header()->setSectionsMovable(false);
    header()->setMinimumSectionSize(removeWidth);
    const QFontMetrics metrics(theme::titleFont());
    header()->resizeSection(BackupPlanModel::Component, metrics.horizontalAdvance(u"production / threescale"_s) + pictureSize);
    header()->setSectionResizeMode(BackupPlanModel::Taken, QHeaderView::Stretch);
    for (const int column : {BackupPlanModel::InCluster, BackupPlanModel::InBundle, BackupPlanModel::Time})
        header()->resizeSection(column, metrics.horizontalAdvance(u"≈ 999 MiB"_s) + pictureSize);
    header()->setSectionResizeMode(BackupPlanModel::Remove, QHeaderView::Fixed);
    header()->resizeSection(BackupPlanModel::Remove, removeWidth);
    expandAll();
    connect(m_model, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex& group, int first, int last) {
        for (int row = first; !group.isValid() && row <= last; ++row)
            expand(m_model->index(row, 0));
    });
    connect(this, &QAbstractItemView::clicked, this, [this](const QModelIndex& index) {
        if (index.column() == BackupPlanModel::Remove)
            Q_EMIT removeRequested({m_model->refOf(index)});
    });
    connect(selectionModel(), &QItemSelectionModel::selectionChanged, this, &PlanView::componentsSelected);
    connect(selectionModel(), &QItemSelectionModel::currentChanged, this, &PlanView::componentsSelected);
}

QList<ComponentRef> PlanView::selectedComponents() const
{
    QList<ComponentRef> components;
    const QModelIndexList rows = selectionModel()->selectedRows();
    for (const QModelIndex& row : rows)
        components.append(m_model->refOf(row));
    return components;
}

void PlanView::reveal(const QList<ComponentRef>& components)
{
    QItemSelection selection;
    QModelIndex first;
    for (const ComponentRef& each : components) {
        const QModelIndex index = m_model->indexOf(each);
        if (!index.isValid())
            continue;
        expand(index.parent());
        selection.select(index, index.siblingAtColumn(BackupPlanModel::ColumnCount - 1));
        if (!first.isValid())
            first = index;
    }
    if (!first.isValid())
        return;
    selectionModel()->setCurrentIndex(first, QItemSelectionModel::NoUpdate);
    selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    scrollTo(first);
    // Once more when the page has found room for what else changed.
    QTimer::singleShot(0, this, [this, kept = QPersistentModelIndex(first)] {
        if (kept.isValid())
            scrollTo(kept);
    });
}

void PlanView::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Delete) {
        const QList<ComponentRef> components = selectedComponents();
        if (!components.isEmpty())
            Q_EMIT removeRequested(components);
        return;
    }
    if (event->key() == Qt::Key_Space && currentIndex().isValid()) {
        const QModelIndex group = currentIndex().parent().isValid() ? currentIndex().parent() : currentIndex().siblingAtColumn(0);
        setExpanded(group, !isExpanded(group));
        return;
    }
    QTreeView::keyPressEvent(event);
}

void PlanView::contextMenuEvent(QContextMenuEvent* event)
{
    const QList<ComponentRef> components = selectedComponents();
    if (components.isEmpty())
        return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    QAction* remove = menu->addAction(icon(u"close"_s), tr("Remove from plan"));
    remove->setShortcut(QKeySequence::Delete);
    connect(remove, &QAction::triggered, this, [this, components] { Q_EMIT removeRequested(components); });
    menu->popup(event->globalPos());
}

void PlanView::say(const QMimeData* dragged)
{
    const QList<ComponentRef> components = models::componentsIn(dragged);
    Q_EMIT hovered(hoverText(m_plan, components), m_plan.refusal(components).isEmpty());
}

void PlanView::dragEnterEvent(QDragEnterEvent* event)
{
    if (!event->mimeData()->hasFormat(QLatin1String(models::componentsMimeType))) {
        event->ignore();
        return;
    }
    say(event->mimeData());
    // Accepted even where the drop will be refused, so that the pointer's moves say why.
    event->acceptProposedAction();
    setState(DraggingState);
}

void PlanView::dragMoveEvent(QDragMoveEvent* event)
{
    if (m_model->canDropMimeData(event->mimeData(), Qt::CopyAction, -1, -1, {})) {
        event->setDropAction(Qt::CopyAction);
        event->accept();
    } else {
        event->ignore();
    }
}

void PlanView::dragLeaveEvent(QDragLeaveEvent* event)
{
    QTreeView::dragLeaveEvent(event);
    Q_EMIT hovered({}, false);
}

void PlanView::dropEvent(QDropEvent* event)
{
    Q_EMIT hovered({}, false);
    setState(NoState);
    if (m_model->dropMimeData(event->mimeData(), Qt::CopyAction, -1, -1, {})) {
        event->setDropAction(Qt::CopyAction);
        event->accept();
    } else {
        event->ignore();
    }
}

DropZone::DropZone(models::BackupPlan& plan, BackupPlanModel& model, QWidget* parent)
    : QFrame(parent), m_plan(plan), m_model(model), m_text(tr("Drop components here, or select them in Clusters and press Enter"))
{
    setAcceptDrops(true);
    setAccessibleName(m_text);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void DropZone::setHover(const QString& text, bool accepted)
{
    m_hover = text;
    m_accepted = accepted;
    update();
}

QSize DropZone::sizeHint() const
{
    return {200, theme::controlHeight() + 2};
}

void DropZone::paintEvent(QPaintEvent* /*event*/)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool accent = !m_hover.isEmpty() && m_accepted;
    painter.setPen(QPen(theme::color(accent ? Token::Accent : m_hover.isEmpty() ? Token::Line2 : Token::Err), accent ? 2 : 1, accent ? Qt::SolidLine : Qt::DashLine));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 3, 3);
    const QColor ink = theme::color(m_hover.isEmpty() ? Token::Text2 : m_accepted ? Token::Accent : Token::Err);
    const int space = 8;
    const QString shown = fontMetrics().elidedText(text(), Qt::ElideRight, width() - pictureSize - 4 * space);
    const int textWidth = fontMetrics().horizontalAdvance(shown);
    const int left = (width() - pictureSize - space - textWidth) / 2;
    paintIcon(painter, QRect(left, (height() - pictureSize) / 2, pictureSize, pictureSize), m_hover.isEmpty() || m_accepted ? u"plus"_s : u"close"_s, ink);
    painter.setPen(ink);
    painter.drawText(QRect(left + pictureSize + space, 0, textWidth + 1, height()), Qt::AlignVCenter | Qt::AlignLeft, shown);
}

void DropZone::dragEnterEvent(QDragEnterEvent* event)
{
    if (!event->mimeData()->hasFormat(QLatin1String(models::componentsMimeType)))
        return;
    const QList<ComponentRef> components = models::componentsIn(event->mimeData());
    Q_EMIT hovered(hoverText(m_plan, components), m_plan.refusal(components).isEmpty());
    event->acceptProposedAction();
}

void DropZone::dragMoveEvent(QDragMoveEvent* event)
{
    if (m_model.canDropMimeData(event->mimeData(), Qt::CopyAction, -1, -1, {})) {
        event->setDropAction(Qt::CopyAction);
        event->accept();
    } else {
        event->ignore();
    }
}

void DropZone::dragLeaveEvent(QDragLeaveEvent* /*event*/)
{
    Q_EMIT hovered({}, false);
}

void DropZone::dropEvent(QDropEvent* event)
{
    Q_EMIT hovered({}, false);
    if (m_model.dropMimeData(event->mimeData(), Qt::CopyAction, -1, -1, {})) {
        event->setDropAction(Qt::CopyAction);
        event->accept();
    }
}

} // namespace scalekeep::widgets
