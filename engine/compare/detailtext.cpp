#include "engine/compare/detailwork.h"
#include "engine/compare/textdiff.h"
#include "engine/compare/yamltext.h"
#include "engine/base/tarparser.h"
#include "engine/index/objectfilter.h"
#include "engine/index/sqlwatch.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QStringDecoder>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qint64 LongestText = 8LL * 1024 * 1024;

/// A text of one side, or why there is none.
struct Text {
    QString text;
    bool here = false;   ///< that side has it
    bool binary = false;
    qint64 bytes = 0;
};

/// The bytes of one file of a tar stream, by its path without "./".
class OneFile : public TarVisitor {
public:
    explicit OneFile(const QByteArray& wanted) : m_wanted(wanted) {}

    Result<void> entry(const TarEntry& entry) override
    {
        m_inside = false;
        if (plainPath(entry.name) != m_wanted)
            return {};
        m_inside = entry.type == TarEntry::Type::File;
        m_found = m_inside;
        m_size = entry.size;
        m_link = entry.type == TarEntry::Type::HardLink ? plainPath(entry.target) : QByteArray();
        return {};
    }
    Result<void> data(std::span<const char> bytes) override
    {
        if (m_inside && m_content.size() < LongestText)
            m_content.append(bytes.data(), static_cast<qsizetype>(bytes.size()));
        return {};
    }
    Result<void> entryEnd() override
    {
        m_inside = false;
        return {};
    }
    static QByteArray plainPath(const QByteArray& path)
    {
        QByteArray plain;
        for (const QByteArray& part : path.split('/')) {
            if (!part.isEmpty() && part != ".")
                plain += (plain.isEmpty() ? "" : "/") + part;
        }
        return plain;
    }

    [[nodiscard]] bool found() const { return m_found; }
    [[nodiscard]] qint64 size() const { return m_size; }
    [[nodiscard]] const QByteArray& content() const { return m_content; }
    [[nodiscard]] const QByteArray& link() const { return m_link; } ///< under which path the data lies, before

private:
    QByteArray m_wanted, m_link, m_content;
    qint64 m_size = 0;
    bool m_found = false, m_inside = false;
};

Result<Text> fileText(const Work& work, Work::Side side)
{
    QByteArray wanted = side == Work::Side::A && !work.node.rawFrom.isEmpty() ? work.node.rawFrom : work.node.raw;
    for (int pass = 0; pass < 2; ++pass) {
        OneFile file(wanted);
        TarParser parser(file);
        auto read = work.read(side, [&parser](std::span<const char> data) { return parser.add(data); });
        if (read)
            read = parser.finish();
        if (!read)
            return fail(read.error());
        if (file.found()) {
            QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
            Text text{.text = decoder(file.content()), .here = true, .binary = false, .bytes = file.size()};
            text.binary = decoder.hasError() || file.content().contains('\0') || file.size() > LongestText;
            return text;
        }
        if (file.link().isEmpty())
            break;
        wanted = file.link();
    }
    return fail(ErrorCode::NotFound, u"%1 is not among the files of %2 any more."_s.arg(work.node.name, side == Work::Side::A ? u"A"_s : u"B"_s), u"Compare again."_s);
}

Result<Text> objectText(const Work& work, Work::Side side)
{
    QByteArray json;
    const auto read = work.read(side, [&json](std::span<const char> data) -> Result<void> {
        constexpr qsizetype most = 64LL * 1024 * 1024; // the index reads no more either
        if (json.size() + static_cast<qsizetype>(data.size()) > most)
            return fail(ErrorCode::Unsupported, u"The objects take more than 64 MiB."_s);
        json.append(data.data(), static_cast<qsizetype>(data.size()));
        return {};
    });
    if (!read)
        return fail(read.error());
    const QList<QByteArray> identity = work.node.raw.split('\n');
    const QJsonArray items = QJsonDocument::fromJson(json)["items"_L1].toArray();
    for (const QJsonValue item : items) {
        const QString apiVersion = item["apiVersion"_L1].toString();
        const QString group = apiVersion.contains(u'/') ? apiVersion.section(u'/', 0, 0) : QString();
        if (item["kind"_L1].toString().toUtf8() == identity.value(0) && group.toUtf8() == identity.value(1) && item["metadata"_L1]["name"_L1].toString().toUtf8() == identity.value(2))
            return Text{.text = yamlText(index::withoutVolatile(item.toObject())), .here = true, .binary = false, .bytes = 0};
    }
    return fail(ErrorCode::NotFound, u"%1 is not among the objects of %2 any more."_s.arg(work.node.name, side == Work::Side::A ? u"A"_s : u"B"_s), u"Compare again."_s);
}

Result<Text> statementText(const Work& work, Work::Side side)
{
    Text text{.text = {}, .here = true, .binary = false, .bytes = 0};
    const index::SqlWatch watch{.kind = work.node.type, .name = QString::fromUtf8(work.node.raw),
                                .definition = [&text](std::string_view statement) {
                                    if (text.text.size() < LongestText)
                                        text.text += sqlText(QString::fromUtf8(statement.data(), static_cast<qsizetype>(statement.size()))) + u'\n';
                                },
                                .columns = {}, .row = {}};
    const auto reader = index::sqlReader(work.part(side).index.value("format"_L1).toString(), watch);
    if (!reader)
        return fail(ErrorCode::Usage, u"%1 holds no statements."_s.arg(work.node.component));
    auto read = work.read(side, [&reader](std::span<const char> data) { return reader->add(data); });
    if (!read)
        return fail(read.error());
    if (const auto end = reader->finish(); !end)
        return fail(end.error());
    return text;
}
} // namespace

Result<TextDetail> textDetail(const Work& work)
{
    Text texts[2];
    for (const Work::Side side : Work::Both) {
        if (!work.has(side))
            continue;
        auto text = work.node.kind == Node::Kind::File ? fileText(work, side) : work.node.kind == Node::Kind::Object ? objectText(work, side) : statementText(work, side);
        if (!text)
            return fail(text.error());
        texts[side == Work::Side::A ? 0 : 1] = std::move(*text);
    }
    const auto& [a, b] = texts;
    if (a.binary || b.binary) {
        TextDetail detail;
        detail.language = u"text"_s;
        const auto size = [](const Text& text) { return text.here ? u"%1 bytes"_s.arg(text.bytes) : u"nothing"_s; };
        detail.notes << u"A binary file, or one of more than 8 MiB: %1 in A, %2 in B."_s.arg(size(a), size(b));
        return detail;
    }
    TextDetail detail = diffTexts(a.text, b.text, work.limits);
    detail.language = work.node.kind == Node::Kind::Object ? u"yaml"_s : work.node.kind == Node::Kind::File ? u"text"_s : u"sql"_s;
    return detail;
}

} // namespace scalekeep::compare
