#include "app/cli/program.h"

#include "engine/base/files.h"
#include "engine/bundle/reader.h"

#include <QDir>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"BUNDLE"_s, u"The bundle to extract from."_s);
    arguments.option(u"component"_s, u"Only this component; may be given several times."_s, u"ID"_s);
    arguments.option(u"output"_s, u"Folder for the files, one a component; made if needed, private to you."_s, u"DIR"_s);
}

Result<void> extractStream(Program& program, const bundle::Reader& reader, const bundle::Stream& stream, const QString& path)
{
    QFile file(path + u".partial"_s);
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly, QFile::ReadOwner | QFile::WriteOwner))
        return fail(fileError(u"create"_s, file));
    auto read = reader.read(
        stream,
        [&file](std::span<const char> data) -> Result<void> {
            if (file.write(data.data(), static_cast<qint64>(data.size())) != static_cast<qint64>(data.size()))
                return fail(fileError(u"write"_s, file));
            return {};
        },
        program.stop);
    if (read)
        read = syncFile(file);
    // The name without .partial is only for what is whole.
    if (read && !file.rename(path))
        read = fail(fileError(u"rename"_s, file));
    if (!read)
        file.remove();
    return read;
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
        // Names in a bundle are checked when it is opened; a path is never made of anything else.
        const QString folder = QDir(arguments.value(u"output"_s)).filePath(stream.component), path = QDir(folder).filePath(stream.name);
        if (const auto made = makePrivateDirectory(folder); !made)
            return program.console.error(made.error());
        if (QFileInfo::exists(path))
            return program.console.error({ErrorCode::AlreadyExists, u"“%1” exists already."_s.arg(path), {}, u"It was not overwritten. Choose another folder."_s});
        if (const auto done = extractStream(program, **reader, stream, path); !done)
            return program.console.error(done.error());
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
