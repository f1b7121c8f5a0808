#include "widgets/common/theme.h"

#include "widgets/common/style.h"

#include <QApplication>
#include <QCoreApplication>
#include <QEvent>
#include <QFontDatabase>
#include <QFontMetrics>
#include <QStyleHints>
#include <QToolTip>
#include <QWidget>

#include <array>
#include <cmath>

// Outside any namespace: the macro declares a function of the global one.
static void loadResources()
{
    Q_INIT_RESOURCE(icons);
}

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {

struct Names {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::widgets::Theme)
};

constexpr int tokens = static_cast<int>(Token::Code) + 1;

// In the order of Token: light, dark (mock-ups, Colour tokens).
constexpr std::array<std::array<QRgb, 2>, tokens> values = {{
    {0xF1F2F4, 0x24272B}, // Window
    {0xFFFFFF, 0x1A1C1F}, // Base
    {0xF8F9FA, 0x1F2225}, // Alt
    {0xD3D7DC, 0x3A4047}, // Line
    {0x858E98, 0x747D87}, // Line2
    {0x1C2228, 0xE3E6E9}, // Text
    {0x56606B, 0xA5AEB8}, // Text2
    {0x7C858F, 0x828B95}, // Off
    {0x0B62B8, 0x6CB2F5}, // Accent
    {0x0B62B8, 0x1E6CBF}, // AccentFill
    {0xFFFFFF, 0xFFFFFF}, // OnAccent
    {0x0B62B8, 0x6CB2F5}, // BarFill
    {0xE3E7EC, 0x33383E}, // BarGround
    {0x5B97D8, 0x4A8ED2}, // Bar
    {0xD3E5F8, 0x1D4168}, // Selection
    {0xE4E7EB, 0x33383E}, // Selection2
    {0x166E33, 0x5CC680}, // Ok
    {0x865500, 0xE5B549}, // Warn
    {0xB91C1C, 0xFF918A}, // Err
    {0xBF2020, 0xC23A34}, // ErrFill
    {0xE4F3E8, 0x1D3325}, // OkGround
    {0xFFF3D1, 0x38301A}, // WarnGround
    {0xFCE8E8, 0x412324}, // ErrGround
    {0xF6F7F9, 0x15171A}, // Code
}};

struct ClusterColour {
    const char16_t* name;
    const char* title;
    QRgb light, dark;
};

constexpr std::array<ClusterColour, 6> clusterColours = {{
    {u"violet", QT_TRANSLATE_NOOP("scalekeep::widgets::Theme", "Violet"), 0x7A3DB8, 0xC799F2},
    {u"teal", QT_TRANSLATE_NOOP("scalekeep::widgets::Theme", "Teal"), 0x0B6C6C, 0x4FC3C0},
    {u"orange", QT_TRANSLATE_NOOP("scalekeep::widgets::Theme", "Brown-orange"), 0xA64600, 0xE59B68},
    {u"blue", QT_TRANSLATE_NOOP("scalekeep::widgets::Theme", "Blue"), 0x2A68AB, 0x86B6EC},
    {u"magenta", QT_TRANSLATE_NOOP("scalekeep::widgets::Theme", "Magenta"), 0xA6327A, 0xF092C8},
    {u"grey", QT_TRANSLATE_NOOP("scalekeep::widgets::Theme", "Grey"), 0x5E6872, 0xA9B2BB},
}};

struct State {
    theme::Choice choice = theme::Choice::System;
    bool dark = false;
    bool systemDark = false;
    bool systemContrast = false; ///< the system asks for high contrast
    QColor systemGround, systemInk;
    bool watching = false;
};

State& state()
{
    static State instance;
    return instance;
}

QFont scaled(QFont font, double factor)
{
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * factor);
    else
        font.setPixelSize(std::max(1, static_cast<int>(std::lround(font.pixelSize() * factor))));
    return font;
}

