#pragma once

#include <QColor>
#include <QFont>
#include <QPalette>

class QApplication;
class QStyle;

namespace scalekeep::widgets {

/// Colour tokens of the mock-ups (shared by light and dark; see theme.cpp for the values). Palette roles come first: text, base, window, selection.
enum class Token { Window, Base, Alt, Line, Line2, Text, Text2, Off, Accent, AccentFill, OnAccent, BarFill, BarGround, Bar, Selection, Selection2, Ok, Warn, Err, ErrFill, OkGround, WarnGround, ErrGround, Code };

/// How the program looks. GUI thread. Follows the system unless the user chose; every widget that caches colours listens to QEvent::PaletteChange.
/// Widgets say what they are by dynamic properties: "kind" of a button (makeButton sets it), "small" = true (24 px), and on a QToolBar "modes" = true
/// (the mode bar: 68x56 buttons, text below the icon). Grey text: setForegroundRole(QPalette::PlaceholderText), which follows the theme.
namespace theme {

enum class Choice { System, Light, Dark };
void install(QApplication& application);       ///< once, before the first window
void choose(Choice choice);                    ///< remembered by the settings page, not here
[[nodiscard]] bool isDark();
[[nodiscard]] QColor color(Token token);
[[nodiscard]] QFont fixedFont();               ///< system fixed font, one point smaller than the text
[[nodiscard]] QFont smallFont();               ///< second lines, headers, status
[[nodiscard]] QFont titleFont();               ///< page titles, 16 px at the default size
[[nodiscard]] QFont figureFont();              ///< the one figure or heading of a page, 20 px
[[nodiscard]] int rowHeight();                 ///< tables; trees are 2 px lower
[[nodiscard]] int controlHeight();             ///< buttons and fields, 28 px at the default size
[[nodiscard]] int smallControlHeight();        ///< small ones, 24 px
[[nodiscard]] bool isAnimated();               ///< false: the system asks for less motion, the running ring stands still
/// The colours that a cluster may have, by stored name ("violet", "teal", "orange", "blue", "magenta", "grey"); the first for an unknown one.
[[nodiscard]] QStringList clusterColourNames();
[[nodiscard]] QString clusterColourTitle(const QString& name); ///< translated
[[nodiscard]] QColor clusterColour(const QString& name);
[[nodiscard]] QColor inCurrentTheme(const QColor& colour); ///< a cluster's colour that was asked for before light and dark changed

} // namespace theme
} // namespace scalekeep::widgets
