#include "support.h"

#include <QFile>
#include <QJsonArray>

#include <stdexcept>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

Result<QJsonObject> indexOf(const QString& format, const QByteArray& data, qsizetype piece)
{
    const auto indexer = index::indexer(format);
    for (qsizetype at = 0; at < data.size();) {
        const qsizetype size = piece == 0 ? data.size() : std::min(piece, data.size() - at);
        // A copy of exactly this size, so that the sanitizer sees every byte read behind it.
        const std::vector<char> bytes(data.constData() + at, data.constData() + at + size);
        if (auto added = indexer->add(bytes); !added)
            return fail(added.error());
        at += size;
    }
    return indexer->finish();
}

QJsonObject goodIndex(const QString& format, const QByteArray& data, qsizetype piece)
{
    const auto index = indexOf(format, data, piece);
    if (!index)
        throw std::runtime_error(index.error().message.toStdString());
    return *index;
}

QJsonObject entry(const QJsonObject& index, const QString& kind, const QString& name)
{
    for (const QJsonValue& value : index.value("entries"_L1).toArray())
        if (value["kind"_L1] == kind && (value["name"_L1] == name || value["path"_L1] == name || value["prefix"_L1] == name))
            return value.toObject();
    return {};
}

QStringList texts(const QList<index::Difference>& differences)
{
    QStringList list;
    for (const auto& difference : differences)
        list << (difference.warning ? u"warning: "_s : QString()) + difference.entry + u": "_s + difference.what;
    return list;
}

QStringList compare(const QString& format, const QByteArray& expected, const QByteArray& found, qint64 at)
{
    return texts(index::differences(goodIndex(format, expected), goodIndex(format, found), at));
}

ByteSource source(const QByteArray& text, qsizetype piece)
{
    return [text, piece, at = qsizetype(0)](qsizetype max) mutable -> Result<QByteArray> {
        const QByteArray bytes = text.mid(at, std::min(piece, max));
        at += bytes.size();
        return bytes;
    };
}

QByteArray testData(const QString& name)
{
    QFile file(QStringLiteral(INDEX_TEST_DATA "/") + name);
    if (!file.open(QIODevice::ReadOnly))
        throw std::runtime_error("no test data " + name.toStdString());
    return file.readAll();
}
