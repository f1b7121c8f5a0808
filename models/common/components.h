#pragma once

#include "models/common/workplace.h"

#include <QMimeData>

namespace scalekeep::models {

/// One component of one namespace, as it is dragged from the clusters tree to a plan. An empty component: the whole namespace.
struct ComponentRef {
    NamespaceRef where;
    QString component;     ///< catalogue id
    bool operator==(const ComponentRef&) const = default;
};

/// The format in which components are dragged within the program. Bundles are dragged as file URLs, as file managers do.
inline constexpr const char componentsMimeType[] = "application/x-scalekeep-components";

QMimeData* toMimeData(const QList<ComponentRef>& components);   ///< the caller owns it
/// Empty when there are none, or when they come from elsewhere and make no sense.
QList<ComponentRef> componentsIn(const QMimeData* data);

/// Paths of the local files in the data that are named like bundles.
QStringList bundlesIn(const QMimeData* data);

/// Name of the icon (resources/icons) for a component's engine: "mysql" and "postgresql" a database, "redis", "files", "objects" by id.
QString iconOfComponent(const QString& engine, const QString& id);

} // namespace scalekeep::models
