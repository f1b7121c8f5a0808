#include "engine/bundle/names.h"

#include "engine/bundle/fields.h"

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype maxName = 99; // what a plain tar header holds
const QString streamRecord = u"stream.json"_s;
} // namespace

QString streamKey(const QString& component, const QString& name)
{
    return component + u'/' + name;
}

bool isStreamName(const QString& component, const QString& name)
{
    return isPlainName(component) && isPlainName(name) && streamRecordName(component, name).size() <= maxName;
}

QString segmentName(const QString& component, const QString& stream, int number)
{
    return u"streams/%1/%2/%3.zst"_s.arg(component, stream, QString::number(number).rightJustified(6, u'0'));
}

QString streamRecordName(const QString& component, const QString& stream)
{
    return u"streams/%1/%2/%3"_s.arg(component, stream, streamRecord);
}

QString indexName(const QString& component)
{
    return u"index/%1.json.zst"_s.arg(component);
}

std::optional<MemberName> parseMemberName(QByteArrayView bytes)
{
    using enum MemberName::Kind;
    const QString text = QString::fromLatin1(bytes);
    if (text == ReadmeName)
        return MemberName{Readme, {}, {}, 0};
    if (text == HeaderName)
        return MemberName{Header, {}, {}, 0};
    if (text == ManifestName)
        return MemberName{Manifest, {}, {}, 0};
    const QStringList parts = text.split(u'/');
    // Comparing with the name as the writer spells it leaves one spelling for each.
    if (parts.size() == 2 && parts[0] == u"index") {
        const QString component = parts[1].chopped(qMin<qsizetype>(parts[1].size(), 9));
        if (isPlainName(component) && text == indexName(component))
            return MemberName{Index, component, {}, 0};
    }
    if (parts.size() == 4 && parts[0] == u"streams" && isStreamName(parts[1], parts[2])) {
        if (parts[3] == streamRecord)
            return MemberName{StreamRecord, parts[1], parts[2], 0};
        const int number = parts[3].left(6).toInt();
        if (number > 0 && text == segmentName(parts[1], parts[2], number))
            return MemberName{Segment, parts[1], parts[2], number};
    }
    return {};
}

} // namespace scalekeep::bundle
