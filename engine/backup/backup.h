#pragma once

#include "engine/catalog/catalog.h"
#include "engine/cluster/login.h"
#include "engine/run/check.h"
#include "engine/run/session.h"

/// Backing one namespace up into one bundle (documentation 6.5).
namespace scalekeep::backup {

struct Options {
    QStringList components;  ///< catalogue ids; empty: everything that is there
    QString output;          ///< bundle path, or a folder, or empty: the working folder with the standard name
    bool quiesce = false;    ///< stop the admin side's writers for a point in time
    int parallel = 3;        ///< streams at once
    bool compress = true;    ///< gzip in the pod while data travels, where the container has it
    bool operator==(const Options&) const = default;
};

/// `<cluster>-<namespace>-<UTC time>.scalekeep.tar`, in the folder that the options name.
Result<QString> outputPath(const QString& cluster, const QString& namespaceName, const Options& options);

/// Pure: what the backup will do.
Result<plan::Plan> makePlan(const QString& cluster, const catalog::Detection& detection, const cluster::Inventory& inventory, const oc::Connection& connection, const Options& options, const QString& output);

/// What the bundle would take if nothing of it were compressed, as far as it could be seen. `unseen`: components of which it could not.
struct ExpectedSize { qint64 bytes = 0; QStringList unseen; bool operator==(const ExpectedSize&) const = default; };
ExpectedSize expectedSize(const oc::Client& client, const catalog::Catalog& catalog, const cluster::Inventory& inventory, const QStringList& components);
/// Pure: `free` bytes where the bundle is to be.
run::Check localSpace(const QString& path, qint64 free, const ExpectedSize& expected);

/// What must hold before it starts. Changes nothing.
QList<run::Check> preflight(const oc::Client& client, const catalog::Detection& detection, const cluster::Inventory& inventory, const plan::Plan& plan);

/// The first member of the bundle. What is only guessed of the namespace stays empty in it.
bundle::Header header(const QString& cluster, const catalog::Detection& detection, const cluster::Inventory& inventory, const QString& operatorIdentity);

run::Handlers handlers();

} // namespace scalekeep::backup
