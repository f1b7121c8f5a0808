#include "engine/index/objects.h"

#include "engine/index/errors.h"
#include "engine/index/objectfields.h"
#include "engine/index/objectfilter.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

namespace {
const QString Format = u"JSON"_s;
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

// The fields that a proof does not ask for: they go when only that is left of the object which a restore can bring back.
Result<QJsonArray> openOf(const QJsonObject& object, const QMap<QString, QByteArray>& fields)
{
    const QJsonObject demanded = restorable(object);
    if (demanded == object)
        return QJsonArray();
    QSet<QString> kept;
    const auto walked = walkFields({}, withoutVolatile(demanded), [&kept](const QString& path, const QJsonValue&) -> Result<void> {
        kept.insert(path);
        return {};
    });
    if (!walked)
        return fail(walked.error());
    QJsonArray open;
    for (auto it = fields.cbegin(); it != fields.cend(); ++it)
        if (!kept.contains(it.key()))
            open.append(it.key());
    return open;
}
} // namespace

Result<void> ObjectsIndexer::add(std::span<const char> data)
{
    if (m_text.size() + static_cast<qsizetype>(data.size()) > MaxSize)
        return fail(ErrorCode::Unsupported, u"The objects take more than 64 MiB."_s, notProven());
    m_text.append(data.data(), static_cast<qsizetype>(data.size()));
    return {};
}

Result<void> ObjectsIndexer::collect(const QJsonObject& object, Fields& fields)
{
    return walkFields({}, object, [&](const QString& path, const QJsonValue& value) -> Result<void> {
        m_pathLength += path.size();
        if (m_pathLength > MaxPaths)
            return fail(ErrorCode::BadInput, u"The objects are nested deeper than any that a cluster has."_s, notProven());
        fields.insert(path, hexOf(m_digester.of(viewOf(scalarText(value)))).left(FieldDigits));
        return {};
    });
}

Result<QJsonObject> ObjectsIndexer::entryOf(const QJsonObject& object)
{
    const QString kind = object.value("kind"_L1).toString();
    const QString name = object.value("metadata"_L1)["name"_L1].toString();
    const QString apiVersion = object.value("apiVersion"_L1).toString();
    if (kind.isEmpty() || name.isEmpty())
        return malformed(Format, 0, u"an item has no kind or no name"_s);
    Fields fields;
    if (auto done = collect(withoutVolatile(object), fields); !done)
        return fail(done.error());
    QJsonObject json;
    for (auto it = fields.cbegin(); it != fields.cend(); ++it) {
        m_digester.part(viewOf(it.key().toUtf8()));
        m_digester.part(viewOf(it.value()));
        json.insert(it.key(), QString::fromLatin1(it.value()));
    }
    QJsonObject made{{u"kind"_s, kind},
                     {u"group"_s, apiVersion.contains(u'/') ? apiVersion.section(u'/', 0, 0) : QString()},
                     {u"name"_s, name},
                     {u"sha256"_s, QString::fromLatin1(hexOf(m_digester.finish()))},
                     {u"fields"_s, json}};
    const auto open = openOf(object, fields);
    if (!open)
        return fail(open.error());
    if (!open->isEmpty())
        made.insert(u"open"_s, *open);
    return made;
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
