#include "engine/compare/content.h"

#include <QJsonDocument>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

QString labelOf(const bundle::Header& header)
{
    return u"%1/%2, %3"_s.arg(header.cluster, header.namespaceName, header.started.toUTC().toString(u"yyyy-MM-dd HH:mm 'UTC'"));
}

Result<Content> contentOf(const bundle::Reader& reader, const QStringList& components)
{
    Content content{.label = labelOf(reader.header()), .bundle = reader.path(), .live = false, .header = reader.header(), .manifest = reader.manifest(), .when = reader.header().started, .parts = {}};
    for (const bundle::Component& component : reader.manifest().components) {
        if (component.state == u"absent" || (!components.isEmpty() && !components.contains(component.id)))
            continue;
        Content::Part part{.index = {}, .moment = {}, .title = component.title, .engine = component.engine, .format = {}, .unreadable = component.state != u"proven", .notes = component.notes};
        for (const bundle::Stream& stream : reader.manifest().streams) {
            if (stream.component == component.id) {
                part.moment = stream.snapshot;
                part.format = stream.format;
            }
        }
        if (!part.unreadable) {
            const auto json = reader.index(component.id);
            if (!json)
                return fail(json.error());
            QJsonParseError parsing{};
            const QJsonDocument document = QJsonDocument::fromJson(*json, &parsing);
            if (parsing.error != QJsonParseError::NoError || !document.isObject())
                return fail(ErrorCode::Damaged, u"The content index of %1 in %2 is no JSON object."_s.arg(component.id, reader.path()), u"Check the bundle with verify."_s, parsing.errorString());
            part.index = document.object();
        }
        content.parts.insert(component.id, part);
    }
    return content;
}

} // namespace scalekeep::compare
