#pragma once

#include "models/run/runhub.h"
#include "widgets/common/parts.h"

namespace scalekeep::widgets {

/// The runs that go on, in the status bar: one line each for up to two, a number for more. A click asks for the page. GUI thread.
class JobsIndicator : public QWidget {
    Q_OBJECT
public:
    explicit JobsIndicator(models::RunHub& hub, QWidget* parent = nullptr);
    [[nodiscard]] QString text() const;

Q_SIGNALS:
    void clicked(scalekeep::models::RunState* run);

private:
    void update();

    models::RunHub& m_hub;
    GlyphLabel* m_glyph;
    QToolButton* m_button;
};

} // namespace scalekeep::widgets
