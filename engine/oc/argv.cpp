#include "engine/oc/argv.h"

#include "engine/oc/scripts.h"

namespace scalekeep::oc::argv {

using namespace Qt::Literals::StringLiterals;

namespace {

QStringList prefix(const Connection& connection)
{
    QStringList args;
    if (!connection.kubeconfig.isEmpty())
        args << u"--kubeconfig="_s + connection.kubeconfig;
    if (!connection.namespaceName.isEmpty())
        args << u"-n"_s << connection.namespaceName;
    return args;
}

QStringList inContainer(const Connection& connection, const PodRef& pod, bool withInput)
{
    QStringList args = prefix(connection) << u"exec"_s;
    if (withInput)
        args << u"-i"_s;
    args << pod.pod;
    if (!pod.container.isEmpty())
        args << u"-c"_s << pod.container;
    return args << u"--"_s << u"sh"_s << u"-c"_s;
}

// Of one request, not of the run: a server that accepts and says nothing is given up after this.
const QString requestTimeout = u"--request-timeout=60s"_s;

QString seconds(const QString& option, std::chrono::seconds timeout) { return u"%1=%2s"_s.arg(option).arg(timeout.count()); }

} // namespace

QStringList get(const Connection& connection, const QStringList& kinds, const QString& selector, const QString& name)
{
    QStringList args = prefix(connection) << u"get"_s << kinds.join(u',');
    if (!name.isEmpty())
        args << name;
    if (!selector.isEmpty())
        args << u"-l"_s << selector;
    return args << u"-o"_s << u"json"_s << requestTimeout;
}

QStringList raw(const Connection& connection, const QString& path)
{
    return prefix(connection) << u"get"_s << u"--raw"_s << path << requestTimeout;
}

QStringList whoami(const Connection& connection) { return prefix(connection) << u"whoami"_s << requestTimeout; }

QStringList version(const Connection& connection)
{
    return prefix(connection) << u"version"_s << u"-o"_s << u"json"_s << requestTimeout;
}

QStringList canI(const Connection& connection, const QString& verb, const QString& resource, const QString& subresource)
{
    QStringList args = prefix(connection) << u"auth"_s << u"can-i"_s << verb << resource;
    if (!subresource.isEmpty())
        args << u"--subresource="_s + subresource;
    return args << requestTimeout;
}

QStringList exec(const Connection& connection, const PodRef& pod, const QStringList& command, const QString& nonce, std::chrono::seconds timeout)
{
    return inContainer(connection, pod, false) << scripts::exec() << u"sh"_s << nonce << QString::number(timeout.count()) << command;
}

QStringList execWithInput(const Connection& connection, const PodRef& pod, const QStringList& command, const QString& nonce, std::chrono::seconds timeout,
                          qint64 size, const QByteArray& sha256)
{
    return inContainer(connection, pod, true) << scripts::execWithInput() << u"sh"_s << nonce << QString::number(timeout.count()) << QString::number(size)
                                              << QString::fromLatin1(sha256) << command;
}

QStringList streamOut(const Connection& connection, const PodRef& pod, const QStringList& command, const QString& nonce, bool compress, bool ifItPays)
{
    const QString transit = !compress ? u"plain"_s : ifItPays ? u"sample"_s : u"gzip"_s;
    return inContainer(connection, pod, true) << scripts::streamOut() << u"sh"_s << nonce << transit << command;
}

QStringList streamIn(const Connection& connection, const PodRef& pod, const QString& path, qint64 size, const QByteArray& sha256, const QString& nonce)
{
    return inContainer(connection, pod, true) << scripts::streamIn() << u"sh"_s << nonce << path << QString::number(size) << QString::fromLatin1(sha256);
}

QStringList create(const Connection& connection, bool dryRun)
{
    QStringList args = prefix(connection) << u"create"_s;
    if (dryRun)
        args << u"--dry-run=server"_s;
    return args << u"-f"_s << u"-"_s << u"-o"_s << u"json"_s << requestTimeout;
}

QStringList replace(const Connection& connection, bool dryRun)
{
    QStringList args = prefix(connection) << u"replace"_s;
    if (dryRun)
        args << u"--dry-run=server"_s;
    return args << u"-f"_s << u"-"_s << u"-o"_s << u"json"_s << requestTimeout;
}

QStringList applyServerSide(const Connection& connection, bool dryRun)
{
    QStringList args = prefix(connection) << u"apply"_s << u"--server-side"_s << u"--force-conflicts"_s << u"--field-manager=scalekeep"_s;
    if (dryRun)
        args << u"--dry-run=server"_s;
    return args << u"-f"_s << u"-"_s << u"-o"_s << u"json"_s << requestTimeout;
}

// The client reads the patch with the platform's file functions, so its own standard input can be named: no value in argv or on disk.
QStringList patch(const Connection& connection, const QString& kind, const QString& name)
{
    return prefix(connection) << u"patch"_s << kind << name << u"--type=merge"_s << u"--patch-file=/dev/stdin"_s << u"-o"_s << u"json"_s
                              << requestTimeout;
}

QStringList remove(const Connection& connection, const QString& kind, const QString& name, bool wait, std::chrono::seconds timeout)
{
    return prefix(connection) << u"delete"_s << kind << name << u"--ignore-not-found"_s << (wait ? u"--wait=true"_s : u"--wait=false"_s)
                              << seconds(u"--timeout"_s, timeout);
}

QStringList scale(const Connection& connection, const QString& kindAndName, int replicas, std::optional<int> current)
{
    QStringList args = prefix(connection) << u"scale"_s << kindAndName << u"--replicas=%1"_s.arg(replicas);
    if (current)
        args << u"--current-replicas=%1"_s.arg(*current);
    return args << requestTimeout;
}

QStringList rollout(const Connection& connection, const QString& subcommand, const QString& kindAndName, std::chrono::seconds timeout)
{
    QStringList args = prefix(connection) << u"rollout"_s << subcommand << kindAndName;
    if (timeout.count() > 0)
        args << seconds(u"--timeout"_s, timeout);
    return args;
}

QStringList waitForDeletion(const Connection& connection, const QString& kind, const QString& name, std::chrono::seconds timeout)
{
    return prefix(connection) << u"wait"_s << u"--for=delete"_s << kind + u'/' + name << seconds(u"--timeout"_s, timeout);
}

// The values are in the template: a parameter file would change them (quotes, blanks, `$` and `#`), and the client writes it to a file of its own.
QStringList processTemplate() { return {u"process"_s, u"--local"_s, u"-f"_s, u"-"_s, u"-o"_s, u"json"_s}; }

} // namespace scalekeep::oc::argv
