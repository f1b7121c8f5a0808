#pragma once

#include "engine/store/common.h"

#include "tests/bundle/bundles.h"
#include "tests/index/servers.h"
#include "tests/store/storepod.h"

#include <QTcpServer>
#include <QTest>

namespace scalekeep::test {

using namespace Qt::Literals::StringLiterals;

/// As in a pod: reached by TCP, with a password that only the environment knows.
class MysqlOnTcp : public Server {
public:
    MysqlOnTcp()
    {
        QTcpServer probe;
        probe.listen(QHostAddress::LocalHost);
        port = probe.serverPort();
        probe.close();
        const QString data = directory() + u"/data"_s;
        runProgram(unprivileged({u"mariadb-install-db"_s, u"--no-defaults"_s, u"--datadir="_s + data, u"--auth-root-authentication-method=normal"_s, u"--skip-test-db"_s}));
        const QStringList client{u"mariadb"_s, u"--no-defaults"_s, u"--user=root"_s, u"--socket="_s + directory() + u"/socket"_s};
        start({QFile::exists(u"/usr/sbin/mariadbd"_s) ? u"/usr/sbin/mariadbd"_s : u"/usr/sbin/mysqld"_s, u"--no-defaults"_s, u"--datadir="_s + data, u"--socket="_s + directory() + u"/socket"_s,
               u"--pid-file="_s + directory() + u"/pid"_s, u"--bind-address=127.0.0.1"_s, u"--port=%1"_s.arg(port), u"--innodb-buffer-pool-size=16M"_s, u"--innodb-flush-log-at-trx-commit=0"_s},
              client + QStringList{u"-e"_s, u"SELECT 1"_s});
        runProgram(client, "CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY 'a b$\"c'; GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION; ALTER USER root@localhost IDENTIFIED BY 'a b$\"c'; FLUSH PRIVILEGES");
    }
    int port = 0;
};

struct Ended { int code = -1; QByteArray output, errors; };
inline Ended runInPod(const QStringList& argv)
{
    QProcess process;
    process.start(argv.first(), argv.mid(1));
    process.closeWriteChannel();
    if (!process.waitForFinished(120'000) || process.exitStatus() != QProcess::NormalExit)
        qFatal("it did not end");
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

/// What the tests of commands that are run for real have in common.
class OnServers : public QObject {
protected:
    /// What the images have: the server's own variables, and no configuration of this machine's user.
    void setUp() { qputenv("HOME", m_directory.path().toUtf8()); }

    [[nodiscard]] store::Staged staged(const QByteArray& content, bool compressed = true) const
    {
        const QString path = m_directory.filePath(compressed ? u"it's staged.sql.gz"_s : u"it's staged.sql"_s);
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write the dump");
        return {path, compressed};
    }
    static QByteArray gzip(const QByteArray& content) { return runProgram({u"gzip"_s, u"-1"_s}, content); }

    QTemporaryDir m_directory;
};

} // namespace scalekeep::test
