#include "models/backup/readiness.h"

#include "engine/base/files.h"
#include "engine/cluster/keychain.h"
#include "engine/oc/runner.h"
#include "engine/yaml/reader.h"

#include <QCoreApplication>
#include <QDir>
#include <QJsonDocument>
#include <QJsonObject>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::Readiness)
};

constexpr qsizetype longestVersion = 40;

void askClient(Readiness& readiness, const Redactor& redactor)
{
    readiness.ocNamed = qEnvironmentVariableIsSet("SCALEKEEP_OC");
    readiness.ocProgram = qEnvironmentVariable("SCALEKEEP_OC", u"oc"_s);
    oc::Command command;
    command.program = readiness.ocProgram;
    command.args = {u"version"_s, u"--client"_s, u"-o"_s, u"json"_s};
    command.maxOutput = 64LL * 1024;
    command.timeout = std::chrono::seconds(20);
    const oc::CommandResult result = oc::Runner().run(command);
    if (result.ending == oc::Ending::FailedToStart) {
        readiness.ocError = Error{ErrorCode::ToolMissing, Texts::tr("%1 was not found.").arg(readiness.ocProgram), {}, Texts::tr("Install the OpenShift client in the search path, or name it with SCALEKEEP_OC.")};
        return;
    }
    const QJsonObject answer = QJsonDocument::fromJson(result.output).object();
    readiness.ocVersion = answer.value(u"releaseClientVersion").toString();
    if (readiness.ocVersion.isEmpty())
        readiness.ocVersion = answer.value(u"clientVersion").toObject().value(u"gitVersion").toString();
    readiness.ocVersion = readiness.ocVersion.left(longestVersion).simplified();
    if (!result.ok() || readiness.ocVersion.isEmpty()) {
        readiness.ocVersion.clear();
        readiness.ocError = Error{ErrorCode::Unsupported, Texts::tr("%1 does not say which version it is.").arg(readiness.ocProgram), redactor.redact(QString::fromUtf8(result.errorTail.left(2000))),
                                  Texts::tr("Install the OpenShift client in the search path, or name it with SCALEKEEP_OC.")};
    }
}
} // namespace

int contextsIn(const QString& kubeconfig)
{
    constexpr qint64 largest = 1024LL * 1024;
    const auto text = readFile(kubeconfig, largest);
    const auto document = text ? yaml::parse(*text, kubeconfig) : fail(text.error());
    const yaml::Value* contexts = document ? document->find(u"contexts") : nullptr;
    return contexts && contexts->kind == yaml::Value::Kind::Sequence ? int(contexts->items.size()) : 0;
}

Readiness readReadiness(const QString& folder, const Redactor& redactor)
{
    Readiness readiness;
    askClient(readiness, redactor);
    readiness.keychain = cluster::keychain::available();
    readiness.folder = folder;
    readiness.freeBytes = folder.isEmpty() ? -1 : freeBytes(folder);
    // Of a list in $KUBECONFIG, the first file that has anything in it.
    QStringList paths = qEnvironmentVariable("KUBECONFIG").split(QDir::listSeparator(), Qt::SkipEmptyParts);
    if (paths.isEmpty())
        paths.append(QDir::home().filePath(u".kube/config"_s));
    for (const QString& path : std::as_const(paths)) {
        if (const int contexts = contextsIn(path); contexts > 0) {
            readiness.kubeconfig = path;
            readiness.contexts = contexts;
            break;
        }
    }
    return readiness;
}

} // namespace scalekeep::models
