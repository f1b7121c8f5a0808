#include "engine/store/mysql.h"

#include "engine/store/proof.h"
#include "engine/store/recall.h"

namespace scalekeep::store::mysql {

using namespace Qt::Literals::StringLiterals;

namespace {
/// The variable that the catalogue names; the value is only ever seen inside the container.
QString password(const catalog::Component& component)
{
    return u"MYSQL_PWD=\"$%1\""_s.arg(component.passwordEnv);
}

QString account(const catalog::Component& component)
{
    // TCP, as the image grants root there; 127.0.0.1 because the Service has no end points while a pod is not ready.
    return u"-h127.0.0.1 -P%1 -u%2"_s.arg(component.port ? component.port : 3306).arg(quoted(component.user));
}

QString database(const catalog::Component& component)
{
    return component.databaseEnv.isEmpty() ? quoted(component.database) : u"\"${%1:-%2}\""_s.arg(component.databaseEnv, component.database);
}

Result<QByteArray> query(const run::StepRun& step, const oc::PodRef& pod, const catalog::Component& component, const QString& statement, const QString& doing, bool inDatabase = true)
{
    return execChecked(step, pod, queryCommand(component, statement, inDatabase), doing);
}

/// Counts that tell whether there is a database at all: "no database" is a fact to work with, "cannot ask" is an error.
Result<bool> databaseExists(const run::StepRun& step, const oc::PodRef& pod, const catalog::Component& component)
{
    const auto answer = query(step, pod, component, u"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '@database@'"_s,
                              u"ask %1 for its tables"_s.arg(component.id), false);
    if (!answer)
        return fail(answer.error());
    return answer->trimmed() != "0";
}

class DumpHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        if (!component)
            return fail(component.error());
        const auto pod = containerOf(step, **component);
        if (!pod)
            return fail(pod.error());
        const auto exists = databaseExists(step, *pod, **component);
        if (!exists)
            return fail(exists.error());
        if (!*exists)
            return fail(ErrorCode::Absent, u"%1 has no database, or one without tables: there is nothing to back up."_s.arg((*component)->id));
        return dumpToBundle(step, dumpOf(**component, *pod));
    }
    Result<bool> recall(run::StepRun& step, const QJsonObject& result) const override { return recallDump(step, result); }
};

/// An empty database where there is none: the pod's probe asks for it, and a pod that is not ready cannot be rolled out.
class PrepareHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        if (!component)
            return fail(component.error());
        const auto pod = containerOf(step, **component);
        if (!pod)
            return fail(pod.error());
        const auto made = execChecked(step, *pod, createCommand(**component), u"create the database of %1"_s.arg((*component)->id));
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
        // The path is known without the step's answer: it may have ended before it could give one.
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

/// What is left of an earlier load, in the pod and in the server, where a statement that lost its client goes on to its end, and what a writer left whose node died, with its
/// transaction open: whatever takes the database's place would wait for their locks. A loader that is still at DROP or CREATE has no database yet.
Result<void> endLoaders(run::StepRun& step, const catalog::Component& component, const oc::PodRef& pod)
{
    if (const auto ended = endOrphans(step, pod); !ended)
        return ended;
    const auto sessions = query(step, pod, component,
                                u"SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND command <> 'Daemon' AND (db = '@database@' OR (user = '%1' AND db IS NULL))"_s.arg(component.user),
                                u"list the sessions of %1"_s.arg(component.id), false);
    if (!sessions)
        return fail(sessions.error());
    for (const QByteArray& id : sessions->split('\n')) {
        bool number = false;
        const qlonglong session = id.trimmed().toLongLong(&number);
        if (!number)
            continue;
        step.log(u"Ends session %1 of the server, which would hold the database."_s.arg(session));
        (void)query(step, pod, component, u"KILL %1"_s.arg(session), u"end an old session"_s, false); // it may be gone by now
    }
    return {};
}

Result<void> load(run::StepRun& step, const catalog::Component& component, const oc::PodRef& pod, const Staged& staged)
{
    if (const auto ended = endLoaders(step, component, pod); !ended)
        return ended;
    const auto loaded = runLong(step, pod, loadCommand(component, staged, orphanMark(step.context)), u"load the dump into %1"_s.arg(component.id));
    return loaded ? Result<void>{} : Result<void>(fail(loaded.error()));
}

