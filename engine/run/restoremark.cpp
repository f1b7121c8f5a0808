#include "engine/run/restoremark.h"

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
const QString markName = u"scalekeep-last"_s; // the catalogues leave “scalekeep-*” out of bundles and comparisons
constexpr qsizetype longest = 64;             // what stands there is of unknown origin
} // namespace

bool mayWriteData(const LockInfo& holder)
{
    return holder.purpose != u"backup" || !holder.inFlight.isEmpty();
}

Result<void> markRestore(const oc::Client& client, const LockInfo& holder)
{
    // Not labelled as what a run has to take away again. The holder is another one in every pass: a run that goes on after its lock was removed by
    // hand is another restore to those who read meanwhile.
    const QJsonObject mark{{u"apiVersion"_s, u"v1"_s},
                           {u"kind"_s, u"ConfigMap"_s},
                           {u"metadata"_s, QJsonObject{{u"name"_s, markName}, {u"namespace"_s, client.connection().namespaceName}, {u"labels"_s, QJsonObject{{u"app.kubernetes.io/part-of"_s, u"scalekeep"_s}}}}},
                           {u"data"_s, QJsonObject{{u"runId"_s, holder.runId}, {u"holder"_s, holder.holder}}}};
    // As for the lock: a cancelled run is stopped by its executor, not here.
    const oc::Client own = client.withObserver({}, {});
    auto written = own.create(mark);
    if (!written && written.error().code == ErrorCode::AlreadyExists)
        written = own.replace(mark);
    return written ? Result<void>{} : fail(written.error());
}

Result<QString> restoreMark(const oc::Client& client)
{
    // In this order: a restore whose mark is seen here has let its lock go, and so has ended, or holds it still.
    const auto mark = client.get(u"configmap"_s, markName);
    if (!mark && mark.error().code != ErrorCode::NotFound)
        return fail(mark.error());
    const auto holder = Lock::show(client);
    if (!holder)
        return fail(holder.error());
    if (*holder && mayWriteData(**holder))
        return fail(ErrorCode::Locked, u"Namespace %1 is locked: %2"_s.arg(client.connection().namespaceName, Lock::describe(**holder)), u"A backup now would mix old and new data. "_s + Lock::remedy(**holder, client.connection().namespaceName));
    return mark ? u"%1 %2"_s.arg((*mark)[u"data"][u"runId"].toString().left(longest), (*mark)[u"data"][u"holder"].toString().left(longest)) : QString();
}

Result<void> noRestoreSince(const oc::Client& client, const std::optional<QString>& before)
{
    const auto now = restoreMark(client);
    const bool began = now ? before && *now != *before : now.error().code == ErrorCode::Locked;
    if (began)
        return fail(ErrorCode::Conflict, u"A restore began in namespace %1 meanwhile: the bundle would mix data of different times."_s.arg(client.connection().namespaceName),
                    u"Nothing was changed, and there is no bundle. Make a new backup once the restore has ended."_s, now ? u"It was run %1."_s.arg(now->section(u' ', 0, 0)) : now.error().message);
    return now ? Result<void>{} : fail(now.error());
}

} // namespace scalekeep::run
