#include "app/cli/target.h"

#include "engine/catalog/namespaces.h"
#include "engine/run/lock.h"
#include "engine/store/completeness.h"

#include <QJsonArray>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"CLUSTER[/NAMESPACE]"_s, u"A cluster: its 3scale namespaces. A namespace: what it holds."_s);
}

/// A guess is never shown as what was seen.
QString marked(const QString& value, bool isKnown)
{
    return isKnown ? value : value + u" (assumed)"_s;
}

int listNamespaces(Program& program, const QString& name)
{
    const auto connection = program.logins.connection(name);
    if (!connection)
        return program.console.error(connection.error());
    const auto known = program.logins.cluster(name);
    if (!known)
        return program.console.error(known.error());
    const auto found = catalog::findNamespaces(oc::Client(*connection, program.redactor, {}, program.stop), known->namespaces, catalogueFolder(program));
    if (!found)
        return program.console.error(found.error());
    for (const catalog::FoundNamespace& each : *found) {
        if (each.error) { // one that the user named
            program.console.object({{u"type"_s, u"namespace"_s}, {u"name"_s, each.name}, {u"error"_s, QJsonObject{{u"code"_s, errorCodeName(each.error->code)}, {u"message"_s, each.error->message}, {u"detail"_s, each.error->detail}, {u"hint"_s, each.error->hint}}}});
            program.console.line(u"%1  could not be looked at: %2"_s.arg(each.name, -20).arg(each.error->message));
            continue;
        }
        program.console.object({{u"type"_s, u"namespace"_s}, {u"name"_s, each.name}, {u"version"_s, each.version}, {u"flavour"_s, each.flavour}, {u"versionKnown"_s, each.versionKnown}, {u"flavourKnown"_s, each.flavourKnown},
                                {u"reasons"_s, QJsonArray::fromStringList(each.reasons)}});
        program.console.line(u"%1  3scale %2, %3  (%4)"_s.arg(each.name, -20).arg(marked(each.version, each.versionKnown), marked(each.flavour + u"-based"_s, each.flavourKnown), each.reasons.value(0)));
    }
    if (found->isEmpty())
        program.console.line(u"No namespace with 3scale among those that you may see. If you may not list projects, name it: scalekeep-cli inventory %1/NAMESPACE"_s.arg(name));
    return Done;
}

void printObjects(Console& console, const QString& title, const QList<cluster::NamedObject>& objects)
{
    console.line(u"\n%1"_s.arg(title));
    for (const cluster::NamedObject& object : objects)
        console.line(u"  %1  %2"_s.arg(object.name, -32).arg(object.keys.join(u", "_s)));
}

