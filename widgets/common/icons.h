#pragma once

#include <QIcon>
#include <QString>

class QColor;
class QPainter;
class QRect;

namespace scalekeep::widgets {

/// An icon of resources/icons by file name, drawn in the colour of the text around it (disabled, selected, dark) at any scale.
/// "name@accent" (also ok, warn, err, text, text2, onaccent) keeps one colour, for example the arrow of what is in the plan.
QIcon icon(const QString& name);
/// The same, painted now in a given colour.
void paintIcon(QPainter& painter, const QRect& rect, const QString& name, const QColor& colour);

/// States, drawn by shape and colour (mock-ups, State glyphs).
enum class Glyph { None, Proven, Running, Waiting, Warning, Failed, Undone, Skipped, Note, Added, Removed, Changed, Equal };
QIcon glyphIcon(Glyph glyph);
QString glyphName(Glyph glyph);                  ///< accessible name and tooltip
/// `turn`: 0..1, the angle of the running ring.
void paintGlyph(QPainter& painter, const QRect& rect, Glyph glyph, double turn = 0);

} // namespace scalekeep::widgets
