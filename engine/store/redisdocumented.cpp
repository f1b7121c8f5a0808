#include "engine/store/redisdocumented.h"

#include "engine/run/lock.h"
#include "engine/store/proof.h"
#include "engine/store/recall.h"
#include "engine/store/redis.h"
#include "engine/store/redisaside.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QVersionNumber>

#include <algorithm>

namespace scalekeep::store::redis {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr std::chrono::milliseconds pollInterval{300};
constexpr std::chrono::seconds rolloutLimit{900};
const QString configKey = u"redis.conf"_s;

struct Where { const catalog::Component* component; oc::PodRef pod; };

Result<Where> running(run::StepRun& step)
{
    const auto component = componentOf(step);
    if (!component)
        return fail(component.error());
    const auto pod = containerOf(step, **component);
    if (!pod)
        return fail(pod.error());
    return Where{*component, *pod};
}

Result<QString> setting(const run::StepRun& step, const oc::PodRef& pod, const QString& name)
{
    const auto answer = execChecked(step, pod, cliCommand({u"CONFIG"_s, u"GET"_s, name}), u"read the setting %1 of Redis"_s.arg(name));
    if (!answer)
        return fail(answer.error());
    if (const auto value = settingIn(*answer, name))
        return *value;
    return fail(ErrorCode::BadInput, u"Redis in pod %1 did not answer its setting %2."_s.arg(pod.pod, name), u"Nothing was changed by asking. A restore with --redis-method helper needs no setting."_s, QString::fromUtf8(answer->left(200)));
}

QString rememberedKey(const run::StepRun& step)
{
    return u"configmap:"_s + step.step.parameters[u"configMap"].toString();
}

Result<void> putConfigurationBack(run::StepRun& step)
{
    const QJsonValue original = step.context.lock->originals()[rememberedKey(step)];
    if (!original.isString()) {
        const bool edited = std::any_of(step.earlierEvidence.begin(), step.earlierEvidence.end(), [](const QJsonObject& fact) { return fact[u"edited"].toBool(); });
        return edited ? Result<void>(fail(ErrorCode::NotFound, u"ConfigMap %1 cannot be put back: the lock that remembered it was removed."_s.arg(step.step.parameters[u"configMap"].toString()),
                                          u"Restore the component configmaps from the safety bundle, then roll out both Redis."_s))
                      : Result<void>{};
    }
    const auto patched = step.client.patch(u"configmap"_s, step.step.parameters[u"configMap"].toString(), {{u"data"_s, QJsonObject{{configKey, original}}}});
    return patched ? Result<void>{} : Result<void>(fail(patched.error()));
}

/// How the ConfigMap looks: as edited, or as it was.
Result<run::Handler::Probe> probeConfiguration(run::StepRun& step, bool edited)
{
    using Probe = run::Handler::Probe;
    const QJsonValue original = step.context.lock->originals()[rememberedKey(step)];
    if (!original.isString())
        return edited ? Probe::NotHappened : Probe::Happened;
    const auto configMap = step.client.get(u"configmap"_s, step.step.parameters[u"configMap"].toString());
    if (!configMap)
        return fail(configMap.error());
    const QString now = (*configMap)[u"data"][configKey].toString(), forLoad = configurationForLoad(original.toString());
    const bool isEdited = now == forLoad, isOriginal = now == original.toString();
    return !isEdited && !isOriginal ? Probe::Partly : (edited ? isEdited : isOriginal) ? Probe::Happened : Probe::NotHappened;
}

class EditHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto where = running(step);
        if (!where)
            return fail(where.error());
        const auto info = execChecked(step, where->pod, cliCommand({u"INFO"_s, u"server"_s}), u"ask Redis for its version"_s);
        if (!info)
            return fail(info.error());
        if (const QString why = whyNotDocumented(parseInfo(*info).value(u"redis_version"_s)); !why.isEmpty())
            return fail(ErrorCode::Unsupported, why, u"Undo the run, unless it was undone already; then restore with --redis-method helper."_s);
        const QString name = step.step.parameters[u"configMap"].toString();
        const auto configMap = step.client.get(u"configmap"_s, name);
        if (!configMap)
            return fail(configMap.error());
        const QString before = (*configMap)[u"data"][configKey].toString();
        if (before.isEmpty())
            return fail(ErrorCode::NotFound, u"ConfigMap %1 has no %2."_s.arg(name, configKey), u"Restore the ConfigMaps first."_s);
        if (const auto noted = step.context.lock->remember(rememberedKey(step), before); !noted)
            return fail(noted.error());
        if (const auto noted = step.evidence({{u"edited"_s, true}}); !noted)
            return fail(noted.error());
        const auto patched = step.client.patch(u"configmap"_s, name, {{u"data"_s, QJsonObject{{configKey, configurationForLoad(before)}}}});
        if (!patched)
            return fail(patched.error());
        return QJsonObject{};
    }
    Result<void> undo(run::StepRun& step) const override
    {
        if (const auto put = putConfigurationBack(step); !put)
            return put;
        // A server that was started with the edited configuration saves nothing, and may hold what was loaded: only a rollout makes it read the old
        // files and the old configuration again.
        const auto where = running(step);
        if (!where)
            return fail(where.error());
        const auto append = setting(step, where->pod, u"appendonly"_s);
        const auto original = step.context.lock->originals()[rememberedKey(step)].toString();
        if (!append)
            return fail(append.error());
        if (*append != u"no" || original.isEmpty() || configurationForLoad(original) == original)
            return {};
        const QString& workload = where->component->workload;
        bool deploymentConfig = false;
        {
            const std::lock_guard lock(step.context.mutex);
            const cluster::Workload* known = step.context.inventory.workload(workload);
            deploymentConfig = known && known->kind == u"DeploymentConfig";
        }
        const QString target = (deploymentConfig ? u"dc/"_s : u"deployment/"_s) + workload;
        const auto begun = deploymentConfig ? step.client.rolloutLatest(target) : step.client.rolloutRestart(target);
        return begun ? step.client.rolloutStatus(target, rolloutLimit) : begun;
    }
    Result<Probe> probe(run::StepRun& step) const override { return probeConfiguration(step, true); }
};

