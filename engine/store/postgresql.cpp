#include "engine/store/postgresql.h"

#include "engine/store/proof.h"
#include "engine/store/recall.h"

namespace scalekeep::store::postgresql {

using namespace Qt::Literals::StringLiterals;

namespace {
QString database(const catalog::Component& component)
{
    return component.databaseEnv.isEmpty() ? quoted(component.database) : u"\"${%1:-%2}\""_s.arg(component.databaseEnv, component.database);
}

/// The images set PGUSER, but a login shell of another user would not have it.
QString user(const catalog::Component& component)
{
    return u"-U %1"_s.arg(quoted(component.user.isEmpty() ? u"postgres"_s : component.user));
}

Result<QByteArray> query(const run::StepRun& step, const oc::PodRef& pod, const catalog::Component& component, const QString& statement, const QString& doing, const QString& inDatabase = {})
{
    return execChecked(step, pod, queryCommand(component, statement, inDatabase), doing);
}

Result<bool> databaseExists(const run::StepRun& step, const oc::PodRef& pod, const catalog::Component& component)
{
    const auto answer = query(step, pod, component, u"SELECT count(*) FROM pg_database WHERE datname = '@database@'"_s, u"ask %1 for its databases"_s.arg(component.id), u"postgres"_s);
    if (!answer)
        return fail(answer.error());
    return answer->trimmed() != "0";
}

class InspectHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        if (!component)
            return fail(component.error());
        const auto pod = containerOf(step, **component);
        if (!pod)
            return fail(pod.error());
        const auto version = query(step, *pod, **component, u"SHOW server_version"_s, u"ask %1 for its version"_s.arg((*component)->id), u"postgres"_s);
        if (!version)
            return fail(version.error());
        return QJsonObject{{u"serverVersion"_s, QString::fromUtf8(*version)}};
    }
};

class DumpHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        if (!component)
            return fail(component.error());
        if (const QString first = step.step.parameters[u"afterSnapshotOf"].toString(); !first.isEmpty()) {
            if (const auto waited = awaitSnapshot(step, first); !waited)
                return fail(waited.error());
        }
        const auto pod = containerOf(step, **component);
        if (!pod)
            return fail(pod.error());
        const auto exists = databaseExists(step, *pod, **component);
        if (!exists)
            return fail(exists.error());
        if (!*exists)
            return fail(ErrorCode::Absent, u"%1 has no database: there is nothing to back up."_s.arg((*component)->id));
        return dumpToBundle(step, dumpOf(**component, *pod));
    }
    Result<bool> recall(run::StepRun& step, const QJsonObject& result) const override { return recallDump(step, result); }
};

Result<void> ensureDatabase(const run::StepRun& step, const catalog::Component& component, const oc::PodRef& pod)
{
    const auto exists = databaseExists(step, pod, component);
    if (!exists)
        return fail(exists.error());
    if (!*exists) {
        const auto made = execChecked(step, pod, createCommand(component), u"create the database of %1"_s.arg(component.id));
        if (!made)
            return fail(made.error());
    }
    return {};
}

/// An empty database where there is none: the pod's probe asks for it, and a pod that is not ready cannot be rolled out.
class PrepareHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        const auto pod = component ? containerOf(step, **component) : Result<oc::PodRef>(fail(component.error()));
        const auto made = pod ? ensureDatabase(step, **component, *pod) : Result<void>(fail(pod.error()));
        return made ? Result<QJsonObject>(QJsonObject{}) : Result<QJsonObject>(fail(made.error()));
    }
    Result<void> undo(run::StepRun&) const override { return {}; } // an empty database takes nothing away
    Result<Probe> probe(run::StepRun&) const override { return Probe::Partly; } // made only where it is missing: asking and making are one question
};

class StageHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        if (!component)
            return fail(component.error());
        const auto pod = containerOf(step, **component);
        if (!pod)
            return fail(pod.error());
        const bundle::Stream* stream = step.context.reader->stream((*component)->id, u"dump.sql"_s);
        if (!stream)
            return fail(ErrorCode::BadInput, u"The bundle has no dump of %1."_s.arg((*component)->id));
        const auto staged = stageInPod(step, *step.context.reader, *stream, *pod, u"/tmp"_s);
        if (!staged)
            return fail(staged.error());
        return QJsonObject{{u"pod"_s, pod->pod}, {u"uid"_s, pod->uid}, {u"path"_s, staged->path}, {u"compressed"_s, staged->compressed}};
    }
    Result<void> undo(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        const auto pod = component ? containerOf(step, **component) : Result<oc::PodRef>(fail(component.error()));
        if (!pod)
            return fail(pod.error());
        return unstage(step, *pod, stagedPath(step.context, u"/tmp"_s, u"dump.sql"_s));
    }
    Result<Probe> probe(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        const auto pod = component ? containerOf(step, **component) : Result<oc::PodRef>(fail(component.error()));
        return pod ? probeStaged(step, *pod, u"/tmp"_s, u"dump.sql"_s) : fail(pod.error());
    }
    Result<bool> recall(run::StepRun& step, const QJsonObject& result) const override { return recallStaged(step, result); }
};

/// What is left of an earlier load, in the pod and in the server, where a statement that lost its client goes on to its end with its locks: whatever takes the data's place
/// would wait for it.
Result<void> endLoaders(run::StepRun& step, const catalog::Component& component, const oc::PodRef& pod)
{
    if (const auto ended = endOrphans(step, pod); !ended)
        return ended;
    const auto ended = query(step, pod, component,
                             u"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '@database@' AND pid <> pg_backend_pid()"_s,
                             u"end the other sessions in %1"_s.arg(component.id), u"postgres"_s);
    return ended ? Result<void>{} : Result<void>(fail(ended.error()));
}

/// Makes the database where it is missing, ends other sessions in it, loads, and requires the mark that only follows COMMIT.
Result<void> load(run::StepRun& step, const catalog::Component& component, const oc::PodRef& pod, const Staged& staged)
{
    if (const auto ended = endLoaders(step, component, pod); !ended)
        return ended;
    if (const auto made = ensureDatabase(step, component, pod); !made)
        return made;
    const auto owner = query(step, pod, component, u"SELECT coalesce((SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'public'), current_user)"_s, u"ask who owns the schema public"_s);
    if (!owner)
        return fail(owner.error());
    const auto mayCreate = query(step, pod, component, u"SELECT coalesce((SELECT has_schema_privilege('public', oid, 'CREATE') FROM pg_namespace WHERE nspname = 'public'), current_setting('server_version_num')::int < 150000)"_s,
                                 u"ask for the rights on the schema public"_s);
    if (!mayCreate)
        return fail(mayCreate.error());
    const QString mark = orphanMark(step.context);
    const auto loaded = runLong(step, pod, loadCommand(component, staged, QString::fromUtf8(*owner), mayCreate->trimmed() == "t", mark), u"load the dump into %1"_s.arg(component.id));
    if (!loaded)
        return fail(loaded.error());
    if (!loaded->contains(mark.toUtf8() + " committed"))
        return fail(ErrorCode::TruncatedStream, u"The dump of %1 was not loaded to its end: the transaction was rolled back."_s.arg(component.id), u"The database is as it was before the load."_s);
    return {};
}

/// There was nothing before: an empty database, as a pod's probe wants one.
Result<void> empty(run::StepRun& step, const catalog::Component& component, const oc::PodRef& pod)
{
    if (const auto ended = endLoaders(step, component, pod); !ended)
        return ended;
    const auto emptied = query(step, pod, component, u"DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public"_s, u"empty the database of %1"_s.arg(component.id));
    return emptied ? Result<void>{} : Result<void>(fail(emptied.error()));
}

class LoadHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        if (!component)
            return fail(component.error());
        const auto pod = containerOf(step, **component);
        if (!pod)
            return fail(pod.error());
        const QJsonObject stage = step.context.result(u"stage:"_s + (*component)->id);
        if (stage[u"uid"].toString() != pod->uid)
            return fail(ErrorCode::NotReady, u"Pod %1 was replaced by %2 after the dump was staged in it."_s.arg(stage[u"pod"].toString(), pod->pod), u"Nothing was loaded. Resume or undo the run."_s);
        if (const auto loaded = load(step, **component, *pod, {stage[u"path"].toString(), stage[u"compressed"].toBool()}); !loaded)
            return fail(loaded.error());
        return QJsonObject{{u"pod"_s, pod->pod}, {u"uid"_s, pod->uid}};
    }

    Result<void> undo(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        if (!component)
            return fail(component.error());
        const auto pod = containerOf(step, **component);
        if (!pod)
            return fail(pod.error());
        const auto before = safetyCopy(step, u"dump.sql"_s);
        if (!before)
            return fail(before.error());
        if (before->absent)
            return empty(step, **component, *pod);
        const auto staged = stageInPod(step, *step.context.safety, *before->stream, *pod, u"/tmp"_s);
        if (!staged)
            return fail(staged.error());
        const auto loaded = load(step, **component, *pod, *staged);
        const auto removed = unstage(step, *pod, staged->path);
        if (!loaded || !removed)
            return loaded ? removed : loaded;
        const auto found = indexOf(step, dumpOf(**component, *pod));
        return found ? proveBack(step, (*component)->id, *found, QDateTime::currentDateTimeUtc()) : Result<void>(fail(found.error()));
    }
    Result<Probe> probe(run::StepRun& step) const override { return probeLoaded(step); }
    Result<bool> recall(run::StepRun& step, const QJsonObject& result) const override { return recallLoaded(step, result); }
    [[nodiscard]] bool endangersData() const override { return true; }
};

class ProveHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        if (!component)
            return fail(component.error());
        const auto pod = containerOf(step, **component);
        if (!pod)
            return fail(pod.error());
        const QJsonObject loaded = step.context.result(u"load:"_s + (*component)->id);
        // An emptyDir goes with its pod: what was loaded into another pod is gone, however equal this one may look.
        if ((*component)->emptyDir && loaded[u"uid"].toString() != pod->uid)
            return fail(ErrorCode::VerificationFailed, u"Pod %1, which was loaded, was replaced by %2: its data is gone, for %3 keeps it in the pod."_s.arg(loaded[u"pod"].toString(), pod->pod, (*component)->id),
                        u"Resume the run: it loads again."_s);
        if (!(*component)->guardTable.isEmpty()) {
            const auto rows = query(step, *pod, **component, u"SELECT count(*) FROM \"%1\""_s.arg((*component)->guardTable), u"count the rows of %1"_s.arg((*component)->guardTable));
            if (!rows)
                return fail(rows.error());
            if (rows->trimmed() == "0")
                return fail(ErrorCode::VerificationFailed, u"Table %1 of %2 is empty after loading."_s.arg((*component)->guardTable, (*component)->id),
                            u"The writers stay stopped, for system-app would drop and seed the database. Undo the run."_s);
        }
        const QDateTime now = QDateTime::currentDateTimeUtc();
        const auto found = indexOf(step, dumpOf(**component, *pod));
        if (!found)
            return fail(found.error());
        return prove(step, (*component)->id, *found, now);
    }
    Result<bool> recall(run::StepRun& step, const QJsonObject&) const override { return !lostWithItsPod(step); }
};

/// The pod that was loaded is the one that runs: a restart of an emptyDir store after its load loses everything.
class SamePodHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        if (!component)
            return fail(component.error());
        const auto pod = containerOf(step, **component);
        if (!pod)
            return fail(pod.error());
        const QJsonObject loaded = step.context.result(u"load:"_s + (*component)->id);
        if (loaded[u"uid"].toString() != pod->uid)
            return fail(ErrorCode::VerificationFailed, u"Pod %1, which was loaded, was replaced by %2: what %3 held is gone."_s.arg(loaded[u"pod"].toString(), pod->pod, (*component)->id),
                        u"Restore %1 again; everything else is proven."_s.arg((*component)->id));
        return QJsonObject{{u"pod"_s, pod->pod}};
    }
};
} // namespace

