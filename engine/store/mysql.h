#pragma once

#include "engine/store/common.h"

/// MySQL and MariaDB in a pod (documentation 6.5.1, 6.6.3). The root password stays in the container: commands read it from the variable there.
namespace scalekeep::store::mysql {

/// `mysqldump` as Scalekeep runs it: one consistent snapshot, with routines, triggers and events, binary columns in hex.
QStringList dumpCommand(const catalog::Component& component);
Dump dumpOf(const catalog::Component& component, const oc::PodRef& pod);
/// `mysql` with this statement on its command line; never for values that are secret. "@database@" in it becomes the name of the database, which only the container knows.
QStringList queryCommand(const catalog::Component& component, const QString& statement, bool inDatabase = true);
/// Makes the database where it is missing.
QStringList createCommand(const catalog::Component& component);
/// `mysql` with statements on its standard input, in the database; it goes on after one that fails.
QStringList scriptCommand(const catalog::Component& component);
/// Drops and creates the database, then loads a staged file; ends non-zero when any part of the pipe fails.
QStringList loadCommand(const catalog::Component& component, const Staged& staged, const QString& mark);

void registerHandlers(run::Handlers& handlers);

} // namespace scalekeep::store::mysql
