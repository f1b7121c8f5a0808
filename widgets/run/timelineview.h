#pragma once

#include "models/run/timeline.h"

#include <QWidget>

namespace scalekeep::widgets {

/// Draws which part of a run was busy when, with a line for now. Its accessible description has the same in words. GUI thread.
class TimelineView : public QWidget {
    Q_OBJECT
public:
    explicit TimelineView(QWidget* parent = nullptr);
    void show(const models::Timeline& timeline);
    using QWidget::show;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] QSize sizeHint() const override;
    /// What the colours mean, for the title bar of its panel.
    static QWidget* legend(QWidget* parent);

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    [[nodiscard]] int rowHeight() const;
    models::Timeline m_timeline;
};

} // namespace scalekeep::widgets
