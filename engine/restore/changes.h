#pragma once

#include "engine/restore/reading.h"

#include <optional>

namespace scalekeep::restore {

/// One line of what a restore will change: what is there now and what will be there afterwards. A value; texts are plain English and cut to a length.
struct Change {
    enum class Kind { Database, Table, Keys, Prefix, Files, File, Objects, Object, Field, Writers, Workload };
    enum class Fate {
        Equal,
        Created,
        Replaced,                   ///< for tables and prefixes: loaded from the bundle, whether or not the count is another
        Removed,
        Emptied,                    ///< queues, by choice
        Kept,                       ///< stays as it is
        PutBack,                    ///< to 0 and back to its count
    };
    Kind kind = Kind::Database;
    Fate fate = Fate::Replaced;
    QString component, name;
    std::optional<qint64> now, afterwards; ///< rows, keys, files, objects, pods, bytes of a file; nothing: not known
    bool isApproximate = false;     ///< `now` is an estimate
    qint64 added = 0, changed = 0, removed = 0; ///< Files, Objects: entries by what happens to them
    QString unreadable;             ///< why `now` is not known
    QString was, will;              ///< Field: its values; empty where it is not there or secret
    QString note;                   ///< what one should know about it
    QList<Change> children;         ///< at most `mostChildren`
    qint64 left = 0;                ///< further children, not kept
    bool operator==(const Change& other) const; ///< deep
};
inline constexpr qsizetype mostChildren = 20'000;

/// Pure. Stores and files first, then objects, then the workloads that are stopped meanwhile. Hostile input: indexes come out of bundles, readings out of clusters.
QList<Change> changesOf(const Situation& situation, const plan::Plan& plan, const Reading& reading);

QString kindName(Change::Kind kind);   ///< "database", "table" ...
QString fateName(Change::Fate fate);   ///< "replaced", "created" ...
/// Without its children.
QJsonObject toJson(const Change& change);
/// The counts alone, for the journal: {"format": 1, "entries": [toJson(...) of the top level]}.
QJsonObject summaryOf(const QList<Change>& changes);

} // namespace scalekeep::restore
