#include "engine/catalog/catalog.h"

#include "engine/catalog/rules.h"

#include <QDir>

#include <algorithm>

namespace scalekeep::catalog {

using namespace Qt::Literals::StringLiterals;

namespace {

const QString builtIn = u":/scalekeep/catalogue"_s;
constexpr qsizetype mostUserFiles = 100;

bool holds(const Catalog& catalog, const QString& version)
{
    return compareVersions(version, catalog.minVersion) >= 0 &&
           (catalog.maxVersion.isEmpty() || compareVersions(version, catalog.maxVersion) <= 0);
}

// What is known after the rules; empty parts are not known.
struct Known {
    QString version, flavour, kind;
    bool bothKinds = false;
};

// The catalogue that fits best; `doubt` says, for the user, what was assumed.
const Catalog* choose(const QList<Catalog>& all, const Known& known, QString& doubt)
{
    const Catalog* newest = nullptr;
    for (const Catalog& catalog : all) {
        const bool sameKind = known.kind.isEmpty() || catalog.workloadKind == known.kind;
        if (!known.version.isEmpty() && holds(catalog, known.version) && sameKind) {
            if (known.kind.isEmpty())
                doubt = u"no workload tells its kind, so that of version %1 is assumed: %2"_s.arg(known.version,
                                                                                                  catalog.workloadKind);
            return &catalog;
        }
        const bool sameFlavour = known.flavour.isEmpty() || catalog.flavours.contains(known.flavour);
        if (sameKind && sameFlavour && !known.kind.isEmpty() &&
            (!newest || compareVersions(catalog.minVersion, newest->minVersion) > 0))
            newest = &catalog;
    }
    // In the middle of the migration from DeploymentConfigs to Deployments both are there, and the version is the new
    // one's.
    for (const Catalog& catalog : all) {
        if (known.bothKinds && !known.version.isEmpty() && holds(catalog, known.version)) {
            doubt =
                u"there are DeploymentConfigs and Deployments of 3scale: a migration may be under way; version %1 has %2s"_s
                    .arg(known.version, catalog.workloadKind);
            return &catalog;
        }
    }
    if (newest)
        doubt = known.version.isEmpty()
                    ? u"nothing tells the version, so the newest catalogue with %1s is taken: %2"_s.arg(known.kind,
                                                                                                        newest->title)
                    : u"no catalogue fits version %1 with %2s, so the newest one with %2s is taken: %3"_s.arg(
                          known.version, known.kind, newest->title);
    return newest;
}

QString sentence(const QString& what, const QList<Match>& found)
{
    QStringList reasons;
    for (const Match& match : found) {
        if (!reasons.contains(match.reason))
            reasons.append(match.reason);
    }
    return u"%1: %2."_s.arg(what, reasons.join(u"; "_s));
}

QString lookedFor(const QList<Rule>& rules)
{
    QStringList names;
    for (const Rule& rule : rules) {
        if (const QString name = u"%1 %2"_s.arg(rule.kind, rule.id); !names.contains(name))
            names.append(name);
    }
    return names.join(u", "_s);
}

} // namespace

Result<QList<Catalog>> allCatalogs(const QString& userFolder)
{
    QList<Catalog> all;
    for (const QString& folder : {builtIn, userFolder}) {
        if (folder.isEmpty())
            continue;
        const QDir directory(folder);
        const QStringList names = directory.entryList({u"*.yaml"_s, u"*.yml"_s}, QDir::Files, QDir::Name);
        if (folder != builtIn && names.size() > mostUserFiles)
            return fail(ErrorCode::BadInput,
                        u"The catalogue folder “%1” holds more than %2 files."_s.arg(folder).arg(mostUserFiles),
                        u"Nothing was changed. Move out what is no catalogue."_s);
        QStringList ids;
        for (const QString& name : names) {
            if (folder == builtIn && name == u"detection.yaml")
                continue;
            auto catalog = readCatalog(directory.filePath(name));
            if (!catalog) {
                Error error = catalog.error();
                error.hint = u"Nothing was changed. Repair the catalogue or move it out of “%1”."_s.arg(folder);
                return fail(error);
            }
            if (ids.contains(catalog->id))
                return fail(ErrorCode::BadInput,
                            u"%1: a second catalogue has the id “%2”."_s.arg(catalog->file, catalog->id),
                            u"Nothing was changed. Give it another id, or remove one of them."_s);
            ids.append(catalog->id);
            all.removeIf([&catalog](const Catalog& other) { return other.id == catalog->id; });
            all.append(*catalog);
        }
    }
    // The user's own come first where ranges overlap, then the older ones.
    std::stable_sort(all.begin(), all.end(), [](const Catalog& a, const Catalog& b) {
        const bool userA = !a.file.startsWith(builtIn), userB = !b.file.startsWith(builtIn);
        return userA != userB ? userA : compareVersions(a.minVersion, b.minVersion) < 0;
    });
    return all;
}

Result<Catalog> catalogFor(const QString& version, const QString& workloadKind, const QString& flavour,
                           const QString& userFolder)
{
    const auto all = allCatalogs(userFolder);
    if (!all)
        return fail(all.error());
    for (const Catalog& catalog : *all) {
        if (holds(catalog, version) && catalog.workloadKind == workloadKind && catalog.flavours.contains(flavour))
            return readCatalog(catalog.file, version, flavour);
    }
    return fail(ErrorCode::Unsupported,
                u"No catalogue describes 3scale %1 (%2) with %3s."_s.arg(version, flavour, workloadKind),
                u"Nothing was changed. Put a catalogue for it into the catalogue folder and try again."_s);
}

Result<Detection> detect(const cluster::Inventory& inventory, const QString& userFolder)
{
    const auto rules = readRules(builtIn + u"/detection.yaml"_s);
    if (!rules)
        return fail(rules.error());
    const auto all = allCatalogs(userFolder);
    if (!all)
        return fail(all.error());
    const auto present = matches(rules->present, inventory.objects),
               versions = matches(rules->version, inventory.objects),
               flavours = matches(rules->flavour, inventory.objects),
               kinds = matches(rules->workloadKind, inventory.objects);
    if (present.isEmpty())
        return fail(ErrorCode::NotFound,
                    u"The namespace %1 holds no 3scale: nothing of what its installations have is there."_s.arg(
                        inventory.namespaceName),
                    u"Nothing was changed. Looked for: %1. Check the name of the namespace and the rights in it."_s.arg(
                        lookedFor(rules->present)));
    Known known;
    known.version = versions.isEmpty() ? QString() : versions.first().result;
    known.flavour = flavours.isEmpty() ? QString() : flavours.first().result;
    known.kind = kinds.isEmpty() ? QString() : kinds.first().result;
    known.bothKinds =
        std::any_of(kinds.begin(), kinds.end(), [&known](const Match& m) { return m.result != known.kind; });
    QString doubt;
    const Catalog* chosen = choose(*all, known, doubt);
    if (!chosen)
        return fail(
            ErrorCode::NotFound,
            u"The namespace %1 has traces of 3scale, but neither its version nor its kind of workloads can be told from them."_s
                .arg(inventory.namespaceName),
            u"Nothing was changed. A restore takes both from the bundle."_s, sentence(u"Found"_s, present));

    Detection detection;
    detection.version = known.version.isEmpty() ? chosen->minVersion : known.version;
    detection.workloadKind = chosen->workloadKind;
    // A range of versions with one flavour leaves no choice.
    detection.flavour = chosen->flavours.contains(known.flavour) ? known.flavour : chosen->flavours.last();
    detection.versionKnown = !known.version.isEmpty();
    const bool flavourSeen =
        !flavours.isEmpty() && !flavours.first().likely && chosen->flavours.contains(known.flavour);
    detection.flavourKnown = flavourSeen || (detection.versionKnown && chosen->flavours.size() == 1);
    detection.workloadKindKnown = detection.versionKnown || !known.bothKinds;
    const bool versionsAgree = std::all_of(versions.begin(), versions.end(), [&known](const Match& m) {
        return compareVersions(m.result, known.version) == 0;
    });
    detection.certain = doubt.isEmpty() && versionsAgree && !known.version.isEmpty() && !flavours.isEmpty() &&
                        detection.flavourKnown && !known.bothKinds;
    detection.reasons.append(sentence(u"3scale"_s, present));
    if (!versions.isEmpty())
        detection.reasons.append(sentence(u"Version %1"_s.arg(known.version), versions));
    // The rules after the one that decides tell what holds without it.
    if (known.flavour == detection.flavour)
        detection.reasons.append(sentence(
            (detection.flavourKnown ? u"Installed by %1"_s : u"Perhaps installed by %1"_s).arg(detection.flavour),
            flavours.first(1)));
    if (!kinds.isEmpty())
        detection.reasons.append(sentence(u"Workloads are %1s"_s.arg(detection.workloadKind), kinds));
    if (!versionsAgree)
        detection.reasons.append(u"Not certain: the signs of the version disagree."_s);
    if (!doubt.isEmpty())
        detection.reasons.append(u"Not certain: %1."_s.arg(doubt));
    if (!detection.flavourKnown)
        detection.reasons.append(
            u"Not certain: %1 tells what installed it, so %2 is assumed."_s.arg(
                known.flavour == detection.flavour ? u"no sure sign"_s : u"nothing"_s, detection.flavour));
    auto catalog = readCatalog(chosen->file, detection.version, detection.flavour);
    if (!catalog)
        return fail(catalog.error());
    detection.catalog = std::move(*catalog);
    return detection;
}

} // namespace scalekeep::catalog
