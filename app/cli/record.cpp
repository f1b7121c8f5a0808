#include "app/cli/changeoptions.h"
#include "app/cli/program.h"

#include "engine/base/files.h"
#include "engine/record/export.h"
#ifdef SCALEKEEP_PDF
#include "widgets/print/pdf.h"
#endif

#include <QFileInfo>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"RUN"_s, u"The run, as “runs” lists it. It must have ended."_s);
    arguments.option(u"format"_s, u"Form of the record: html, pdf, markdown or json. With several --output, one for each; only json can be verified."_s, u"FORMAT"_s);
    arguments.option(u"output"_s, u"File to write; it must not be there. May be given several times, with as many --format."_s, u"FILE"_s);
    arguments.option(u"paper"_s, u"Paper of the PDF: a4 (without it) or letter."_s, u"PAPER"_s);
    arguments.option(u"sign"_s, u"Sign with this SSH key (private file, or public file of a key in the agent) or minisign key."_s, u"KEYFILE"_s);
    arguments.option(u"timestamp"_s, u"Have the record stamped by this RFC 3161 server."_s, u"URL"_s);
    arguments.option(u"tsa-ca"_s, u"Certificates (PEM) that vouch for the time-stamp server; without it: the system's."_s, u"FILE"_s);
    declareChange(arguments);
}

Result<QByteArray> made(const record::Export& exported, const QString& format, [[maybe_unused]] const QString& paper)
{
    if (format == u"json")
        return exported.json;
    if (format == u"html")
        return record::toHtml(exported.document);
    if (format == u"markdown")
        return record::toMarkdown(exported.document);
#ifdef SCALEKEEP_PDF
    return print::toPdf(exported.document, paper == u"letter" ? print::Paper::Letter : print::Paper::A4);
#else
    return fail(ErrorCode::Unsupported, u"This scalekeep-cli was built without the desktop program, and so without PDF."_s, u"Export HTML and print it, or use the desktop program."_s);
#endif
}

int run(Program& program, const Arguments& arguments)
{
    const QStringList formats = arguments.values(u"format"_s), outputs = arguments.values(u"output"_s);
    if (formats.isEmpty() || formats.size() != outputs.size())
        return program.console.error({ErrorCode::Usage, u"A record needs a --format and an --output, or as many of the one as of the other."_s, {}, u"See scalekeep-cli record --help."_s});
    for (const QString& format : formats) {
        if (const auto valid = oneOf(u"format"_s, format, {u"html"_s, u"pdf"_s, u"markdown"_s, u"json"_s}); !valid)
            return program.console.error(valid.error());
    }
    const auto paper = oneOf(u"paper"_s, arguments.isSet(u"paper"_s) ? arguments.value(u"paper"_s) : u"a4"_s, {u"a4"_s, u"letter"_s});
    if (!paper)
        return program.console.error(paper.error());
    if (arguments.isSet(u"tsa-ca"_s) && !arguments.isSet(u"timestamp"_s))
        return program.console.error({ErrorCode::Usage, u"--tsa-ca goes with --timestamp."_s, {}, {}});
    for (const QString& output : outputs) {
        if (QFileInfo::exists(output) || outputs.count(output) > 1)
            return program.console.error({ErrorCode::AlreadyExists, u"“%1” is there already."_s.arg(output), {}, u"Nothing was written. Choose another name, or move the file away."_s});
    }
    // Checked as a change, kept as what it is by now: entered afterwards.
    const auto change = changeFrom(arguments);
    if (!change)
        return program.console.error(change.error());
    const QString runId = arguments.at(0);
    if (!change->isEmpty()) {
        if (const auto entered = record::enterAfterwards(program.home, runId, *change); !entered)
            return program.console.error(entered.error());
    }
    const auto exported = record::prepareExport(program.home, runId, {.signKey = arguments.value(u"sign"_s), .mayAsk = true, .stampServer = arguments.value(u"timestamp"_s), .stampAuthority = arguments.value(u"tsa-ca"_s)}, program.stop);
    if (!exported) {
        const Exit code = program.console.error(exported.error());
        return exported.error().code == ErrorCode::Damaged ? VerificationFailed : code;
    }
    QList<QByteArray> contents;
    for (const QString& format : formats) {
        auto content = made(*exported, format, *paper);
        if (!content)
            return program.console.error(content.error());
        contents.append(std::move(*content));
    }
    const record::Record& record = exported->file.record;
    const QString seal = QString::fromLatin1(record::seal(record, exported->file.lines));
    for (qsizetype index = 0; index < outputs.size(); ++index) {
        if (const auto written = writePrivateFile(outputs[index], contents[index]); !written)
            return program.console.error(written.error());
        program.console.object({{u"type"_s, u"record"_s}, {u"runId"_s, runId}, {u"format"_s, formats[index]}, {u"output"_s, outputs[index]}, {u"state"_s, record.state}, {u"head"_s, QString::fromLatin1(record.head)},
                                {u"seal"_s, seal}, {u"signed"_s, exported->file.signature.has_value()}, {u"stamped"_s, exported->file.stamp.has_value()}});
        program.console.line(u"Written: %1"_s.arg(outputs[index]));
    }
    for (const record::Searched& each : record.searched) {
        if (!each.atHand)
            program.console.line(u"Note: %1 is not at hand, so the record was not searched for its secret values; it says so."_s.arg(each.path));
    }
    program.console.line(u"Chain head, to be kept elsewhere: %1"_s.arg(QString::fromLatin1(record.head)));
    return Done;
}
} // namespace

const Command recordCommand{"record", "Export the record of a run for a change board.", declare, run};

} // namespace scalekeep::cli
