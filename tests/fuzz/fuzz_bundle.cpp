#include "targets.h"

#include "engine/bundle/segmentpool.h"
#include "engine/bundle/wholestreams.h"
#include "engine/bundle/randomfile.h"
#include "tests/bundle/forge.h"

#include <QJsonDocument>

#include <fuzzer/FuzzedDataProvider.h>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::fuzz {
using namespace bundle;

namespace {
QString genuine()
{
    static const QString path = [] {
        const QString made = scratch() + u"/genuine.tar"_s;
        require(writeBundle(made, {{u"system-mysql/dump.sql"_s, textData(300, 1)}, {u"system-mysql/empty"_s, {}}, {u"backend-redis/dump.rdb"_s, textData(100, 2)}}).has_value());
        return made;
    }();
    return path;
}

/// A genuine bundle with some changes that `script` says, each tar header's checksum right and, where the script asks for it, every
/// digest and seal as well: what somebody makes who knows the format.
QByteArray forged(std::span<const char> script)
{
    static const Forge original(genuine());
    Forge forge = original;
    FuzzedDataProvider choices(reinterpret_cast<const std::uint8_t*>(script.data()), script.size());
    const auto text = [&choices](std::size_t most) { return QByteArray::fromStdString(choices.ConsumeRandomLengthString(most)); };
    const bool sealed = choices.ConsumeBool();
    for (int i = 0; i < 8 && choices.remaining_bytes() > 0 && !forge.members.isEmpty(); ++i) {
        const auto at = choices.ConsumeIntegralInRange<qsizetype>(0, forge.members.size() - 1);
        const auto other = choices.ConsumeIntegralInRange<qsizetype>(0, forge.members.size() - 1);
        ForgedMember& member = forge.members[at];
        switch (choices.ConsumeIntegralInRange(0, 10)) {
        case 0: member.data = text(2000); break;
        case 1:
            if (!member.data.isEmpty())
                member.data[choices.ConsumeIntegralInRange<qsizetype>(0, member.data.size() - 1)] = choices.ConsumeIntegral<char>();
            break;
        case 2: member.name = text(100); break;
        case 3: member.name = forge.members[other].name; break;
        case 4: forge.members.removeAt(at); break;
        case 5: forge.members.insert(other, ForgedMember(member)); break;
        case 6: forge.members.swapItemsAt(at, other); break;
        case 7: {
            const auto place = choices.ConsumeIntegralInRange<qsizetype>(0, 511);
            member.change = [place, value = choices.ConsumeIntegral<char>()](QByteArray& header) { header[place] = value; };
            break;
        }
        case 8: member.padding = choices.ConsumeIntegral<char>(); break;
        case 9: // a record whose seal is right, whatever it says
            member.data = sealedJson(QJsonDocument::fromJson(text(2000)).object());
            break;
        default: {
            const auto frames = compressFrames(text(2000));
            require(frames.has_value());
            member.data = *frames;
        }
        }
    }
    if (choices.ConsumeBool())
        forge.end = text(2000);
    const bool hasManifest = std::ranges::any_of(forge.members, [](const ForgedMember& member) { return member.name == "manifest.json"; });
    if (sealed && hasManifest) {
        forge.seal([&choices](Manifest& manifest) {
            if (manifest.streams.isEmpty() || !choices.ConsumeBool())
                return;
            Stream& stream = manifest.streams.first();
            stream.bytes = choices.ConsumeIntegralInRange<qint64>(0, 3 * SegmentSize);
            stream.segments = choices.ConsumeIntegralInRange(0, 4);
            stream.sha256 = choices.ConsumeBool() ? stream.sha256 : QByteArray(64, 'a');
        });
    }
    return forge.bytes();
}

void read(const Reader& reader)
{
    const auto report = reader.verify();
    require(report.has_value() && report->whole == report->problems.isEmpty() && report->problems.size() <= 100);
    for (const Stream& stream : reader.manifest().streams) {
        const auto data = readWhole(reader, stream);
        require(data ? data->size() == stream.bytes : !report->whole && !data.error().message.isEmpty());
        const auto part = reader.readAt(stream, stream.bytes / 2, std::min<qint64>(10, stream.bytes - stream.bytes / 2));
        require(part || !report->whole);
        require(!data || (part && data->mid(stream.bytes / 2, 10) == *part));
        const auto source = reader.source(stream);
        for (auto piece = source(7000); piece && !piece->isEmpty(); piece = source(7000))
            require(piece->size() <= 7000);
    }
    for (const Component& component : reader.manifest().components)
        (void)reader.index(component.id);
}
} // namespace

// An even choice: the file as it is; an odd one: a script of changes to a genuine bundle.
void bundle(std::uint8_t choice, std::span<const char> data)
{
    const QString path = scratchFile(u"bundle.tar"_s, choice % 2 == 0 ? QByteArray(bytesOf(data)) : forged(data));
    const QString salvaged = scratch() + u"/salvaged.tar"_s;
    const auto reader = Reader::open(path);
    if (reader)
        read(**reader);
    else
        require(!reader.error().message.isEmpty());
    const auto survey = bundle::survey(path);
    const auto saved = salvage(path, salvaged);
    if (saved) {
        require(survey.has_value() && !saved->saved.isEmpty());
        const auto again = Reader::open(salvaged);
        require(again.has_value());
        const auto report = (*again)->verify();
        require(report.has_value() && report->whole && (*again)->manifest().streams.size() == saved->saved.size());
        require(QFile::remove(salvaged));
    }
    require(!QFile::exists(salvaged) && !QFile::exists(salvaged + u".partial"_s));
    const auto file = RandomFile::open(path);
    require(file.has_value());
    (void)wholeStreams(**file, {u"system-mysql"_s, u"backend-redis"_s});
}

// bundle.json, stream.json and manifest.json: as they are and with a seal that is right.
void records(std::uint8_t choice, std::span<const char> data)
{
    QJsonObject object = QJsonDocument::fromJson(bytesOf(data)).object();
    object.remove("seal"_L1);
    const auto check = [choice](const QByteArray& json) {
        const auto same = [](const auto& record, auto parse) {
            if (!record)
                return require(!record.error().message.isEmpty());
            const auto again = parse(sealedJson(toJson(*record)));
            require(again.has_value() && *again == *record);
        };
        if (choice % 3 == 0)
            same(headerFromJson(json), headerFromJson);
        else if (choice % 3 == 1)
            same(streamFromJson(json), streamFromJson);
        else
            same(manifestFromJson(json), manifestFromJson);
    };
    check(bytesOf(data));
    check(sealedJson(object));
}

} // namespace scalekeep::fuzz
