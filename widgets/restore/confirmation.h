#pragma once

#include "models/restore/restoresession.h"
#include "widgets/common/parts.h"

namespace scalekeep::widgets {

/// The red frame above the action bar: what will be lost, and the field for the namespace's name.
class Confirmation : public QFrame {
    Q_OBJECT
public:
    explicit Confirmation(models::RestoreSession& session, QWidget* parent = nullptr);
    void update();
    [[nodiscard]] QLineEdit* field() { return m_field; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    [[nodiscard]] QString safetyText() const;
    models::RestoreSession& m_session;
    QLabel* m_title;
    QLabel* m_loss;
    QLabel* m_safety;
    QLabel* m_prompt;
    QLineEdit* m_field;
    QAction* m_right;
};

} // namespace scalekeep::widgets
