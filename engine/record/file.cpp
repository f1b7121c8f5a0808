#include "engine/record/file.h"

#include "engine/base/digest.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>

#include <algorithm>

namespace scalekeep::record {

using namespace Qt::Literals::StringLiterals;

namespace {
const QString schema = u"scalekeep-record"_s;
constexpr qsizetype largestText = 64 * 1024;

QJsonObject content(const QJsonObject& record, const QList<QByteArray>& lines)
{
    QJsonArray journal;
    for (const QByteArray& line : lines)
        journal.append(QString::fromUtf8(line));
    return {{u"schema"_s, schema}, {u"version"_s, FileVersion}, {u"record"_s, record}, {u"journal"_s, journal}};
}

QByteArray sealOf(const QJsonObject& content)
{
    return Sha256::of(QJsonDocument(content).toJson(QJsonDocument::Compact));
}

QJsonObject json(const Signature& signature)
{
    return {{u"kind"_s, signature.kind}, {u"text"_s, signature.text}, {u"key"_s, signature.key}};
}

QJsonObject json(const TimeStamp& stamp)
{
    return {{u"kind"_s, u"rfc3161"_s}, {u"response"_s, QString::fromLatin1(stamp.response.toBase64())}, {u"server"_s, stamp.server}, {u"authority"_s, stamp.authority}, {u"at"_s, stamp.at.toUTC().toString(Qt::ISODate)}};
}

tl::unexpected<Error> noRecord(const QString& why)
{
    return fail(ErrorCode::BadInput, u"This is no record of Scalekeep in JSON: %1."_s.arg(why));
}
} // namespace

QByteArray seal(const Record& record, const QList<QByteArray>& lines)
{
    return sealOf(content(toJson(record), lines));
}

QByteArray sealMessage(const QByteArray& seal)
{
    return "scalekeep-record " + seal + '\n';
}

QByteArray toFile(const RecordFile& file)
{
    QJsonObject whole = content(toJson(file.record), file.lines);
    whole[u"seal"] = QString::fromLatin1(sealOf(whole));
    if (file.signature)
        whole[u"signature"] = json(*file.signature);
    if (file.stamp)
        whole[u"timestamp"] = json(*file.stamp);
    return QJsonDocument(whole).toJson(QJsonDocument::Indented);
}

Result<RawFile> readRecordFile(const QByteArray& bytes)
{
    QJsonParseError parsing{};
    const QJsonDocument document = QJsonDocument::fromJson(bytes, &parsing);
    if (parsing.error != QJsonParseError::NoError)
        return noRecord(parsing.errorString());
    const QJsonObject whole = document.object();
    if (whole[u"schema"].toString() != schema)
        return noRecord(u"it does not say so"_s);
    if (whole[u"version"].toInt() != FileVersion)
        return fail(ErrorCode::Unsupported, u"The record has format %1; this version of Scalekeep reads format %2."_s.arg(whole[u"version"].toInt()).arg(FileVersion), u"Use a newer version."_s);
    static const QSet<QString> known{u"schema"_s, u"version"_s, u"record"_s, u"journal"_s, u"seal"_s, u"signature"_s, u"timestamp"_s};
    for (auto each = whole.begin(); each != whole.end(); ++each) {
        if (!known.contains(each.key()))
            return noRecord(u"it holds “%1”, which no record does"_s.arg(each.key().left(80)));
    }
    if (!whole[u"record"].isObject() || !whole[u"journal"].isArray())
        return noRecord(u"its record or its journal is missing"_s);

    RawFile file;
    const QJsonObject record = whole[u"record"].toObject();
    file.record = record;
    for (const QJsonValue& line : whole[u"journal"].toArray()) {
        if (!line.isString())
            return noRecord(u"its journal is not made of lines"_s);
        file.lines.append(line.toString().toUtf8());
    }
    QJsonArray entered;
    for (const QJsonValue& field : record[u"change"].toArray()) {
        if (field[u"entered"].toString() == u"afterwards")
            entered.append(field);
    }
    auto afterwards = afterwardsFromJson(entered);
    if (!afterwards)
        return fail(afterwards.error());
    file.afterwards = std::move(*afterwards);
    for (const QJsonValue& each : record[u"searched"].toArray())
        file.searched.append({.path = each[u"path"].toString(), .atHand = each[u"atHand"].toBool()});
    if (const QJsonObject signature = whole[u"signature"].toObject(); whole.contains(u"signature"_s)) {
        file.signature = Signature{.kind = signature[u"kind"].toString(), .text = signature[u"text"].toString(), .key = signature[u"key"].toString()};
        if (file.signature->text.size() > largestText || json(*file.signature) != signature)
            return noRecord(u"its signature is none of ours"_s);
    }
    if (const QJsonObject stamp = whole[u"timestamp"].toObject(); whole.contains(u"timestamp"_s)) {
        file.stamp = TimeStamp{.response = QByteArray::fromBase64(stamp[u"response"].toString().left(largestText).toLatin1()), .server = stamp[u"server"].toString(), .authority = stamp[u"authority"].toString(),
                               .at = QDateTime::fromString(stamp[u"at"].toString(), Qt::ISODate)};
        if (json(*file.stamp) != stamp)
            return noRecord(u"its time stamp is none of ours"_s);
    }
    file.seal = whole[u"seal"].toString().toLatin1();
    // Not the parsed lines: what a line lost when it became text must show.
    file.asWritten = QJsonDocument(whole).toJson(QJsonDocument::Indented) == bytes;
    file.sealNow = sealOf({{u"schema"_s, whole[u"schema"]}, {u"version"_s, whole[u"version"]}, {u"record"_s, whole[u"record"]}, {u"journal"_s, whole[u"journal"]}});
    return file;
}

} // namespace scalekeep::record
