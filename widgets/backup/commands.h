#pragma once

#include "models/backup/backupplan.h"
#include "widgets/common/parts.h"

namespace scalekeep::widgets {

/// The commands of what is selected in the plan, or of all of it; copied or exported as a script.
class Commands : public Panel {
    Q_OBJECT
public:
    explicit Commands(models::BackupPlan& plan, QWidget* parent = nullptr);
    void select(const QList<models::ComponentRef>& components);
    /// Writes the script of the whole plan in the background.
    void writeScript(const QString& path);

Q_SIGNALS:
    void message(const QString& text);

private:
    void show();
    void exportScript();

    models::BackupPlan& m_plan;
    CommandView* m_view;
    QPushButton* m_copy;
    QPushButton* m_export;
    QList<models::ComponentRef> m_selected;
};

} // namespace scalekeep::widgets
