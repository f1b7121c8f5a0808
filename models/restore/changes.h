#pragma once

#include "engine/restore/changes.h"

namespace scalekeep::models {

/// One row of “What will change”, as the window shows it. A value.
struct Change {
    QString object, icon, glyph;                  ///< glyph and icon: names, see models/common/roles.h
    std::optional<qint64> now, afterwards;        ///< nothing: not known
    QString nowText, afterwardsText;              ///< instead of a figure, where one would not say it
    QString change;                               ///< "+14", "equal", "put back"
    QString explanation;                          ///< tooltip
    QList<Change> children;
    bool operator==(const Change& other) const;   ///< deep
};

/// What restore::changesOf() found, in the words of the window: what differs first, what is equal in one row, long lists cut and counted.
QList<Change> rowsOf(const QList<restore::Change>& changes, const restore::Situation& situation);

} // namespace scalekeep::models
