#include "engine/bundle/manifest.h"

#include "engine/base/digest.h"
#include "engine/bundle/fields.h"
#include "engine/bundle/names.h"

#include <QJsonDocument>
#include <QSet>

#include <algorithm>

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qint64 maxBytes = qint64(1) << 50;
const QByteArray sealStart =
    "\n    \"seal\": \""; // in the outermost object, four spaces deep, where no nested value can stand
const QByteArray noSeal(64, '0');

QString hex(const QByteArray& digest)
{
    return QString::fromLatin1(digest);
}

QJsonObject toJson(const Component& component)
{
    return {{u"id"_s, component.id},
            {u"title"_s, component.title},
            {u"engine"_s, component.engine},
            {u"pod"_s, component.pod},
            {u"container"_s, component.container},
            {u"image"_s, component.image},
            {u"serverVersion"_s, component.serverVersion},
            {u"state"_s, component.state},
            {u"notes"_s, QJsonArray::fromStringList(component.notes)},
            {u"summary"_s, component.summary}};
}

qsizetype sealPosition(const QByteArray& text)
{
    const qsizetype at = text.indexOf(sealStart);
    return at < 0 ? -1 : at + sealStart.size();
}

Result<QJsonObject> openSealed(const QByteArray& text, const QString& what)
{
    const qsizetype at = sealPosition(text);
    const QByteArray seal = at < 0 ? QByteArray{} : text.mid(at, noSeal.size());
    if (seal.size() != noSeal.size() || Sha256::of(QByteArray(text).replace(at, noSeal.size(), noSeal)) != seal)
        return fail(ErrorCode::Damaged, u"The bundle is damaged: its %1 is not what was written."_s.arg(what),
                    u"Nothing was changed. Use another copy of the bundle."_s);
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(text, &error);
    if (!document.isObject())
        return fail(ErrorCode::BadInput, u"%1 is not JSON: %2."_s.arg(what, error.errorString()));
    return document.object();
}

Stream readStream(Fields& fields)
{
    Stream stream;
    stream.component = fields.plainName(u"component"_s);
    stream.name = fields.plainName(u"name"_s);
    stream.format = fields.text(u"format"_s, 64);
    stream.bytes = fields.integer(u"bytes"_s, 0, maxBytes);
    stream.sha256 = fields.sha256(u"sha256"_s);
    stream.podSha256 = fields.sha256(u"podSha256"_s, true);
    stream.storedBytes = fields.integer(u"storedBytes"_s, 1, maxBytes);
    stream.transportBytes = fields.integer(u"transportBytes"_s, 0, maxBytes);
    stream.segments = static_cast<int>(fields.integer(u"segments"_s, 1, MaxSegments));
    stream.endMark = fields.text(u"endMark"_s);
    stream.started = fields.time(u"started"_s);
    stream.finished = fields.time(u"finished"_s);
    stream.snapshot = fields.time(u"snapshot"_s);
    const qint64 segments = qMax<qint64>(1, (stream.bytes + SegmentSize - 1) / SegmentSize);
    if (stream.segments != segments)
        fields.reject(u"segments"_s, u"does not agree with “bytes”"_s);
    if (!stream.podSha256.isEmpty() && stream.podSha256 != stream.sha256)
        fields.reject(u"podSha256"_s, u"differs from the digest of what arrived"_s);
    return stream;
}

Component readComponent(Fields& fields)
{
    Component component;
    component.id = fields.plainName(u"id"_s);
    component.title = fields.text(u"title"_s);
    component.engine = fields.text(u"engine"_s, 64);
    component.pod = fields.text(u"pod"_s, 256);
    component.container = fields.text(u"container"_s, 256);
    component.image = fields.text(u"image"_s);
    component.serverVersion = fields.text(u"serverVersion"_s);
    component.state = fields.text(u"state"_s, 32);
    component.notes = fields.texts(u"notes"_s);
    component.summary = fields.object(u"summary"_s);
    if (!QStringList{u"proven"_s, u"absent"_s, u"unreadable"_s}.contains(component.state))
        fields.reject(u"state"_s, u"is not proven, absent or unreadable"_s);
    return component;
}