/// After a rollout the settings are read from the server: only then it is known that nothing will be saved over the dump.
class CheckOffHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto where = running(step);
        if (!where)
            return fail(where.error());
        const auto save = setting(step, where->pod, u"save"_s);
        const auto append = save ? setting(step, where->pod, u"appendonly"_s) : save;
        if (!append)
            return fail(append.error());
        if (!save->isEmpty() || *append != u"no")
            return fail(ErrorCode::Conflict, u"%1 still runs with save “%2” and appendonly %3 after its rollout."_s.arg(where->component->id, *save, *append), u"No data was changed. Undo the run; it puts the ConfigMap back."_s);
        return QJsonObject{{u"save"_s, *save}, {u"appendonly"_s, *append}};
    }
};

class LoadHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto where = running(step);
        if (!where)
            return fail(where.error());
        const bundle::Stream* stream = step.context.reader->stream(where->component->id, u"dump.rdb"_s);
        if (!stream)
            return fail(ErrorCode::BadInput, u"The bundle has no dump of %1."_s.arg(where->component->id));
        const QString directory = where->component->dataDirectory;
        const auto staged = stageInPod(step, *step.context.reader, *stream, where->pod, directory, false);
        if (!staged)
            return fail(staged.error());
        if (const auto moved = aside::put(step, where->pod, directory); !moved)
            return fail(moved.error());
        const QString script = u"set -e; cd \"$1\"; mv -f -- \"$2\" dump.rdb"_s;
        const auto placed = execChecked(step, where->pod, {storeShell, u"-c"_s, script, u"place"_s, directory, staged->path}, u"put the dump of %1 in place"_s.arg(where->component->id));
        if (!placed)
            return fail(placed.error());
        return QJsonObject{};
    }
    Result<void> undo(run::StepRun& step) const override
    {
        const auto where = running(step);
        if (!where)
            return fail(where.error());
        const QString directory = where->component->dataDirectory;
        const auto tidied = wasTidied(step, where->pod, aside::directory(step, directory));
        if (!tidied)
            return fail(tidied.error());
        // Once tidied, the old files are in the safety bundle only, and a running server is not loaded from under its feet.
        if (*tidied)
            return fail(ErrorCode::Unsupported, u"The old files of %1 were removed when the new ones had been proven: they are in the safety bundle."_s.arg(where->component->id),
                        u"The data of the bundle stays, proven. To get the earlier data back, restore the safety bundle with --redis-method helper."_s);
        const auto restored = aside::back(step, where->pod, directory);
        return restored ? unstage(step, where->pod, stagedPath(step.context, directory, u"dump.rdb"_s)) : restored;
    }
    Result<Probe> probe(run::StepRun& step) const override
    {
        const auto where = running(step);
        const QString directory = where ? where->component->dataDirectory : QString{};
        const auto moved = where ? aside::probe(step, where->pod, directory) : Result<Probe>(fail(where.error()));
        if (!moved || *moved != Probe::Happened)
            return moved;
        const auto staged = existsInPod(step, where->pod, stagedPath(step.context, directory, u"dump.rdb"_s));
        const auto placed = staged ? existsInPod(step, where->pod, directory + u"/dump.rdb"_s) : staged;
        return !placed ? fail(placed.error()) : Result<Probe>(*placed && !*staged ? Probe::Happened : Probe::Partly);
    }
    [[nodiscard]] bool endangersData() const override { return true; }
};

