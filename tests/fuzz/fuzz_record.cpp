#include "targets.h"

#include "engine/record/document.h"
#include "engine/record/verify.h"

#include <QJsonDocument>

namespace scalekeep::fuzz {

// An even choice: a record file of unknown origin. An odd one: the lines of a journal, of which a record is made; what it becomes must hold.
void record(std::uint8_t choice, std::span<const char> data)
{
    using namespace scalekeep::record;
    if (choice % 2 == 0) {
        const auto read = readRecordFile(bytesOf(data));
        if (!read)
            return require(!read.error().message.isEmpty());
        if (read->signature) // checked by a tool of its own
            return;
        const auto verified = verify(bytesOf(data));
        require(verified.has_value() && !verified->worth.isEmpty());
        require(!verified->holds() || (read->asWritten && read->seal == read->sealNow));
        return;
    }
    const QByteArray journal = chained(bytesOf(data));
    QList<QByteArray> lines = journal.split('\n');
    lines.removeAll(QByteArray());
    const auto made = makeRecord(lines);
    if (!made)
        return require(!made.error().message.isEmpty());
    const Document document = makeDocument(*made);
    require(!toHtml(document).isEmpty() && !toMarkdown(document).isEmpty());
    const auto verified = verify(toFile({.record = *made, .lines = lines, .signature = {}, .stamp = {}}));
    require(verified.has_value() && verified->holds());
}

} // namespace scalekeep::fuzz
