#pragma once

#include "models/run/runreport.h"
#include "models/run/undomodel.h"
#include "widgets/common/parts.h"

#include <QPointer>

class QTableView;

namespace scalekeep::widgets {

/// Of a run that failed: what happened, what is being undone, what to do next. Owned by its parent; GUI thread.
class FailurePane : public QWidget {
    Q_OBJECT
public:
    explicit FailurePane(QWidget* parent = nullptr);
    void setRun(models::RunState* run);
    void focusNext();     ///< the first thing that can be done

Q_SIGNALS:
    void chosen(scalekeep::models::NextStep::Action action);

private:
    void update();
    void showNext(const QList<models::NextStep>& steps);

    QPointer<models::RunState> m_run;
    models::UndoModel* m_undo;
    Panel* m_happened;
    QLabel* m_sentence;
    CommandView* m_words;
    Panel* m_undoPanel;
    QTableView* m_undoView;
    Panel* m_next;
    QWidget* m_list = nullptr;
    QList<models::NextStep> m_steps;
    QList<QPushButton*> m_buttons;
};

} // namespace scalekeep::widgets
