#pragma once

#include "engine/compare/detail.h"

namespace scalekeep::compare {

/// Lines side by side: as few changed ones as possible (Myers). Where two texts have next to nothing in common (more than MaxEdits lines) the middle part
/// counts as replaced, for the search would take time with the square of the edits. `shownA` and `shownB` stand for the lines when they are shown, one
/// each: the lines themselves may hold secrets and are only compared.
inline constexpr int MaxEdits = 3000;
TextDetail diffLines(const QStringList& a, const QStringList& b, const QStringList& shownA, const QStringList& shownB, const Limits& limits);

/// The same with maskedText() for what is shown. An absent text has no lines.
TextDetail diffTexts(const QString& a, const QString& b, const Limits& limits);

/// What differs between two lines, widened to whole words.
std::pair<Range, Range> changedRanges(const QString& a, const QString& b);

} // namespace scalekeep::compare
