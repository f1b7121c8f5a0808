#include "engine/index/objectfields.h"

#include "engine/index/errors.h"
#include "engine/index/objectfilter.h"

#include <QJsonArray>
#include <QSet>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

namespace {
constexpr qsizetype MaxPath = 4096;
constexpr qsizetype MaxFields = 1'000'000;

QString member(const QString& path, const QString& key)
{
    const bool plain = !key.isEmpty() && !key.contains(u'.') && !key.contains(u'[');
    if (!plain)
        return path + u"[\""_s + key + u"\"]"_s;
    return path.isEmpty() ? key : path + u'.' + key;
}

// Containers, variables and volumes are known by their names, so that one that was put in between does not change all others.
QStringList namesOf(const QJsonArray& array)
{
    QStringList names;
    QSet<QString> seen;
    for (const QJsonValue item : array) {
        const QString name = item["name"_L1].toString();
        if (name.isEmpty() || name.contains(u']') || seen.contains(name))
            return {};
        seen.insert(name);
        names.append(name);
    }
    return names;
}
} // namespace

Result<void> walkFields(const QString& path, const QJsonValue& value, const TakeField& take)
{
    if (path.size() > MaxPath)
        return fail(ErrorCode::BadInput, u"The objects are nested deeper than any that a cluster has."_s, notProven());
    if (value.isNull())
        return {}; // as if it were not there: the API server drops it
    if (value.isObject() && !value.toObject().isEmpty()) {
        const QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it)
            if (auto done = walkFields(member(path, it.key()), it.value(), take); !done)
                return done;
        return {};
    }
    if (value.isArray() && !value.toArray().isEmpty()) {
        const QJsonArray array = value.toArray();
        const QStringList names = namesOf(array);
        for (qsizetype i = 0; i < array.size(); ++i) {
            const QString index = names.isEmpty() ? QString::number(i) : names.at(i);
            if (auto done = walkFields(path + u'[' + index + u']', array.at(i), take); !done)
                return done;
        }
        return {};
    }
    return take(path, value);
}

Result<QMap<QString, QJsonValue>> fieldsOf(const QJsonObject& object)
{
    QMap<QString, QJsonValue> fields;
    const auto walked = walkFields({}, withoutVolatile(object), [&fields](const QString& path, const QJsonValue& value) -> Result<void> {
        if (fields.size() >= MaxFields)
            return fail(ErrorCode::BadInput, u"An object has more than %1 fields."_s.arg(MaxFields));
        fields.insert(path, value);
        return {};
    });
    return walked ? Result<QMap<QString, QJsonValue>>(std::move(fields)) : fail(walked.error());
}

} // namespace scalekeep::index
