#pragma once

#include "engine/cluster/login.h"

#include <QCoreApplication>
#include <QFutureWatcher>
#include <QThreadPool>
#include <QtConcurrent>

#include <compare>
#include <functional>
#include <memory>

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
        using Answer = std::invoke_result_t<Work>;
        // Not QFuture::then(context, ...): that of Qt 6.4 does not survive a context that is gone when the work ends.
        auto* watcher = new QFutureWatcher<Answer>;
        if (QThread::currentThread() == QCoreApplication::instance()->thread())
            watcher->setParent(QCoreApplication::instance());
        auto call = std::make_shared<Then>(std::move(then));
        QObject::connect(watcher, &QFutureWatcherBase::finished, context, [watcher, call] {
            if constexpr (std::is_void_v<Answer>)
                (*call)();
            else if constexpr (std::is_copy_constructible_v<Answer>)
                (*call)(watcher->result());
            else
                (*call)(watcher->future().takeResult());
        });
        QObject::connect(watcher, &QFutureWatcherBase::finished, watcher, &QObject::deleteLater);
        watcher->setFuture(QtConcurrent::run(&workers, std::move(work)));
    }
};

/// A namespace of a cluster, by the user's name of the cluster.
struct NamespaceRef {
    QString cluster, name;
    [[nodiscard]] QString title() const { return cluster + QStringLiteral(" / ") + name; }
    bool operator==(const NamespaceRef&) const = default;
    // QString of this Qt has no <=> of its own.
    std::strong_ordering operator<=>(const NamespaceRef& other) const
    {
        const int first = cluster.compare(other.cluster);
        return (first != 0 ? first : name.compare(other.name)) <=> 0;
    }
};

} // namespace scalekeep::models
