#pragma once

#include "models/run/runlogmodel.h"
#include "widgets/common/parts.h"

class QComboBox;
class QTableView;

namespace scalekeep::widgets {

/// The log of a run: filter by step, level and text, copy, save, follow the end until the user scrolls up. Owned by its parent; GUI thread.
class LogPane : public Panel {
    Q_OBJECT
public:
    explicit LogPane(QWidget* parent = nullptr);
    void setRun(models::RunState* run);
    [[nodiscard]] SearchField* search() const { return m_search; }
    [[nodiscard]] bool follows() const { return m_follow->isChecked(); }
    void showStep(const QString& stepId);    ///< only this step's lines; empty: all
    void showErrors();
    void copyShown();
    /// Writes the lines that are shown; asks for the file when `path` is empty.
    void save(const QString& path = {});

protected:
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void fillSteps();
    void filter();
    void rows();
    void setFonts();
    [[nodiscard]] QString shownText(bool selectedOnly) const;

    models::RunLogModel* m_model;
    QPointer<models::RunState> m_run;
    QTableView* m_view;
    QComboBox* m_steps;
    QComboBox* m_levels;
    SearchField* m_search;
    QPushButton* m_follow;
    EmptyState* m_empty;
    QTimer m_typing;
    bool m_scrolling = false;   ///< by us
};

} // namespace scalekeep::widgets
