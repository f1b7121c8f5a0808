#pragma once

#include "models/backup/backupplan.h"
#include "widgets/common/parts.h"

class QCheckBox;
class QSpinBox;

namespace scalekeep::widgets {

/// Where the bundles go and how they are made.
class Destination : public Panel {
    Q_OBJECT
public:
    explicit Destination(models::BackupPlan& plan, QWidget* parent = nullptr);
    /// Asks for a folder.
    void browse();

private:
    void show();
    void take();

    models::BackupPlan& m_plan;
    QLineEdit* m_folder;
    GlyphLabel* m_glyph;
    ElidedLabel* m_space;
    QCheckBox* m_compress;
    QCheckBox* m_quiesce;
    QCheckBox* m_verify;
    QSpinBox* m_parallel;
    bool m_showing = false;
};

} // namespace scalekeep::widgets
