#pragma once

#include "models/run/runreport.h"
#include "models/run/runstepsmodel.h"
#include "widgets/common/parts.h"

#include <QPointer>

class QSplitter;
class QTreeView;

namespace scalekeep::widgets {

class FailurePane;
class LogPane;
class RunHead;
class StepDetail;
class TimelineView;

/// One run: head, steps, the chosen step, timeline and log; when it fails, what happened, the undo and what to do next instead of the timeline.
/// Shows a RunState that RunHub owns. GUI thread.
class RunView : public QWidget {
    Q_OBJECT
public:
    explicit RunView(QWidget* parent = nullptr);
    void setRun(models::RunState* run);      ///< may be null
    [[nodiscard]] models::RunState* run() const { return m_run; }
    void setChip(const QString& text, const QColor& colour);  ///< "Production" in the cluster's colour
    [[nodiscard]] RunHead* head() const { return m_head; }
    [[nodiscard]] LogPane* log() const { return m_log; }
    void nextFailed(bool forward);
    void setLogVisible(bool visible);
    [[nodiscard]] bool showsFailure() const { return m_failed; }

Q_SIGNALS:
    void showBundle(const QString& path);
    void exportWanted();
    void chosen(scalekeep::models::NextStep::Action action);

protected:
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void update();
    void showFailure(bool failure);
    void arrange();
    void openBusyStages();

    QPointer<models::RunState> m_run;
    models::RunStepsModel* m_model;
    Banner* m_banner;
    RunHead* m_head;
    QSplitter* m_rows;        ///< whole
    QSplitter* m_top;         ///< steps | detail
    QSplitter* m_bottom;      ///< timeline | log
    QSplitter* m_left;        ///< of a failure: steps over log
    QSplitter* m_columns;     ///< of a failure: m_left | pane
    Panel* m_stepsPanel;
    QTreeView* m_steps;
    StepDetail* m_detail;
    Panel* m_timelinePanel;
    TimelineView* m_timeline;
    LogPane* m_log;
    FailurePane* m_failure;
    QSet<QString> m_opened;   ///< stages that were opened once: the user may close them again
    bool m_failed = false, m_chosenByUser = false, m_selecting = false, m_sawLive = false;
};

} // namespace scalekeep::widgets
