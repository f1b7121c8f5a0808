#include "engine/oc/argv.h"
#include "engine/oc/classify.h"
#include "engine/oc/client.h"
#include "engine/oc/detail.h"
#include "engine/yaml/reader.h"

#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
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

/// The template of a file, in JSON or YAML.
Result<QJsonObject> templateIn(const QString& path)
{
    constexpr yaml::Limits limits{.bytes = 16LL * 1024 * 1024, .depth = 64, .nodes = 1'000'000};
    const QString unchanged = u"Nothing was changed. Check the file that --template names."_s;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Io, u"The template %1 can't be read: %2."_s.arg(path, file.errorString()), unchanged);
    const QByteArray text = file.read(limits.bytes + 1);
    QJsonObject object = QJsonDocument::fromJson(text).object();
    if (object.isEmpty()) {
        const auto root = yaml::parse(text, path, limits);
        if (!root)
            return fail(ErrorCode::BadInput, u"The template can't be read: %1"_s.arg(root.error().message), unchanged);
        object = yaml::toJson(*root).toObject();
    }
    if (object[u"kind"].toString() != u"Template")
        return fail(ErrorCode::BadInput, u"%1 is not a template of OpenShift."_s.arg(path), unchanged);
    return object;
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

Result<QJsonObject> Client::create(const QJsonObject& object, bool dryRun) const
{
    return send(argv::create(m_connection, dryRun), object, u"create %1"_s.arg(nameOf(object)));
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
    auto source = templateIn(file);
    if (!source)
        return fail(source.error());
    QStringList unknown = parameters.keys();
    QJsonArray declared = (*source)[u"parameters"].toArray();
    for (QJsonValueRef entry : declared) {
        QJsonObject parameter = entry.toObject();
        const auto value = parameters.constFind(parameter[u"name"].toString());
        if (value == parameters.constEnd())
            continue;
        parameter[u"value"] = *value;
        parameter.remove(u"generate"); // an empty value is one as well
        parameter.remove(u"from");
        entry = parameter;
        unknown.removeAll(value.key());
    }
    if (!unknown.isEmpty())
        return fail(ErrorCode::BadInput, u"The template %1 has no parameter %2."_s.arg(file, unknown.join(u", "_s)),
                    u"Nothing was changed. Use the template of the 3scale version that was backed up, or restore from the saved objects, without --template."_s);
    (*source)[u"parameters"] = declared;
    Command process = command(argv::processTemplate());
    process.input = sourceOf(QJsonDocument(*source).toJson(QJsonDocument::Compact));
    const Result<QJsonObject> list = answer(process, u"process the template %1"_s.arg(file));
    if (!list)
        return fail(list.error());
    return (*list)[u"items"].toArray();
}

} // namespace scalekeep::oc
