#pragma once

#include <QTableView>

namespace scalekeep::widgets {

/// The library's table: rows are dragged as bundle files, with a chip of words under the pointer. Owned by its page; GUI thread.
class LibraryView : public QTableView {
    Q_OBJECT
public:
    explicit LibraryView(QWidget* parent = nullptr);
    /// Widths of a first start.
    void setDefaultWidths();

protected:
    void startDrag(Qt::DropActions actions) override;
};

} // namespace scalekeep::widgets
