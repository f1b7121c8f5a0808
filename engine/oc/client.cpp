#include "engine/oc/client.h"

#include "engine/oc/argv.h"
#include "engine/oc/classify.h"
#include "engine/oc/detail.h"
#include "engine/oc/patience.h"

#include <QJsonDocument>

#include <algorithm>
#include <atomic>
#include <thread>

namespace scalekeep::oc {

using namespace std::chrono_literals;
using namespace Qt::Literals::StringLiterals;

namespace {

constexpr std::array backOff{500ms, 1000ms, 2000ms};
constexpr qsizetype eventTextKept = 4096;

quint64 nextNumber()
{
    static std::atomic<quint64> number{0};
    return ++number;
}

} // namespace

Client::Client(Connection connection, const Redactor& redactor, Observer observer, std::stop_token stop)
    : m_connection(std::move(connection)), m_redactor(&redactor), m_observer(std::move(observer)), m_stop(std::move(stop))
{
}

Client Client::inNamespace(const QString& name) const
{
    Client other = *this;
    other.m_connection.namespaceName = name;
    return other;
}

Client Client::withObserver(Observer observer, std::stop_token stop) const
{
    return Client(m_connection, *m_redactor, std::move(observer), std::move(stop));
}

Command Client::command(const QStringList& args) const
{
    Command command;
    command.program = m_connection.program;
    command.args = args;
    // The texts that classify() knows are the untranslated ones.
    command.environment.insert(u"LC_ALL"_s, u"C.UTF-8"_s);
    if (!m_connection.cacheDir.isEmpty())
        command.environment.insert(u"KUBECACHEDIR"_s, m_connection.cacheDir);
    return command;
}

CommandResult Client::run(const Command& command) const
{
    for (size_t attempt = 0;; ++attempt) {
        CommandResult result = runOnce(command);
        const bool again = command.idempotentRead && attempt < backOff.size() && !result.ok() && classify(result, {}).code == ErrorCode::Unreachable;
        if (!again || !pause(backOff.at(attempt)))
            return result;
    }
}

CommandResult Client::runOnce(const Command& command) const
{
    CommandEvent event;
    event.number = nextNumber();
    event.commandLine = m_redactor->redact(argv::display(command.args));
    if (m_observer)
        m_observer(event);
    // A bad factor is refused when the program starts.
    CommandResult result = Runner().run(withPatience(command, patience().value_or(1)), m_stop);
    if (m_observer) {
        event.kind = CommandEvent::Kind::Finished;
        event.exitCode = result.exitCode;
        event.duration = result.duration;
        event.bytesOut = result.bytesOut;
        event.bytesIn = result.bytesIn;
        // Redacted before it is cut: half a secret would not be found any more.
        event.errorText = QString::fromUtf8(m_redactor->redact(withoutNoise(result.errorTail)).right(eventTextKept));
        m_observer(event);
    }
    return result;
}

bool Client::pause(std::chrono::milliseconds time) const
{
    const auto until = std::chrono::steady_clock::now() + time;
    while (!m_stop.stop_requested() && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(50ms);
    return !m_stop.stop_requested();
}

Error Client::redacted(Error error) const
{
    error.message = m_redactor->redact(error.message);
    error.detail = m_redactor->redact(error.detail);
    return error;
}

Error Client::failure(const CommandResult& result, const QString& doing) const { return redacted(classify(result, doing)); }

Error Client::podFailure(Error error)
{
    if (error.code == ErrorCode::NotFound)
        error.code = ErrorCode::NotReady;
    return error;
}

Result<QJsonObject> Client::answer(const Command& command, const QString& doing) const
{
    const CommandResult result = run(command);
    return result.ok() ? objectIn(result, doing) : fail(failure(result, doing));
}

Result<QJsonObject> Client::objectIn(const CommandResult& result, const QString& doing)
{
    const QJsonDocument document = QJsonDocument::fromJson(result.output);
    if (!document.isObject())
        return fail(ErrorCode::BadInput, u"Could not %1: oc answered with something that is no JSON object."_s.arg(doing),
                    u"Check that the program named as oc is the OpenShift client."_s);
    return document.object();
}

Result<Client::Listing> Client::list(const QStringList& kinds, const QString& selector) const
{
    if (const auto bad = unsafeName(kinds))
        return fail(*bad);
    QStringList known = kinds;
    while (!known.isEmpty()) {
        Command read = command(argv::get(m_connection, known, selector));
        read.idempotentRead = true;
        const QString doing = u"read %1"_s.arg(known.join(u", "_s));
        const CommandResult result = run(read);
        if (result.ok()) {
            const QJsonDocument document = QJsonDocument::fromJson(result.output);
            if (!document.object().contains(u"items"_s))
                return fail(ErrorCode::BadInput, u"Could not %1: oc answered with something that is no list."_s.arg(doing),
                            u"Check that the program named as oc is the OpenShift client."_s);
            return Listing{document.object()[u"items"].toArray(), {}};
        }
        // An unknown kind fails the whole request; the cluster then has no object of that kind. The client names it without its group.
        const QString unknown = unknownKind(result);
        const auto isUnknown = [&unknown](const QString& kind) { return kind.section(u'.', 0, 0) == unknown; };
        const auto matching = std::count_if(known.begin(), known.end(), isUnknown);
        if (matching > 1)
            return listOneByOne(known, selector);
        if (matching == 1) {
            known.removeIf(isUnknown);
            continue;
        }
        // The list on standard output looks the same whether there is nothing or nothing could be read: it is not used.
        const Error error = failure(result, doing);
        const bool ofOneKind = error.code == ErrorCode::Forbidden || error.code == ErrorCode::Unreachable || error.code == ErrorCode::Unsupported;
        if (!ofOneKind || known.size() == 1)
            return fail(error);
        return listOneByOne(known, selector);
    }
    return Listing{};
}

Result<Client::Listing> Client::listOneByOne(const QStringList& kinds, const QString& selector) const
{
    Listing listing;
    for (const QString& kind : kinds) {
        const Result<Listing> one = list({kind}, selector);
        if (one) {
            for (const auto& item : one->items)
                listing.items.append(item);
        } else if (one.error().code == ErrorCode::Forbidden || one.error().code == ErrorCode::Unreachable || one.error().code == ErrorCode::Unsupported) {
            listing.problems << one.error();
        } else {
            return one;
        }
    }
    if (listing.problems.size() == kinds.size())
        return fail(listing.problems.first());
    return listing;
}

Result<QJsonObject> Client::get(const QString& kind, const QString& name) const
{
    if (const auto bad = unsafeName({kind, name}))
        return fail(*bad);
    Command read = command(argv::get(m_connection, {kind}, {}, name));
    read.idempotentRead = true;
    return answer(read, u"read %1 %2"_s.arg(kind, name));
}

Result<QByteArray> Client::raw(const QString& path) const
{
    if (!path.startsWith(u'/'))
        return fail(ErrorCode::Usage, u"The path %1 of the API does not begin with a slash."_s.arg(path));
    Command read = command(argv::raw(m_connection, path));
    read.idempotentRead = true;
    CommandResult result = run(read);
    if (!result.ok())
        return fail(failure(result, u"read %1"_s.arg(path)));
    return std::move(result.output);
}

Result<QString> Client::whoami() const
{
    Command read = command(argv::whoami(m_connection));
    read.idempotentRead = true;
    const CommandResult result = run(read);
    const QString doing = u"ask the cluster who you are"_s;
    if (!result.ok())
        return fail(failure(result, doing));
    const QString user = QString::fromUtf8(result.output).trimmed();
    if (user.isEmpty())
        return fail(ErrorCode::BadInput, u"Could not %1: oc answered nothing."_s.arg(doing), u"Check that the program named as oc is the OpenShift client."_s);
    return user;
}

Result<QJsonObject> Client::version() const
{
    Command read = command(argv::version(m_connection));
    read.idempotentRead = true;
    const QString doing = u"ask the cluster for its version"_s;
    Result<QJsonObject> version = answer(read, doing);
    // Without a session the client tells its own version and calls that success.
    if (version && !version->contains(u"serverVersion"_s))
        return fail(ErrorCode::NotLoggedIn, u"Could not %1: there is no session with this cluster."_s.arg(doing),
                    u"Log in to the cluster again, then repeat this. Nothing was changed."_s);
    return version;
}

QString Client::serverVersion() const
{
    constexpr qsizetype longest = 40;
    const auto version = this->version();
    if (!version)
        return {};
    if (const QString openShift = (*version)[u"openshiftVersion"].toString(); !openShift.isEmpty())
        return u"OpenShift "_s + openShift.left(longest);
    QString kubernetes = (*version)[u"serverVersion"][u"gitVersion"].toString().left(longest);
    if (kubernetes.startsWith(u'v'))
        kubernetes.remove(0, 1);
    return kubernetes.isEmpty() ? QString() : u"Kubernetes "_s + kubernetes;
}

Result<QJsonObject> Client::rules() const
{
    const QJsonObject review{{u"apiVersion"_s, u"authorization.k8s.io/v1"_s},
                             {u"kind"_s, u"SelfSubjectRulesReview"_s},
                             {u"spec"_s, QJsonObject{{u"namespace"_s, m_connection.namespaceName}}}};
    const Result<QJsonObject> answered = send(argv::create(m_connection), review, u"ask the cluster for your rights"_s);
    if (!answered)
        return answered;
    return (*answered)[u"status"].toObject();
}

Result<bool> Client::canI(const QString& verb, const QString& resource, const QString& subresource) const
{
    if (const auto bad = unsafeName({verb, resource}))
        return fail(*bad);
    Command read = command(argv::canI(m_connection, verb, resource, subresource));
    read.idempotentRead = true;
    const CommandResult result = run(read);
    // Exit code 1 means no, and also that it could not be asked.
    const QByteArray said = result.output.trimmed();
    if (result.ending == Ending::Exited && (said == "yes" || said == "no"))
        return said == "yes";
    return fail(failure(result, u"ask the cluster whether you may %1 %2"_s.arg(verb, resource)));
}

} // namespace scalekeep::oc
