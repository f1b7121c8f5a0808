#pragma once

#include "models/compare/growthmodel.h"

#include <QWidget>

namespace scalekeep::widgets {

/// How an installation has grown: a band a component over time, a point a bundle. Points are chosen with the mouse or with the arrow keys and Enter; for
/// a screen reader it is text. The model outlives it; GUI thread.
class GrowthChart : public QWidget {
    Q_OBJECT
public:
    explicit GrowthChart(models::GrowthModel& model, QWidget* parent = nullptr);
    /// Which bundles stand on the sides now; they get its letters.
    void setSides(const QString& bundleA, const QString& bundleB);
    [[nodiscard]] int current() const { return m_current; }
    /// Middle of a point on the widget, for what points at it.
    [[nodiscard]] QPoint placeOf(int point) const;
    static QColor colourOf(int band); ///< also of the legend

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// `base`: for A, else for B.
    void chosen(const QString& bundle, bool base);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool event(QEvent* event) override;

private:
    void follow();
    void setCurrent(int point);
    [[nodiscard]] QRect plot() const;
    [[nodiscard]] double xOf(int point) const;
    [[nodiscard]] int pointAt(const QPoint& at) const; ///< -1: none near it
    void paintBands(QPainter& painter, const QRect& area) const;
    void paintAxes(QPainter& painter, const QRect& area) const;

    models::GrowthModel& m_model;
    QString m_sides[2];
    qint64 m_top = 1;    ///< bytes at the upper edge
    int m_current = -1, m_hover = -1;
};

} // namespace scalekeep::widgets
