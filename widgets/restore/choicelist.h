#pragma once

#include <QTreeView>

namespace scalekeep::widgets {

/// A list of which the user chooses one row, by mouse or keys. Rows that come and go, and the focus, choose nothing: where the chosen row goes, Qt would
/// take the one beside it.
class ChoiceList : public QTreeView {
    Q_OBJECT
public:
    using QTreeView::QTreeView;
    [[nodiscard]] QModelIndex chosenRow() const;   ///< invalid: none is shown as chosen
    void setChosenRow(const QModelIndex& row);     ///< shows it, and says nothing

Q_SIGNALS:
    void chosen(const QModelIndex& row);           ///< by the user

protected:
    void keyPressEvent(QKeyEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void rowsAboutToBeRemoved(const QModelIndex& parent, int start, int end) override;

private:
    void tell(const QPersistentModelIndex& before);
};

} // namespace scalekeep::widgets
