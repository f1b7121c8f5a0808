#include "widgets/restore/choicelist.h"

#include <QKeyEvent>

#include <algorithm>
#include <array>

namespace scalekeep::widgets {

QModelIndex ChoiceList::chosenRow() const
{
    return selectionModel() ? selectionModel()->selectedRows().value(0) : QModelIndex();
}

void ChoiceList::setChosenRow(const QModelIndex& row)
{
    if (!selectionModel() || chosenRow() == row)
        return;
    if (row.isValid())
        setCurrentIndex(row);
    else
        selectionModel()->clear();
}

void ChoiceList::keyPressEvent(QKeyEvent* event)
{
    const QPersistentModelIndex before = chosenRow();
    QTreeView::keyPressEvent(event);
    // The focus makes the first row the current one without choosing it: Home and Up go no further from there.
    static constexpr std::array moving{Qt::Key_Up, Qt::Key_Down, Qt::Key_Home, Qt::Key_End, Qt::Key_PageUp, Qt::Key_PageDown};
    if (currentIndex().isValid() && !chosenRow().isValid() && std::find(moving.begin(), moving.end(), event->key()) != moving.end())
        setCurrentIndex(currentIndex());
    tell(before);
}

bool ChoiceList::viewportEvent(QEvent* event)
{
    const QPersistentModelIndex before = chosenRow();
    const bool done = QTreeView::viewportEvent(event);
    if (event->isPointerEvent())
        tell(before);
    return done;
}

void ChoiceList::rowsAboutToBeRemoved(const QModelIndex& parent, int start, int end)
{
    const QModelIndex current = currentIndex();
    if (current.isValid() && current.parent() == parent && current.row() >= start && current.row() <= end)
        selectionModel()->clearCurrentIndex();
    QTreeView::rowsAboutToBeRemoved(parent, start, end);
}

void ChoiceList::tell(const QPersistentModelIndex& before)
{
    if (const QModelIndex now = chosenRow(); now.isValid() && before != now)
        Q_EMIT chosen(now);
}

} // namespace scalekeep::widgets
