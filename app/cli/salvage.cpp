#include "app/cli/program.h"

#include "engine/bundle/reader.h"

#include <QJsonArray>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"PARTIAL"_s, u"A cut-off or damaged bundle."_s);
    arguments.option(u"output"_s, u"The new bundle with what is whole."_s, u"BUNDLE"_s);
}

int run(Program& program, const Arguments& arguments)
{
    if (!arguments.isSet(u"output"_s))
        return program.console.error({ErrorCode::Usage, u"--output names the new bundle."_s, {}, u"See scalekeep-cli salvage --help."_s});
    const auto salvage = bundle::salvage(arguments.at(0), arguments.value(u"output"_s), program.stop);
    if (!salvage)
        return program.console.error(salvage.error());
    program.console.object({{u"type"_s, u"salvage"_s}, {u"saved"_s, QJsonArray::fromStringList(salvage->saved)}, {u"lost"_s, QJsonArray::fromStringList(salvage->lost)}, {u"output"_s, arguments.value(u"output"_s)}});
    for (const QString& saved : salvage->saved)
        program.console.line(u"saved: %1"_s.arg(saved));
    for (const QString& lost : salvage->lost)
        program.console.line(u"LOST:  %1"_s.arg(lost));
    return Done;
}
} // namespace

const Command salvageCommand{"salvage", "Save the whole streams of a cut-off bundle into a new one.", declare, run};

} // namespace scalekeep::cli