/// There was nothing before: an empty database, as a pod's probe wants one.
Result<void> empty(run::StepRun& step, const catalog::Component& component, const oc::PodRef& pod)
{
    if (const auto ended = endLoaders(step, component, pod); !ended)
        return ended;
    const auto emptied = query(step, pod, component, u"DROP DATABASE IF EXISTS `@database@`; CREATE DATABASE `@database@`"_s, u"empty the database of %1"_s.arg(component.id), false);
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
        const Staged staged{stage[u"path"].toString(), stage[u"compressed"].toBool()};
        if (const auto loaded = load(step, **component, *pod, staged); !loaded)
            return fail(loaded.error());
        return QJsonObject{{u"pod"_s, pod->pod}, {u"uid"_s, pod->uid}};
    }

    /// Loads what the safety bundle holds; where there was no database before, drops the new one.
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
        if (!(*component)->guardTable.isEmpty()) {
            // system-app must never start on an empty one: its hook would drop and seed the database.
            const auto rows = query(step, *pod, **component, u"SELECT COUNT(*) FROM `%1`"_s.arg((*component)->guardTable), u"count the rows of %1"_s.arg((*component)->guardTable));
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
};

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
        const auto version = query(step, *pod, **component, u"SELECT VERSION()"_s, u"ask %1 for its version"_s.arg((*component)->id), false);
        if (!version)
            return fail(version.error());
        return QJsonObject{{u"serverVersion"_s, QString::fromUtf8(*version)}};
    }
};
} // namespace

Dump dumpOf(const catalog::Component& component, const oc::PodRef& pod)
{
    return {.component = component, .stream = u"dump.sql"_s, .format = u"mysqldump"_s, .pod = pod, .argv = dumpCommand(component)};
}

QStringList dumpCommand(const catalog::Component& component)
{
    // Routines are left out by default, and porta does not run without sp_invoices_friendly_id (3scale-facts D).
    return {storeShell, u"-c"_s,
            u"%1 exec mysqldump %2 --single-transaction --quick --routines --triggers --events --hex-blob --default-character-set=utf8mb4 --no-tablespaces %3"_s.arg(
                password(component), account(component), database(component))};
}

QStringList queryCommand(const catalog::Component& component, const QString& statement, bool inDatabase)
{
    return {storeShell, u"-c"_s,
            u"db=%1; %2 exec mysql %3 --default-character-set=utf8mb4 -N -B -e \"${1//@database@/$db}\" %4"_s.arg(database(component), password(component), account(component), inDatabase ? u"\"$db\""_s : QString{}),
            u"mysql"_s, statement};
}

QStringList createCommand(const catalog::Component& component)
{
    return queryCommand(component, u"CREATE DATABASE IF NOT EXISTS `@database@`"_s, false);
}

QStringList scriptCommand(const catalog::Component& component)
{
    return {storeShell, u"-c"_s, u"%1 exec mysql %2 --default-character-set=utf8mb4 -N -B -f %3"_s.arg(password(component), account(component), database(component))};
}

QStringList loadCommand(const catalog::Component& component, const Staged& staged, const QString& mark)
{
    // Whoever came meanwhile and holds the database makes it fail in time: by itself the server waits a year.
    // --comments, or the client drops them from the bodies of routines. bash, for pipefail: a dump that cannot be unpacked must not look like one that ended. The statements before it are one
    // session, so a new, empty database is only ever seen together with its load.
    const QString script = u"set -o pipefail; db=%1; export %2; "
                           "charset=$(mysql %3 -N -B -e \"SELECT CONCAT(default_character_set_name, ' COLLATE ', default_collation_name) FROM information_schema.schemata WHERE schema_name = '$db'\") || exit 90; rm -f -- \"$2.loaded\"; : >\"$2.loading\"; "
                           "{ printf 'SET SESSION lock_wait_timeout = 300; DROP DATABASE IF EXISTS `%s`; CREATE DATABASE `%s` %s; USE `%s`;\\n' \"$db\" \"$db\" \"${charset:+DEFAULT CHARACTER SET $charset}\" \"$db\"; %4 \"$2\"; } | mysql %3 --comments --default-character-set=utf8mb4 && mv -f -- \"$2.loading\" \"$2.loaded\""_s
                               .arg(database(component), password(component), account(component), staged.compressed ? u"gzip -dc --"_s : u"cat --"_s);
    return {storeShell, u"-c"_s, script, mark, mark, staged.path};
}

void registerHandlers(run::Handlers& handlers)
{
    run::add<InspectHandler>(handlers, u"mysql.inspect"_s);
    run::add<DumpHandler>(handlers, u"mysql.dump"_s);
    run::add<PrepareHandler>(handlers, u"mysql.prepare"_s);
    run::add<StageHandler>(handlers, u"mysql.stage"_s);
    run::add<LoadHandler>(handlers, u"mysql.load"_s);
    run::add<ProveHandler>(handlers, u"mysql.prove"_s);
}

} // namespace scalekeep::store::mysql
