#pragma once

#include "models/run/runstate.h"
#include "widgets/common/parts.h"

#include <QPointer>

class QGridLayout;

namespace scalekeep::widgets {

/// One step of a run: its exact command, where the documentation has it, and what is known of its proof. Owned by its parent; GUI thread.
class StepDetail : public Panel {
    Q_OBJECT
public:
    explicit StepDetail(QWidget* parent = nullptr);
    void show(models::RunState* run, const QString& stepId);
    using QWidget::show;

private:
    void update();
    void line(int row, const QString& name, const QString& text, const QString& glyph = {});

    QPointer<models::RunState> m_run;
    QString m_step;
    CommandView* m_command;
    QToolButton* m_copy;
    QList<QLabel*> m_names, m_texts;
    QList<GlyphLabel*> m_glyphs;
    QLabel* m_departure;
};

} // namespace scalekeep::widgets
