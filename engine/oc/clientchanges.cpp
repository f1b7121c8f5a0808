#include "engine/oc/argv.h"
#include "engine/oc/classify.h"
#include "engine/oc/client.h"
#include "engine/oc/detail.h"

#include <QElapsedTimer>
#include <QJsonDocument>

namespace scalekeep::oc {

using namespace std::chrono_literals;
using namespace Qt::Literals::StringLiterals;

namespace {

// What the client adds to a limit of its own before it is given up.
constexpr auto beyondOwnLimit = 30s;
constexpr auto rolloutInProgress = 10min;

QString nameOf(const QJsonObject& object)
{
    return u"%1 %2"_s.arg(object[u"kind"].toString(), object[u"metadata"][u"name"].toString());
}

} // namespace

Error Client::changeFailure(const CommandResult& result, const QString& doing) const
{
    Error error = failure(result, doing);
    if (error.code == ErrorCode::Unreachable || error.code == ErrorCode::Cancelled)
        error.hint = u"Whether it was carried out is not known: look before you repeat it. "_s + error.hint;
    error.hint = error.hint.trimmed();
    return error;
}

Result<QJsonObject> Client::send(const QStringList& args, const QJsonObject& object, const QString& doing) const
{
    Command write = command(args);
    write.input = sourceOf(QJsonDocument(object).toJson(QJsonDocument::Compact));
    const CommandResult result = run(write);
    return result.ok() ? objectIn(result, doing) : fail(changeFailure(result, doing));
}

Result<void> Client::change(const QStringList& args, const QString& doing, std::chrono::seconds timeout) const
{
    Command write = command(args);
    write.timeout = timeout;
    const CommandResult result = run(write);
    if (!result.ok())
        return fail(changeFailure(result, doing));
    return {};
}

Result<QJsonObject> Client::create(const QJsonObject& object) const
{
    return send(argv::create(m_connection), object, u"create %1"_s.arg(nameOf(object)));
}

Result<QJsonObject> Client::replace(const QJsonObject& object, bool dryRun) const
{
    return send(argv::replace(m_connection, dryRun), object, u"replace %1"_s.arg(nameOf(object)));
}

Result<QJsonObject> Client::applyServerSide(const QJsonObject& object, bool dryRun) const
{
    return send(argv::applyServerSide(m_connection, dryRun), object, u"apply %1"_s.arg(nameOf(object)));
}

Result<QJsonObject> Client::patch(const QString& kind, const QString& name, const QJsonObject& mergePatch) const
{
    if (const auto bad = unsafeName({kind, name}))
        return fail(*bad);
    return send(argv::patch(m_connection, kind, name), mergePatch, u"change %1 %2"_s.arg(kind, name));
}

Result<void> Client::remove(const QString& kind, const QString& name, bool wait, std::chrono::seconds timeout) const
{
    if (const auto bad = unsafeName({kind, name}))
        return fail(*bad);
    return change(argv::remove(m_connection, kind, name, wait, timeout), u"delete %1 %2"_s.arg(kind, name), timeout + beyondOwnLimit);
}

Result<void> Client::scale(const QString& kindAndName, int replicas, std::optional<int> current) const
{
    if (const auto bad = unsafeName({kindAndName}))
        return fail(*bad);
    const QString doing = u"scale %1 to %2"_s.arg(kindAndName).arg(replicas);
    const CommandResult result = run(command(argv::scale(m_connection, kindAndName, replicas, current)));
    if (result.ok())
        return {};
    // `scale` answers this to a dead token, an absent workload and a server that is down alike; reading it tells which.
    const qsizetype slash = kindAndName.indexOf(u'/');
    if (result.errorTail.contains("no objects passed to scale") && slash > 0) {
        if (const Result<QJsonObject> read = get(kindAndName.left(slash), kindAndName.mid(slash + 1)); !read) {
            Error error = read.error();
            error.message = u"Could not %1. %2"_s.arg(doing, error.message);
            return fail(error);
        }
    }
    return fail(changeFailure(result, doing));
}

Result<void> Client::rolloutLatest(const QString& dc) const
{
    const QString target = dc.contains(u'/') ? dc : u"dc/"_s + dc;
    if (const auto bad = unsafeName({dc}))
        return fail(*bad);
    QElapsedTimer waited;
    waited.start();
    for (;;) {
        const CommandResult result = run(command(argv::rollout(m_connection, u"latest"_s, target)));
        if (result.ok())
            return {};
        // Refused, so nothing has happened: a change of the template may have begun a rollout by itself.
        const bool busy = result.errorTail.contains("is already in progress") && waited.elapsed() < std::chrono::milliseconds(rolloutInProgress).count();
        if (!busy || !pause(2s))
            return fail(changeFailure(result, u"roll out %1"_s.arg(target)));
    }
}

Result<void> Client::rolloutRestart(const QString& kindAndName) const
{
    if (const auto bad = unsafeName({kindAndName}))
        return fail(*bad);
    return change(argv::rollout(m_connection, u"restart"_s, kindAndName), u"restart %1"_s.arg(kindAndName));
}

Result<void> Client::rolloutStatus(const QString& kindAndName, std::chrono::seconds timeout) const
{
    if (const auto bad = unsafeName({kindAndName}))
        return fail(*bad);
    return change(argv::rollout(m_connection, u"status"_s, kindAndName, timeout), u"see the rollout of %1 complete"_s.arg(kindAndName),
                  timeout + beyondOwnLimit);
}

Result<void> Client::rolloutPause(const QString& kindAndName) const
{
    if (const auto bad = unsafeName({kindAndName}))
        return fail(*bad);
    return change(argv::rollout(m_connection, u"pause"_s, kindAndName), u"pause the rollouts of %1"_s.arg(kindAndName));
}

Result<void> Client::rolloutResume(const QString& kindAndName) const
{
    if (const auto bad = unsafeName({kindAndName}))
        return fail(*bad);
    return change(argv::rollout(m_connection, u"resume"_s, kindAndName), u"resume the rollouts of %1"_s.arg(kindAndName));
}

Result<void> Client::waitForDeletion(const QString& kind, const QString& name, std::chrono::seconds timeout) const
{
    if (const auto bad = unsafeName({kind, name}))
        return fail(*bad);
    const Result<void> waited = change(argv::waitForDeletion(m_connection, kind, name, timeout), u"see %1 %2 disappear"_s.arg(kind, name),
                                       timeout + beyondOwnLimit);
    // The client calls it an error when it is gone already.
    if (!waited && waited.error().code == ErrorCode::NotFound)
        return {};
    return waited;
}

Result<QJsonArray> Client::processTemplate(const QString& file, const QMap<QString, QString>& parameters) const
{
    QByteArray lines;
    for (auto it = parameters.begin(); it != parameters.end(); ++it) {
        if (it->contains(u'\n') || it->contains(u'\r') || it.key().isEmpty() || it.key().startsWith(u'#') || it.key().contains(u'='))
            return fail(ErrorCode::BadInput, u"The template parameter %1 can't be given to oc: its value has more than one line."_s.arg(it.key()),
                        u"Nothing was changed. Give the template this value by hand."_s);
        lines += it.key().toUtf8() + '=' + it->toUtf8() + '\n';
    }
    Command process = command(argv::processTemplate(file));
    process.input = sourceOf(lines);
    const Result<QJsonObject> list = answer(process, u"process the template %1"_s.arg(file));
    if (!list)
        return fail(list.error());
    return (*list)[u"items"].toArray();
}

} // namespace scalekeep::oc
