#include "models/bundles/bundleinfo.h"

#include <QFileInfo>
#include <QSet>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype mostReasons = 100;

BundleInfo::State stateOf(const BundleInfo& info, ErrorCode code)
{
    if (info.isPartial() || code == ErrorCode::TruncatedStream)
        return BundleInfo::State::CutOff;
    return code == ErrorCode::Damaged || code == ErrorCode::BadInput ? BundleInfo::State::Damaged : BundleInfo::State::Unreadable;
}
} // namespace

QString FileStamp::key() const
{
    return u"%1|%2|%3"_s.arg(path, QString::number(size), QString::number(modified.toMSecsSinceEpoch()));
}

FileStamp FileStamp::of(const QString& path)
{
    const QFileInfo file(path);
    return {path, file.size(), file.lastModified()};
}

bool BundleInfo::isSalvaged() const
{
    return manifest && manifest->notes.contains(u"salvaged"_s);
}

int BundleInfo::wholeComponents() const
{
    if (broken() || !manifest) {
        QSet<QString> ids, incomplete;
        for (const QString& lostStream : lost)
            incomplete.insert(lostStream.section(u'/', 0, 0));
        for (const QString& stream : salvageable)
            ids.insert(stream.section(u'/', 0, 0));
        return int((ids - incomplete).size());
    }
    int whole = 0;
    for (const bundle::Component& component : manifest->components)
        whole += component.state == u"proven" ? 1 : 0;
    return whole;
}

int BundleInfo::expectedComponents() const
{
    QSet<QString> ids;
    if (manifest) {
        for (const bundle::Component& component : manifest->components)
            ids.insert(component.id);
        // An id with a slash names an object that the namespace lacks, not a component.
        const QJsonArray reasons = manifest->completeness[u"missing"].toArray();
        for (const QJsonValue& each : reasons) {
            if (const QString id = each[u"id"].toString(); !id.isEmpty() && !id.contains(u'/') && ids.size() < mostReasons)
                ids.insert(id);
        }
    } else {
        for (const QString& stream : salvageable + lost)
            ids.insert(stream.section(u'/', 0, 0));
    }
    return int(ids.size());
}

QStringList BundleInfo::missing() const
{
    QStringList sentences;
    if (!manifest)
        return sentences;
    const QJsonArray reasons = manifest->completeness[u"missing"].toArray();
    for (const QJsonValue& each : reasons) {
        if (sentences.size() >= mostReasons)
            break;
        const QString reason = each[u"reason"].toString();
        sentences.append((reason.isEmpty() ? each[u"id"].toString() : reason).left(300));
    }
    return sentences;
}

qint64 BundleInfo::plainBytes() const
{
    qint64 bytes = 0;
    if (manifest) {
        for (const bundle::Stream& stream : manifest->streams)
            bytes += std::min(stream.bytes, std::numeric_limits<qint64>::max() - bytes);
    }
    return bytes;
}

BundleInfo readBundle(const FileStamp& file)
{
    BundleInfo info;
    info.file = file;
    const auto reader = bundle::Reader::open(file.path);
    // A partial file that is whole only lacks its name: it was never proven under it.
    if (reader && !info.isPartial()) {
        info.state = BundleInfo::State::Readable;
        info.header = (*reader)->header();
        info.manifest = (*reader)->manifest();
        return info;
    }
    info.error = reader ? Error{ErrorCode::TruncatedStream, u"The backup was not finished: its bundle never got its name."_s, {}, {}} : reader.error();
    info.state = stateOf(info, info.error->code);
    if (!info.broken())
        return info;
    const auto survey = bundle::survey(file.path);
    if (!survey) {
        if (survey.error().code == ErrorCode::BadInput)
            info.state = BundleInfo::State::Unreadable;
        return info;
    }
    info.header = survey->header;
    info.manifest = survey->manifest;
    for (const bundle::Stream& stream : survey->complete)
        info.salvageable.append(stream.component + u'/' + stream.name);
    info.lost = survey->lost.mid(0, mostReasons);
    return info;
}

bool isBundleName(const QString& fileName)
{
    return fileName.endsWith(u".scalekeep.tar"_s) || fileName.endsWith(u".scalekeep.tar.partial"_s);
}

} // namespace scalekeep::models
