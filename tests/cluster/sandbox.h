#pragma once

#include "engine/base/secret.h"
#include "engine/cluster/login.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>

/// A sandbox of its own for one test program: started by it, ended with it. Sets SCALEKEEP_OC, SCALEKEEP_SANDBOX_HOME and SCALEKEEP_HOME.
class Sandbox {
public:
    /// "north/threescale,south/threescale"; empty text: it is up. Otherwise what the command said.
    QByteArray up(const QString& installations)
    {
        if (!run({QStringLiteral("up"), QStringLiteral("--only"), installations, QStringLiteral("--rows"), QStringLiteral("50"), QStringLiteral("--die-with-parent")}) || !run({QStringLiteral("env")}))
            return m_said;
        static const QRegularExpression program(QStringLiteral("SCALEKEEP_OC=(\\S+)"));
        qputenv("SCALEKEEP_OC", program.match(QString::fromUtf8(m_said)).captured(1).toUtf8());
        qputenv("SCALEKEEP_SANDBOX_HOME", m_home.path().toUtf8());
        // Not in the sandbox's home: what the program keeps is searched for secrets.
        qputenv("SCALEKEEP_HOME", m_state.path().toUtf8());
        qputenv("XDG_RUNTIME_DIR", m_state.filePath(QStringLiteral("run")).toUtf8());
        QDir(m_state.path()).mkdir(QStringLiteral("run"));
        qunsetenv("DBUS_SESSION_BUS_ADDRESS");
        return {};
    }

    bool run(const QStringList& arguments)
    {
        QProcess command;
        command.setProcessChannelMode(QProcess::MergedChannels);
        command.start(QStringLiteral(SANDBOX), QStringList{QStringLiteral("--home"), m_home.path()} + arguments);
        const bool ended = command.waitForFinished(400'000);
        m_said = command.readAll();
        return ended && command.exitStatus() == QProcess::NormalExit && command.exitCode() == 0;
    }

    [[nodiscard]] QString state() const { return m_state.path(); }
    [[nodiscard]] QString path(const QString& name) const { return m_home.filePath(name); }
    /// Content of a file in the sandbox's home, without the last newline.
    [[nodiscard]] QByteArray file(const QString& name) const
    {
        QFile file(path(name));
        QByteArray content = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        return content.endsWith('\n') ? content.chopped(1) : content;
    }
    [[nodiscard]] QUrl server(const QString& cluster) const
    {
        return QUrl(QJsonDocument::fromJson(file(QStringLiteral("clusters.json")))[QStringLiteral("sandbox-") + cluster].toString());
    }
    /// The token of a role: "edit", "admin", "view", "nobody", "secluded".
    [[nodiscard]] scalekeep::Secret token(const QString& cluster, const QString& role) const
    {
        return scalekeep::Secret(file(role == QStringLiteral("edit") ? QStringLiteral("token-") + cluster : QStringLiteral("token-%1-%2").arg(cluster, role)));
    }
    [[nodiscard]] scalekeep::cluster::Trust trust(const QString& cluster) const { return {path(QStringLiteral("ca-%1.crt").arg(cluster)), {}}; }

private:
    QTemporaryDir m_home, m_state;
    QByteArray m_said;
};
