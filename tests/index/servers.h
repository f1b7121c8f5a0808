#pragma once

#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>

/// Runs a program to its end, with input on its standard input; throws when it fails. Answers its standard output.
QByteArray runProgram(const QStringList& command, const QByteArray& input = {});

/// A database server of the distribution in a directory of its own, reached by a UNIX socket. Servers refuse to run as root, so root
/// starts them as "nobody". Ends with the object.
class Server {
public:
    virtual ~Server();
    [[nodiscard]] QString directory() const { return m_directory.path(); }
    void stop();

protected:
    Server();
    /// The command as the user that servers run as.
    static QStringList unprivileged(const QStringList& command);
    void start(const QStringList& command, const QStringList& ping);

private:
    QTemporaryDir m_directory;
    QProcess m_process;
};

class MariaDbServer : public Server {
public:
    MariaDbServer();
    void run(const QString& database, const QByteArray& sql);
    QByteArray dump(const QString& database, const QStringList& options = {});

private:
    QStringList client(const QString& program) const;
};

class PostgresServer : public Server {
public:
    PostgresServer();
    void run(const QString& database, const QByteArray& sql);
    QByteArray dump(const QString& database, const QStringList& options = {});
};

class RedisServer : public Server {
public:
    /// With this snapshot as its content, if there is one, and these options ("--hash-max-listpack-entries", "0").
    explicit RedisServer(const QByteArray& snapshot = {}, const QStringList& options = {});
    /// One command, its words as redis-cli takes them.
    QByteArray command(const QStringList& words);
    /// Commands, one a line.
    void run(const QByteArray& lines);
    QByteArray dump();

private:
    QStringList client() const;
};
