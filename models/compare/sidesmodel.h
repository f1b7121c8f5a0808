#pragma once

#include "engine/compare/detail.h"
#include "models/common/roles.h"

#include <QAbstractTableModel>

namespace scalekeep::models {

/// A detail with both sides in one row: the columns of A, one for the state, the same columns for B. Rows of a table, keys, lines of a text or the
/// names of a secret's keys; values of secrets are bullets. Three views show a part of it each. GUI thread.
class SidesModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Role {
        State = role::User, ///< int of compare::State; -1: no row but a gap of equal lines
        Missing,            ///< bool: this side has no such row
        CellChanged,        ///< bool: this cell differs from that of the other side
        Marks               ///< QList<compare::Range>: what differs in its text; empty: all of it
    };

    explicit SidesModel(QObject* parent = nullptr);
    void setDetail(const std::shared_ptr<const compare::Detail>& detail); ///< null: empty
    [[nodiscard]] const std::shared_ptr<const compare::Detail>& detail() const { return m_detail; }

    [[nodiscard]] int sideColumns() const { return int(m_titles.size()); }
    [[nodiscard]] int stateColumn() const { return sideColumns(); }
    /// Column of the model for one of a side.
    [[nodiscard]] int columnOf(bool sideB, int column) const { return sideB ? sideColumns() + 1 + column : column; }
    /// Lines with numbers, in a fixed font.
    [[nodiscard]] bool isText() const;
    /// Columns that say what a row is and what differs in it: the key, what it is called, what has changed. All, where there are few.
    [[nodiscard]] QList<int> telling() const { return m_telling; }
    /// The widest text of a column of one side, so that views need not ask every cell.
    [[nodiscard]] QString widest(int column) const { return m_widest.value(column); }
    /// The next row that differs, as next() of the tree; -1: none in this direction.
    [[nodiscard]] int nextDifference(int row, bool forward) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Cell {
        QString text;
        bool dim = false, changed = false;
        QList<compare::Range> marks;
    };
    struct Row {
        int state = 0;
        bool missing[2] = {false, false};
        QList<Cell> cells[2] = {};
    };
    void fill();
    void fillRows(const compare::RowDetail& rows);
    void fillText(const compare::TextDetail& text);
    void fillSecret(const compare::SecretDetail& secret);
    void measure();

    std::shared_ptr<const compare::Detail> m_detail;
    QStringList m_titles;
    QList<bool> m_figures; ///< columns of numbers, which stand at the right
    QList<int> m_telling;
    QStringList m_widest;
    std::vector<Row> m_rows;
};

} // namespace scalekeep::models
