#include "engine/restore/objectchanges.h"

#include "engine/index/objectfields.h"
#include "engine/index/objectfilter.h"
#include "engine/store/objects.h"

#include <QElapsedTimer>
#include <QJsonDocument>

#include <algorithm>

namespace scalekeep::restore {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype longestValue = 300;

QString textOf(const QJsonValue& value)
{
    if (value.isString())
        return value.toString();
    return value.isUndefined() ? QString{} : QString::fromUtf8(QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact)).chopped(1).sliced(1);
}

/// Of two long texts only the lines that differ, from the first to the last of them.
std::pair<QString, QString> differingLines(const QString& now, const QString& afterwards)
{
    QStringList a = now.split(u'\n'), b = afterwards.split(u'\n');
    if (a.size() == 1 && b.size() == 1)
        return {now, afterwards};
    qsizetype first = 0;
    while (first < a.size() && first < b.size() && a[first] == b[first])
        ++first;
    qsizetype last = 0;
    while (last < a.size() - first && last < b.size() - first && a[a.size() - 1 - last] == b[b.size() - 1 - last])
        ++last;
    const auto part = [first, last](const QStringList& lines) {
        const QStringList differing = lines.mid(first, lines.size() - first - last);
        return differing.isEmpty() ? QString{} : u"line %1: %2"_s.arg(first + 1).arg(differing.join(u'\n'));
    };
    return {part(a), part(b)};
}

bool isSecret(const QString& kind, const QString& path)
{
    return (kind == u"Secret" && (path.startsWith(u"data"_s) || path.startsWith(u"stringData"_s))) || path.endsWith(u"tls.key"_s);
}

QString shown(const QString& text, const Redactor& redactor)
{
    const QString clean = redactor.redact(text);
    return clean.size() <= longestValue ? clean : clean.left(longestValue - 1) + u'…';
}

/// What the server said to a dry run. Roles that a login may not make are left out, and what another client changes meanwhile is tried again by the step.
void refuse(ObjectChange& change, const Error& error, const Redactor& redactor)
{
    const bool isRefused = error.code == ErrorCode::Forbidden || error.code == ErrorCode::BadInput;
    change.isRefused = isRefused && !store::objects::mayBeRefused(change.kind);
    change.note = (isRefused || error.code == ErrorCode::Conflict ? u"The server would refuse it: %1"_s : u"The server could not be asked: %1"_s).arg(redactor.redact(error.message));
}

/// By what the server says, or by what can be told without it.
void compare(const oc::Client& client, ObjectChange& change, const QJsonObject& wanted, const QJsonObject& live, bool mayAsk, const Redactor& redactor, const ObjectLimits& limits)
{
    QJsonObject result = wanted;
    if (mayAsk) {
        const auto tried = client.replace(wanted, true);
        if (tried)
            result = *tried;
        else
            refuse(change, tried.error(), redactor);
    }
    auto fields = fieldChanges(live, result, redactor);
    if (!fields) {
        change.note = fields.error().message;
        return;
    }
    change.fieldCount = fields->size();
    if (fields->isEmpty() && change.note.isEmpty()) {
        change.fate = ObjectChange::Fate::Equal;
        change.note = u"It differs only in what the server fills in by itself."_s;
    }
    change.fields = fields->mid(0, limits.mostFields);
}
} // namespace

