#pragma once

#include "engine/oc/client.h"

/// The argument vectors of every `oc` call and the shell scripts that run in a pod: pure functions, used by Client to run, by
/// plans to show and export what will run, and by table tests. Source: oc-behaviour.md section 10, with `openssl`, gzip and group
/// handling as measured for the bundle.
namespace scalekeep::oc::argv {

QStringList get(const Connection& connection, const QStringList& kinds, const QString& selector = {}, const QString& name = {});
QStringList raw(const Connection& connection, const QString& path);
QStringList whoami(const Connection& connection);
QStringList version(const Connection& connection);
QStringList canI(const Connection& connection, const QString& verb, const QString& resource, const QString& subresource);
QStringList exec(const Connection& connection, const PodRef& pod, const QStringList& command, const QString& nonce, std::chrono::seconds timeout);
QStringList execWithInput(const Connection& connection, const PodRef& pod, const QStringList& command, const QString& nonce, std::chrono::seconds timeout,
                          qint64 size, const QByteArray& sha256);
QStringList streamOut(const Connection& connection, const PodRef& pod, const QStringList& command, const QString& nonce, bool compress, bool ifItPays = false);
QStringList streamIn(const Connection& connection, const PodRef& pod, const QString& path, qint64 size, const QByteArray& sha256, const QString& nonce);
QStringList create(const Connection& connection, bool dryRun = false);
QStringList replace(const Connection& connection, bool dryRun = false);
QStringList applyServerSide(const Connection& connection, bool dryRun);
QStringList patch(const Connection& connection, const QString& kind, const QString& name);
QStringList remove(const Connection& connection, const QString& kind, const QString& name, bool wait, std::chrono::seconds timeout);
QStringList scale(const Connection& connection, const QString& kindAndName, int replicas, std::optional<int> current);
QStringList rollout(const Connection& connection, const QString& subcommand, const QString& kindAndName, std::chrono::seconds timeout = {});
QStringList waitForDeletion(const Connection& connection, const QString& kind, const QString& name, std::chrono::seconds timeout);
QStringList processTemplate();

/// As one would type it in a POSIX shell, for people: connection options left out, scripts of the forms A, B and D replaced by the
/// command they carry. Redaction is the caller's.
QString display(const QStringList& argv);
/// Exact and quoted, for the exported script.
QString shellLine(const QString& program, const QStringList& argv);

} // namespace scalekeep::oc::argv
