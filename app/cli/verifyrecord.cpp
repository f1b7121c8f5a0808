#include "app/cli/program.h"

#include "engine/base/files.h"
#include "engine/record/verify.h"
#include "engine/run/session.h"

#include <QFileInfo>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qint64 largestRecord = 512LL * 1024 * 1024;

void declare(Arguments& arguments)
{
    arguments.positional(u"FILE"_s, u"The record in JSON. Neither a cluster nor the run's state is needed."_s);
    arguments.option(u"journal"_s, u"The run's journal, to see whether the record belongs to it. Without it: the one of that run here, where there is one."_s, u"FILE"_s);
    arguments.option(u"allowed-signers"_s, u"OpenSSH's file of who may sign; the record must be signed by one of them."_s, u"FILE"_s);
    arguments.option(u"minisign-key"_s, u"Public key of minisign, or its file; the record must be signed by it."_s, u"KEY"_s);
    arguments.option(u"tsa-ca"_s, u"Certificates (PEM) that vouch for the time stamp; the record must have one."_s, u"FILE"_s);
}

int run(Program& program, const Arguments& arguments)
{
    const auto content = readFile(arguments.at(0), largestRecord);
    if (!content)
        return program.console.error(content.error());
    record::Against against{.journal = arguments.value(u"journal"_s), .allowedSigners = arguments.value(u"allowed-signers"_s), .minisignKey = arguments.value(u"minisign-key"_s), .stampAuthority = arguments.value(u"tsa-ca"_s)};
    for (const QString& file : {against.journal, against.allowedSigners, against.stampAuthority}) {
        if (!file.isEmpty() && !QFileInfo::exists(file))
            return program.console.error({ErrorCode::Usage, u"“%1” does not exist."_s.arg(file), {}, {}});
    }
    if (against.journal.isEmpty()) {
        // Where the run was made its journal is known.
        if (const auto raw = record::readRecordFile(*content)) {
            const QString runId = raw->record[u"runId"].toString();
            if (run::knownRun(program.home, runId))
                against.journal = run::Session::journalPath(program.home, runId);
        }
    }
    const auto verified = record::verify(*content, against, program.stop);
    if (!verified) {
        program.console.error(verified.error());
        return VerificationFailed;
    }
    for (const record::Finding& finding : verified->findings) {
        const QString state = finding.state == record::Finding::State::Holds ? u"holds"_s : finding.state == record::Finding::State::Fails ? u"fails"_s : u"note"_s;
        program.console.object({{u"type"_s, u"finding"_s}, {u"state"_s, state}, {u"text"_s, finding.text}});
        program.console.line(u"%1  %2"_s.arg(state == u"fails" ? u"FAILS"_s : state, -5).arg(finding.text));
    }
    program.console.object({{u"type"_s, u"verification"_s}, {u"holds"_s, verified->holds()}, {u"runId"_s, verified->runId}, {u"change"_s, verified->change}, {u"lines"_s, verified->lines},
                            {u"head"_s, QString::fromLatin1(verified->head)}, {u"seal"_s, QString::fromLatin1(verified->seal)}, {u"worth"_s, verified->worth}});
    program.console.line(u"Record of run %1%2: %3"_s.arg(verified->runId, verified->change.isEmpty() ? QString{} : u", change "_s + verified->change, verified->worth));
    return verified->holds() ? Done : VerificationFailed;
}
} // namespace

const Command verifyRecordCommand{"verify-record", "Check that a record is what was exported.", declare, run};

} // namespace scalekeep::cli
