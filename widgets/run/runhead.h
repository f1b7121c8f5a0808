#pragma once

#include "models/run/runstate.h"
#include "widgets/common/parts.h"

#include <QPointer>

namespace scalekeep::widgets {

/// Head of a run: what it is, how far it is, pause and cancel; for an ended one its result. Owned by its parent; GUI thread.
class RunHead : public QFrame {
    Q_OBJECT
public:
    explicit RunHead(QWidget* parent = nullptr);
    void setRun(models::RunState* run);
    void setChip(const QString& text, const QColor& colour);
    QHBoxLayout* left() { return m_left; }   ///< before the title

Q_SIGNALS:
    void showBundle(const QString& path);
    void exportWanted();                     ///< the record of this run

private:
    void update();
    void askCancel();

    QPointer<models::RunState> m_run;
    QHBoxLayout* m_left;
    QLabel* m_title;
    Chip* m_chip;
    ElidedLabel* m_by;
    QPushButton* m_pause;
    QPushButton* m_cancel;
    QPushButton* m_show;
    QPushButton* m_export;
    QWidget* m_barRow;
    ThinProgress* m_bar;
    QLabel* m_figures;
    ElidedLabel* m_line;
    GlyphLabel* m_glyph;
};

} // namespace scalekeep::widgets
