#include "engine/record/search.h"

#include "engine/bundle/reader.h"
#include "engine/run/redaction.h"
#include "engine/store/objects.h"

#include <QFileInfo>
#include <QJsonArray>

namespace scalekeep::record {

using namespace Qt::Literals::StringLiterals;

Result<SecretSearch> SecretSearch::of(const Record& record, const std::stop_token& stop)
{
    SecretSearch made;
    const auto learn = [&made](const QString& name, const QJsonObject& object) {
        auto place = std::make_unique<Place>();
        place->name = name;
        run::learnSecrets(place->values, QJsonArray{object});
        made.m_places.push_back(std::move(place));
    };
    for (const BundleFact& bundle : record.bundles) {
        Searched searched{.path = bundle.path};
        const auto reader = QFileInfo::exists(bundle.path) && !bundle.digest.isEmpty() ? bundle::Reader::open(bundle.path) : fail(ErrorCode::NotFound, {});
        searched.atHand = reader && (*reader)->manifest().membersSha256 == bundle.digest.toLatin1();
        made.m_searched.append(searched);
        if (!searched.atHand)
            continue;
        for (const bundle::Component& component : (*reader)->manifest().components) {
            if (component.engine != u"objects" || component.state != u"proven")
                continue;
            if (stop.stop_requested())
                return fail(ErrorCode::Cancelled, u"The export was cancelled."_s);
            const auto objects = store::objects::savedObjects(**reader, component.id);
            if (!objects)
                return fail(objects.error());
            for (const QJsonValue& value : *objects) {
                const QJsonObject object = value.toObject();
                const QString name = u"%1 %2"_s.arg(object[u"kind"].toString(), store::objects::nameOf(object));
                const QJsonObject data = object[u"data"].toObject();
                // A key at a time, so that a hit can be named.
                for (auto entry = data.begin(); entry != data.end(); ++entry)
                    learn(u"key %1 of %2"_s.arg(entry.key(), name), {{u"kind"_s, object[u"kind"]}, {u"data"_s, QJsonObject{{entry.key(), entry.value()}}}});
                if (data.isEmpty())
                    learn(name, object);
            }
        }
    }
    return made;
}

Result<void> SecretSearch::check(const QByteArray& text, const QString& where) const
{
    for (const auto& place : m_places) {
        if (place->values.contains(text))
            return fail(ErrorCode::VerificationFailed, u"The record would hold a secret value: %1 in the bundle stands in %2."_s.arg(place->name, where),
                        u"Nothing was written. Take the value out of what was entered for the change; if it is not there, report this as a fault of Scalekeep."_s);
    }
    return {};
}

} // namespace scalekeep::record
