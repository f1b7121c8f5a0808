#pragma once

#include "models/backup/preparationmodel.h"

#include <QDialog>

class QLabel;
class QTreeView;

namespace scalekeep::widgets {

class ThinProgress;

/// What a dry run found: checks and steps. Opens at once and fills itself when the answer is there. Window modal, deletes itself.
class BackupDryRun : public QDialog {
    Q_OBJECT
public:
    explicit BackupDryRun(QWidget* parent = nullptr);
    void set(const QList<models::BackupPreparation>& preparations);

private:
    models::PreparationModel* m_model;
    QLabel* m_summary;
    ThinProgress* m_progress;
    QTreeView* m_view;
};

} // namespace scalekeep::widgets
