#pragma once

#include "models/backup/estimates.h"
#include "models/backup/plancontent.h"
#include "models/clusters/clusterhub.h"

#include "engine/backup/backup.h"

namespace scalekeep::models {

/// One component in the plan, as the table shows it. Sizes and times: negative where nothing is known.
struct PlannedComponent {
    QString id, title, icon, taken;
    qint64 inCluster = -1, inBundle = -1, milliseconds = -1;
    QString problem;              ///< why it cannot be backed up, or empty
    bool operator==(const PlannedComponent&) const = default;
};

struct MissingComponent {
    QString id, subject, text;    ///< "system-storage", "is missing: ..."; an empty subject: the text stands alone
    bool addable = false;         ///< it is in the namespace, but not in the plan
    bool operator==(const MissingComponent&) const = default;
};

/// What is known of one namespace in the plan: its components, what a restore would miss, the steps.
struct PlanGroup {
    NamespaceRef where;
    QString version, flavour;
    bool assumed = false;         ///< the namespace does not tell one of them
    QList<PlannedComponent> components;
    int score = -1;               ///< 0..100; negative: not known
    int expected = 0, covered = 0;///< components of a complete backup, and those in the plan
    QList<MissingComponent> missing;
    std::optional<plan::Plan> plan;
    std::optional<Error> error;   ///< why there is no plan
    [[nodiscard]] qsizetype steps() const;
    [[nodiscard]] qsizetype changingSteps() const;
    bool operator==(const PlanGroup&) const = default;
};

/// Sums that the window shows; `complete` tells whether every part of a sum is known.
struct PlanSums {
    qint64 inCluster = -1, inBundle = -1, milliseconds = -1;
    qint64 needed = -1;           ///< bytes on this computer: of the last bundle, or what lies in the cluster uncompressed
    bool inBundleComplete = false, neededComplete = false;
};
PlanSums sumsOf(const QList<PlannedComponent>& components, int parallel);

/// Everything that a group is computed from, taken on the GUI thread.
struct GroupInput {
    Selection selection;
    PlanOptions options;
    std::optional<catalog::Detection> detection;
    cluster::Inventory inventory;
    QMap<QString, qint64> usedBytes;
    std::optional<Error> unread;  ///< why there is no detection
};

/// Computes a group; reads the last bundle's facts from `last`. Pure.
PlanGroup describeGroup(const GroupInput& input, const LastBundle& last);

/// "All databases, after a fresh save": what a backup takes of a component, in words.
QString takenInWords(const catalog::Detection& detection, const cluster::Inventory& inventory, const catalog::Component& component);
/// A component's name as the window shows it: ids of data stores, titles of groups of objects.
QString componentTitle(const catalog::Component& component);

} // namespace scalekeep::models
