#pragma once

#include "app/cli/program.h"
#include "engine/catalog/catalog.h"

namespace scalekeep::cli {

/// A namespace of a cluster, logged in and looked at: what nearly every command begins with.
struct Target {
    QString cluster, namespaceName;
    oc::Connection connection;
    oc::Client client;
    QString identity;              ///< `oc whoami`
    cluster::Inventory inventory;
};

/// CLUSTER/NAMESPACE. The secrets of the namespace are taught to the redactor before anything is printed.
Result<Target> openTarget(Program& program, const QString& text);

/// Splits CLUSTER[/NAMESPACE].
Result<std::pair<QString, QString>> splitTarget(const QString& text, bool needsNamespace);

/// Usage where the user has marked the cluster read only: asked before a command changes anything there.
Result<void> mayChange(const Program& program, const QString& cluster);

/// The user's own catalogues.
QString catalogueFolder(const Program& program);

} // namespace scalekeep::cli
