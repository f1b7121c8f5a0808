#pragma once

#include "models/restore/restoresession.h"
#include "widgets/common/parts.h"

#include <QCheckBox>
#include <QRadioButton>
#include <QTreeView>

namespace scalekeep::widgets {

/// Step 3: which components, and how.
class ComponentsStep : public QWidget {
    Q_OBJECT
public:
    explicit ComponentsStep(models::RestoreSession& session, QWidget* parent = nullptr);
    void update();
    [[nodiscard]] QTreeView* view() { return m_view; }

private:
    QWidget* makeOptions();
    models::RestoreSession& m_session;
    Panel* m_list;
    QTreeView* m_view;
    QLabel* m_notes;
    QRadioButton* m_asDocumented;
    QRadioButton* m_emptied;
    QRadioButton* m_helper;
    QRadioButton* m_documented;
    QCheckBox* m_safety;
    QLineEdit* m_reason;
    QLineEdit* m_template;
};

} // namespace scalekeep::widgets