Result<QList<FieldChange>> fieldChanges(const QJsonObject& now, const QJsonObject& afterwards, const Redactor& redactor)
{
    const auto before = index::fieldsOf(now);
    const auto after = before ? index::fieldsOf(afterwards) : before;
    const auto askedNow = after ? index::fieldsOf(index::restorable(now)) : after;
    const auto askedAfterwards = askedNow ? index::fieldsOf(index::restorable(afterwards)) : askedNow;
    if (!askedAfterwards)
        return fail(askedAfterwards.error());
    const QString kind = now[u"kind"].toString();
    QList<FieldChange> changes;
    QStringList paths = before->keys();
    for (auto field = after->cbegin(); field != after->cend(); ++field) {
        if (!before->contains(field.key()))
            paths.append(field.key());
    }
    std::sort(paths.begin(), paths.end());
    for (const QString& path : std::as_const(paths)) {
        const QJsonValue was = before->value(path, QJsonValue(QJsonValue::Undefined)), will = after->value(path, QJsonValue(QJsonValue::Undefined));
        // Owners are the operator's: a restore keeps those of today. The image behind a trigger's tag is set again by the cluster.
        const bool isOfTheCluster = !askedNow->contains(path) && !askedAfterwards->contains(path);
        if (was == will || isOfTheCluster || path.startsWith(u"metadata.ownerReferences"_s))
            continue;
        FieldChange change{.path = shown(path, redactor), .now = {}, .afterwards = {}, .isHidden = isSecret(kind, path)};
        if (!change.isHidden) {
            const auto [from, to] = differingLines(textOf(was), textOf(will));
            change.now = shown(from, redactor);
            change.afterwards = shown(to, redactor);
        }
        changes.append(change);
    }
    return changes;
}

Result<QList<ObjectChange>> objectChanges(const oc::Client& client, const QJsonArray& saved, const QJsonArray& live, const QStringList& skipped, const Redactor& redactor, const ObjectLimits& limits)
{
    using Fate = ObjectChange::Fate;
    namespace objects = store::objects;
    QMap<QString, QJsonObject> there;
    for (const QJsonValue& item : live)
        there.insert(objects::keyOf(item.toObject()), item.toObject());
    QList<ObjectChange> changes;
    QElapsedTimer timer;
    timer.start();
    int asked = 0;
    const auto mayAsk = [&] { return asked < limits.mostAsked && !timer.hasExpired(std::chrono::milliseconds(limits.time).count()) && ++asked > 0; };
    for (const QJsonValue& item : saved) {
        if (client.stopToken().stop_requested())
            return fail(ErrorCode::Cancelled, u"The comparison was cancelled."_s);
        const QJsonObject object = objects::stripped(item.toObject());
        ObjectChange change{.kind = object[u"kind"].toString().left(longestValue), .name = objects::nameOf(object).left(longestValue), .fields = {}, .note = {}};
        const auto found = there.constFind(objects::keyOf(object));
        const bool isThereAgain = found == there.cend() && objects::madeByZync(object) && !objects::routeOf(object[u"spec"][u"host"].toString(), live).isEmpty();
        if (skipped.contains(change.kind) || isThereAgain) {
            change.fate = Fate::MadeByZync;
        } else if (skipped.contains(objects::keyOf(object))) {
            change.fate = Fate::Kept;
            change.note = u"It is left as it is: another one would restart a store that keeps its data in the pod, and that is not restored as well."_s;
        } else if (found == there.cend()) {
            change.fate = Fate::Created;
            if (mayAsk()) {
                const auto tried = client.create(object, true);
                if (!tried && tried.error().code != ErrorCode::AlreadyExists) // one that may not be read
                    refuse(change, tried.error(), redactor);
            }
        } else if (objects::createOnly(change.kind)) {
            change.fate = Fate::Kept;
        } else {
            const QJsonObject wanted = objects::prepared(object, *found);
            const auto same = objects::equal(wanted, *found);
            if (!same)
                return fail(same.error());
            change.fate = *same ? Fate::Equal : Fate::Replaced;
            if (!*same)
                compare(client, change, wanted, *found, mayAsk(), redactor, limits);
        }
        there.remove(objects::keyOf(object));
        changes.append(change);
    }
    for (auto other = there.cbegin(); other != there.cend(); ++other)
        changes.append({.kind = (*other)[u"kind"].toString().left(longestValue), .name = objects::nameOf(*other).left(longestValue), .fate = Fate::NotInBundle, .fields = {}, .note = {}});
    return changes;
}

} // namespace scalekeep::restore
