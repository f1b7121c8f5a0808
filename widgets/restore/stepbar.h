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
    [[nodiscard]] QSize minimumSizeHint() const override;
    static QString titleOf(models::RestoreSession::Step step);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    [[nodiscard]] int fullWidth() const;
    bool m_compact = false;       ///< only the current step is named
    models::RestoreSession& m_session;
    QList<QToolButton*> m_buttons;
};

} // namespace scalekeep::widgets
