#include "app/cli/program.h"

#include "engine/bundle/reader.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"BUNDLE"_s, u"The bundle to look into."_s);
}

int run(Program& program, const Arguments& arguments)
{
    const auto reader = bundle::Reader::open(arguments.at(0));
    if (!reader)
        return program.console.error(reader.error());
    const bundle::Header& header = (*reader)->header();
    const bundle::Manifest& manifest = (*reader)->manifest();
    Console& console = program.console;
    console.object({{u"type"_s, u"bundle"_s}, {u"header"_s, bundle::toJson(header)}, {u"manifest"_s, bundle::toJson(manifest)}, {u"fileSize"_s, (*reader)->fileSize()}});
    // Empty is what the namespace did not tell when the bundle was taken.
    const auto known = [](const QString& text, const QString& form, const QString& otherwise) { return text.isEmpty() ? otherwise : form.arg(text); };
    console.line(u"%1 of %2/%3, 3scale %4 (%5, %6)"_s.arg(header.purpose == u"safety" ? u"Safety bundle"_s : u"Backup"_s, header.cluster, header.namespaceName, known(header.threescaleVersion, u"%1"_s, u"of a version that is not known"_s),
                                                         known(header.flavour, u"%1-based"_s, u"way of installation not known"_s), known(header.workloadKind, u"%1s"_s, u"kind of workloads not known"_s)));
    console.line(u"taken %1 by %2 with %3, %4 in the file%5"_s.arg(header.started.toString(Qt::ISODate), header.operatorIdentity, header.program, size((*reader)->fileSize()), manifest.quiesced ? u", writers stopped"_s : QString{}));
    console.line(u"completeness %1 of 100, %2 ms between the first and the last snapshot\n"_s.arg(manifest.completeness[u"score"].toInt()).arg(manifest.skewMilliseconds));
    for (const bundle::Component& component : manifest.components) {
        console.line(u"%1  %2%3"_s.arg(component.id, -18).arg(component.state, component.serverVersion.isEmpty() ? QString{} : u", server %1"_s.arg(component.serverVersion)));
        const QByteArray summary = QJsonDocument(component.summary).toJson(QJsonDocument::Compact);
        if (summary.size() > 2)
            console.line(u"    %1"_s.arg(QString::fromUtf8(summary.left(400))));
        for (const bundle::Stream& stream : manifest.streams) {
            if (stream.component == component.id)
                console.line(u"    %1: %2 (%3 stored), sha256 %4, %5"_s.arg(stream.name, size(stream.bytes), size(stream.storedBytes), QString::fromLatin1(stream.sha256), stream.endMark));
        }
        for (const QString& note : component.notes)
            console.line(u"    note: %1"_s.arg(note));
    }
    for (const QJsonValue& missing : manifest.completeness[u"missing"].toArray())
        console.line(u"missing: %1"_s.arg(missing[u"reason"].toString()));
    for (const QString& note : manifest.notes)
        console.line(u"note: %1"_s.arg(note));
    return Done;
}
} // namespace

const Command showCommand{"show", "Show what a bundle holds.", declare, run};

} // namespace scalekeep::cli
