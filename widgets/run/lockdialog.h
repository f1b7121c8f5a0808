#pragma once

#include "models/run/namespacelock.h"
#include "widgets/common/parts.h"

#include <QDialog>

class QCheckBox;

namespace scalekeep::widgets {

/// Who holds a namespace, and what can be done when that run is lost: put back what it left, or break its lock, each after the namespace's name was
/// typed. Window modal; deletes itself when it is closed, which waits for what is being put back. GUI thread.
class LockDialog : public QDialog {
    Q_OBJECT
public:
    LockDialog(const models::Workplace& workplace, models::RunHub& runs, const models::NamespaceRef& where, bool readOnly, QWidget* parent = nullptr);
    void reject() override;

Q_SIGNALS:
    void runWanted(const QString& runId);     ///< the holder's journal is here, or it works here

protected:
    bool event(QEvent* event) override;

private:
    void update();

    models::NamespaceLock* m_lock;
    Banner* m_banner;
    QLabel* m_state;
    QWidget* m_facts;
    QLabel *m_owner, *m_host, *m_since, *m_purpose, *m_run, *m_halfLoaded, *m_loaded;
    QLabel* m_remedy;
    QLabel* m_rememberedLabel;
    CommandView* m_remembered;
    QCheckBox* m_acceptMixed;
    QLabel* m_prompt;
    QLineEdit* m_field;
    GlyphLabel* m_glyph;
    QPushButton *m_showRun, *m_again, *m_putBack, *m_break, *m_close;
    std::optional<run::LockInfo> m_shown;     ///< a name that was typed for another one does not count
    bool m_wasBusy = false;
};

} // namespace scalekeep::widgets
