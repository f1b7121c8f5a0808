#include "engine/record/export.h"

#include "engine/record/search.h"
#include "engine/record/signature.h"
#include "engine/record/timestamp.h"
#include "engine/run/session.h"

#include <QFileInfo>
#include <QLocale>
#include <QUrl>

namespace scalekeep::record {

using namespace Qt::Literals::StringLiterals;

namespace {
// It lies in the record file as a whole, in memory several times while it is made.
constexpr qint64 largestJournal = 128LL * 1024 * 1024;

Result<void> searchAll(const SecretSearch& search, const Export& made)
{
    for (qsizetype index = 0; index < made.file.lines.size(); ++index) {
        if (const auto clean = search.check(made.file.lines[index], u"line %1 of the journal"_s.arg(index + 1)); !clean)
            return clean;
    }
    for (const FieldText& field : made.file.record.change) {
        if (const auto clean = search.check(field.text.toUtf8(), u"the change's field %1"_s.arg(field.field)); !clean)
            return clean;
    }
    if (const auto clean = search.check(plainText(made.document).toUtf8(), u"the text of the record"_s); !clean)
        return clean;
    if (const auto clean = search.check(toHtml(made.document), u"the HTML form"_s); !clean)
        return clean;
    if (const auto clean = search.check(toMarkdown(made.document), u"the Markdown form"_s); !clean)
        return clean;
    return search.check(made.json, u"the JSON form"_s);
}

ProofTexts proofTexts(const RecordFile& file)
{
    ProofTexts texts{.seal = QString::fromLatin1(seal(file.record, file.lines)), .signature = {}, .timeStamp = {}};
    if (file.signature)
        texts.signature = file.signature->kind == u"ssh" ? u"by SSH key, %1"_s.arg(file.signature->key) : u"by %1"_s.arg(file.signature->key);
    if (file.stamp)
        texts.timeStamp = u"RFC 3161, %1 (%2), %3 UTC"_s.arg(file.stamp->server, file.stamp->authority, QLocale::c().toString(file.stamp->at.toUTC(), u"d MMM yyyy, HH:mm:ss"_s));
    return texts;
}
} // namespace

Result<Document> previewDocument(const QString& home, const QString& runId, const QMap<QString, QString>& fields)
{
    const auto lines = run::journalLines(run::Session::journalPath(home, runId), largestJournal);
    const auto before = lines ? readAfterwards(home, runId) : fail(lines.error());
    const auto afterwards = before ? withEntered(*before, fields) : before;
    if (!afterwards)
        return fail(afterwards.error());
    const auto record = makeRecord(*lines, *afterwards);
    return record ? Result<Document>(makeDocument(*record)) : fail(record.error());
}

Result<Export> prepareExport(const QString& home, const QString& runId, const ExportOptions& options, const std::stop_token& stop)
{
    if (const auto known = run::knownRun(home, runId); !known)
        return fail(known.error());
    if (run::RunGuard::isTaken(home, runId))
        return fail(ErrorCode::Locked, u"Run %1 is being worked on: it has no outcome yet."_s.arg(runId), u"Export its record when it has ended."_s);
    auto lines = run::journalLines(run::Session::journalPath(home, runId), largestJournal);
    if (!lines)
        return fail(lines.error());
    const auto afterwards = readAfterwards(home, runId);
    if (!afterwards)
        return fail(afterwards.error());
    auto record = makeRecord(*lines, *afterwards);
    if (!record)
        return fail(record.error());
    const auto search = SecretSearch::of(*record, stop);
    if (!search)
        return fail(search.error());
    record->searched = search->searched();

    Export made{.document = {}, .json = {}, .file = {.record = std::move(*record), .lines = std::move(*lines), .signature = {}, .stamp = {}}};
    const QByteArray message = sealMessage(seal(made.file.record, made.file.lines));
    // Searched before anything is signed or leaves for a server, and again as it is written.
    made.document = makeDocument(made.file.record, proofTexts(made.file));
    made.json = toFile(made.file);
    if (const auto clean = searchAll(*search, made); !clean)
        return fail(clean.error());
    if (!options.signKey.isEmpty()) {
        auto signature = sign(message, options.signKey, options.mayAsk, stop);
        if (!signature)
            return fail(signature.error());
        made.file.signature = std::move(*signature);
    }
    if (!options.stampServer.isEmpty()) {
        auto stamp = requestStamp(message, QUrl(options.stampServer, QUrl::StrictMode), options.stampAuthority, stop);
        if (!stamp)
            return fail(stamp.error());
        made.file.stamp = std::move(*stamp);
    }
    if (made.file.signature || made.file.stamp) {
        made.document = makeDocument(made.file.record, proofTexts(made.file));
        made.json = toFile(made.file);
        if (const auto clean = searchAll(*search, made); !clean)
            return fail(clean.error());
    }
    return made;
}

} // namespace scalekeep::record
