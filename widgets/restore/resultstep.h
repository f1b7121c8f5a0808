#pragma once

#include "models/restore/restoresession.h"
#include "widgets/common/parts.h"

#include <QStandardItemModel>
#include <QTreeView>

namespace scalekeep::widgets {

/// Steps 5 and 6: that the restore runs (it is watched on Runs), and how it ended.
class ResultStep : public QWidget {
    Q_OBJECT
public:
    explicit ResultStep(models::RestoreSession& session, QWidget* parent = nullptr);
    void update();
    void copyAsText();

Q_SIGNALS:
    void runWanted();
    void anotherWanted();

private:
    models::RestoreSession& m_session;
    GlyphLabel* m_glyph;
    QLabel* m_title;
    QLabel* m_text;
    Panel* m_proven;
    QTreeView* m_view;
    QStandardItemModel* m_rows;
    Panel* m_safety;
    ElidedLabel* m_safetyPath;
    QLabel* m_next;
    CommandView* m_detail;
    QPushButton* m_copy;
    QPushButton* m_another;
};

} // namespace scalekeep::widgets
