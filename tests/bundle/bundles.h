#pragma once

#include "engine/bundle/reader.h"
#include "engine/bundle/writer.h"

#include <QFile>
#include <QJsonArray>
#include <QMap>
#include <QRandomGenerator>
#include <QTest>

/// Makes small bundles for the tests of this folder.
namespace scalekeep::bundle {

#define VERIFY_RESULT(result)                                                                                          \
    do {                                                                                                               \
        const auto& checked = (result);                                                                                \
        QVERIFY2(checked, checked ? ""                                                                                 \
                                  : qPrintable(checked.error().message + u' ' + checked.error().hint + u' ' +          \
                                               checked.error().detail));                                               \
    } while (false)

inline Header testHeader()
{
    using namespace Qt::Literals::StringLiterals;
    Header header;
    header.cluster = u"north"_s;
    header.apiUrl = u"https://api.north.example:6443"_s;
    header.namespaceName = u"threescale"_s;
    header.projectUid = u"8c7f"_s;
    header.wildcardDomain = u"north.example"_s;
    header.threescaleVersion = u"2.7"_s;
    header.flavour = u"template"_s;
    header.workloadKind = u"DeploymentConfig"_s;
    header.purpose = u"backup"_s;
    header.runId = u"20240531-081500-a1"_s;
    header.program = u"scalekeep test"_s;
    header.operatorIdentity = u"admin"_s;
    header.started = QDateTime(QDate(2024, 5, 31), QTime(8, 15), Qt::UTC);
    return header;
}

inline Component testComponent(const QString& id)
{
    Component component;
    component.id = id;
    component.title = id;
    component.engine = QStringLiteral("mysql");
    component.state = QStringLiteral("proven");
    return component;
}

/// Text that compresses about as a dump does.
inline QByteArray textData(qsizetype size, quint32 seed)
{
    QRandomGenerator random(seed);
    QByteArray data;
    data.reserve(size + 64);
    while (data.size() < size)
        data += "(" + QByteArray::number(random.bounded(1'000'000)) + ",'user" +
                QByteArray::number(random.bounded(1000)) + "@example.com'),\n";
    data.truncate(size);
    return data;
}

inline QByteArray randomData(qsizetype size, quint32 seed)
{
    QRandomGenerator random(seed);
    QByteArray data(size, Qt::Uninitialized);
    for (char& byte : data)
        byte = static_cast<char>(random.generate());
    return data;
}

using Streams = QMap<QString, QByteArray>; ///< "component/name" -> data

inline Result<Stream> writeStream(Writer& writer, const QString& component, const QString& name, const QByteArray& data,
                                  const Stream& proof = {})
{
    auto stream = writer.openStream(component, name, QStringLiteral("mysqldump"));
    if (!stream)
        return fail(stream.error());
    if (const auto written = (*stream)->write(std::span(data.constData(), static_cast<size_t>(data.size()))); !written)
        return fail(written.error());
    return (*stream)->finish(proof);
}

/// A whole bundle with these streams and an index for each component.
inline Result<void> writeBundle(const QString& path, const Streams& streams, const Header& header = testHeader())
{
    auto writer = Writer::create(path, header);
    if (!writer)
        return fail(writer.error());
    Manifest manifest;
    for (auto at = streams.begin(); at != streams.end(); ++at) {
        const QString component = at.key().section(u'/', 0, 0);
        if (const auto written = writeStream(**writer, component, at.key().section(u'/', 1), *at); !written)
            return fail(written.error());
        if (manifest.components.isEmpty() || manifest.components.last().id != component) {
            manifest.components.append(testComponent(component));
            if (const auto added = (*writer)->addIndex(component, "{\"of\": \"" + component.toUtf8() + "\"}"); !added)
                return added;
        }
    }
    manifest.finished = testHeader().started.addSecs(60);
    return (*writer)->finish(manifest);
}

inline QByteArray fileContent(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("cannot read %s", qPrintable(path));
    return file.readAll();
}

inline void writeFile(const QString& path, const QByteArray& content)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("cannot write %s", qPrintable(path));
}

inline Result<QByteArray> readWhole(const Reader& reader, const Stream& stream)
{
    QByteArray data;
    const auto read = reader.read(stream, [&](std::span<const char> bytes) -> Result<void> {
        data.append(bytes.data(), static_cast<qsizetype>(bytes.size()));
        return {};
    });
    if (!read)
        return fail(read.error());
    return data;
}

/// What is wrong with the file: the error of open(), else the first problem of verify(); empty when nothing is found.
inline QString wrongWith(const QString& path, ErrorCode* code = nullptr)
{
    const auto reader = Reader::open(path);
    if (!reader) {
        if (code)
            *code = reader.error().code;
        return reader.error().message;
    }
    const auto report = (*reader)->verify();
    if (!report)
        return report.error().message;
    if (report->whole != report->problems.isEmpty())
        qFatal("a report must be whole or name problems");
    if (code)
        *code = ErrorCode::Damaged;
    return report->problems.value(0);
}

} // namespace scalekeep::bundle
