#pragma once

#include "engine/run/handler.h"

#include <optional>

/// The checks after a restore (3scale-facts F): workloads ready at their counts, Routes admitted, 3scale's own status pages.
namespace scalekeep::workload {

/// Nothing where the router has admitted any Route of the host: beside one that Zync has made again there may be an older one of the bundle.
std::optional<QString> problemOf(const QString& host, const QList<cluster::Route>& routes);

void registerVerifyHandlers(run::Handlers& handlers);

} // namespace scalekeep::workload
