#pragma once

#include "engine/store/redisdocumented.h"
#include "engine/store/steps.h"

#include "tests/bundle/bundles.h"
#include "tests/oc/localpod.h"
#include "tests/store/lonestep.h"

inline scalekeep::catalog::Catalog catalogue()
{
    const auto catalog = scalekeep::catalog::catalogFor(QStringLiteral("2.7"), QStringLiteral("DeploymentConfig"), QStringLiteral("template"));
    if (!catalog)
        qFatal("no catalogue");
    return *catalog;
}

/// To be changed into what the test's server is.
inline scalekeep::catalog::Component& componentIn(scalekeep::catalog::Catalog& catalog, const QString& id)
{
    for (scalekeep::catalog::Component& each : catalog.components) {
        if (each.id == id)
            return each;
    }
    qFatal("no such component");
}

/// The only pod of its namespace, which is this machine with some programs of its own.
class StorePod {
public:
    StorePod()
    {
        program(QStringLiteral("oc"), "case \" $* \" in *' exec '*) exec '" LOCALCLIENT "' \"$@\" ;; esac\ncat \"$(dirname \"$0\")/pods.json\"\n");
        scalekeep::bundle::writeFile(m_programs.filePath(QStringLiteral("pods.json")), R"({"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "store-1-abcde", "uid": "uid-1"},
            "spec": {"containers": [{"name": "store"}]}, "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}]})");
        m_local.set("PATH", m_programs.path().toUtf8() + ":/usr/bin:/bin");
    }
    void program(const QString& name, const QByteArray& script)
    {
        const QString path = m_programs.filePath(name);
        scalekeep::bundle::writeFile(path, "#!/bin/sh\n" + script);
        if (!QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner))
            qFatal("cannot make a program");
    }
    /// Of a file beside its programs.
    [[nodiscard]] QString path(const QString& name) const { return m_programs.filePath(name); }
    /// After it was listed, as when its node is drained.
    void goes()
    {
        program(QStringLiteral("oc"), "case \" $* \" in *' exec '*) echo 'Error from server (NotFound): pods \"store-1-abcde\" not found' >&2; exit 1 ;; esac\ncat \"$(dirname \"$0\")/pods.json\"\n");
    }
    /// Of all loaders on this machine only those with this mark are found.
    void onlyHas(const QString& mark)
    {
        program(QStringLiteral("grep"), "[ \"$1 $2\" = '-q scalekeep-run-' ] && set -- -q '" + mark.toUtf8() + "'\nexec /usr/bin/grep \"$@\"\n");
    }
    [[nodiscard]] scalekeep::oc::Client client() const
    {
        return {scalekeep::oc::Connection{.program = m_programs.filePath(QStringLiteral("oc")), .kubeconfig = {}, .namespaceName = QStringLiteral("threescale"), .cacheDir = {}}, m_redactor};
    }

private:
    LocalPod m_local;
    QTemporaryDir m_programs;
    scalekeep::Redactor m_redactor;
};

inline std::shared_ptr<const scalekeep::run::Handler> handler(const QString& action)
{
    scalekeep::run::Handlers handlers;
    scalekeep::store::registerHandlers(handlers);
    scalekeep::store::redis::registerDocumentedHandlers(handlers);
    return handlers.value(action);
}

inline scalekeep::Result<QJsonObject> runStep(LoneStep& lone, const StorePod& pod, const QString& action)
{
    scalekeep::run::StepRun step = lone.on(pod.client());
    return handler(action)->run(step);
}

inline scalekeep::Result<void> undoStep(LoneStep& lone, const StorePod& pod, const QString& action)
{
    scalekeep::run::StepRun step = lone.on(pod.client());
    return handler(action)->undo(step);
}
