#pragma once

#include "engine/store/common.h"

/// PostgreSQL in a pod: zync-database (documentation 6.5.5, 6.6.5) and, where System uses it, system-postgresql. The superuser gets in by the
/// local socket; nothing secret is needed.
namespace scalekeep::store::postgresql {

QStringList dumpCommand(const catalog::Component& component);
Dump dumpOf(const catalog::Component& component, const oc::PodRef& pod);
/// `psql` with this statement on its command line, in the component's database unless another is named; never for values that are secret. "@database@" in it becomes the name
/// of the component's database, which only the container knows.
QStringList queryCommand(const catalog::Component& component, const QString& statement, const QString& inDatabase = {});
/// Makes the database; fails where it is there.
QStringList createCommand(const catalog::Component& component);
/// `psql` with statements on its standard input, in the database; it goes on after one that fails.
QStringList scriptCommand(const catalog::Component& component);
/// One session, BEGIN first, COMMIT last and only after the whole file: what is cut off is rolled back. Prints the mark once committed.
QStringList loadCommand(const catalog::Component& component, const Staged& staged, const QString& schemaOwner, bool publicMayCreate, const QString& mark);

void registerHandlers(run::Handlers& handlers);

} // namespace scalekeep::store::postgresql
