#pragma once

#include "models/restore/restoresession.h"
#include "widgets/common/parts.h"

namespace scalekeep::widgets {

/// Bundle › Target › Components › Check and confirm › Run › Result. Steps that can be gone to are buttons.
class StepBar : public QWidget {
    Q_OBJECT
public:
    explicit StepBar(models::RestoreSession& session, QWidget* parent = nullptr);
    void update();
    static QString titleOf(models::RestoreSession::Step step);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    models::RestoreSession& m_session;
    QList<QToolButton*> m_buttons;
};

} // namespace scalekeep::widgets
