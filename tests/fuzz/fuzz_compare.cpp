#include "targets.h"

#include "engine/compare/export.h"
#include "engine/compare/secretnames.h"
#include "engine/compare/textdiff.h"
#include "engine/compare/yamltext.h"
#include "engine/index/rdb.h"
#include "engine/index/sqlwatch.h"

#include <QJsonDocument>

#include <algorithm>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::fuzz {
namespace {
compare::Content contentWith(const QJsonObject& index, qint64 moment)
{
    compare::Content content;
    content.parts.insert(u"c"_s, {.index = index, .moment = QDateTime::fromMSecsSinceEpoch(moment, Qt::UTC), .title = {}, .engine = {}, .format = {}, .unreadable = false, .notes = {}});
    return content;
}
} // namespace

// {"a": index, "b": index}: whatever they say, there is a comparison, and nothing differs from itself.
void comparison(std::uint8_t choice, std::span<const char> data)
{
    const QJsonObject both = QJsonDocument::fromJson(bytesOf(data)).object();
    const compare::Content a = contentWith(both["a"_L1].toObject(), 1'000 + choice), b = contentWith(both["b"_L1].toObject(), 1'100);
    const compare::Comparison ab = compare::compare(a, b), aa = compare::compare(a, a);
    require(aa.root->children.front().state == compare::State::NotCompared || (aa.isEqual() && aa.differences().isEmpty()));
    require(compare::compare(b, a).isEqual() == ab.isEqual() || choice > 0);
    require(!compare::toJson(ab).isEmpty() && compare::toHtml(ab).endsWith("</html>\n"));
    (void)compare::Rules::fromJson(both);
}

// The rows of every table of a dump, taken apart and put together again; the choice's last bit is the dialect.
void rows(std::uint8_t choice, std::span<const char> data)
{
    index::TableShape shape;
    std::vector<index::RowValue> values;
    std::string again;
    index::SqlWatch watch{.kind = u"table"_s, .name = choice & 2 ? u"accounts"_s : u"public.tenants"_s,
                          .definition = [&](std::string_view text) {
                              shape.addDefinition(text);
                              (void)compare::sqlText(QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())));
                          },
                          .columns = [&](std::string_view text) { shape.setColumns(text); },
                          .row = [&](std::string_view row) {
                              require(index::splitRow(row, values));
                              again.clear();
                              for (const index::RowValue& value : values)
                                  index::appendValue(again, value);
                              require(again == row);
                          }};
    const auto reader = index::sqlReader(choice & 1 ? u"pg_dump"_s : u"mysqldump"_s, watch);
    const std::size_t piece = 1U + choice;
    for (; !data.empty(); data = data.subspan(std::min(piece, data.size())))
        if (!reader->add(data.first(std::min(piece, data.size()))))
            return;
    (void)reader->finish();
}

// Two texts, parted by a zero byte: both can be put together again from what is shown of their difference, and masking keeps the lines.
void text(std::uint8_t /*choice*/, std::span<const char> data)
{
    const QByteArray bytes = bytesOf(data);
    const qsizetype half = std::max<qsizetype>(bytes.indexOf('\0'), 0);
    const QString a = QString::fromUtf8(bytes.left(half)), b = QString::fromUtf8(bytes.mid(half + 1));
    for (const QString& each : {a, b})
        require(compare::maskedText(each).count(u'\n') == each.count(u'\n'));
    (void)compare::maskedKey(a);
    const QStringList left = a.split(u'\n'), right = b.split(u'\n');
    const compare::TextDetail detail = compare::diffLines(left, right, left, right, {.lines = 1'000'000, .context = 1'000'000});
    QStringList shownA, shownB;
    for (const compare::Hunk& hunk : detail.hunks) {
        for (const compare::LinePair& line : hunk.lines) {
            if (line.numberA > 0)
                shownA.append(line.a);
            if (line.numberB > 0)
                shownB.append(line.b);
        }
    }
    require(left == right ? detail.hunks.isEmpty() : shownA == left && shownB == right);
    (void)compare::diffTexts(a, b, {});
    (void)compare::yamlText(QJsonDocument::fromJson(bytes).object());
}

} // namespace scalekeep::fuzz