bool systemIsDark()
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    switch (QGuiApplication::styleHints()->colorScheme()) {
    case Qt::ColorScheme::Dark: return true;
    case Qt::ColorScheme::Light: return false;
    case Qt::ColorScheme::Unknown: break;
    }
#endif
    return state().systemDark;
}

/// Nothing tells Qt of a high contrast theme, but pure black and white for windows is used by nothing else.
bool isHighContrast(const QPalette& system)
{
    const QRgb ground = system.color(QPalette::Active, QPalette::Window).rgb() & RGB_MASK;
    const QRgb ink = system.color(QPalette::Active, QPalette::WindowText).rgb() & RGB_MASK;
    return (ground == 0 && ink == RGB_MASK) || (ground == RGB_MASK && ink == 0);
}

QPalette makePalette()
{
    using theme::color;
    QPalette palette;
    const auto set = [&](QPalette::ColorRole role, const QColor& normal) { palette.setColor(role, normal); };
    set(QPalette::Window, color(Token::Window));
    set(QPalette::WindowText, color(Token::Text));
    set(QPalette::Base, color(Token::Base));
    set(QPalette::AlternateBase, color(Token::Alt));
    set(QPalette::Text, color(Token::Text));
    set(QPalette::Button, color(Token::Window));
    set(QPalette::ButtonText, color(Token::Text));
    set(QPalette::BrightText, color(Token::OnAccent));
    set(QPalette::Light, color(Token::Base));
    set(QPalette::Midlight, color(Token::Alt));
    set(QPalette::Mid, color(Token::Line));
    set(QPalette::Dark, color(Token::Line2));
    set(QPalette::Shadow, state().dark ? QColor(0, 0, 0) : QColor(0x14, 0x1C, 0x24));
    set(QPalette::Highlight, color(Token::Selection));
    set(QPalette::HighlightedText, color(Token::Text));
    set(QPalette::Link, color(Token::Accent));
    set(QPalette::LinkVisited, color(Token::Accent));
    // Tool tips are the other way round than the window, so that they stand out of any view.
    set(QPalette::ToolTipBase, color(Token::Text));
    set(QPalette::ToolTipText, color(Token::Base));
    set(QPalette::PlaceholderText, color(Token::Text2));
    palette.setColor(QPalette::Inactive, QPalette::Highlight, color(Token::Selection2));
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText, QPalette::PlaceholderText, QPalette::Link, QPalette::LinkVisited})
        palette.setColor(QPalette::Disabled, role, color(Token::Off));
    palette.setColor(QPalette::Disabled, QPalette::Highlight, color(Token::Selection2));
    palette.setColor(QPalette::Disabled, QPalette::Base, color(Token::Window));
    return palette;
}

void apply()
{
    state().dark = state().choice == theme::Choice::Dark || (state().choice == theme::Choice::System && systemIsDark());
    const QPalette palette = makePalette();
    QApplication::setPalette(palette);
    QToolTip::setPalette(palette);
    // Windows are told only while the event loop runs; and some controls paint from the tokens and not from the palette.
    const auto windows = QApplication::topLevelWidgets();
    for (QWidget* window : windows) {
        window->setPalette(window->testAttribute(Qt::WA_SetPalette) ? window->palette() : QPalette());
        window->update();
        const auto children = window->findChildren<QWidget*>();
        for (QWidget* child : children)
            child->update();
    }
}

void applyFonts()
{
    const QFont small = theme::smallFont();
    QApplication::setFont(small, "QHeaderView");
    QApplication::setFont(small, "QStatusBar");
    QToolTip::setFont(small);
}

/// The system's font may change while the program runs. Setting the fonts of classes tells the application the same event again.
class FontWatch : public QObject {
public:
    using QObject::QObject;
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() == QEvent::ApplicationFontChange && watched == parent() && !m_busy) {
            m_busy = true;
            applyFonts();
            m_busy = false;
        }
        return false;
    }

