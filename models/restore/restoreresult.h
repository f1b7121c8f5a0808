#pragma once

#include "models/common/workplace.h"
#include "models/run/runstate.h"

namespace scalekeep::models {

/// How a restore ended, in words.
struct RestoreResult {
    struct Proven {
        QString component, what;                  ///< "system-mysql", "104 tables, 2,423,020 rows"
        bool operator==(const Proven&) const = default;
    };
    QString glyph;                                ///< "proven", "undone", "failed"
    QString title, text, detail;                  ///< detail: the other program's own words
    QList<Proven> proven;
    QString safetyBundle;                         ///< path; empty: none was taken
    QStringList nextSteps;
    bool operator==(const RestoreResult&) const = default;
};

RestoreResult resultOf(const RunState& run);
QString asText(const RestoreResult& result);

} // namespace scalekeep::models