bool areObjects(const QJsonArray& array)
{
    return std::ranges::all_of(array, [](const QJsonValue& value) { return value.isObject(); });
}

/// Empty while nobody has judged it.
QJsonObject readCompleteness(Fields& fields)
{
    const QJsonObject completeness = fields.object(u"completeness"_s);
    if (completeness.isEmpty())
        return completeness;
    Fields inner(completeness, u"completeness"_s);
    inner.integer(u"score"_s, 0, 100);
    if (!areObjects(inner.array(u"missing"_s)) || inner.error())
        fields.reject(u"completeness"_s, u"is not a score from 0 to 100 and a list of what is missing"_s);
    return completeness;
}

QMap<QString, QByteArray> readIndexDigests(Fields& fields)
{
    QMap<QString, QByteArray> digests;
    const QJsonObject object = fields.object(u"indexSha256"_s);
    for (auto at = object.begin(); at != object.end(); ++at) {
        if (!isPlainName(at.key()) || !isSha256(at.value().toString()))
            fields.reject(u"indexSha256"_s, u"is not a list of components and digests"_s);
        digests.insert(at.key(), at.value().toString().toLatin1());
    }
    return digests;
}
} // namespace

QByteArray sealedJson(QJsonObject object)
{
    object.insert(u"seal"_s, QString::fromLatin1(noSeal));
    QByteArray text = QJsonDocument(object).toJson(QJsonDocument::Indented);
    return text.replace(sealPosition(text), noSeal.size(), Sha256::of(text));
}

QJsonObject toJson(const Header& header)
{
    return {{u"formatVersion"_s, header.formatVersion},
            {u"cluster"_s, header.cluster},
            {u"apiUrl"_s, header.apiUrl},
            {u"namespace"_s, header.namespaceName},
            {u"projectUid"_s, header.projectUid},
            {u"wildcardDomain"_s, header.wildcardDomain},
            {u"threescaleVersion"_s, header.threescaleVersion},
            {u"flavour"_s, header.flavour},
            {u"workloadKind"_s, header.workloadKind},
            {u"purpose"_s, header.purpose},
            {u"runId"_s, header.runId},
            {u"program"_s, header.program},
            {u"operatorIdentity"_s, header.operatorIdentity},
            {u"started"_s, timeText(header.started)}};
}

QJsonObject toJson(const Stream& stream)
{
    return {{u"component"_s, stream.component},
            {u"name"_s, stream.name},
            {u"format"_s, stream.format},
            {u"bytes"_s, stream.bytes},
            {u"sha256"_s, hex(stream.sha256)},
            {u"podSha256"_s, hex(stream.podSha256)},
            {u"storedBytes"_s, stream.storedBytes},
            {u"transportBytes"_s, stream.transportBytes},
            {u"segments"_s, stream.segments},
            {u"endMark"_s, stream.endMark},
            {u"started"_s, timeText(stream.started)},
            {u"finished"_s, timeText(stream.finished)},
            {u"snapshot"_s, timeText(stream.snapshot)}};
}

QJsonObject toJson(const Manifest& manifest)
{
    QJsonArray components, streams;
    for (const Component& component : manifest.components)
        components.append(toJson(component));
    for (const Stream& stream : manifest.streams)
        streams.append(toJson(stream));
    QJsonObject indexes;
    for (auto at = manifest.indexSha256.begin(); at != manifest.indexSha256.end(); ++at)
        indexes.insert(at.key(), hex(at.value()));
    return {{u"components"_s, components},
            {u"streams"_s, streams},
            {u"workloads"_s, manifest.workloads},
            {u"completeness"_s, manifest.completeness},
            {u"skewMilliseconds"_s, manifest.skewMilliseconds},
            {u"notes"_s, QJsonArray::fromStringList(manifest.notes)},
            {u"quiesced"_s, manifest.quiesced},
            {u"finished"_s, timeText(manifest.finished)},
            {u"membersSha256"_s, hex(manifest.membersSha256)},
            {u"indexSha256"_s, indexes},
            {u"abandoned"_s, QJsonArray::fromStringList(manifest.abandoned)}};
}

