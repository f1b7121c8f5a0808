#pragma once

#include "engine/oc/client.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

/// A client whose pod is this machine (localclient.cpp), and what its environment makes go wrong, put back at the end of a test.
class LocalPod {
public:
    explicit LocalPod(const QString& shell = QStringLiteral("dash")) { set("SHELL", shell.toUtf8()); }
    ~LocalPod()
    {
        for (const QByteArray& name : m_set)
            qunsetenv(name.constData());
    }
    LocalPod(const LocalPod&) = delete;
    LocalPod& operator=(const LocalPod&) = delete;

    void set(const char* name, const QByteArray& value)
    {
        m_set << QByteArray("LOCALCLIENT_") + name;
        qputenv(m_set.last().constData(), value);
    }
    void set(const char* name, qint64 value) { set(name, QByteArray::number(value)); }

    /// A container that has only these programs.
    void onlyTools(const QStringList& names)
    {
        for (const QString& name : names) {
            for (const QString& place : {QStringLiteral("/usr/bin/"), QStringLiteral("/bin/")}) {
                if (QFile::exists(place + name)) {
                    QVERIFY(QFile::link(place + name, m_tools.filePath(name)));
                    break;
                }
            }
        }
        set("PATH", m_tools.path().toUtf8());
    }

    [[nodiscard]] scalekeep::oc::Client client(std::stop_token stop = {}) const
    {
        scalekeep::oc::Connection connection;
        connection.program = QStringLiteral(LOCALCLIENT);
        connection.namespaceName = QStringLiteral("threescale");
        return {connection, m_redactor, {}, std::move(stop)};
    }
    static scalekeep::oc::PodRef pod() { return {QStringLiteral("system-mysql-1-abcde"), QStringLiteral("system-mysql"), {}}; }

private:
    QTemporaryDir m_tools;
    QByteArrayList m_set;
    scalekeep::Redactor m_redactor;
};
