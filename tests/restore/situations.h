#pragma once

#include "engine/restore/checks.h"
#include "tests/plan/installation.h"

namespace scalekeep::restore {
using namespace Qt::Literals::StringLiterals;

inline constexpr qint64 mib = 1024 * 1024;

/// A whole bundle of 100 MiB a store, and the same installation live.
inline Situation situation(const QString& version = u"2.7"_s, const QString& kind = u"DeploymentConfig"_s, const QString& flavour = u"template"_s)
{
    const Installation installation(version, kind, flavour);
    Situation made;
    made.header.flavour = flavour;
    made.header.threescaleVersion = version;
    made.header.workloadKind = kind;
    made.catalog = installation.catalog;
    made.saved = made.live = installation.inventory;
    for (const catalog::Component& component : installation.catalog.components) {
        if (component.id == u"system-postgresql" || component.presence == u"external" || (component.id == u"apimanager" && flavour != u"operator"))
            continue;
        made.manifest.components.append({.id = component.id, .title = component.title, .engine = component.engine, .pod = {}, .container = {}, .image = {}, .serverVersion = component.engine == u"redis" ? u"6.2.7"_s : u"10.5.1"_s,
                                         .state = u"proven"_s, .notes = {}, .summary = {}});
        if (component.engine != u"objects") {
            bundle::Stream stream;
            stream.component = component.id;
            stream.bytes = 100 * mib;
            stream.storedBytes = 20 * mib;
            made.manifest.streams.append(stream);
        }
    }
    made.bundlePath = u"/b.tar"_s;
    made.safetyPath = u"/s.tar"_s;
    made.connection.namespaceName = u"threescale"_s;
    return made;
}

inline plan::Plan planOf(const Situation& situation, const QStringList& components = {})
{
    const auto plan = makePlan(situation, {.components = components, .emptyQueues = false, .documentedRedis = false, .templateFile = {}, .map = false, .withoutSafetyReason = {}});
    if (!plan)
        qFatal("%s", qPrintable(plan.error().message));
    return *plan;
}

} // namespace scalekeep::restore
