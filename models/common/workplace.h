#pragma once

#include "engine/cluster/login.h"

#include <QFuture>
#include <QThreadPool>
#include <QtConcurrent>

#include <functional>

namespace scalekeep::models {

/// What every service of the desktop program works with; made once in main(), outlives all of them.
struct Workplace {
    QString home;               ///< state directory
    Redactor& redactor;
    cluster::Logins& logins;
    QThreadPool& workers;       ///< for blocking work: `oc`, files, digests. Never the GUI thread

    [[nodiscard]] QString catalogueFolder() const; ///< the user's own catalogues
    [[nodiscard]] QString safetyFolder() const;    ///< safety bundles of restores
    [[nodiscard]] QString plansFolder() const;     ///< saved backup plans

    /// Runs `work` on a worker and `then` with its answer on the thread of `context`, unless `context` is gone by then.
    template <class Work, class Then>
    void inBackground(QObject* context, Work work, Then then) const
    {
        QtConcurrent::run(&workers, std::move(work)).then(context, std::move(then));
    }
};

/// A namespace of a cluster, by the user's name of the cluster.
struct NamespaceRef {
    QString cluster, name;
    [[nodiscard]] QString title() const { return cluster + QStringLiteral(" / ") + name; }
    auto operator<=>(const NamespaceRef&) const = default;
};

} // namespace scalekeep::models
