#include "engine/restore/checks.h"

#include "engine/store/objects.h"

#include <QDir>
#include <QJsonArray>

namespace scalekeep::restore {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qint64 rdbHeader = 9; // "REDIS0011"
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
    const auto named = catalog::catalogFor(made.header.threescaleVersion, made.header.workloadKind, made.header.flavour, catalogueFolder);
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
    // A guess in here would be taken for what was seen when the safety bundle is restored.
    if (situation.detected && situation.detected->versionKnown)
        header.threescaleVersion = situation.detected->version;
    if (situation.detected && situation.detected->flavourKnown)
        header.flavour = situation.detected->flavour;
    if (situation.detected && situation.detected->workloadKindKnown)
        header.workloadKind = situation.detected->workloadKind;
    header.purpose = u"safety"_s;
    header.program = QStringLiteral("scalekeep " SCALEKEEP_VERSION);
    header.operatorIdentity = operatorIdentity;
    header.started = QDateTime::currentDateTimeUtc();
    return header;
}

} // namespace scalekeep::restore
