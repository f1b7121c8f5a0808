#pragma once

#include "models/run/runhub.h"
#include "models/run/runsmodel.h"
#include "widgets/common/parts.h"

class QStackedWidget;
class QTableView;

namespace scalekeep::widgets {

class RunView;

/// The page Runs: what runs and what ran, and the chosen one in full. The main window knows connections and clusters; it is asked by signals.
/// GUI thread.
class RunsPage : public Page {
    Q_OBJECT
public:
    explicit RunsPage(models::RunHub& hub, QWidget* parent = nullptr);
    /// What a cluster's chip shows, asked when a run is shown: an empty text hides it.
    struct ChipText {
        QString text;
        QColor colour;
    };
    std::function<ChipText(const QString& cluster)> chipOf;

    void show(models::RunState* run);              ///< selects it
    void showRun(const QString& runId);            ///< the same for an earlier run
    using QWidget::show;
    [[nodiscard]] RunView* view() const { return m_view; }
    void setLogVisible(bool visible);
    /// Asks for the folder of a run from another workstation and takes it over.
    void importRun();

    void activated() override;
    void refresh() override;
    SearchField* filter() override;
    void copyAsText() override;
    void nextProblem(bool forward) override;
    void saveState(QSettings& settings) const override;
    void restoreState(QSettings& settings) override;

Q_SIGNALS:
    void resumeRequested(const QString& runId, bool lockWasRemoved);
    void undoRequested(const QString& runId, bool lockWasRemoved); ///< has been asked for and confirmed
    void lockWanted(const scalekeep::models::NamespaceRef& where); ///< who holds it
    void imported(const QString& runId);
    void showBundle(const QString& path);
    void recordWanted(const QString& runId);       ///< its export
    void restoreAgain(const QString& runId);       ///< of a restore or a backup: with the same choices

private:
    void select(int row);
    void showSelected();
    void updateList();
    void importFrom(const QString& folder);
    void askWithoutLock(const models::RunState& run);
    void showLock();

    models::RunHub& m_hub;
    models::RunsModel* m_model;
    QTableView* m_list;
    QPushButton* m_toggle;
    Panel* m_listPanel;
    RunView* m_view;
    QStackedWidget* m_stack;
    Banner* m_imported;          ///< that a run is being copied; what was imported, and what that means for the other workstation
    QPushButton* m_dismiss;      ///< while it is copied: Cancel
    QString m_importedRun, m_wanted; ///< m_wanted: selected as soon as it is listed
    QAction *m_import, *m_lock;
    bool m_toggled = false;      ///< by the user: stays as it is
};

} // namespace scalekeep::widgets
