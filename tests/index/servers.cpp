#include "servers.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QThread>

#include <pwd.h>
#include <stdexcept>
#include <unistd.h>

using namespace Qt::Literals::StringLiterals;

namespace {
QString firstExisting(const QStringList& paths)
{
    for (const QString& path : paths)
        if (QFile::exists(path))
            return path;
    throw std::runtime_error("not installed: " + paths.join(u", "_s).toStdString());
}

QString postgresProgram(const QString& name)
{
    QStringList paths;
    for (const QString& version : QDir(u"/usr/lib/postgresql"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
        paths << u"/usr/lib/postgresql/%1/bin/%2"_s.arg(version, name);
    return firstExisting(paths << u"/usr/bin/"_s + name);
}
} // namespace

QByteArray runProgram(const QStringList& command, const QByteArray& input)
{
    QProcess process;
    process.start(command.first(), command.mid(1));
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(60'000) || process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0)
        throw std::runtime_error((command.join(u' ') + u": "_s).toStdString() + process.readAllStandardError().toStdString() +
                                 process.errorString().toStdString());
    return process.readAllStandardOutput();
}

Server::Server()
{
    if (geteuid() != 0)
        return;
    const passwd* nobody = getpwnam("nobody");
    if (!nobody || chown(QFile::encodeName(directory()).constData(), nobody->pw_uid, nobody->pw_gid) != 0)
        throw std::runtime_error("cannot give the server's directory to nobody");
}

Server::~Server()
{
    stop();
}

void Server::stop()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.terminate();
    if (!m_process.waitForFinished(20'000))
        m_process.kill();
    m_process.waitForFinished();
}

QStringList Server::unprivileged(const QStringList& command)
{
    if (geteuid() != 0)
        return command;
    return QStringList{u"setpriv"_s, u"--reuid=nobody"_s, u"--regid=nogroup"_s, u"--clear-groups"_s} + command;
}

void Server::start(const QStringList& command, const QStringList& ping)
{
    const QStringList whole = unprivileged(command);
    m_process.setStandardOutputFile(QProcess::nullDevice());
    m_process.setStandardErrorFile(directory() + u"/log"_s);
    m_process.start(whole.first(), whole.mid(1));
    QElapsedTimer timer;
    timer.start();
    for (;;) {
        try {
            runProgram(ping);
            return;
        } catch (const std::exception&) {
            if (m_process.waitForFinished(100) || timer.elapsed() > 60'000)
                throw std::runtime_error(command.first().toStdString() + " did not start");
        }
    }
}

MariaDbServer::MariaDbServer()
{
    const QString data = directory() + u"/data"_s;
    runProgram(unprivileged({u"mariadb-install-db"_s, u"--no-defaults"_s, u"--datadir="_s + data,
                             u"--auth-root-authentication-method=normal"_s, u"--skip-test-db"_s}));
    start({firstExisting({u"/usr/sbin/mariadbd"_s, u"/usr/sbin/mysqld"_s}), u"--no-defaults"_s, u"--datadir="_s + data,
           u"--socket="_s + directory() + u"/socket"_s, u"--pid-file="_s + directory() + u"/pid"_s, u"--skip-networking"_s,
           u"--innodb-buffer-pool-size=16M"_s, u"--innodb-flush-log-at-trx-commit=0"_s, u"--character-set-server=utf8mb4"_s},
          client(u"mariadb-admin"_s) + QStringList{u"ping"_s});
}

QStringList MariaDbServer::client(const QString& program) const
{
    return {program, u"--no-defaults"_s, u"--user=root"_s, u"--socket="_s + directory() + u"/socket"_s};
}

void MariaDbServer::run(const QString& database, const QByteArray& sql)
{
    runProgram(client(u"mariadb"_s), "DROP DATABASE IF EXISTS " + database.toUtf8() + "; CREATE DATABASE " + database.toUtf8());
    runProgram(client(u"mariadb"_s) + QStringList{u"--default-character-set=utf8mb4"_s, database}, sql);
}

QByteArray MariaDbServer::dump(const QString& database, const QStringList& options)
{
    return runProgram(client(u"mariadb-dump"_s) +
                      QStringList{u"--single-transaction"_s, u"--routines"_s, u"--triggers"_s, u"--events"_s,
                                  u"--default-character-set=utf8mb4"_s} +
                      options + QStringList{database});
}

PostgresServer::PostgresServer()
{
    const QString data = directory() + u"/data"_s;
    runProgram(unprivileged({postgresProgram(u"initdb"_s), u"-D"_s, data, u"-U"_s, u"postgres"_s, u"-A"_s, u"trust"_s,
                             u"--no-sync"_s, u"-E"_s, u"UTF8"_s, u"--locale=C"_s}));
    start({postgresProgram(u"postgres"_s), u"-D"_s, data, u"-k"_s, directory(), u"-c"_s, u"listen_addresses="_s, u"-c"_s,
           u"fsync=off"_s},
          {u"psql"_s, u"-X"_s, u"-h"_s, directory(), u"-U"_s, u"postgres"_s, u"-c"_s, u"select 1"_s});
}

void PostgresServer::run(const QString& database, const QByteArray& sql)
{
    const QStringList client{u"psql"_s, u"-X"_s, u"-q"_s, u"-v"_s, u"ON_ERROR_STOP=1"_s, u"-h"_s, directory(), u"-U"_s, u"postgres"_s};
    runProgram(client, "DROP DATABASE IF EXISTS " + database.toUtf8() + ";\nCREATE DATABASE " + database.toUtf8() + ";\n");
    runProgram(client + QStringList{u"-d"_s, database}, sql);
}

QByteArray PostgresServer::dump(const QString& database, const QStringList& options)
{
    return runProgram(QStringList{u"pg_dump"_s, u"-h"_s, directory(), u"-U"_s, u"postgres"_s} + options + QStringList{database});
}

RedisServer::RedisServer(const QByteArray& snapshot, const QStringList& options)
{
    if (!snapshot.isEmpty()) {
        QFile file(directory() + u"/dump.rdb"_s);
        if (!file.open(QIODevice::WriteOnly) || file.write(snapshot) != snapshot.size())
            throw std::runtime_error("cannot write the snapshot");
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup | QFile::ReadOther);
    }
    start(QStringList{u"redis-server"_s, u"--port"_s, u"0"_s, u"--unixsocket"_s, directory() + u"/socket"_s, u"--dir"_s, directory(),
                      u"--save"_s, QString()} +
              options,
          client() + QStringList{u"-e"_s, u"exists"_s, u"x"_s});
}

QStringList RedisServer::client() const
{
    return {u"redis-cli"_s, u"-s"_s, directory() + u"/socket"_s};
}

QByteArray RedisServer::command(const QStringList& words)
{
    return runProgram(client() + QStringList{u"-e"_s} + words);
}

void RedisServer::run(const QByteArray& lines)
{
    const QByteArray answers = runProgram(client(), lines);
    if (answers.contains("ERR") || answers.contains("WRONGTYPE") || answers.contains("Invalid"))
        throw std::runtime_error("redis: " + answers.toStdString());
}

QByteArray RedisServer::dump()
{
    // Overwrites the snapshot, also one that another user owns.
    QFile::remove(directory() + u"/dump.rdb"_s);
    command({u"SAVE"_s});
    QFile file(directory() + u"/dump.rdb"_s);
    if (!file.open(QIODevice::ReadOnly))
        throw std::runtime_error("redis wrote no snapshot");
    return file.readAll();
}