Result<Header> headerFromJson(const QByteArray& json)
{
    // A newer format may seal its header in another way, so its number is looked at first.
    const QJsonObject unproven = QJsonDocument::fromJson(json).object();
    const qint64 version = unproven.value(u"formatVersion"_s).toInteger();
    if (version > FormatVersion)
        return fail(
            ErrorCode::Unsupported,
            u"The bundle has format version %1; this program reads up to version %2."_s.arg(version).arg(FormatVersion),
            u"Nothing was changed. Open it with a newer version of Scalekeep."_s);
    const auto object = openSealed(json, u"bundle.json"_s);
    if (!object)
        return fail(object.error());
    Fields fields(*object, u"bundle.json"_s);
    Header header;
    header.formatVersion = static_cast<int>(fields.integer(u"formatVersion"_s, 1, FormatVersion));
    header.cluster = fields.text(u"cluster"_s);
    header.apiUrl = fields.text(u"apiUrl"_s);
    header.namespaceName = fields.text(u"namespace"_s);
    header.projectUid = fields.text(u"projectUid"_s);
    header.wildcardDomain = fields.text(u"wildcardDomain"_s);
    header.threescaleVersion = fields.text(u"threescaleVersion"_s);
    header.flavour = fields.text(u"flavour"_s);
    header.workloadKind = fields.text(u"workloadKind"_s);
    header.purpose = fields.text(u"purpose"_s);
    header.runId = fields.text(u"runId"_s);
    header.program = fields.text(u"program"_s);
    header.operatorIdentity = fields.text(u"operatorIdentity"_s);
    header.started = fields.time(u"started"_s);
    if (fields.error())
        return fail(*fields.error());
    return header;
}

Result<Stream> streamFromJson(const QByteArray& json)
{
    const auto object = openSealed(json, u"stream.json"_s);
    if (!object)
        return fail(object.error());
    Fields fields(*object, u"stream.json"_s);
    Stream stream = readStream(fields);
    if (fields.error())
        return fail(*fields.error());
    return stream;
}

Result<Manifest> manifestFromJson(const QByteArray& json)
{
    const auto object = openSealed(json, u"manifest.json"_s);
    if (!object)
        return fail(object.error());
    Fields fields(*object, u"manifest.json"_s);
    Manifest manifest;
    QSet<QString> seen;
    for (const QJsonValue& value : fields.array(u"components"_s)) {
        const QJsonObject entry = value.toObject();
        Fields each(entry, u"manifest.json, components"_s);
        manifest.components.append(readComponent(each));
        if (each.error())
            return fail(*each.error());
        if (seen.contains(manifest.components.last().id))
            fields.reject(u"components"_s, u"names “%1” twice"_s.arg(manifest.components.last().id));
        seen.insert(manifest.components.last().id);
    }
    seen.clear();
    for (const QJsonValue& value : fields.array(u"streams"_s)) {
        const QJsonObject entry = value.toObject();
        Fields each(entry, u"manifest.json, streams"_s);
        manifest.streams.append(readStream(each));
        if (each.error())
            return fail(*each.error());
        const QString key = streamKey(manifest.streams.last().component, manifest.streams.last().name);
        if (seen.contains(key))
            fields.reject(u"streams"_s, u"names “%1” twice"_s.arg(key));
        seen.insert(key);
    }
    manifest.workloads = fields.array(u"workloads"_s);
    if (!areObjects(manifest.workloads))
        fields.reject(u"workloads"_s, u"is not a list of objects"_s);
    manifest.completeness = readCompleteness(fields);
    manifest.skewMilliseconds = fields.integer(u"skewMilliseconds"_s, 0, maxBytes);
    manifest.notes = fields.texts(u"notes"_s);
    manifest.quiesced = fields.boolean(u"quiesced"_s);
    manifest.finished = fields.time(u"finished"_s);
    manifest.membersSha256 = fields.sha256(u"membersSha256"_s);
    manifest.indexSha256 = readIndexDigests(fields);
    manifest.abandoned = fields.texts(u"abandoned"_s);
    if (fields.error())
        return fail(*fields.error());
    return manifest;
}

} // namespace scalekeep::bundle
