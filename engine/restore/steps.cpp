#include "engine/restore/steps.h"

#include "engine/oc/argv.h"
#include "engine/restore/scope.h"
#include "engine/store/files.h"
#include "engine/store/helper.h"
#include "engine/store/mysql.h"
#include "engine/store/postgresql.h"
#include "engine/store/redis.h"
#include "engine/workload/state.h"

#include <QJsonArray>

namespace scalekeep::restore {

using namespace Qt::Literals::StringLiterals;

namespace {
qint64 bytesOf(const Situation& situation, const QString& component)
{
    qint64 bytes = 1;
    for (const bundle::Stream& stream : situation.manifest.streams) {
        if (stream.component == component)
            bytes += stream.bytes;
    }
    return bytes;
}

/// Kinds that Zync makes again, and the objects that are left.
QJsonArray notRestored(const catalog::Catalog& catalog, const catalog::Component& part, const QStringList& left)
{
    QJsonArray list = QJsonArray::fromStringList(left);
    for (const QString& id : part.kinds) {
        const catalog::ObjectKind* kind = catalog.kind(id);
        if (kind && kind->createdBy == u"zync")
            list.append(kind->kind);
    }
    return list;
}
} // namespace

plan::Step RestoreSteps::component(const catalog::Component& component, const QString& verb, const QString& title, const QString& action) const
{
    plan::Step step;
    step.id = u"%1:%2"_s.arg(verb, component.id);
    step.title = title;
    step.component = component.id;
    step.section = component.restoreSections.value(0);
    step.action = action;
    step.weight = bytesOf(situation, component.id);
    return step;
}

QString RestoreSteps::kindOf(const QString& workload) const
{
    if (const cluster::Workload* live = situation.live.workload(workload))
        return live->kind;
    if (const cluster::Workload* saved = situation.saved.workload(workload))
        return saved->kind;
    return catalog.workloadKind;
}

bool RestoreSteps::exists(const QString& workload) const
{
    return situation.live.workload(workload) || situation.saved.workload(workload);
}

int RestoreSteps::replicas(const QString& workload) const
{
    std::optional<int> bundled;
    for (const QJsonValue& each : situation.manifest.workloads) {
        if (each[u"name"].toString() == workload)
            bundled = each[u"replicas"].toInt(1);
    }
    const cluster::Workload* live = situation.live.workload(workload);
    // The zeros of a lost run are nobody's originals.
    const QJsonValue remembered = situation.left && live ? situation.left->originals[u"replicas:%1/%2"_s.arg(live->kind, workload)] : QJsonValue();
    const int desired = live && live->desired == 0 && remembered.isDouble() ? remembered.toInt() : live ? live->desired : 0;
    return desired > 0 && (!workloadsRestored || !bundled) ? desired : bundled.value_or(1);
}

plan::Step RestoreSteps::workloads(const QString& id, const QString& title, const QString& action, const QStringList& names) const
{
    plan::Step step;
    step.id = id;
    step.title = title;
    step.action = action;
    QJsonArray list;
    for (const QString& name : names)
        list.append(QJsonObject{{u"kind"_s, kindOf(name)}, {u"name"_s, name}});
    step.parameters[u"workloads"] = list;
    step.changes = true;
    step.undoable = true;
    step.idempotent = true;
    return step;
}

plan::Step RestoreSteps::stop(const QString& id, const QString& title, const QStringList& names) const
{
    plan::Step step = workloads(id, title, u"workloads.stop"_s, names);
    for (const QString& name : names)
        step.commands.append(oc::argv::display(oc::argv::scale(situation.connection, workload::target(kindOf(name), name), 0, {})));
    step.undo = u"Scales them back to what they were"_s;
    return step;
}

plan::Step RestoreSteps::start(const QString& id, const QString& title, const QStringList& names) const
{
    plan::Step step = workloads(id, title, u"workloads.start"_s, names);
    QJsonArray list;
    for (const QString& name : names) {
        list.append(QJsonObject{{u"kind"_s, kindOf(name)}, {u"name"_s, name}, {u"replicas"_s, replicas(name)}});
        step.commands.append(oc::argv::display(oc::argv::scale(situation.connection, workload::target(kindOf(name), name), replicas(name), {})));
        if (const catalog::WorkloadFact* fact = catalog.workload(name); fact && step.section.isEmpty())
            step.section = fact->sections.value(0);
    }
    step.parameters[u"workloads"] = list;
    step.undo = u"Scales them to 0 again"_s;
    return step;
}

plan::Step RestoreSteps::startOperator(const QStringList& names) const
{
    plan::Step step = start(u"start-operator"_s, u"Start the 3scale operator"_s, names);
    step.parameters[u"undoFirst"] = true;
    step.undo = u"Scales it to 0 again, before anything else is taken back: it would start again what is stopped"_s;
    return step;
}

plan::Step RestoreSteps::rollout(const QString& id, const QString& name) const
{
    plan::Step step = workloads(id, u"Roll out %1"_s.arg(name), u"workloads.rollout"_s, {name});
    const QString target = workload::target(kindOf(name), name);
    step.commands = kindOf(name) == u"DeploymentConfig"
                        ? QStringList{oc::argv::display(oc::argv::rollout(situation.connection, u"latest"_s, target)), oc::argv::display(oc::argv::rollout(situation.connection, u"status"_s, target, std::chrono::seconds(900)))}
                        : QStringList{oc::argv::display(oc::argv::rollout(situation.connection, u"restart"_s, target)), oc::argv::display(oc::argv::rollout(situation.connection, u"status"_s, target, std::chrono::seconds(900)))};
    if (const catalog::WorkloadFact* fact = catalog.workload(name))
        step.section = fact->sections.value(0);
    step.undo = u"None needed: the pods run, their data is not touched"_s;
    return step;
}

plan::Step RestoreSteps::settle(const QStringList& names) const
{
    plan::Step step = workloads(u"settle-stores"_s, u"Wait until restored definitions of the data stores are rolled out"_s, u"workloads.settle"_s, names);
    step.changes = step.undoable = false;
    return step;
}

plan::Step RestoreSteps::task(const QString& id) const
{
    plan::Step step;
    const catalog::Task* task = catalog.task(id);
    step.id = u"task:"_s + id;
    step.title = task ? task->title : id;
    step.section = task ? task->sections.value(0) : QString{};
    step.action = u"task.run"_s;
    step.parameters[u"task"] = id;
    step.changes = true;
    step.undoable = true;
    step.idempotent = true;
    step.undo = u"None needed: it repeats what System says"_s;
    if (task)
        step.commands = {oc::argv::display(oc::argv::exec(situation.connection, {u"POD-OF-%1"_s.arg(task->workload), task->container, {}}, task->argv, u"NONCE"_s, std::chrono::seconds(0)))};
    return step;
}

plan::Step RestoreSteps::objects(const catalog::Component& part) const
{
    plan::Step step = component(part, u"restore"_s, u"Restore %1"_s.arg(part.title), u"objects.restore"_s);
    step.weight = 1;
    step.departure = u"`oc apply` of a saved object fails on its old resourceVersion and merges otherwise: what is missing is created, what differs is replaced, what is equal is left."_s;
    QJsonArray skip = notRestored(catalog, part, left), stopped;
    for (const plan::Step& late : capabilities(part))
        skip.append(late.parameters[u"only"][0]);
    for (const catalog::WorkloadFact& fact : catalog.workloads) {
        if (fact.side != u"store")
            stopped.append(fact.name); // a new system-app must not start before its database is loaded
    }
    step.parameters[u"skip"] = skip;
    step.parameters[u"stopped"] = stopped;
    step.commands = {oc::argv::display(oc::argv::create(situation.connection)), oc::argv::display(oc::argv::replace(situation.connection))};
    step.changes = true;
    step.idempotent = true;
    step.undoable = true;
    step.undo = u"Puts replaced objects back as the safety bundle has them and removes created ones (a claim or an APIManager stays: removing it would destroy data)"_s;
    return step;
}

QList<plan::Step> RestoreSteps::capabilities(const catalog::Component& part) const
{
    QList<plan::Step> list;
    for (const QString& id : part.kinds) {
        const catalog::ObjectKind* kind = catalog.kind(id);
        if (!kind || !kind->resource.startsWith(u"*."))
            continue;
        plan::Step step = component(part, u"restore-"_s + id, u"Restore %1"_s.arg(kind->title), u"objects.restore"_s);
        step.weight = 1;
        step.departure = u"The operator makes in 3scale what these describe, unless an ID ties them to what is there: they come last, once the data is loaded and 3scale runs."_s;
        step.parameters[u"only"] = QJsonArray{kind->kind};
        step.commands = {oc::argv::display(oc::argv::create(situation.connection)), oc::argv::display(oc::argv::replace(situation.connection))};
        step.changes = step.idempotent = step.undoable = true;
        step.undo = u"Puts replaced objects back as the safety bundle has them; created ones stay, for with them the operator would remove from 3scale what they stand for"_s;
        list.append(step);
    }
    return list;
}

plan::Step RestoreSteps::proveObjects(const catalog::Component& part) const
{
    plan::Step step = component(part, u"prove"_s, u"Compare %1 with the bundle"_s.arg(part.title), u"objects.prove"_s);
    step.weight = 1;
    step.parameters[u"skip"] = notRestored(catalog, part, left);
    step.proves = true;
    step.idempotent = true;
    return step;
}

plan::Step RestoreSteps::prepare(const catalog::Component& part) const
{
    plan::Step step = component(part, u"prepare"_s, u"Make sure that %1 has a database to be loaded"_s.arg(part.id), part.engine + u".prepare"_s);
    step.weight = 1;
    step.commands = {maker.command(part, part.engine == u"mysql" ? store::mysql::createCommand(part) : store::postgresql::createCommand(part))};
    step.departure = u"A store without its database never gets ready, for its probe asks for it; only a ready one can be rolled out."_s;
    step.changes = step.undoable = step.idempotent = true;
    step.undo = u"None needed: an empty database takes nothing away"_s;
    return step;
}

QList<plan::Step> RestoreSteps::database(const catalog::Component& part) const
{
    const bool mysql = part.engine == u"mysql";
    plan::Step stage = component(part, u"stage"_s, u"Copy the dump of %1 into its pod"_s.arg(part.id), part.engine + u".stage"_s);
    stage.departure = u"`oc cp` may cut a file short and end with 0: size and SHA-256 are checked in the pod, before anything is loaded."_s;
    stage.commands = {maker.command(part, {u"sh"_s, u"-c"_s, u"cat > /tmp/scalekeep-NONCE-dump.sql.gz"_s})};
    stage.changes = stage.undoable = stage.idempotent = true;
    stage.undo = u"Removes the copy"_s;

    plan::Step load = component(part, u"load"_s, u"Load the dump into %1"_s.arg(part.id), part.engine + u".load"_s);
    load.departure = mysql ? u"The text loads over the live schema, where newer tables stay: the database is dropped and created first, and no writer runs."_s
                           : u"The text's `psql -f` names no database and so loads into “postgres”, and goes on after errors: the schema is replaced in one transaction of the right database."_s;
    const store::Staged staged{u"/tmp/scalekeep-NONCE-dump.sql.gz"_s, true};
    load.commands = {maker.command(part, mysql ? store::mysql::loadCommand(part, staged, u"scalekeep-run-NONCE"_s) : store::postgresql::loadCommand(part, staged, u"OWNER"_s, true, u"scalekeep-run-NONCE"_s))};
    load.changes = load.undoable = load.idempotent = true;
    load.undo = u"Loads what the safety bundle holds"_s;

    plan::Step prove = component(part, u"prove"_s, u"Compare %1 with the bundle"_s.arg(part.id), part.engine + u".prove"_s);
    prove.commands = {maker.command(part, mysql ? store::mysql::dumpCommand(part) : store::postgresql::dumpCommand(part))};
    prove.proves = prove.idempotent = true;

    plan::Step unstage = component(part, u"unstage"_s, u"Remove the dump from the pod of %1"_s.arg(part.id), u"store.unstage"_s);
    unstage.weight = 1;
    unstage.commands = {maker.command(part, {u"rm"_s, u"-f"_s, staged.path})};
    unstage.always = unstage.idempotent = true;
    return {stage, load, prove, unstage};
}

void RestoreSteps::tellWhatIsLeft(plan::Step& tidy, const catalog::Component& part) const
{
    if (!situation.live.workload(part.workload) && !isVolumeAlone(situation, part)) {
        tidy.title = u"Remove what the load has left on the volume"_s; // there were no old files
        tidy.undo = u"None needed"_s;
        tidy.parameters[u"withoutCopy"] = true;
    } else if (!options.withoutSafetyReason.isEmpty()) {
        tidy.title = u"Remove the old files, of which no safety bundle was taken"_s;
        tidy.undo = u"None: the old files are gone then"_s;
        tidy.parameters[u"withoutCopy"] = true;
    } else if (!kept.contains(part.id)) {
        tidy.title = u"Leave the old files on the volume, for no safety bundle keeps them"_s;
        tidy.undo = u"None needed: the old files are still on the volume"_s;
    } else if (options.acceptUnreadable.contains(part.id) || (situation.left && situation.left->inFlight.contains(part.id))) {
        tidy.title = u"Remove the old files if the safety bundle keeps them, else leave them on the volume"_s;
        tidy.undo = u"None needed: the old files are in the safety bundle or still on the volume"_s;
    }
}

QList<plan::Step> RestoreSteps::files(const catalog::Component& part, bool helperIsThere) const
{
    plan::Step stage = component(part, u"stage"_s, u"Copy the files of %1 into the helper pod"_s.arg(part.id), u"files.stage"_s);
    stage.departure = u"`oc rsync` into a running system-app is neither checked nor possible once it is stopped: a checked archive goes into a helper pod."_s;
    stage.commands = {maker.inHelper(part, {u"sh"_s, u"-c"_s, u"cat > /tmp/scalekeep-NONCE-files.tar.gz"_s})};
    stage.changes = stage.undoable = stage.idempotent = true;
    stage.undo = u"Removes the copy"_s;

    plan::Step extract = component(part, u"extract"_s, u"Extract them beside the old files and compare with the bundle"_s, u"files.extract"_s);
    extract.commands = {maker.inHelper(part, {u"tar"_s, u"-C"_s, store::helper::volumePath + u"/.scalekeep-run-NONCE-new"_s, u"-xpof"_s, u"-"_s})};
    extract.changes = extract.undoable = extract.idempotent = true;
    extract.undo = u"Removes the extracted files"_s;

    plan::Step swap = component(part, u"swap"_s, u"Swap the old files for the new ones"_s, u"files.swap"_s);
    swap.weight = 1;
    swap.commands = {maker.inHelper(part, {u"mv"_s, u"-t"_s, store::helper::volumePath, u"--"_s, u"NEW"_s})};
    swap.changes = swap.undoable = swap.idempotent = true;
    swap.undo = u"Swaps them back"_s;

    plan::Step prove = component(part, u"prove"_s, u"Compare %1 with the bundle"_s.arg(part.id), u"files.prove"_s);
    prove.commands = {maker.inHelper(part, store::files::dumpCommand(store::helper::volumePath))};
    prove.proves = prove.idempotent = true;

    plan::Step tidy = component(part, u"tidy"_s, u"Remove the old files, which the safety bundle keeps"_s, u"files.tidy"_s);
    tidy.weight = 1;
    tidy.commands = {maker.inHelper(part, {u"rm"_s, u"-rf"_s, store::helper::volumePath + u"/.scalekeep-run-NONCE-old"_s})};
    tidy.changes = tidy.undoable = tidy.idempotent = true;
    tidy.undo = u"None needed: the undo of the swap takes the old files from the safety bundle"_s;
    tellWhatIsLeft(tidy, part);

    QList<plan::Step> steps{stage, extract, swap, prove, tidy, maker.removeHelper(part)};
    if (!helperIsThere)
        steps.prepend(maker.helper(part));
    return steps;
}

QJsonArray RestoreSteps::emptiedDatabases(const catalog::Component& part) const
{
    QJsonArray list;
    if (options.emptyQueues) {
        for (const catalog::RedisDatabase& database : part.databases) {
            if (database.queues)
                list.append(database.index);
        }
    }
    return list;
}

QList<plan::Step> RestoreSteps::redisByHelper(const catalog::Component& part) const
{
    const QString why = u"Nothing is copied under a running server, which might save old data over it; the shared ConfigMap is not touched."_s;
    plan::Step stopStep = stop(u"stop-store:"_s + part.id, u"Stop %1"_s.arg(part.workload), {part.workload});
    stopStep.component = part.id;
    stopStep.section = part.restoreSections.value(1, part.restoreSections.value(0));
    stopStep.departure = why;

    plan::Step stage = component(part, u"stage"_s, u"Copy the dump of %1 onto its volume"_s.arg(part.id), u"redis.stage"_s);
    stage.commands = {maker.inHelper(part, {u"sh"_s, u"-c"_s, u"cat > %1/scalekeep-NONCE-dump.rdb"_s.arg(store::helper::volumePath)})};
    stage.changes = stage.undoable = stage.idempotent = true;
    stage.undo = u"Removes the copy"_s;

    plan::Step load = component(part, u"load"_s, options.emptyQueues ? u"Load the dump of %1, empty its queues and build the append-only file"_s.arg(part.id) : u"Load the dump of %1 and build the append-only file"_s.arg(part.id), u"redis.load"_s);
    load.departure = why;
    load.parameters[u"emptyDatabases"] = emptiedDatabases(part);
    load.commands = {maker.inHelper(part, {u"redis-server"_s, u"--dir"_s, store::helper::volumePath, u"--save"_s, u""_s, u"--appendonly"_s, u"no"_s}), maker.inHelper(part, store::redis::cliCommand({u"CONFIG"_s, u"SET"_s, u"appendonly"_s, u"yes"_s}))};
    load.changes = load.undoable = load.idempotent = true;
    load.undo = u"Puts the old files back"_s;

    plan::Step prove = component(part, u"prove"_s, u"Compare %1 with the bundle"_s.arg(part.id), u"redis.prove"_s);
    prove.parameters[u"emptyDatabases"] = emptiedDatabases(part);
    prove.commands = {maker.inHelper(part, store::redis::cliCommand({u"SAVE"_s}))};
    prove.proves = prove.idempotent = true;

    plan::Step shutdown = component(part, u"shutdown"_s, u"End the helper's server"_s, u"redis.shutdown"_s);
    shutdown.weight = 1;
    shutdown.commands = {maker.inHelper(part, store::redis::cliCommand({u"SHUTDOWN"_s, u"NOSAVE"_s}))};
    shutdown.changes = shutdown.undoable = shutdown.idempotent = true;
    shutdown.undo = u"None needed"_s;

    plan::Step tidy = component(part, u"tidy"_s, u"Remove the old files, which the safety bundle keeps"_s, u"redis.tidy"_s);
    tidy.weight = 1;
    tidy.commands = {maker.inHelper(part, {u"rm"_s, u"-rf"_s, u"%1/scalekeep-NONCE-old"_s.arg(store::helper::volumePath)})};
    tidy.changes = tidy.undoable = tidy.idempotent = true;
    tidy.undo = u"None needed: the undo of the load takes the old data from the safety bundle"_s;
    tellWhatIsLeft(tidy, part);

    plan::Step startStep = start(u"start-store:"_s + part.id, u"Start %1"_s.arg(part.workload), {part.workload});
    startStep.component = part.id;
    plan::Step check = component(part, u"check"_s, u"Count the keys of the started %1"_s.arg(part.id), u"redis.check"_s);
    check.weight = 1;
    check.commands = {maker.command(part, store::redis::cliCommand({u"INFO"_s, u"keyspace"_s}))};
    check.idempotent = true;
    return {stopStep, maker.helper(part), stage, load, prove, shutdown, tidy, maker.removeHelper(part), startStep, check};
}

QList<plan::Step> RestoreSteps::redisDocumented(const catalog::Component& part) const
{
    const QString configMap = part.configMaps.value(0);
    const QString section = part.restoreSections.value(1, part.restoreSections.value(0));
    const auto step = [&](const QString& verb, const QString& title, const QString& action, const QString& undo) {
        plan::Step made = component(part, verb, title, action);
        made.section = section;
        made.parameters[u"configMap"] = configMap;
        made.parameters[u"emptyDatabases"] = emptiedDatabases(part);
        made.changes = made.idempotent = true;
        made.undoable = !undo.isEmpty();
        made.undo = undo;
        return made;
    };
    plan::Step edit = step(u"edit-config"_s, u"Comment the save lines and set appendonly no in %1"_s.arg(configMap), u"redis.documented.edit"_s, u"Puts the ConfigMap back as it was"_s);
    edit.commands = {oc::argv::display(oc::argv::patch(situation.connection, u"configmap"_s, configMap))};
    plan::Step first = rollout(u"rollout-1:"_s + part.id, part.workload);
    plan::Step off = step(u"check-off"_s, u"Check that %1 neither saves nor appends"_s.arg(part.id), u"redis.documented.checkOff"_s, u"None needed"_s);
    off.changes = off.undoable = false; // it only looks
    off.undo.clear();
    off.commands = {maker.command(part, store::redis::cliCommand({u"CONFIG"_s, u"GET"_s, u"save"_s}))};
    const QString old = part.dataDirectory + u"/scalekeep-NONCE-old"_s;
    plan::Step place = step(u"load"_s, u"Move the old files aside and put the dump in place"_s, u"redis.documented.load"_s, u"Puts the old files back"_s);
    place.commands = {maker.command(part, {u"mv"_s, part.dataDirectory + u"/dump.rdb"_s, old}), maker.command(part, {u"sh"_s, u"-c"_s, u"cat > %1/dump.rdb"_s.arg(part.dataDirectory)})};
    place.departure = u"The text renames the old files to *-old and leaves them: they are moved into a folder of this run on the same volume until the new data is proven."_s;
    plan::Step second = rollout(u"rollout-2:"_s + part.id, part.workload);
    plan::Step rewrite = step(u"rewrite-aof"_s, u"Create the append-only file"_s, u"redis.documented.rewrite"_s, u"None needed: the old files' undo follows"_s);
    rewrite.commands = {maker.command(part, store::redis::cliCommand({u"BGREWRITEAOF"_s}))};
    plan::Step prove = step(u"prove"_s, u"Compare %1 with the bundle"_s.arg(part.id), u"redis.documented.prove"_s, {});
    prove.changes = false;
    prove.proves = true;
    prove.commands = {maker.command(part, store::redis::cliCommand({u"SAVE"_s}))};
    plan::Step tidy = step(u"tidy"_s, u"Remove the old files, which the safety bundle keeps"_s, u"redis.documented.tidy"_s, u"None: what was there before is in the safety bundle then"_s);
    tidy.weight = 1;
    tidy.commands = {maker.command(part, {u"rm"_s, u"-rf"_s, old})};
    tellWhatIsLeft(tidy, part);
    plan::Step back = step(u"restore-config"_s, u"Put the ConfigMap back as it was"_s, u"redis.documented.restoreConfig"_s, u"None needed"_s);
    back.commands = edit.commands;
    plan::Step third = rollout(u"rollout-3:"_s + part.id, part.workload);
    plan::Step check = component(part, u"check"_s, u"Count the keys of the started %1"_s.arg(part.id), u"redis.check"_s);
    check.commands = {maker.command(part, store::redis::cliCommand({u"INFO"_s, u"keyspace"_s}))};
    check.idempotent = true;
    for (plan::Step* each : {&first, &second, &third}) {
        each->component = part.id;
        each->section = section;
    }
    return {edit, first, off, place, second, rewrite, prove, tidy, back, third, check};
}

} // namespace scalekeep::restore
