#pragma once

#include <QProxyStyle>
#include <QStyleOption>

namespace scalekeep::widgets {

/// Fusion with the mock-ups' buttons, fields, headers, frames and focus. Colours come from the tokens at paint time, so nothing is
/// polished anew when the theme changes. Owned by the application; GUI thread.
class Style : public QProxyStyle {
    Q_OBJECT
public:
    Style();

    void setAnimated(bool animated) { m_animated = animated; } ///< what the system's own style said
    [[nodiscard]] bool isAnimated() const { return m_animated; }

    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget = nullptr) const override;
    void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget = nullptr) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter, const QWidget* widget = nullptr) const override;
    [[nodiscard]] QRect subElementRect(SubElement element, const QStyleOption* option, const QWidget* widget = nullptr) const override;
    [[nodiscard]] QRect subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part, const QWidget* widget = nullptr) const override;
    [[nodiscard]] QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& contents, const QWidget* widget = nullptr) const override;
    [[nodiscard]] int pixelMetric(PixelMetric metric, const QStyleOption* option = nullptr, const QWidget* widget = nullptr) const override;
    [[nodiscard]] int styleHint(StyleHint hint, const QStyleOption* option = nullptr, const QWidget* widget = nullptr, QStyleHintReturn* answer = nullptr) const override;
    using QProxyStyle::polish;
    void polish(QWidget* widget) override;

private:
    void drawButton(const QStyleOptionButton& option, QPainter& painter, const QWidget* widget) const;
    void drawComboBox(const QStyleOptionComboBox& option, QPainter& painter) const;
    void drawSpinBox(const QStyleOptionSpinBox& option, QPainter& painter, const QWidget* widget) const;
    void drawModeButton(const QStyleOptionToolButton& option, QPainter& painter) const;
    void drawTab(const QStyleOptionTab& option, QPainter& painter) const;
    void drawHeaderSection(const QStyleOptionHeader& option, QPainter& painter) const;
    void drawProgress(ControlElement element, const QStyleOptionProgressBar& option, QPainter& painter) const;
    void drawCheck(PrimitiveElement element, const QStyleOption& option, QPainter& painter) const;

    bool m_animated = true;
};

/// A frame of `width` px inside `rect`, with the radius of buttons and fields. GUI thread.
void paintFrame(QPainter& painter, const QRect& rect, const QColor& line, const QColor& ground, double width = 1, double radius = 3);

/// Shows a part, also before it has got its parent: it must not become a window of its own for a moment.
void setShown(QWidget& widget, bool shown);

} // namespace scalekeep::widgets
