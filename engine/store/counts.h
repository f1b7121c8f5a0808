#pragma once

#include "engine/catalog/catalog.h"
#include "engine/oc/client.h"

#include <QMap>

/// What a data store holds at this moment, asked with a few short commands that change nothing: for the preview of a restore.
/// Blocking, for workers. The answers are hostile: bounded, and nothing of them becomes part of a later command but quoted names.
namespace scalekeep::store {

struct TableCount {
    QString name;                   ///< as in the content index: "cinstances", "public.que_jobs"
    qint64 rows = 0;
    bool estimated = false;         ///< as the server's statistics say: counting took too long
    bool operator==(const TableCount&) const = default;
};

struct Counts {
    bool exists = true;             ///< false: the server runs, but has no such database
    QString serverVersion;
    qint64 bytes = -1;              ///< of the data and its indexes (Redis: in memory); negative: not known
    QList<TableCount> tables;
    QMap<int, qint64> keys;         ///< Redis: of each database that has any
    bool operator==(const Counts&) const = default;
};

struct CountLimits {
    std::chrono::seconds table{5};  ///< of one table's COUNT(*): a larger table is estimated
    std::chrono::seconds all{60};   ///< of one store
};

/// Of a MySQL, PostgreSQL or Redis component in this pod. Exact counts of small tables come first.
Result<Counts> countIn(const oc::Client& client, const oc::PodRef& pod, const catalog::Component& component, const CountLimits& limits = {});
/// Only version, size and whether there is a database.
Result<Counts> lookAt(const oc::Client& client, const oc::PodRef& pod, const catalog::Component& component);

/// Free bytes of the file system that holds `directory` in the container, and whose it is: two directories of one file system share them.
struct Room { qint64 free = 0; QString fileSystem; bool operator==(const Room&) const = default; };
Result<Room> roomIn(const oc::Client& client, const oc::PodRef& pod, const QString& directory);
/// The answer of `df -Pk`.
std::optional<Room> parseDf(const QByteArray& output);

} // namespace scalekeep::store
