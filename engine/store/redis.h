#pragma once

#include "engine/store/common.h"

/// Redis in a pod (documentation 6.5.3, 6.5.4, 6.6.6, 6.6.7). A backup is the RDB file of a BGSAVE that this run asked for; a restore builds the
/// append-only file in a helper pod before the server starts (the safe way), or follows the documented way where the server allows it.
namespace scalekeep::store::redis {

/// Where the snapshot of this run is kept: a hard link to the dump of a BGSAVE. redis.snapshot makes it, redis.unlink removes it.
QString linkPath(const run::StepRun& step, const catalog::Component& component);
Dump dumpOf(const run::StepRun& step, const catalog::Component& component, const oc::PodRef& pod, const QDateTime& moment);

/// `redis-cli` with these arguments; `socket`: of the helper's own server.
QStringList cliCommand(const QStringList& arguments, const QString& socket = {});

/// "used_memory:123\r\n" lines of INFO as a map.
QMap<QString, QString> parseInfo(const QByteArray& info);

/// The answer to TIME, seconds and microseconds, to the millisecond: a key that expired within the second of a SAVE is gone from it, so whole
/// seconds are too coarse. Null for another answer.
QDateTime parseTime(const QByteArray& answer);

/// redis.conf with its `save` lines commented and `appendonly no` (6.6.7): exactly what the text says to edit.
QString configurationForLoad(const QString& configuration);

/// Like store::prove, with the databases of the step's parameter `emptyDatabases` left out of what the bundle expects.
Result<QJsonObject> proveIndex(run::StepRun& step, const QString& component, const QJsonObject& found, const QDateTime& at);

/// The answer of redis-cli, an error where Redis refused; INFO of one section. `socket`: as above.
Result<QByteArray> cli(const run::StepRun& step, const oc::PodRef& pod, const QStringList& arguments, const QString& doing, const QString& socket = {});
Result<QMap<QString, QString>> info(const run::StepRun& step, const oc::PodRef& pod, const QString& section, const QString& socket = {});

/// SAVE, however long it takes; an error where no file was written (a full volume, a save that is under way). redis-cli ends with 0 then as well, and the file that lies there
/// may be the very dump that was loaded: it would always be equal to the bundle.
Result<void> saveNow(run::StepRun& step, const oc::PodRef& pod, const QString& doing, const QString& socket = {});

/// Actions of the helper pod: redis.stage, .load, .prove, .shutdown, .tidy (redishelper.cpp).
void registerHelperHandlers(run::Handlers& handlers);
void registerHandlers(run::Handlers& handlers);

} // namespace scalekeep::store::redis
