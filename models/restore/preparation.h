#pragma once

#include "models/restore/changes.h"

#include <stop_token>

namespace scalekeep::models {

/// What is asked: restore this bundle there, so.
struct PreparationRequest {
    QString cluster, bundlePath, safetyFolder, catalogueFolder;
    oc::Connection connection;
    restore::Options options;
};

/// A restore that has been checked and could start: plan, checks and everything that a run needs.
struct Preparation {
    restore::Situation situation;
    plan::Plan plan;
    QList<run::Check> checks;
    QList<restore::Change> found;                 ///< what will change, as counted
    QList<Change> changes;                        ///< the same as the window shows it
    QString operatorIdentity;
    std::unique_ptr<bundle::Reader> reader;
    QDateTime at;
    QByteArray fingerprint;                       ///< see fingerprintOf()
};

/// Reads the bundle and the namespace, makes the plan, checks it and counts what is there; changes nothing. Blocking, for a worker; `progress` is called on
/// threads of its own.
Result<std::shared_ptr<Preparation>> prepare(const PreparationRequest& request, Redactor& redactor, const std::stop_token& stop, const restore::ReadingProgress& progress = {});

/// The same choices without components that the catalogue does not know: the plan's warnings name these. Where no other is chosen, it stays for makePlan()
/// to refuse them, for an empty list would mean everything.
restore::Options withKnownComponents(restore::Options options, const catalog::Catalog& catalog);

/// What a second look is compared by: without what changes by itself (file names with times, free space, words of passed checks, counts of a store that serves).
QByteArray fingerprintOf(const Preparation& made, const restore::Options& options);

/// Steps between the first stop and the last start of what serves API or portals.
int stepsWithoutService(const plan::Plan& plan);
int stepCount(const plan::Plan& plan);
int commandCount(const plan::Plan& plan);

} // namespace scalekeep::models
