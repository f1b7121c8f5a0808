#include "app/cli/program.h"

#include "engine/bundle/extract.h"

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"BUNDLE"_s, u"The bundle to extract from."_s);
    arguments.option(u"component"_s, u"Only this component; may be given several times."_s, u"ID"_s);
    arguments.option(u"output"_s, u"Folder for the files, one a component; made if needed, private to you."_s, u"DIR"_s);
}

int run(Program& program, const Arguments& arguments)
{
    if (!arguments.isSet(u"output"_s))
        return program.console.error({ErrorCode::Usage, u"--output names the folder for the files."_s, {}, u"See scalekeep-cli extract --help."_s});
    const auto reader = bundle::Reader::open(arguments.at(0));
    if (!reader)
        return program.console.error(reader.error());
    const QStringList wanted = arguments.values(u"component"_s);
    int extracted = 0;
    for (const bundle::Stream& stream : (*reader)->manifest().streams) {
        if (!wanted.isEmpty() && !wanted.contains(stream.component))
            continue;
        if (const auto done = bundle::extractStream(**reader, stream, arguments.value(u"output"_s), {}, program.stop); !done)
            return program.console.error(done.error());
        const QString path = bundle::extractedPath(arguments.value(u"output"_s), stream);
        program.console.object({{u"type"_s, u"extracted"_s}, {u"component"_s, stream.component}, {u"path"_s, path}, {u"bytes"_s, stream.bytes}});
        program.console.line(u"%1  %2"_s.arg(size(stream.bytes), 10).arg(path));
        ++extracted;
    }
    if (extracted == 0)
        return program.console.error({ErrorCode::Usage, u"The bundle has no stream of %1."_s.arg(wanted.join(u", "_s)), {}, u"See scalekeep-cli show."_s});
    return Done;
}
} // namespace

const Command extractCommand{"extract", "Write a bundle's streams as plain files.", declare, run};

} // namespace scalekeep::cli
