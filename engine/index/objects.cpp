#include "engine/index/objects.h"

#include "engine/index/errors.h"
#include "engine/index/objectfilter.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

namespace {
const QString Format = u"JSON"_s;
constexpr qsizetype MaxPath = 4096;
constexpr qsizetype MaxPaths = 256LL * 1024 * 1024;
constexpr qsizetype FieldDigits = 32; ///< 128 bits tell fields apart and keep the index small

std::string_view viewOf(const QByteArray& bytes)
{
    return {bytes.constData(), static_cast<size_t>(bytes.size())};
}

// Scalars as they would stand in JSON: a text "1" and a number 1 differ.
QByteArray scalarText(const QJsonValue& value)
{
    if (value.isString())
        return '"' + value.toString().toUtf8();
    return QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
}

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

Result<void> ObjectsIndexer::add(std::span<const char> data)
{
    if (m_text.size() + static_cast<qsizetype>(data.size()) > MaxSize)
        return fail(ErrorCode::Unsupported, u"The objects take more than 64 MiB."_s, notProven());
    m_text.append(data.data(), static_cast<qsizetype>(data.size()));
    return {};
}

Result<void> ObjectsIndexer::collect(const QString& path, const QJsonValue& value, Fields& fields)
{
    if (path.size() > MaxPath || m_pathLength > MaxPaths)
        return fail(ErrorCode::BadInput, u"The objects are nested deeper than any that a cluster has."_s, notProven());
    if (value.isNull())
        return {}; // as if it were not there: the API server drops it
    if (value.isObject() && !value.toObject().isEmpty()) {
        const QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it)
            if (auto done = collect(member(path, it.key()), it.value(), fields); !done)
                return done;
        return {};
    }
    if (value.isArray() && !value.toArray().isEmpty()) {
        const QJsonArray array = value.toArray();
        const QStringList names = namesOf(array);
        for (qsizetype i = 0; i < array.size(); ++i) {
            const QString index = names.isEmpty() ? QString::number(i) : names.at(i);
            if (auto done = collect(path + u'[' + index + u']', array.at(i), fields); !done)
                return done;
        }
        return {};
    }
    m_pathLength += path.size();
    fields.insert(path, hexOf(m_digester.of(viewOf(scalarText(value)))).left(FieldDigits));
    return {};
}

Result<QJsonObject> ObjectsIndexer::entryOf(const QJsonObject& object)
{
    const QString kind = object.value("kind"_L1).toString();
    const QString name = object.value("metadata"_L1)["name"_L1].toString();
    const QString apiVersion = object.value("apiVersion"_L1).toString();
    if (kind.isEmpty() || name.isEmpty())
        return malformed(Format, 0, u"an item has no kind or no name"_s);
    Fields fields;
    if (auto done = collect({}, withoutVolatile(object), fields); !done)
        return fail(done.error());
    QJsonObject json;
    for (auto it = fields.cbegin(); it != fields.cend(); ++it) {
        m_digester.part(viewOf(it.key().toUtf8()));
        m_digester.part(viewOf(it.value()));
        json.insert(it.key(), QString::fromLatin1(it.value()));
    }
    return QJsonObject{{u"kind"_s, kind},
                       {u"group"_s, apiVersion.contains(u'/') ? apiVersion.section(u'/', 0, 0) : QString()},
                       {u"name"_s, name},
                       {u"sha256"_s, QString::fromLatin1(hexOf(m_digester.finish()))},
                       {u"fields"_s, json}};
}

Result<QJsonObject> ObjectsIndexer::finish()
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(m_text, &error);
    if (error.error != QJsonParseError::NoError && !m_text.trimmed().endsWith('}'))
        return truncated(Format, m_text.size(), u"its last brace is missing"_s);
    if (error.error != QJsonParseError::NoError)
        return malformed(Format, error.offset, error.errorString());
    const QJsonValue items = document.object().value("items"_L1);
    if (!items.isArray())
        return malformed(Format, 0, u"it is not a list of objects"_s);

    QMap<QString, QJsonObject> entries;
    qint64 generated = 0;
    for (const QJsonValue item : items.toArray()) {
        if (isGenerated(item.toObject())) {
            ++generated;
            continue;
        }
        const auto entry = entryOf(item.toObject());
        if (!entry)
            return fail(entry.error());
        const QString key = QStringList{entry->value("kind"_L1).toString(), entry->value("group"_L1).toString(),
                                        entry->value("name"_L1).toString()}.join(u'\n');
        if (entries.contains(key))
            return malformed(Format, 0, u"%1 %2 is there twice"_s.arg(entry->value("kind"_L1).toString(), entry->value("name"_L1).toString()));
        entries.insert(key, *entry);
    }
    QJsonArray list;
    for (const QJsonObject& entry : std::as_const(entries))
        list.append(entry);
    return QJsonObject{{u"format"_s, u"json"_s},
                       {u"endMark"_s, u"The JSON document is closed."_s},
                       {u"summary"_s, QJsonObject{{u"objects"_s, list.size()}, {u"generated"_s, generated}}},
                       {u"entries"_s, list}};
}

} // namespace scalekeep::index
