#pragma once

#include "models/backup/backupplan.h"

#include <QWidget>

class QAction;
class QComboBox;
class QPushButton;
class QToolButton;

namespace scalekeep::widgets {

/// Saved plans in the page's head: choose, save, rename, delete.
class SavedPlans : public QWidget {
    Q_OBJECT
public:
    explicit SavedPlans(models::BackupPlan& plan, QWidget* parent = nullptr);
    /// Under its name, or asks for one.
    void save();
    void saveAs();
    /// Under this name; asks before it overwrites another one.
    void saveAs(const QString& name);
    /// Asks first when the plan has changes that are not saved.
    void load(const QString& name);

Q_SIGNALS:
    void message(const QString& text);

private:
    void show();
    void rename();
    void remove();
    void askName(const QString& title, const QString& verb, const QString& name, std::function<void(const QString&)> then);
    void whenSure(const std::function<void()>& then);

    models::BackupPlan& m_plan;
    QComboBox* m_choice;
    QPushButton* m_save;
    QToolButton* m_more;
    QAction* m_rename;
    QAction* m_remove;
};

} // namespace scalekeep::widgets
