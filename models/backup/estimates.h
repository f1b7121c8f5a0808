#pragma once

#include "models/common/workplace.h"

#include <QHash>

namespace scalekeep::models {

/// What the last bundle of a namespace tells about the next one: sizes and times of its components.
struct LastBundle {
    struct Facts { qint64 bytes = -1, storedBytes = -1, milliseconds = -1; bool operator==(const Facts&) const = default; };
    QString path;
    QDateTime started;
    QMap<QString, Facts> components;
    bool operator==(const LastBundle&) const = default;
};

/// The newest whole backup of this namespace among the newest files of the folder. Blocking, for workers. Empty path: none.
LastBundle lastBundle(const QString& folder, const NamespaceRef& where);

} // namespace scalekeep::models
