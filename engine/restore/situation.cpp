#include "engine/restore/checks.h"

#include "engine/store/objects.h"

#include <QDir>
#include <QJsonArray>

namespace scalekeep::restore {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qint64 rdbHeader = 9; // "REDIS0011"

/// The catalogue that the bundle's header names. For what it leaves open, because nothing told it when the bundle was taken, stands what a sign tells
/// now, else what is assumed of the bundle's objects, else of the namespace.
Result<catalog::Catalog> namedCatalog(const bundle::Header& header, const catalog::Detection* saved, const catalog::Detection* live, const QString& catalogueFolder)
{
    QString version = header.threescaleVersion, kind = header.workloadKind, flavour = header.flavour;
    const auto fill = [](QString& part, const QString& value, bool counts) {
        if (part.isEmpty() && counts)
            part = value;
    };
    for (const bool guesses : {false, true}) {
        for (const catalog::Detection* each : {saved, live}) {
            if (!each)
                continue;
            fill(version, each->version, guesses || each->versionKnown);
            fill(kind, each->workloadKind, guesses || each->workloadKindKnown);
            fill(flavour, each->flavour, each->flavourKnown);
        }
    }
    // With no APIManager, neither in the bundle nor in the namespace, no operator looks after anything: what is right for a template is then right for both.
    auto made = catalog::catalogFor(version, kind, flavour.isEmpty() ? u"template"_s : flavour, catalogueFolder);
    if (!made && flavour.isEmpty())
        made = catalog::catalogFor(version, kind, u"operator"_s, catalogueFolder);
    return made;
}
}

Result<Situation> situation(const QString& cluster, const bundle::Reader& reader, const cluster::Inventory& live, const oc::Connection& connection, const QString& safetyFolder, const QString& catalogueFolder)
{
    QJsonArray objects;
    for (const bundle::Component& component : reader.manifest().components) {
        if (component.engine != u"objects" || component.state != u"proven")
            continue;
        const auto items = store::objects::savedObjects(reader, component.id);
        if (!items)
            return fail(items.error());
        for (const QJsonValue& item : *items)
            objects.append(item);
    }
    Situation made{.cluster = cluster, .header = reader.header(), .manifest = reader.manifest(), .saved = cluster::inventoryFromObjects(objects, reader.header().namespaceName), .live = live, .detected = {},
                   .catalog = {}, .rdbVersions = {}, .bundlePath = reader.path(),
                   .safetyPath = QDir(safetyFolder).filePath(u"safety-%1-%2-%3.scalekeep.tar"_s.arg(cluster, connection.namespaceName, QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd'T'HHmmss'Z'"_s))),
                   .connection = connection};
    if (const auto lock = run::Lock::among(live.objects); lock && lock->left)
        made.left = lock;
    for (const bundle::Stream& stream : reader.manifest().streams) {
        if (const auto first = stream.format == u"rdb" ? reader.readAt(stream, 0, rdbHeader) : Result<QByteArray>(QByteArray())) {
            if (const int version = rdbVersionOf(*first); version > 0)
                made.rdbVersions.insert(stream.component, version);
        }
    }
    if (const auto detected = catalog::detect(live, catalogueFolder))
        made.detected = *detected;
    else if (detected.error().code != ErrorCode::NotFound)
        return fail(detected.error());
    // The bundle decides what its parts are; a bundle without objects is read by what is in the namespace, and by its header where that is only guessed.
    const auto saved = catalog::detect(made.saved, catalogueFolder);
    const auto named = namedCatalog(made.header, saved ? &*saved : nullptr, made.detected ? &*made.detected : nullptr, catalogueFolder);
    if (saved && saved->certain)
        made.catalog = saved->catalog;
    else if (made.detected && made.detected->certain)
        made.catalog = made.detected->catalog;
    else if (named && (made.detected || saved))
        made.catalog = *named;
    else if (made.detected)
        made.catalog = made.detected->catalog;
    else if (saved)
        made.catalog = saved->catalog;
    else
        return fail(ErrorCode::Unsupported, u"The bundle holds no objects of 3scale, and neither does namespace %1: it cannot be told what the data belongs to."_s.arg(connection.namespaceName),
                    u"Nothing was changed. Restore a bundle with secrets, configmaps and workloads first."_s);
    return made;
}

bundle::Header safetyHeader(const Situation& situation, const QString& operatorIdentity)
{
    bundle::Header header = situation.header;
    header.cluster = situation.cluster;
    header.apiUrl = situation.live.apiUrl;
    header.namespaceName = situation.connection.namespaceName;
    header.projectUid = situation.live.projectUid;
    header.wildcardDomain = situation.live.environment.value(u"THREESCALE_SUPERDOMAIN"_s);
    // A guess in here, the bundle's word included, would be taken for what was seen when the safety bundle is restored.
    const catalog::Detection* live = situation.detected ? &*situation.detected : nullptr;
    header.threescaleVersion = live && live->versionKnown ? live->version : QString();
    header.flavour = live && live->flavourKnown ? live->flavour : QString();
    header.workloadKind = live && live->workloadKindKnown ? live->workloadKind : QString();
    header.purpose = u"safety"_s;
    header.program = QStringLiteral("scalekeep " SCALEKEEP_VERSION);
    header.operatorIdentity = operatorIdentity;
    header.started = QDateTime::currentDateTimeUtc();
    return header;
}

} // namespace scalekeep::restore
