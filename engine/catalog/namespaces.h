#pragma once

#include "engine/oc/client.h"

namespace scalekeep::catalog {

/// A namespace in which 3scale was found, or that the user typed; `error` says why a typed one could not be looked
/// into.
struct FoundNamespace {
    QString name, version, flavour;
    QStringList reasons;
    std::optional<Error> error;
    bool versionKnown = true, flavourKnown = true; ///< false: assumed, see Detection
};

/// Namespaces that hold 3scale: of all that the user may list, and of `typed` (for users who may list none). Typed ones
/// are always in the answer. Blocking; asks several namespaces at a time. Forbidden when nothing may be listed and
/// nothing was typed.
Result<QList<FoundNamespace>> findNamespaces(const oc::Client& client, const QStringList& typed,
                                             const QString& userCatalogues = {});

} // namespace scalekeep::catalog
