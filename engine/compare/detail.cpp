#include "engine/compare/detailwork.h"

#include "engine/compare/secretnames.h"

#include <QJsonArray>
#include <QStringDecoder>

#include <algorithm>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr size_t MostLookedAt = 16UL * 1024; ///< bytes of a value: more is never shown
constexpr qint64 ProgressStep = 4LL * 1024 * 1024;
} // namespace

Result<void> BundleSource::read(const QString& component, const ByteSink& sink, const std::function<void(qint64, qint64)>& progress, const std::stop_token& stop)
{
    for (const bundle::Stream& stream : m_reader.manifest().streams) {
        if (stream.component != component)
            continue;
        qint64 done = 0, told = 0;
        return m_reader.read(
            stream,
            [&](std::span<const char> data) {
                done += static_cast<qint64>(data.size());
                if (progress && (done - told >= ProgressStep || done == stream.bytes)) {
                    told = done;
                    progress(done, stream.bytes);
                }
                return sink(data);
            },
            stop);
    }
    return fail(ErrorCode::NotFound, u"The bundle %1 holds no data of %2."_s.arg(m_reader.path(), component));
}

QJsonObject Work::entry(Side side, const std::function<bool(const QJsonObject&)>& is) const
{
    const QJsonArray entries = part(side).index.value("entries"_L1).toArray();
    for (const QJsonValue value : entries) {
        const QJsonObject object = value.toObject();
        if (is(object))
            return object;
    }
    return {};
}

Result<void> Work::checkStop() const
{
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, u"The comparison was cancelled."_s);
    return {};
}

Result<void> Work::read(Side side, const ByteSink& sink, const bool* enough) const
{
    Source& source = side == Side::A ? a : b;
    const QString doing = side == Side::A ? u"reading A"_s : u"reading B"_s;
    const auto read = source.read(
        node.component,
        [&](std::span<const char> data) -> Result<void> {
            if (auto going = checkStop(); !going)
                return going;
            if (auto taken = sink(data); !taken)
                return taken;
            return enough && *enough ? Result<void>(fail(ErrorCode::Cancelled, u"Enough was read."_s)) : Result<void>();
        },
        [&](qint64 done, qint64 total) {
            if (progress)
                progress(doing, done, total);
        },
        stop);
    if (!read && enough && *enough && !stop.stop_requested())
        return {};
    return read;
}

QString shownValue(std::string_view bytes, const Redactor* redactor)
{
    const std::string_view head = bytes.substr(0, MostLookedAt);
    QStringDecoder decoder(QStringDecoder::Utf8);
    QString text = decoder(QByteArrayView(head.data(), static_cast<qsizetype>(head.size())));
    // A character that the cut parted is no sign of binary data.
    const bool binary = (decoder.hasError() && head.size() == bytes.size()) || text.contains(QChar(0)) ||
                        std::ranges::any_of(text, [](QChar c) { return c.unicode() < 0x20 && c != u'\n' && c != u'\r' && c != u'\t'; });
    if (binary) {
        const std::string_view part = head.substr(0, static_cast<size_t>(MaxCell) / 2 - 2);
        return u"0x"_s + QString::fromLatin1(QByteArray(part.data(), static_cast<qsizetype>(part.size())).toHex()) + (part.size() < bytes.size() ? u"…"_s : QString());
    }
    text = maskedText(redactor ? redactor->redact(text) : text);
    return text.size() > MaxCell || head.size() < bytes.size() ? text.left(MaxCell - 1) + u'…' : text;
}

SecretDetail secretDetail(const Work& work)
{
    SecretDetail detail;
    const auto fields = [&work](Work::Side side) {
        if (!work.has(side))
            return QJsonObject();
        return work.entry(side, [&work](const QJsonObject& entry) {
                       return QStringList{entry.value("kind"_L1).toString(), entry.value("group"_L1).toString(), entry.value("name"_L1).toString()}.join(u'\n').toUtf8() == work.node.raw;
                   }).value("fields"_L1).toObject();
    };
    const QJsonObject a = fields(Work::Side::A), b = fields(Work::Side::B);
    QStringList names = a.keys() + b.keys();
    names.sort();
    names.removeDuplicates();
    for (const QString& name : names) {
        if (name == "apiVersion"_L1 || name == "kind"_L1 || name == "metadata.name"_L1)
            continue; // what it is, not what is in it
        const QJsonValue before = a.value(name), now = b.value(name);
        detail.keys.append({name.startsWith("data."_L1) ? name.mid(5) : name,
                            before.isUndefined() ? State::Added : now.isUndefined() ? State::Removed : before == now ? State::Equal : State::Changed});
    }
    return detail;
}

Result<Detail> detail(const Comparison& comparison, const Node& node, Source& a, Source& b, const QString& tempDir, const DetailProgress& progress, const std::stop_token& stop,
                      const Limits& limits)
{
    const Work work{comparison, node, a, b, tempDir, progress, stop, limits};
    Detail answer{.kind = node.detail, .rows = {}, .text = {}, .secret = {}};
    const auto keep = [&answer](auto part, auto& into) -> Result<Detail> {
        if (!part)
            return fail(part.error());
        into = std::move(*part);
        return answer;
    };
    switch (node.detail) {
    case Node::Detail::Rows: return keep(rowDetail(work), answer.rows);
    case Node::Detail::Keys: return keep(keyDetail(work), answer.rows);
    case Node::Detail::Text: return keep(textDetail(work), answer.text);
    case Node::Detail::Secret: answer.secret = secretDetail(work); return answer;
    case Node::Detail::None: break;
    }
    return fail(ErrorCode::Usage, u"There is nothing more to show of %1."_s.arg(node.path));
}

} // namespace scalekeep::compare
