#pragma once

#include "models/restore/restoresession.h"
#include "widgets/common/parts.h"
#include "widgets/restore/choicelist.h"

#include <QCheckBox>
#include <QComboBox>

namespace scalekeep::widgets {

/// Step 2: a namespace of a connected cluster, or the name of one where 3scale is gone.
class TargetStep : public QWidget {
    Q_OBJECT
public:
    explicit TargetStep(models::RestoreSession& session, QWidget* parent = nullptr);
    void update();
    [[nodiscard]] QTreeView* view() { return m_view; }

Q_SIGNALS:
    void goOn();

private:
    void choose(const QModelIndex& row);
    void useTyped();
    models::RestoreSession& m_session;
    ChoiceList* m_view;
    QComboBox* m_cluster;
    QLineEdit* m_name;
    QPushButton* m_use;
    QFrame* m_warning;
    QLabel* m_warningText;
    QCheckBox* m_map;
    QLabel* m_chosen;
};

} // namespace scalekeep::widgets
