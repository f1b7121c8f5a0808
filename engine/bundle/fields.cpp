#include "engine/bundle/fields.h"

#include <QTimeZone>

#include <algorithm>
#include <limits>

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

namespace {
const QString timeFormat = u"yyyy-MM-ddTHH:mm:ss.zzzZ"_s;
constexpr int maxList = 100'000;

bool isAsciiAlphanumeric(QChar c)
{
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9');
}

bool isForPeople(const QString& text)
{
    return std::ranges::none_of(
        text, [](QChar c) { return c.category() == QChar::Other_Control && c != u'\n' && c != u'\t'; });
}
} // namespace

QString timeText(const QDateTime& time)
{
    return time.isValid() ? time.toUTC().toString(timeFormat) : QString{};
}

bool isSha256(const QString& text)
{
    return text.size() == 64 &&
           std::ranges::all_of(text, [](QChar c) { return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f'); });
}

bool isPlainName(const QString& name)
{
    return !name.isEmpty() && name.size() <= 77 && isAsciiAlphanumeric(name.front()) &&
           std::ranges::all_of(name,
                               [](QChar c) { return isAsciiAlphanumeric(c) || c == u'.' || c == u'_' || c == u'-'; });
}

void Fields::reject(const QString& key, const QString& why)
{
    if (!m_error)
        m_error = Error{ErrorCode::BadInput, u"%1: “%2” %3."_s.arg(m_where, key, why), {}, {}};
}

QString Fields::text(const QString& key, qsizetype limit)
{
    const QJsonValue value = m_object.value(key);
    const QString text = value.toString();
    if (!value.isString() || text.size() > limit || !isForPeople(text)) {
        reject(key, u"is not a text of at most %1 characters"_s.arg(limit));
        return {};
    }
    return text;
}

QString Fields::plainName(const QString& key)
{
    const QString name = m_object.value(key).toString();
    if (!isPlainName(name)) {
        reject(key, u"is not a plain name"_s);
        return {};
    }
    return name;
}

qint64 Fields::integer(const QString& key, qint64 least, qint64 most)
{
    constexpr qint64 none = std::numeric_limits<qint64>::min();
    const qint64 number = m_object.value(key).toInteger(none);
    if (number == none || number < least || number > most) {
        reject(key, u"is not a whole number from %1 to %2"_s.arg(least).arg(most));
        return least;
    }
    return number;
}

bool Fields::boolean(const QString& key)
{
    const QJsonValue value = m_object.value(key);
    if (!value.isBool())
        reject(key, u"is not true or false"_s);
    return value.toBool();
}

QByteArray Fields::sha256(const QString& key, bool optional)
{
    const QString text = m_object.value(key).toString();
    if (!isSha256(text)) {
        if (!optional || !text.isEmpty() || !m_object.value(key).isString())
            reject(key, u"is not a SHA-256 digest"_s);
        return {};
    }
    return text.toLatin1();
}

QDateTime Fields::time(const QString& key)
{
    const QJsonValue value = m_object.value(key);
    if (value.isString() && value.toString().isEmpty())
        return {};
    QDateTime time = QDateTime::fromString(value.toString(), timeFormat);
    time.setTimeSpec(Qt::UTC);
    if (!time.isValid())
        reject(key, u"is not a time such as 2024-05-31T08:15:00.000Z"_s);
    return time;
}

QStringList Fields::texts(const QString& key)
{
    QStringList texts;
    for (const QJsonValue& value : array(key)) {
        if (!value.isString() || value.toString().size() > 4096 || !isForPeople(value.toString())) {
            reject(key, u"is not a list of texts"_s);
            return {};
        }
        texts.append(value.toString());
    }
    return texts;
}

QJsonArray Fields::array(const QString& key)
{
    const QJsonValue value = m_object.value(key);
    if (!value.isArray() || value.toArray().size() > maxList) {
        reject(key, u"is not a list of at most %1 values"_s.arg(maxList));
        return {};
    }
    return value.toArray();
}

QJsonObject Fields::object(const QString& key)
{
    const QJsonValue value = m_object.value(key);
    if (!value.isObject())
        reject(key, u"is not an object"_s);
    return value.toObject();
}

} // namespace scalekeep::bundle
