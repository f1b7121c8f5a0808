#pragma once

#include "models/bundles/bundlejobs.h"
#include "widgets/common/parts.h"

#include <QGridLayout>

class QScrollArea;

namespace scalekeep::widgets {

/// What is known of one bundle, and what is being done with it. Shows foreign text as it is, never as markup. Owned by its page; library and
/// jobs outlive it. GUI thread.
class BundleDetails : public Panel {
    Q_OBJECT
public:
    BundleDetails(models::BundleLibrary& library, models::BundleJobs& jobs, QWidget* parent = nullptr);
    void setBundle(const QString& path); ///< empty: none
    void update();                       ///< its values have changed
    [[nodiscard]] QString bundle() const { return m_path; }
    /// All rows as lines of "name: value".
    [[nodiscard]] QString asText() const;

Q_SIGNALS:
    void noteRequested();
    void folderRequested();

private:
    struct Row {
        QLabel* name;
        ElidedLabel* value;
    };
    Row addRow(const QString& name, Qt::TextElideMode mode = Qt::ElideRight);
    static void set(const Row& row, const QString& text, const QString& tip = {});
    void updateState(const models::BundleInfo& info);
    void updateDigest(const models::BundleInfo& info);
    void updateJob();

    models::BundleLibrary& m_library;
    models::BundleJobs& m_jobs;
    QString m_path;
    QWidget* m_content;
    QGridLayout* m_grid;
    GlyphLabel* m_glyph;
    QLabel *m_state, *m_stateText;
    QLabel* m_none;
    QWidget* m_job;
    ElidedLabel* m_jobTitle;
    ThinProgress* m_progress;
    QPushButton* m_cancel;
    Row m_taken, m_until, m_by, m_version, m_spread, m_size, m_digest, m_file, m_note;
    QPushButton* m_compute;
    QToolButton* m_copy;
    QPushButton *m_show, *m_edit;
};

} // namespace scalekeep::widgets