Result<QMap<QString, QString>> persistence(const run::StepRun& step, const oc::PodRef& pod)
{
    const auto info = execChecked(step, pod, cliCommand({u"INFO"_s, u"persistence"_s}), u"read the state of Redis"_s);
    return info ? Result<QMap<QString, QString>>(parseInfo(*info)) : Result<QMap<QString, QString>>(fail(info.error()));
}

class RewriteHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto where = running(step);
        if (!where)
            return fail(where.error());
        for (const QJsonValue& database : step.step.parameters[u"emptyDatabases"].toArray()) {
            if (const auto flushed = execChecked(step, where->pod, cliCommand({u"-n"_s, QString::number(database.toInt()), u"FLUSHDB"_s}), u"empty the queues"_s); !flushed)
                return fail(flushed.error());
        }
        if (const auto asked = execChecked(step, where->pod, cliCommand({u"BGREWRITEAOF"_s}), u"start the rewrite of the append-only file"_s); !asked)
            return fail(asked.error());
        while (true) {
            const auto state = persistence(step, where->pod);
            if (!state)
                return fail(state.error());
            if (state->value(u"aof_rewrite_in_progress"_s) == u"0" && state->value(u"aof_rewrite_scheduled"_s) == u"0") {
                if (state->value(u"aof_last_bgrewrite_status"_s) == u"ok")
                    break;
                return fail(ErrorCode::RemoteFailed, u"Redis could not write the append-only file of %1."_s.arg(where->component->id), u"Look at the free space of the volume, then resume or undo the run."_s);
            }
            if (const auto waited = pause(step, pollInterval); !waited)
                return fail(waited.error());
        }
        const auto keyspace = execChecked(step, where->pod, cliCommand({u"INFO"_s, u"keyspace"_s}), u"count the keys"_s);
        if (!keyspace)
            return fail(keyspace.error());
        QJsonObject databases;
        const QMap<QString, QString> values = parseInfo(*keyspace);
        for (auto entry = values.cbegin(); entry != values.cend(); ++entry)
            databases.insert(entry.key(), entry.value());
        {
            // What redis.check compares with after the last rollout.
            const std::lock_guard lock(step.context.mutex);
            step.context.results.insert(u"load:"_s + where->component->id, {{u"keyspace"_s, databases}});
        }
        return QJsonObject{{u"keyspace"_s, databases}};
    }
    Result<void> undo(run::StepRun&) const override { return {}; } // the old files' undo follows
    Result<Probe> probe(run::StepRun&) const override { return Probe::Partly; } // begun; how far, only its repetition tells, which harms nothing
    Result<bool> recall(run::StepRun& step, const QJsonObject& result) const override
    {
        const std::lock_guard lock(step.context.mutex);
        step.context.results.insert(u"load:"_s + step.step.component, result);
        return true;
    }
};

class ProveHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto where = running(step);
        if (!where)
            return fail(where.error());
        const QDateTime now = QDateTime::currentDateTimeUtc();
        if (const auto saved = saveNow(step, where->pod, u"save what was loaded into %1"_s.arg(where->component->id)); !saved)
            return fail(saved.error());
        const auto found = indexOf(step, {.component = *where->component, .stream = u"dump.rdb"_s, .format = u"rdb"_s, .pod = where->pod, .argv = {u"cat"_s, u"--"_s, where->component->dataDirectory + u"/dump.rdb"_s}, .compressIfItPays = true});
        if (!found)
            return fail(found.error());
        return proveIndex(step, where->component->id, *found, now);
    }
};

/// Removes the files that were put aside. A step of its own: by then the lock says that the data is proven, so that nobody who has the lock alone takes the
/// missing directory for files that are back.
class TidyHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto where = running(step);
        return where ? aside::tidy(step, where->pod, where->component->dataDirectory) : fail(where.error());
    }
    Result<void> undo(run::StepRun&) const override { return {}; } // the load's own undo follows, and says where they are
    [[nodiscard]] bool staysDone() const override { return true; }
    Result<Probe> probe(run::StepRun& step) const override
    {
        const auto where = running(step);
        return where ? aside::probeTidy(step, where->pod, where->component->dataDirectory) : fail(where.error());
    }
};

class RestoreConfigHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto put = putConfigurationBack(step);
        return put ? Result<QJsonObject>(QJsonObject{}) : Result<QJsonObject>(fail(put.error()));
    }
    Result<void> undo(run::StepRun&) const override { return {}; } // as it was is where it should be
    Result<Probe> probe(run::StepRun& step) const override { return probeConfiguration(step, false); }
};
} // namespace

QString whyNotDocumented(const QString& serverVersion)
{
    const QVersionNumber version = QVersionNumber::fromString(serverVersion);
    if (version.isNull())
        return u"The version of Redis could not be read, and the documented way loses data from version 6.2 on."_s;
    if (version >= QVersionNumber(6, 2))
        return u"The documented way loses data on Redis %1: from version 6.2 on, commented save lines mean the defaults, and the server saves its old data over the dump when it stops."_s.arg(serverVersion);
    return {};
}

std::optional<QString> settingIn(const QByteArray& answer, const QString& name)
{
    const QList<QByteArray> lines = answer.split('\n');
    // The line of an empty value is gone where the answer was trimmed.
    return QString::fromUtf8(lines.first().trimmed()) == name ? std::optional(QString::fromUtf8(lines.value(1).trimmed())) : std::nullopt;
}

void registerDocumentedHandlers(run::Handlers& handlers)
{
    run::add<EditHandler>(handlers, u"redis.documented.edit"_s);
    run::add<CheckOffHandler>(handlers, u"redis.documented.checkOff"_s);
    run::add<LoadHandler>(handlers, u"redis.documented.load"_s);
    run::add<RewriteHandler>(handlers, u"redis.documented.rewrite"_s);
    run::add<ProveHandler>(handlers, u"redis.documented.prove"_s);
    run::add<TidyHandler>(handlers, u"redis.documented.tidy"_s);
    run::add<RestoreConfigHandler>(handlers, u"redis.documented.restoreConfig"_s);
}

} // namespace scalekeep::store::redis
