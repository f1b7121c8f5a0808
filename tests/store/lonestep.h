#pragma once

#include "engine/base/files.h"
#include "engine/run/handler.h"

#include <QTemporaryDir>

/// One step without a run around it: what it says and notes is kept. The context is to be as the steps before it would have left it.
class LoneStep {
public:
    LoneStep(const scalekeep::catalog::Catalog& catalog, const QString& verb, const QString& component)
    {
        context.catalog = &catalog;
        context.nonce = scalekeep::randomHex(8);
        step.id = step.title = verb + u':' + component;
        step.component = component;
    }

    /// To be run, or to be undone with what it has noted so far.
    [[nodiscard]] scalekeep::run::StepRun on(const scalekeep::oc::Client& client)
    {
        return {.context = context,
                .step = step,
                .client = client,
                .stop = {},
                .progress = [](qint64, qint64, const QString&) {},
                .log = [this](const QString& text) { said.append(text); },
                .evidence = [this](const QJsonObject& fact) -> scalekeep::Result<void> {
                    noted.append(fact);
                    return {};
                },
                .earlierEvidence = noted,
                .evidenceOf = [this](const QString& id) { return id == step.id ? noted : others.value(id); },
                .found = {}};
    }

    scalekeep::run::Context context;
    scalekeep::plan::Step step;
    QStringList said;
    QList<QJsonObject> noted;
    QHash<QString, QList<QJsonObject>> others; ///< what other steps have noted
};

/// For EmptyNamespace: an APIManager that is there, and a server that lets nobody set blockOwnerDeletion. What is written is kept.
inline const QByteArray ownersEnforced = R"sh(
*' get APIManager'*) echo '{"metadata":{"name":"apimanager","uid":"new"}}' ;;
*' create '*|*' patch '*)
    body=$(cat)
    case "$body" in
    *blockOwnerDeletion*) echo "Error from server (Forbidden): configmaps \"smtp\" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: , <nil>" >&2; exit 1 ;;
    esac
    echo "$body" | tee "$(dirname "$0")/written" ;;
)sh";
inline const QByteArray aConfigMap = R"sh(
*' get ConfigMap '*) echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"smtp"}}' ;;
)sh";

/// Zync has made its Route again, under another name.
inline const QByteArray aRouteOfZync = R"sh(
*' get routes.route.openshift.io '*|*' get Route.route.openshift.io -o '*) echo '{"kind":"List","items":[{"apiVersion":"route.openshift.io/v1","kind":"Route","metadata":{"name":"zync-3scale-provider-again","labels":{"3scale.net/created-by":"zync"}},"spec":{"host":"admin.example.com"}}]}' ;;
)sh";

/// The role `edit` may neither see nor make Roles and their bindings.
inline const QByteArray rolesForbidden = R"sh(
*' get Role'*|*' delete Role'*) echo 'Error from server (Forbidden): roles.rbac.authorization.k8s.io "x" is forbidden: User "edit" cannot get resource "roles" in API group "rbac.authorization.k8s.io" in the namespace "threescale"' >&2; exit 1 ;;
)sh";

/// A namespace that has nothing: whatever is created is taken, and what is deleted is noted. `first`: branches of the shell's `case` over the
/// command that come before all others.
class EmptyNamespace {
public:
    explicit EmptyNamespace(const QByteArray& first = {})
    {
        const QByteArray script = R"sh(#!/bin/sh
case " $* " in
)sh" + first + R"sh(
*' get '*) echo 'Error from server (NotFound): the object "x" not found' >&2; exit 1 ;;
*' delete '*) echo "$*" >>"$(dirname "$0")/deleted" ;;
*) cat ;;
esac
)sh";
        QFile program(m_directory.filePath(QStringLiteral("oc")));
        if (!program.open(QIODevice::WriteOnly) || program.write(script) != script.size() || !program.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner))
            qFatal("cannot write the client");
    }
    [[nodiscard]] scalekeep::oc::Client client() const
    {
        return {scalekeep::oc::Connection{.program = m_directory.filePath(QStringLiteral("oc")), .kubeconfig = {}, .namespaceName = QStringLiteral("threescale"), .cacheDir = {}}, m_redactor};
    }
    /// The commands, one a line.
    [[nodiscard]] QString deleted() const { return read(QStringLiteral("deleted")); }
    /// What a branch of `first` keeps of the last object.
    [[nodiscard]] QString written() const { return read(QStringLiteral("written")); }

private:
    [[nodiscard]] QString read(const QString& name) const
    {
        QFile file(m_directory.filePath(name));
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
    }

    QTemporaryDir m_directory;
    scalekeep::Redactor m_redactor;
};
