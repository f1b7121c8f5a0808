#pragma once

#include "engine/compare/detail.h"

namespace scalekeep::compare {

struct ExportOptions {
    bool onlyDifferences = true;
    QMap<QString, Detail> details; ///< node path -> what was opened of it; shown where the node is
};

/// Schema 1: {"format": "scalekeep-comparison", "a", "b", "rules", "equal", "counts", "tree": {kind, type, name, path, state, ...children}}. No value of
/// a secret in it.
QJsonObject toJson(const Comparison& comparison, const ExportOptions& options = {});
QJsonObject toJson(const Detail& detail);
/// One self-contained file: no script, no link out; light and dark by the reader's choice; prints well. Everything from a bundle is escaped.
QByteArray toHtml(const Comparison& comparison, const ExportOptions& options = {});

} // namespace scalekeep::compare
