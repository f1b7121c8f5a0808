#include "engine/oc/classify.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

#include <array>

namespace scalekeep::oc {

using namespace Qt::Literals::StringLiterals;

namespace {

enum class Advice { None, LogIn, Rights, Connection, Certificate, Server, Kubeconfig, Look, Again, Wait, Image, Update, Correct };

struct Rule {
    const char* text;   ///< as the client prints it
    ErrorCode code;
    const char* what;   ///< completes "Could not do X: ..."
    Advice advice;
};

constexpr const char* expired = "the token is expired or no longer valid";
constexpr const char* noSession = "there is no session with this cluster";
constexpr const char* unreachable = "the server can't be reached";
constexpr const char* dropped = "the connection to the server was lost";
constexpr const char* unavailable = "the server is there but can't answer at the moment";
constexpr const char* podAway = "the node of the pod can't be reached";
constexpr const char* badCertificate = "the server's certificate is not trusted";
constexpr const char* refusedObject = "the server refuses the object as invalid";
constexpr const char* changed = "somebody else changed it at the same time";

// In this order: what explains the failure comes before what follows from it (a wrong certificate also "can't be connected to").
constexpr std::array rules{
    Rule{"certificate signed by unknown authority", ErrorCode::UntrustedCertificate, badCertificate, Advice::Certificate},
    Rule{"x509: ", ErrorCode::UntrustedCertificate, badCertificate, Advice::Certificate},
    Rule{"You must be logged in to the server", ErrorCode::NotLoggedIn, expired, Advice::LogIn},
    Rule{"asked for the client to provide credentials", ErrorCode::NotLoggedIn, expired, Advice::LogIn},
    Rule{"The token provided is invalid or expired", ErrorCode::NotLoggedIn, expired, Advice::LogIn},
    Rule{"Error from server (Unauthorized)", ErrorCode::NotLoggedIn, expired, Advice::LogIn},
    Rule{"Login failed (401 Unauthorized)", ErrorCode::NotLoggedIn, "user name or password are wrong", Advice::LogIn},
    Rule{"User \"system:anonymous\" cannot", ErrorCode::NotLoggedIn, noSession, Advice::LogIn},
    Rule{"Missing or incomplete configuration info", ErrorCode::NotLoggedIn, noSession, Advice::LogIn},
    Rule{"You must obtain an API token by visiting", ErrorCode::NotLoggedIn, noSession, Advice::LogIn},
    Rule{"no token is currently in use", ErrorCode::NotLoggedIn, noSession, Advice::LogIn},
    Rule{"You must have a token", ErrorCode::NotLoggedIn, noSession, Advice::LogIn},
    Rule{"exceeded quota", ErrorCode::Forbidden, "the quota of the namespace is used up", Advice::Look},
    Rule{"Error from server (Forbidden)", ErrorCode::Forbidden, "the server does not allow it", Advice::Rights},
    Rule{"is forbidden: User", ErrorCode::Forbidden, "the server does not allow it", Advice::Rights},
    Rule{"You are not a member of project", ErrorCode::Forbidden, "the namespace does not exist or you are not a member of it", Advice::Rights},
    Rule{"error dialing backend", ErrorCode::Unreachable, podAway, Advice::Connection},
    Rule{"containerLogs", ErrorCode::Unreachable, podAway, Advice::Connection},
    Rule{"Error from server (ServiceUnavailable)", ErrorCode::Unreachable, unavailable, Advice::Again},
    Rule{"currently unable to handle the request", ErrorCode::Unreachable, unavailable, Advice::Again},
    Rule{"error trying to reach service", ErrorCode::Unreachable, unavailable, Advice::Again},
    Rule{"Error from server (Timeout)", ErrorCode::Unreachable, unavailable, Advice::Again},
    Rule{"Error from server (TooManyRequests)", ErrorCode::Unreachable, unavailable, Advice::Again},
    Rule{"Error from server (ServerTimeout)", ErrorCode::Unreachable, unavailable, Advice::Again},
    Rule{"etcdserver: ", ErrorCode::Unreachable, unavailable, Advice::Again},
    Rule{"no such host", ErrorCode::Unreachable, "the server's name is unknown", Advice::Connection},
    Rule{"The connection to the server", ErrorCode::Unreachable, unreachable, Advice::Connection},
    Rule{"Unable to connect to the server", ErrorCode::Unreachable, unreachable, Advice::Connection},
    Rule{"dial tcp", ErrorCode::Unreachable, unreachable, Advice::Connection},
    Rule{"TLS handshake timeout", ErrorCode::Unreachable, unreachable, Advice::Connection},
    Rule{"Client.Timeout exceeded", ErrorCode::Unreachable, unreachable, Advice::Connection},
    Rule{"i/o timeout", ErrorCode::Unreachable, unreachable, Advice::Connection},
    Rule{"connection reset by peer", ErrorCode::Unreachable, dropped, Advice::Connection},
    Rule{"error reading from error stream", ErrorCode::Unreachable, dropped, Advice::Connection},
    Rule{"client connection lost", ErrorCode::Unreachable, dropped, Advice::Connection},
    Rule{"error: unexpected EOF", ErrorCode::Unreachable, dropped, Advice::Connection},
    Rule{"Error from server (AlreadyExists)", ErrorCode::AlreadyExists, "it exists already", Advice::Look},
    Rule{"Error from server (Conflict)", ErrorCode::Conflict, changed, Advice::Again},
    Rule{"Operation cannot be fulfilled on", ErrorCode::Conflict, changed, Advice::Again},
    Rule{"metadata.resourceVersion: Invalid value", ErrorCode::Conflict, "the object carries the version of another one", Advice::Correct},
    Rule{"Expected replicas to be", ErrorCode::Conflict, "somebody else scaled it at the same time", Advice::Again},
    Rule{"desired revision (", ErrorCode::Conflict, "another rollout has begun since", Advice::Again},
    Rule{"is not valid for pod", ErrorCode::NotFound, "the pod has no such container", Advice::Look},
    Rule{"current phase is", ErrorCode::NotReady, "the pod has ended", Advice::Look},
    Rule{"container not found", ErrorCode::NotReady, "the container is not running", Advice::Wait},
    Rule{"pod does not exist", ErrorCode::NotReady, "the pod is gone", Advice::Look},
    Rule{"does not have a host assigned", ErrorCode::NotReady, "the pod has no node yet", Advice::Wait},
    Rule{"executable file not found", ErrorCode::ToolMissing, "the container has no such program", Advice::Image},
    Rule{"OCI runtime exec failed", ErrorCode::ToolMissing, "the program can't be started in the container", Advice::Image},
    Rule{"is already in progress", ErrorCode::NotReady, "a rollout is already in progress", Advice::Wait},
    Rule{"cannot deploy a paused deployment config", ErrorCode::NotReady, "its rollouts are paused", Advice::Look},
    Rule{"contains unresolved images", ErrorCode::NotReady, "its image is not known yet", Advice::Look},
    Rule{"has failed progressing", ErrorCode::NotReady, "the rollout failed", Advice::Look},
    Rule{"exceeded its progress deadline", ErrorCode::NotReady, "the rollout failed", Advice::Look},
    Rule{"was cancelled", ErrorCode::NotReady, "the rollout was cancelled", Advice::Look},
    Rule{"timed out waiting", ErrorCode::Timeout, "it did not happen in time", Advice::Look},
    Rule{"the server rejected our request for an unknown reason", ErrorCode::Unsupported, "the server does not answer as OpenShift does", Advice::Server},
    Rule{"the server could not find the requested resource", ErrorCode::Unsupported, "the server does not know this; it may not be OpenShift", Advice::Server},
    Rule{"the server doesn't have a resource type", ErrorCode::Unsupported, "the server does not know this kind of object", Advice::Server},
    Rule{"no matches for kind", ErrorCode::Unsupported, "the server does not know this kind of object", Advice::Server},
    Rule{"Error from server (NotFound)", ErrorCode::NotFound, "it does not exist", Advice::Look},
    Rule{"Error from server (MethodNotAllowed)", ErrorCode::Unsupported, "the server does not support it", Advice::Server},
    Rule{"unknown flag: ", ErrorCode::Unsupported, "this oc does not know an option that is needed", Advice::Update},
    Rule{"unknown command ", ErrorCode::Unsupported, "this oc does not know a command that is needed", Advice::Update},
    Rule{"Error from server (InternalError)", ErrorCode::Unreachable, unavailable, Advice::Again},
    Rule{"error loading config file", ErrorCode::BadInput, "the kubeconfig can't be read", Advice::Kubeconfig},
    Rule{"is invalid: ", ErrorCode::BadInput, refusedObject, Advice::Correct},
    Rule{"Error from server (Invalid)", ErrorCode::BadInput, refusedObject, Advice::Correct},
    Rule{"Error from server (BadRequest)", ErrorCode::BadInput, "the server does not understand the request", Advice::Correct},
    Rule{"does not match the namespace", ErrorCode::BadInput, "the object belongs to another namespace", Advice::Correct},
    Rule{"unable to decode", ErrorCode::BadInput, "this is not a Kubernetes object", Advice::Correct},
    Rule{"error parsing ", ErrorCode::BadInput, "this is not a Kubernetes object", Advice::Correct},
    Rule{"no objects passed to", ErrorCode::BadInput, "there was no object to work on", Advice::Correct},
    Rule{"unable to process template", ErrorCode::BadInput, "the template can't be processed with these parameters", Advice::Correct},
    Rule{"unknown parameter name", ErrorCode::BadInput, "the template has no such parameter", Advice::Correct},
    Rule{"unexpected parameter name", ErrorCode::BadInput, "the template has no such parameter", Advice::Correct},
    Rule{"no space left on device", ErrorCode::NoSpace, "the disk of this machine is full", Advice::Look},
};

QString hint(Advice advice)
{
    switch (advice) {
    case Advice::None: return {};
    case Advice::LogIn: return u"Log in to the cluster again, then repeat this. Nothing was changed."_s;
    case Advice::Rights: return u"Ask an administrator of the namespace for this right; `edit` on the namespace is enough for most steps. Nothing was changed."_s;
    case Advice::Connection: return u"Check the address, the network, VPN and proxy, and whether the cluster is up, then try again."_s;
    case Advice::Certificate: return u"Log in again with the cluster's CA file (--ca) or its fingerprint (--trust). Nothing was sent."_s;
    case Advice::Server: return u"Check that the address is an OpenShift API server and which version it has. Nothing was changed."_s;
    case Advice::Kubeconfig: return u"Log in to the cluster again, so that the file is written anew. Nothing was changed."_s;
    case Advice::Look: return u"Look at it in the cluster; the client's own words follow."_s;
    case Advice::Again: return u"Try again in a moment."_s;
    case Advice::Wait: return u"Wait until it is ready, then try again."_s;
    case Advice::Image: return u"Nothing was changed. Use a container image that has it."_s;
    case Advice::Update: return u"Nothing was changed. Install a newer oc, or name one with SCALEKEEP_OC."_s;
    case Advice::Correct: return u"Nothing was changed. The client's own words say what is wrong."_s;
    }
    return {};
}

/// A Status object of the server as the client would print it, so that one table serves both; anything else as it is.
QByteArray statusAsText(const QByteArray& text)
{
    const qsizetype from = text.indexOf('{');
    const qsizetype to = text.lastIndexOf('}');
    if (from < 0 || to < from)
        return text;
    const QJsonObject status = QJsonDocument::fromJson(text.sliced(from, to - from + 1)).object();
    if (status[u"kind"].toString() != u"Status"_s || status[u"status"].toString() != u"Failure"_s)
        return text;
    return u"Error from server (%1): %2"_s.arg(status[u"reason"].toString(), status[u"message"].toString()).toUtf8();
}

const Rule* ruleFor(const QByteArray& text)
{
    for (const Rule& rule : rules) {
        if (text.contains(rule.text))
            return &rule;
    }
    return nullptr;
}

/// "User "x" cannot VERB resource "R"" as a sentence that names what is missing.
QString missingRight(const QByteArray& text)
{
    static const QRegularExpression pattern(u"User \"([^\"]*)\" cannot (\\w+) resource \"([^\"]*)\""_s);
    const QRegularExpressionMatch match = pattern.match(QString::fromUtf8(text));
    return match.hasMatch() ? u"the user %1 may not %2 %3"_s.arg(match.captured(1), match.captured(2), match.captured(3)) : QString();
}

Error byEnding(const CommandResult& result, const QString& doing)
{
    const QString could = u"Could not %1: "_s.arg(doing);
    const QString detail = QString::fromUtf8(withoutNoise(result.errorTail));
    switch (result.ending) {
    case Ending::FailedToStart:
        return {ErrorCode::ToolMissing, could + u"the OpenShift client oc can't be started."_s, detail,
                u"Nothing was changed. Install oc on the PATH, or name it with SCALEKEEP_OC."_s};
    case Ending::Cancelled: return {ErrorCode::Cancelled, could + u"cancelled."_s, detail, {}};
    case Ending::TimedOut:
        return {ErrorCode::Timeout, could + u"no end after %1 s."_s.arg(result.duration.count() / 1000), detail,
                u"Whether it still happened is not known; look before you repeat it."_s};
    case Ending::Hung:
        return {ErrorCode::Timeout, could + u"nothing was heard any more, %1 bytes had come."_s.arg(result.bytesOut), detail,
                u"Check the connection and the pod, then try again."_s};
    case Ending::SinkFailed:
    case Ending::SourceFailed:
        if (result.streamError)
            return *result.streamError;
        break;
    case Ending::Crashed:
    case Ending::Exited: break;
    }
    return {ErrorCode::Io, could + u"the client oc was ended by a signal (%1)."_s.arg(result.exitCode), detail,
            u"Whether it still happened is not known; look before you repeat it."_s};
}

bool isNoise(const QByteArray& line)
{
    static const QRegularExpression klog(u"^[IWEF]\\d{4} \\d\\d:\\d\\d:\\d\\d\\.\\d+ +\\d+ [\\w.]+:\\d+\\] "_s);
    static const std::array known{"is deprecated in v",          "is not namespace scoped", "kubectl.kubernetes.io/last-applied-configuration",
                                  "Use tokens from the TokenRequest API"};
    if (line.startsWith("Defaulted container ") || line.startsWith("command terminated with exit code ") || line.startsWith("@@"))
        return true;
    if (line.startsWith("Warning: "))
        return std::any_of(known.begin(), known.end(), [&line](const char* text) { return line.contains(text); });
    return klog.match(QString::fromUtf8(line)).hasMatch();
}

} // namespace

QByteArray withoutNoise(const QByteArray& errorText)
{
    QByteArrayList kept;
    for (const QByteArray& line : errorText.split('\n')) {
        if (!isNoise(line))
            kept << line;
    }
    return kept.join('\n').trimmed();
}

QString unknownKind(const CommandResult& result)
{
    const Rule* rule = ruleFor(result.errorTail);
    if (!rule || rule->code != ErrorCode::Unsupported)
        return {};
    static const QRegularExpression pattern(u"the server doesn't have a resource type \"([^\"]+)\""_s);
    return pattern.match(QString::fromUtf8(result.errorTail)).captured(1);
}

Error classify(const CommandResult& result, const QString& doing)
{
    if (result.ending != Ending::Exited)
        return byEnding(result, doing);
    const QString could = u"Could not %1: "_s.arg(doing);
    const QByteArray ownWords = withoutNoise(result.errorTail);
    // A few failures are told on standard output only.
    const QByteArray words = statusAsText(ownWords.isEmpty() ? result.output.left(4096) : ownWords);
    const QString detail = QString::fromUtf8(words);
    if (result.exitCode == 0)
        return {ErrorCode::TruncatedStream, could + u"the connection was lost, though oc ended without an error."_s, detail,
                u"Check the connection and the pod, then try again."_s};
    // The remote program's status, not the client's: its words are not the client's either.
    const QByteArray status = "command terminated with exit code " + QByteArray::number(result.exitCode);
    if (result.errorTail.contains(status)) {
        constexpr int killed = 137;
        return {ErrorCode::RemoteFailed,
                could + (result.exitCode == killed ? u"the pod or the program in it was killed (137)."_s
                                                   : u"the program in the pod ended with %1."_s.arg(result.exitCode)),
                detail, u"Look at the pod and at the program's own words."_s};
    }
    // Lines that are noise elsewhere name the cause now and then.
    const Rule* rule = ruleFor(words);
    if (!rule)
        rule = ruleFor(result.errorTail);
    if (!rule)
        return {ErrorCode::RemoteFailed, could + u"oc ended with %1."_s.arg(result.exitCode), detail, u"The client's own words say why."_s};
    QString what = QString::fromLatin1(rule->what);
    if (rule->advice == Advice::Rights) {
        if (const QString right = missingRight(words); !right.isEmpty())
            what = right;
    }
    return {rule->code, could + what + u'.', detail, hint(rule->advice)};
}

} // namespace scalekeep::oc