int run(Program& program, const Arguments& arguments)
{
    const auto names = splitTarget(arguments.at(0), false);
    if (!names)
        return program.console.error(names.error());
    if (names->second.isEmpty())
        return listNamespaces(program, names->first);
    const auto target = openTarget(program, arguments.at(0));
    if (!target)
        return program.console.error(target.error());
    const cluster::Inventory& inventory = target->inventory;
    const auto detection = catalog::detect(inventory, catalogueFolder(program));
    if (!detection)
        return program.console.error(detection.error());
    if (const auto known = program.logins.cluster(names->first); known && !known->namespaces.contains(names->second))
        (void)program.logins.addNamespace(names->first, names->second); // remembered for the next listing; not worth failing for

    Console& console = program.console;
    console.line(u"%1: 3scale %2, %3, with %4, as %5"_s.arg(arguments.at(0), marked(detection->version, detection->versionKnown), marked(detection->flavour + u"-based"_s, detection->flavourKnown),
                                                        marked(detection->workloadKind + u's', detection->workloadKindKnown), target->identity));
    for (const QString& reason : detection->reasons)
        console.line(u"  because %1"_s.arg(reason));
    const auto lock = run::Lock::among(inventory.objects);
    if (lock)
        console.line(u"\nLocked: %1\n  %2"_s.arg(run::Lock::describe(*lock), run::Lock::remedy(*lock, names->second)));
    const QStringList present = store::presentComponents(detection->catalog, inventory);
    console.line(u"\nComponents: %1"_s.arg(present.join(u", "_s)));
    QJsonArray workloads, claims, secrets, configMaps, routes;
    console.line(u"\nWorkloads"_s);
    for (const cluster::Workload& workload : inventory.workloads) {
        workloads.append(QJsonObject{{u"kind"_s, workload.kind}, {u"name"_s, workload.name}, {u"ready"_s, workload.ready}, {u"desired"_s, workload.desired}});
        console.line(u"  %1  %2/%3  %4"_s.arg(workload.name, -32).arg(workload.ready).arg(workload.desired).arg(workload.kind));
    }
    console.line(u"\nPersistent volume claims"_s);
    for (const cluster::Claim& claim : inventory.claims) {
        claims.append(QJsonObject{{u"name"_s, claim.name}, {u"phase"_s, claim.phase}, {u"capacity"_s, claim.capacity}, {u"accessModes"_s, QJsonArray::fromStringList(claim.accessModes)}, {u"volume"_s, claim.volume}, {u"class"_s, claim.storageClass}});
        console.line(u"  %1  %2  %3  %4  %5"_s.arg(claim.name, -32).arg(claim.phase, -8).arg(claim.capacity, -8).arg(claim.accessModes.join(u','), claim.volume));
    }
    for (const cluster::NamedObject& object : inventory.secrets)
        secrets.append(QJsonObject{{u"name"_s, object.name}, {u"keys"_s, QJsonArray::fromStringList(object.keys)}});
    for (const cluster::NamedObject& object : inventory.configMaps)
        configMaps.append(QJsonObject{{u"name"_s, object.name}, {u"keys"_s, QJsonArray::fromStringList(object.keys)}});
    printObjects(console, u"Secrets (keys only)"_s, inventory.secrets);
    printObjects(console, u"ConfigMaps"_s, inventory.configMaps);
    console.line(u"\nRoutes"_s);
    for (const cluster::Route& route : inventory.routes) {
        routes.append(QJsonObject{{u"name"_s, route.name}, {u"host"_s, route.host}, {u"service"_s, route.service}, {u"admitted"_s, route.admitted}, {u"problem"_s, route.problem}});
        console.line(u"  %1  %2  %3"_s.arg(route.name, -32).arg(route.host, route.admitted ? u"admitted"_s : u"NOT admitted %1"_s.arg(route.problem)));
    }
    QJsonArray problems;
    for (const Error& problem : inventory.problems) {
        problems.append(problem.message);
        console.line(u"\nNot readable: %1"_s.arg(problem.message));
    }
    QJsonObject locked;
    if (lock)
        locked = {{u"runId"_s, lock->runId}, {u"purpose"_s, lock->purpose}, {u"owner"_s, lock->owner}, {u"host"_s, lock->host}, {u"since"_s, lock->since.toString(Qt::ISODate)}, {u"left"_s, lock->left},
                  {u"inFlight"_s, lock->inFlight}, {u"loaded"_s, lock->loaded}, {u"originals"_s, lock->originals}};
    console.object({{u"type"_s, u"inventory"_s}, {u"lock"_s, lock ? QJsonValue(locked) : QJsonValue(QJsonValue::Null)}, {u"namespace"_s, names->second}, {u"version"_s, detection->version}, {u"flavour"_s, detection->flavour}, {u"workloadKind"_s, detection->workloadKind},
                    {u"versionKnown"_s, detection->versionKnown}, {u"flavourKnown"_s, detection->flavourKnown}, {u"workloadKindKnown"_s, detection->workloadKindKnown},
                    {u"reasons"_s, QJsonArray::fromStringList(detection->reasons)}, {u"components"_s, QJsonArray::fromStringList(present)}, {u"workloads"_s, workloads}, {u"claims"_s, claims}, {u"secrets"_s, secrets},
                    {u"configMaps"_s, configMaps}, {u"routes"_s, routes}, {u"problems"_s, problems}});
    return Done;
}
} // namespace

const Command inventoryCommand{"inventory", "Show the 3scale namespaces of a cluster, or what one holds.", declare, run};

} // namespace scalekeep::cli
