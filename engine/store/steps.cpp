#include "engine/store/steps.h"

#include "engine/oc/argv.h"
#include "engine/run/lock.h"
#include "engine/store/files.h"
#include "engine/store/finish.h"
#include "engine/store/helper.h"
#include "engine/store/mysql.h"
#include "engine/store/objects.h"
#include "engine/store/postgresql.h"
#include "engine/store/redis.h"

#include <QJsonArray>

namespace scalekeep::store {

using namespace Qt::Literals::StringLiterals;

QString StepMaker::command(const catalog::Component& component, const QStringList& argv) const
{
    const auto pod = inventory.readyPod(component.workload);
    return oc::argv::display(oc::argv::exec(connection, {pod ? pod->name : u"POD-OF-%1"_s.arg(component.workload), component.container, {}}, argv, u"NONCE"_s, std::chrono::seconds(120)));
}

QString StepMaker::inHelper(const catalog::Component& component, const QStringList& argv) const
{
    return oc::argv::display(oc::argv::exec(connection, {u"scalekeep-%1-NONCE"_s.arg(component.id), u"helper"_s, {}}, argv, u"NONCE"_s, std::chrono::seconds(120)));
}

plan::Step StepMaker::make(const catalog::Component& component, const QString& verb, const QString& title, const QString& action) const
{
    plan::Step step;
    step.id = u"%1%2:%3"_s.arg(safety ? u"safety-"_s : QString{}, verb, component.id);
    step.title = title;
    step.component = component.id;
    step.section = component.backupSections.value(0);
    step.action = action;
    if (safety) {
        step.parameters[u"inner"] = action;
        if (mayBeUnreadable.contains(component.id))
            step.parameters[u"mayBeUnreadable"] = true;
        step.action = u"safety.try"_s;
    }
    step.idempotent = true;
    return step;
}

plan::Step StepMaker::inspect(const catalog::Component& component) const
{
    plan::Step step = make(component, u"inspect"_s, u"Look at %1"_s.arg(component.id), component.engine + u".inspect"_s);
    step.id = u"%1inspect:%2"_s.arg(safety ? u"safety-"_s : QString{}, component.id);
    if (component.engine == u"mysql")
        step.commands = {command(component, mysql::queryCommand(component, u"SELECT VERSION()"_s, false))};
    else if (component.engine == u"postgresql")
        step.commands = {command(component, postgresql::queryCommand(component, u"SHOW server_version"_s, u"postgres"_s))};
    else
        step.commands = {command(component, redis::cliCommand({u"INFO"_s, u"server"_s}))};
    return step;
}

plan::Step StepMaker::snapshot(const catalog::Component& component) const
{
    plan::Step step = make(component, u"snapshot"_s, u"Save %1 to its dump file (BGSAVE)"_s.arg(component.id), u"redis.snapshot"_s);
    step.departure = u"The text copies dump.rdb as it lies there, which may be 15 minutes old or missing: a BGSAVE is asked for and awaited first."_s;
    step.commands = {command(component, redis::cliCommand({u"BGSAVE"_s}))};
    step.undo = u"Removes the hard link to the dump"_s;
    return step;
}

plan::Step StepMaker::dump(const catalog::Component& component, const QString& afterSnapshotOf) const
{
    if (component.engine == u"objects") {
        plan::Step step = make(component, u"save"_s, u"Save %1"_s.arg(component.title), u"objects.save"_s);
        if (!component.forgotten.isEmpty())
            step.departure = component.forgotten;
        QStringList resources;
        for (const QString& id : component.kinds) {
            if (const catalog::ObjectKind* kind = catalog.kind(id))
                resources.append(kind->resource);
        }
        step.commands = {oc::argv::display(oc::argv::get(connection, resources))};
        return step;
    }
    plan::Step step = make(component, u"dump"_s, u"Read %1"_s.arg(component.id), component.engine + u".dump"_s);
    if (!afterSnapshotOf.isEmpty())
        step.parameters[u"afterSnapshotOf"] = afterSnapshotOf;
    if (!compress)
        step.parameters[u"compress"] = false;
    if (component.engine == u"mysql") {
        step.departure = u"The text pipes into a local gzip, which hides a failure, and leaves stored routines out: the stream is checked by status, size, digest and end mark, and has routines, triggers and events."_s;
        step.commands = {command(component, mysql::dumpCommand(component))};
    } else if (component.engine == u"postgresql") {
        step.departure = u"The text pipes into a local gzip, which hides a failure: the stream is checked by status, size, digest and end mark."_s;
        step.commands = {command(component, postgresql::dumpCommand(component))};
    } else if (component.engine == u"redis") {
        step.departure = u"`oc cp` ends with 0 for a missing file: the dump is streamed and checked instead."_s;
        step.commands = {command(component, {u"cat"_s, u"%1/scalekeep-NONCE.rdb"_s.arg(component.dataDirectory)})};
    } else {
        step.departure = u"`oc rsync` may fall back to an unchecked way, and its first container may be the wrong one: the tree is streamed as one tar, from a named container, and checked."_s;
        if (writersStopped)
            step.parameters[u"helper"] = true;
        step.commands = {writersStopped ? inHelper(component, files::dumpCommand(helper::volumePath)) : command(component, files::dumpCommand(component.dataDirectory))};
    }
    return step;
}

plan::Step StepMaker::unlink(const catalog::Component& component) const
{
    plan::Step step = make(component, u"unlink"_s, u"Remove the link to the dump of %1"_s.arg(component.id), u"redis.unlink"_s);
    step.always = true;
    step.commands = {command(component, {u"rm"_s, u"-f"_s, u"%1/scalekeep-NONCE.rdb"_s.arg(component.dataDirectory)})};
    return step;
}

plan::Step StepMaker::finish() const
{
    plan::Step step;
    step.id = safety ? u"safety-finish"_s : u"finish"_s;
    step.title = safety ? u"Complete the safety bundle"_s : u"Complete the bundle"_s;
    step.action = u"bundle.finish"_s;
    step.parameters[u"safety"] = safety;
    step.parameters[u"quiesced"] = quiesced;
    if (!absent.isEmpty())
        step.parameters[u"absent"] = QJsonArray::fromStringList(absent);
    // As they were when the plan was made: a quiesced backup's own zeros are nobody's originals, and neither are those of another run that holds the namespace or was lost.
    const auto holder = run::Lock::among(inventory.objects);
    QJsonArray workloads;
    for (const catalog::WorkloadFact& fact : catalog.workloads) {
        if (const cluster::Workload* workload = inventory.workload(fact.name)) {
            QJsonObject images;
            for (auto image = workload->images.begin(); image != workload->images.end(); ++image)
                images.insert(image.key(), image.value());
            const QJsonValue remembered = holder ? std::as_const(holder->originals)[u"replicas:%1/%2"_s.arg(workload->kind, workload->name)] : QJsonValue();
            const int replicas = workload->desired == 0 ? remembered.toInt() : workload->desired;
            workloads.append(QJsonObject{{u"kind"_s, workload->kind}, {u"name"_s, workload->name}, {u"replicas"_s, replicas}, {u"images"_s, images}});
        }
    }
    step.parameters[u"workloads"] = workloads;
    return step;
}

plan::Step StepMaker::helper(const catalog::Component& component) const
{
    plan::Step step;
    step.id = u"helper:"_s + component.id;
    step.title = u"Start a helper pod on the volume of %1"_s.arg(component.id);
    step.component = component.id;
    step.action = u"helper.create"_s;
    step.commands = {oc::argv::display(oc::argv::create(connection))};
    step.departure = u"The workload is stopped, so the volume is reached through a pod of our own instead of one that serves."_s;
    step.changes = step.idempotent = step.undoable = true;
    step.undo = u"Removes the helper pod"_s;
    return step;
}

plan::Step StepMaker::removeHelper(const catalog::Component& component) const
{
    plan::Step step;
    step.id = u"remove-helper:"_s + component.id;
    step.title = u"Remove the helper pod of %1"_s.arg(component.id);
    step.component = component.id;
    step.action = u"helper.remove"_s;
    step.commands = {oc::argv::display(oc::argv::remove(connection, u"pod"_s, u"scalekeep-%1-NONCE"_s.arg(component.id), true, std::chrono::seconds(120)))};
    step.changes = step.idempotent = step.undoable = step.always = true;
    step.undo = u"None needed: an undo that needs it makes it again"_s;
    return step;
}

QList<plan::Stage> StepMaker::backupStages(const QStringList& components, int parallel) const
{
    const QString prefix = safety ? u"safety-"_s : QString{};
    plan::Stage look{.id = prefix + u"look"_s, .title = u"Look at the data stores"_s, .parallel = parallel, .steps = {}};
    plan::Stage snapshots{.id = prefix + u"snapshots"_s, .title = u"Take the Redis snapshots"_s, .parallel = parallel, .steps = {}};
    plan::Stage transfer{.id = prefix + u"transfer"_s, .title = safety ? u"Read what will be overwritten"_s : u"Read the data"_s, .parallel = parallel, .steps = {}};
    plan::Stage close{.id = prefix + u"close"_s, .title = safety ? u"Complete the safety bundle"_s : u"Complete the bundle"_s, .parallel = 1, .steps = {}};
    QString first; // the database whose transaction must begin before files and zync are read
    for (const catalog::Component& component : catalog.components) {
        if (components.contains(component.id) && component.group == u"system-database")
            first = component.id;
    }
    QList<plan::Step> objects, stores, later;
    for (const catalog::Component& component : catalog.components) {
        if (!components.contains(component.id))
            continue;
        if (component.engine == u"objects") {
            objects.append(dump(component));
            continue;
        }
        if (component.engine != u"files")
            look.steps.append(inspect(component));
        if (component.engine == u"redis") {
            snapshots.steps.append(snapshot(component));
            later.append(dump(component));
            close.steps.append(unlink(component));
        } else if (component.id == first) {
            stores.append(dump(component));
        } else {
            later.append(dump(component, first));
        }
    }
    transfer.steps = stores + objects + later;
    close.steps.prepend(finish());
    QList<plan::Stage> stages;
    for (const plan::Stage& stage : {look, snapshots, transfer, close}) {
        if (!stage.steps.isEmpty())
            stages.append(stage);
    }
    return stages;
}

void registerHandlers(run::Handlers& handlers)
{
    mysql::registerHandlers(handlers);
    postgresql::registerHandlers(handlers);
    redis::registerHandlers(handlers);
    files::registerHandlers(handlers);
    objects::registerHandlers(handlers);
    helper::registerHandlers(handlers);
    registerFinishHandlers(handlers);
}

} // namespace scalekeep::store