Dump dumpOf(const catalog::Component& component, const oc::PodRef& pod)
{
    return {.component = component, .stream = u"dump.sql"_s, .format = u"pg_dump"_s, .pod = pod, .argv = dumpCommand(component)};
}

QStringList dumpCommand(const catalog::Component& component)
{
    return {storeShell, u"-c"_s, u"exec pg_dump %1 --encoding=UTF8 %2"_s.arg(user(component), database(component))};
}

QStringList queryCommand(const catalog::Component& component, const QString& statement, const QString& inDatabase)
{
    return {storeShell, u"-c"_s,
            u"db=%1; exec psql -X -A -t -v ON_ERROR_STOP=1 %2 -d %3 -c \"${1//@database@/$db}\""_s.arg(database(component), user(component), inDatabase.isEmpty() ? u"\"$db\""_s : quoted(inDatabase)),
            u"psql"_s, statement};
}

QStringList createCommand(const catalog::Component& component)
{
    const QString owner = component.ownerEnv.isEmpty() ? component.user : u"${%1}"_s.arg(component.ownerEnv);
    return {storeShell, u"-c"_s, u"exec createdb %1 -O \"%2\" %3"_s.arg(user(component), owner, database(component))};
}

QStringList scriptCommand(const catalog::Component& component)
{
    return {storeShell, u"-c"_s, u"exec psql -X -A -t -q %1 -d %2"_s.arg(user(component), database(component))};
}

QStringList loadCommand(const catalog::Component& component, const Staged& staged, const QString& schemaOwner, bool publicMayCreate, const QString& mark)
{
    QString owner = schemaOwner;
    owner.replace(u'"', u"\"\""_s);
    const QString before = u"BEGIN; DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public; ALTER SCHEMA public OWNER TO \"%1\"; GRANT USAGE%2 ON SCHEMA public TO PUBLIC;"_s.arg(
        owner, publicMayCreate ? u", CREATE"_s : QString{});
    // psql answers 0 for input that was cut off, and would commit it with -1: so COMMIT is written only when the file was unpacked to its end.
    const QString script = u"set -o pipefail; rm -f -- \"$3.loaded\"; : >\"$3.loading\"; { printf '%s\\n' \"$2\"; %1 \"$3\" && printf '\\nCOMMIT;\\n\\\\echo %s committed\\n' \"$1\"; } | "
                           "psql -X -q -v ON_ERROR_STOP=1 %2 -d %3 | grep -v '^$'; rc=(\"${PIPESTATUS[@]}\"); [ \"${rc[1]}\" = 0 ] || exit \"${rc[1]}\"; [ \"${rc[0]}\" = 0 ] && mv -f -- \"$3.loading\" \"$3.loaded\"; exit \"${rc[0]}\""_s.arg(
        staged.compressed ? u"gzip -dc --"_s : u"cat --"_s, user(component), database(component));
    return {storeShell, u"-c"_s, script, mark, mark, before, staged.path};
}

void registerHandlers(run::Handlers& handlers)
{
    run::add<InspectHandler>(handlers, u"postgresql.inspect"_s);
    run::add<DumpHandler>(handlers, u"postgresql.dump"_s);
    run::add<PrepareHandler>(handlers, u"postgresql.prepare"_s);
    run::add<StageHandler>(handlers, u"postgresql.stage"_s);
    run::add<LoadHandler>(handlers, u"postgresql.load"_s);
    run::add<ProveHandler>(handlers, u"postgresql.prove"_s);
    run::add<SamePodHandler>(handlers, u"postgresql.samePod"_s);
}

} // namespace scalekeep::store::postgresql
