#include "app/cli/program.h"

#include "engine/bundle/reader.h"
#include "engine/store/contentcheck.h"

#include <QJsonArray>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"BUNDLE"_s, u"The bundle to check. No cluster is needed."_s);
}

int run(Program& program, const Arguments& arguments)
{
    const auto reader = bundle::Reader::open(arguments.at(0));
    if (!reader) {
        const Exit code = program.console.error(reader.error());
        return reader.error().code == ErrorCode::NotFound || reader.error().code == ErrorCode::Io ? code : VerificationFailed;
    }
    const auto report = (*reader)->verify([&program](qint64 done, qint64 total) { program.console.status(u"%1 of %2"_s.arg(size(done), size(total))); }, program.stop,
                                          store::contentChecks(**reader));
    if (!report)
        return program.console.error(report.error());
    program.console.object({{u"type"_s, u"verification"_s}, {u"whole"_s, report->whole}, {u"bytes"_s, report->bytes}, {u"problems"_s, QJsonArray::fromStringList(report->problems)}});
    for (const QString& problem : report->problems)
        program.console.line(u"DAMAGED: %1"_s.arg(problem));
    if (!report->whole) {
        program.console.line(u"The bundle is damaged. What is whole in it can be saved with: scalekeep-cli salvage"_s);
        return VerificationFailed;
    }
    program.console.line(u"Proven: every byte of %1 is what was written (%2 of data, %3 streams, end marks and indexes included)."_s.arg(arguments.at(0), size(report->bytes)).arg((*reader)->manifest().streams.size()));
    return Done;
}
} // namespace

const Command verifyCommand{"verify", "Check every byte of a bundle.", declare, run};

} // namespace scalekeep::cli
