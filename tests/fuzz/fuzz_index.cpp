#include "engine/index/index.h"

#include <QJsonDocument>

#include <cstdlib>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
Result<QJsonObject> indexOf(const QString& format, std::span<const char> data, size_t piece)
{
    const auto indexer = index::indexer(format);
    for (; !data.empty(); data = data.subspan(std::min(piece, data.size())))
        if (auto added = indexer->add(data.first(std::min(piece, data.size()))); !added)
            return fail(added.error());
    return indexer->finish();
}

void require(bool condition)
{
    if (!condition)
        std::abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size)
{
    if (size == 0)
        return 0;
    const std::span data(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    const QString format = QStringLiteral(FUZZ_FORMAT);
    if (format == "differences"_L1) {
        // Indexes come out of bundles: {"a": index, "b": index}.
        const auto pair = QJsonDocument::fromJson(QByteArray::fromRawData(data.data(), static_cast<qsizetype>(data.size()))).object();
        (void)index::differences(pair["a"_L1].toObject(), pair["b"_L1].toObject(), bytes[0]);
        return 0;
    }
    const auto whole = indexOf(format, data, std::max<size_t>(1, data.size()));
    const auto pieces = indexOf(format, data, 1U + bytes[0]);
    require(whole.has_value() == pieces.has_value());
    if (whole) {
        require(*whole == *pieces);
        require(index::differences(*whole, *pieces).isEmpty());
    } else {
        require(!whole.error().message.isEmpty());
    }
    return 0;
}
