#include "targets.h"

#include "engine/base/tarparser.h"
#include "engine/index/entries.h"
#include "engine/index/tar.h"
#include "models/bundles/contenttree.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::fuzz {
namespace {
Result<QJsonObject> indexOf(const QString& format, std::span<const char> data, std::size_t piece)
{
    const auto indexer = index::indexer(format);
    for (; !data.empty(); data = data.subspan(std::min(piece, data.size())))
        if (auto added = indexer->add(data.first(std::min(piece, data.size()))); !added)
            return fail(added.error());
    return indexer->finish();
}

/// However the bytes come, the index is the same, and equal to itself.
void anyPieces(const QString& format, std::uint8_t choice, std::span<const char> data)
{
    const auto whole = indexOf(format, data, std::max<std::size_t>(1, data.size()));
    const auto pieces = indexOf(format, data, 1U + choice);
    require(whole.has_value() == pieces.has_value());
    if (whole) {
        require(*whole == *pieces);
        require(index::differences(*whole, *pieces).isEmpty());
    } else {
        require(!whole.error().message.isEmpty());
    }
}

ByteSource pieces(const QByteArray& text, qsizetype piece)
{
    return [text, piece, at = qsizetype(0)](qsizetype max) mutable -> Result<QByteArray> {
        const QByteArray bytes = text.mid(at, std::min(piece, max));
        at += bytes.size();
        return bytes;
    };
}

QJsonObject objectIn(std::span<const char> data)
{
    return QJsonDocument::fromJson(bytesOf(data)).object();
}
} // namespace

void mysqldump(std::uint8_t choice, std::span<const char> data)
{
    anyPieces(u"mysqldump"_s, choice, data);
}

void pgDump(std::uint8_t choice, std::span<const char> data)
{
    anyPieces(u"pg_dump"_s, choice, data);
}

void rdb(std::uint8_t choice, std::span<const char> data)
{
    anyPieces(u"rdb"_s, choice, data);
}

// An odd choice makes the headers' checksums right, or hardly a change would get beyond them.
void tar(std::uint8_t choice, std::span<const char> data)
{
    QByteArray bytes(data.data(), static_cast<qsizetype>(data.size()));
    for (qsizetype at = 0; choice % 2 == 1 && at + TarBlock <= bytes.size();) {
        const auto block = std::span(bytes.data() + at, static_cast<std::size_t>(TarBlock)).first<static_cast<std::size_t>(TarBlock)>();
        if (isAllZero(block))
            break;
        std::fill_n(block.begin() + 148, 8, ' ');
        unsigned sum = 0;
        for (const char each : block)
            sum += static_cast<unsigned char>(each);
        std::ranges::copy(QByteArray::number(sum, 8).rightJustified(6, '0') + '\0' + ' ', block.begin() + 148);
        const auto header = parseTarHeader(block);
        const qint64 size = header ? header->size : 0;
        if (size > bytes.size())
            break;
        at += TarBlock + size + tarPadding(size);
    }
    const auto whole = std::span(bytes.constData(), static_cast<std::size_t>(bytes.size()));
    anyPieces(u"tar"_s, choice, whole);

    const auto indexer = index::indexer(u"tar"_s);
    index::TarIndexer again(1000); // the same on disk as in memory
    if (!indexer->add(whole) || !again.add(whole))
        return;
    QByteArray text;
    const auto written = index::writeText(*indexer, [&text](std::span<const char> piece) -> Result<void> {
        text.append(piece.data(), static_cast<qsizetype>(piece.size()));
        return {};
    });
    index::EntryReader stored(pieces(text, 1 + choice));
    const auto compared = index::compareTree(stored, again);
    require(written.has_value() == compared.has_value());
    require(!compared || (compared->differences.isEmpty() && compared->expected == *written));
}

// What the reader of entries takes for an index is one to Qt's, with the same entries, unless one of them is none.
void entries(std::uint8_t choice, std::span<const char> data)
{
    index::EntryReader reader(pieces(bytesOf(data), 1 + choice));
    QJsonArray found;
    bool areWhole = true;
    while (true) {
        const auto next = reader.next();
        if (!next)
            return;
        if (!*next)
            break;
        const QJsonDocument entry = QJsonDocument::fromJson(**next);
        areWhole = areWhole && entry.isObject();
        found.append(entry.object());
    }
    const QJsonDocument whole = QJsonDocument::fromJson(bytesOf(data));
    require(!areWhole || whole.isNull() || whole["entries"_L1].toArray() == found);
}

void objects(std::uint8_t choice, std::span<const char> data)
{
    anyPieces(u"json"_s, choice, data);
}

// Indexes come out of bundles: {"a": index, "b": index}.
void differences(std::uint8_t choice, std::span<const char> data)
{
    const QJsonObject pair = objectIn(data);
    const QJsonObject a = pair["a"_L1].toObject(), b = pair["b"_L1].toObject();
    for (const auto& difference : index::differences(a, b, choice))
        require(!difference.what.isEmpty());
    (void)index::differences(b, a, choice);
}

// The rows of the window: a component with its index, and what the manifest counts.
void content(std::uint8_t choice, std::span<const char> data)
{
    static const std::array engines{u"mysql"_s, u"postgresql"_s, u"redis"_s, u"files"_s, u"objects"_s};
    bundle::Component component;
    component.id = u"component"_s;
    component.engine = engines.at(choice % engines.size());
    component.summary = objectIn(data)["summary"_L1].toObject();
    bundle::Stream stream;
    stream.component = component.id;
    stream.name = u"stream"_s;
    stream.bytes = 1 << choice % 31;
    (void)models::ContentTree::summary(component);
    const auto rows = models::ContentTree::children(component, {stream}, bytesOf(data));
    require(rows ? *rows != nullptr : !rows.error().message.isEmpty());
}

} // namespace scalekeep::fuzz
