#pragma once

#include "models/restore/restoresession.h"
#include "widgets/common/parts.h"

#include <QListView>
#include <QSplitter>
#include <QTabWidget>
#include <QTreeView>

namespace scalekeep::widgets {

/// Step 4 above its confirmation: checks at the left; what will change, commands and back-out at the right.
class CheckStep : public QWidget {
    Q_OBJECT
public:
    explicit CheckStep(models::RestoreSession& session, QWidget* parent = nullptr);
    void update();
    void copyAsText();            ///< of the pane that has the focus; the checks otherwise
    [[nodiscard]] QListView* checks() { return m_checks; }

Q_SIGNALS:
    void lockWanted();            ///< who holds the namespace, and what can be done about it

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* makeChecks();
    QWidget* makeTabs();
    models::RestoreSession& m_session;
    QSplitter* m_splitter;
    Panel* m_checksPanel;
    QListView* m_checks;
    QLabel* m_counts;
    GlyphLabel* m_ring;
    QPushButton* m_again;
    QPushButton* m_lock;
    EmptyState* m_emptyChecks;
    QTabWidget* m_tabs;
    QTreeView* m_changes;
    EmptyState* m_emptyChanges;
    CommandView* m_commands;
    CommandView* m_backOut;
    QLabel* m_asOf = nullptr;         ///< made last
    const models::Preparation* m_shown = nullptr;
};

} // namespace scalekeep::widgets
