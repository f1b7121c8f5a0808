#pragma once

#include "engine/restore/objectchanges.h"
#include "engine/restore/restore.h"
#include "engine/store/counts.h"
#include "engine/store/livetree.h"

namespace scalekeep::restore {

/// What is in the namespace now, and in the bundle, of the components that a plan restores; what could not be read says why.
struct Reading {
    template <typename T>
    struct Seen {
        T value;
        QString unreadable;         ///< why; empty: it was read
        bool operator==(const Seen&) const = default;
    };
    QMap<QString, Seen<store::Counts>> stores;        ///< by component
    QMap<QString, Seen<store::TreeChanges>> trees;
    QMap<QString, Seen<QList<ObjectChange>>> objects;
    QMap<QString, QJsonObject> saved;                 ///< content indexes of the bundle's stores
    bool operator==(const Reading&) const = default;
};

struct ReadingLimits {
    store::CountLimits counts;
    store::TreeLimits trees;
    ObjectLimits objects;
};

/// `done` of `total` components were looked at; the last one was `component`. Called from several threads, one at a time.
using ReadingProgress = std::function<void(const QString& component, int done, int total)>;

/// Looks at everything that the plan would overwrite, several components at once; changes nothing. Ends early when the client is stopped: what was not
/// reached is unreadable then. The redactor learns the bundle's own secrets. Blocking, for a worker.
Reading read(const oc::Client& client, const Situation& situation, const plan::Plan& plan, const bundle::Reader& reader, Redactor& redactor, const ReadingProgress& progress = {}, const ReadingLimits& limits = {});

/// Ids of the components that the plan restores.
QStringList componentsOf(const plan::Plan& plan);

/// The pod that runs a component's data store, also one that is not ready: a store without its database never gets ready.
Result<oc::PodRef> podOf(const catalog::Component& component, const cluster::Inventory& live);

} // namespace scalekeep::restore
