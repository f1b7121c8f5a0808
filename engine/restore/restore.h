#pragma once

#include "engine/bundle/reader.h"
#include "engine/catalog/catalog.h"
#include "engine/run/check.h"
#include "engine/run/lock.h"
#include "engine/run/session.h"

/// Restoring components of a bundle, or a whole installation, into a namespace (documentation 6.6, order of 3scale-facts G, corrections of D,
/// decisions of procedure-traps).
namespace scalekeep::restore {

struct Options {
    QStringList components;          ///< empty: everything that the bundle has
    bool emptyQueues = false;        ///< --queues empty: no job runs twice; otherwise restored as documented
    bool documentedRedis = false;    ///< --redis-method documented
    QString templateFile;            ///< the user's 3scale template: what the bundle lacks is made from it
    bool map = false;                ///< the bundle is of another installation, on purpose
    QString withoutSafetyReason;     ///< no safety bundle, for this reason
    QStringList acceptUnreadable = {}; ///< components that are overwritten without a copy where they cannot be read
    bool operator==(const Options&) const = default;
};

/// Everything that a plan is made of; all of it values, so that making a plan changes nothing and two makings are equal.
struct Situation {
    QString cluster;
    bundle::Header header;
    bundle::Manifest manifest;
    cluster::Inventory saved;        ///< what the bundle's objects say was there
    cluster::Inventory live;         ///< what is in the namespace now
    std::optional<catalog::Detection> detected; ///< none: the namespace holds no 3scale (yet)
    catalog::Catalog catalog;        ///< of the bundle's version
    QHash<QString, int> rdbVersions; ///< of the bundle's Redis dumps, by component, from their first bytes
    QString bundlePath, safetyPath;
    oc::Connection connection;
    std::optional<run::LockInfo> left = {}; ///< of a run that is lost: the plan takes it over and puts back what it remembers
    /// "template" or "operator": what the bundle says; where it leaves it open, what the namespace shows, or else what is assumed.
    [[nodiscard]] QString flavour() const { return header.flavour.isEmpty() ? catalog.flavour : header.flavour; }
};

/// Reads the bundle's objects and picks the catalogue.
Result<Situation> situation(const QString& cluster, const bundle::Reader& reader, const cluster::Inventory& live, const oc::Connection& connection, const QString& safetyFolder,
                            const QString& catalogueFolder = {});

Result<plan::Plan> makePlan(const Situation& situation, const Options& options);

/// Usage: the plan is to empty queues, but restores no Redis. The window says so beside the choice instead.
Result<void> emptiesQueues(const Situation& situation, const plan::Plan& plan);

/// Named checks before anything changes.
QList<run::Check> preflight(const oc::Client& client, const Situation& situation, const plan::Plan& plan, const Options& options);

/// Whether what is overwritten can be kept: which data stores do not answer, whose files cannot be read, and whether that was accepted. Part of preflight().
run::Check readable(const oc::Client& client, const Situation& situation, const plan::Plan& plan, const Options& options);

/// Header of the safety bundle.
bundle::Header safetyHeader(const Situation& situation, const QString& operatorIdentity);

/// The documented template parameters (6.6.1) from the saved objects; BadInput names the first key that is missing.
Result<QMap<QString, QString>> templateParameters(const QJsonArray& secrets, const QJsonArray& configMaps);

run::Handlers handlers();

} // namespace scalekeep::restore
