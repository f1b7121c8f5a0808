#pragma once

#include <QWidget>

namespace scalekeep::widgets {

/// One segment a component of a complete backup: filled for what is in the plan, a dashed frame for what is not. The text for a screen reader is its
/// accessible name.
class Segments : public QWidget {
    Q_OBJECT
public:
    explicit Segments(QWidget* parent = nullptr);
    void set(int covered, int expected);
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    int m_covered = 0, m_expected = 0;
};

} // namespace scalekeep::widgets
