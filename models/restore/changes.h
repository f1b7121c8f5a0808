#pragma once

#include "engine/restore/restore.h"

#include <optional>

namespace scalekeep::models {

/// One row of “What will change”: what is there now and what will be there afterwards. A value.
struct Change {
    QString object, icon, glyph;                  ///< glyph and icon: names, see models/common/roles.h
    std::optional<qint64> now, afterwards;        ///< nothing: not known
    QString nowText, afterwardsText;              ///< instead of a figure, where one would not say it
    QString change;                               ///< "+14", "equal", "put back"
    QString explanation;                          ///< tooltip
    QList<Change> children;
    bool operator==(const Change& other) const;   ///< deep
};

/// What is known beyond the situation: content indexes by component, of the bundle and (objects only) of the namespace.
struct Indexes {
    QMap<QString, QJsonObject> saved, live;
};

/// Pure. Hostile input: the indexes come out of bundles and clusters; long lists are cut and counted.
QList<Change> changesOf(const restore::Situation& situation, const plan::Plan& plan, const Indexes& indexes);

/// Ids of the components that the plan restores.
QStringList componentsOf(const plan::Plan& plan);

} // namespace scalekeep::models
