#pragma once

#include "models/compare/sidesmodel.h"

#include <QTableView>

namespace scalekeep::widgets {

/// Both sides of a detail: three views of one model, A, state and B, with joined scroll bars, selection and column widths. The model outlives it.
class SideBySide : public QWidget {
    Q_OBJECT
public:
    SideBySide(models::SidesModel& model, QWidget* parent = nullptr);
    [[nodiscard]] QTableView* viewA() const { return m_a; }
    [[nodiscard]] QTableView* viewB() const { return m_b; }
    /// All columns, or only the telling ones.
    void setAllColumns(bool all);
    [[nodiscard]] bool allColumns() const { return m_all; }
    [[nodiscard]] int currentRow() const;
    void select(int row);
    /// Rows as they are shown, both sides: Ctrl+Shift+C.
    void copyRows();

Q_SIGNALS:
    void rowsShown(int first, int last); ///< scrolled; from 0

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;

private:
    QTableView* makeView(const QString& title);
    void join(QTableView* one, QTableView* other);
    void adopt();                ///< the model has another detail
    void setWidths();
    void fitLast();
    void tellRows();

    models::SidesModel& m_model;
    QTableView *m_a, *m_middle, *m_b;
    bool m_all = false, m_joining = false;
    int m_lastWidth = 0;         ///< of the last column, as its texts want it
};

} // namespace scalekeep::widgets