private:
    bool m_busy = false;
};

} // namespace

namespace theme {

void install(QApplication& application)
{
    loadResources();
    const QPalette system = application.palette();
    state().systemGround = system.color(QPalette::Active, QPalette::Window);
    state().systemInk = system.color(QPalette::Active, QPalette::WindowText);
    state().systemDark = state().systemGround.lightnessF() < 0.5F;
    state().systemContrast = isHighContrast(system);
    auto* style = new Style; // the application owns it
    style->setAnimated(application.style()->styleHint(QStyle::SH_Widget_Animation_Duration) > 0);
    QApplication::setStyle(style);
    applyFonts();
    apply();
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    QObject::connect(QGuiApplication::styleHints(), &QStyleHints::colorSchemeChanged, &application, [] { apply(); });
#endif
    if (!state().watching)
        application.installEventFilter(new FontWatch(&application));
    state().watching = true;
}

void choose(Choice choice)
{
    state().choice = choice;
    apply();
}

bool isDark()
{
    return state().dark;
}

QColor color(Token token)
{
    // High contrast: the system's two colours for grounds, lines and text. States keep theirs, which differ by glyph as well.
    if (state().systemContrast && state().choice == Choice::System) {
        switch (token) {
        case Token::Window:
        case Token::Base:
        case Token::Alt:
        case Token::Code: return state().systemGround;
        case Token::Line:
        case Token::Line2:
        case Token::Text:
        case Token::Text2: return state().systemInk;
        default: break;
        }
    }
    return QColor(values.at(static_cast<size_t>(token)).at(state().dark ? 1 : 0));
}

QFont fixedFont()
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    const QFont text = QApplication::font();
    if (text.pointSizeF() > 0)
        font.setPointSizeF(std::max(1.0, text.pointSizeF() * 12 / 13));
    else
        font.setPixelSize(std::max(1, text.pixelSize() * 12 / 13));
    return font;
}

QFont smallFont()
{
    return scaled(QApplication::font(), 12.0 / 13);
}

QFont titleFont()
{
    QFont font = scaled(QApplication::font(), 16.0 / 13);
    font.setWeight(QFont::DemiBold);
    return font;
}

QFont figureFont()
{
    QFont font = scaled(QApplication::font(), 20.0 / 13);
    font.setWeight(QFont::DemiBold);
    return font;
}

int rowHeight()
{
    return std::max(26, QFontMetrics(QApplication::font()).height() + 8);
}

int controlHeight()
{
    return std::max(28, QFontMetrics(QApplication::font()).height() + 10);
}

int smallControlHeight()
{
    return std::max(24, QFontMetrics(QApplication::font()).height() + 6);
}

bool isAnimated()
{
    const auto* style = qobject_cast<const Style*>(QApplication::style());
    return style && style->isAnimated();
}

QStringList clusterColourNames()
{
    QStringList names;
    for (const ClusterColour& colour : clusterColours)
        names << QString::fromUtf16(colour.name);
    return names;
}

QString clusterColourTitle(const QString& name)
{
    for (const ClusterColour& colour : clusterColours) {
        if (name == QStringView(colour.name))
            return Names::tr(colour.title);
    }
    return Names::tr(clusterColours.front().title);
}

QColor clusterColour(const QString& name)
{
    const ClusterColour* found = &clusterColours.front();
    for (const ClusterColour& colour : clusterColours) {
        if (name == QStringView(colour.name))
            found = &colour;
    }
    return QColor(state().dark ? found->dark : found->light);
}

QColor inCurrentTheme(const QColor& colour)
{
    const QRgb rgb = colour.rgb() & RGB_MASK;
    for (const ClusterColour& pair : clusterColours) {
        if (rgb == pair.light || rgb == pair.dark)
            return QColor(state().dark ? pair.dark : pair.light);
    }
    return colour;
}

} // namespace theme
} // namespace scalekeep::widgets
