#include "engine/run/session.h"

#include "engine/base/files.h"
#include "engine/base/user.h"
#include "engine/run/execution.h"
#include "engine/run/kept.h"
#include "engine/run/journallock.h"
#include "engine/run/redaction.h"
#include "engine/run/restoremark.h"

#include <QDir>
#include <QJsonArray>
#include <QSysInfo>

#include <algorithm>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qint64 freshSeconds = 60;

bool changesAnything(const plan::Plan& plan)
{
    return std::any_of(plan.stages.begin(), plan.stages.end(), [](const plan::Stage& stage) {
        return std::any_of(stage.steps.begin(), stage.steps.end(), [](const plan::Step& step) { return step.changes; });
    });
}

LockInfo lockInfo(const Context& context, const QString& operatorIdentity, const plan::Plan& plan)
{
    return {.nonce = context.nonce, .runId = context.runId, .owner = operatorIdentity, .host = QSysInfo::machineHostName(), .purpose = plan.kind, .holder = {}, .since = QDateTime::currentDateTimeUtc(),
            .bundle = plan.bundle, .safetyBundle = plan.kind == u"restore" ? context.bundlePath : QString{}, .originals = {}, .inFlight = {}, .inherited = {}};
}

/// A run that never got its lock is over, and is not offered for resuming.
void close(Journal& journal, const Error& error)
{
    (void)journal.append({.type = u"run-finished"_s, .data = {{u"state"_s, u"failed-unchanged"_s}, {u"error"_s, errorToJson(error)}, {u"undoErrors"_s, QJsonArray{}}}}, true);
}

/// A backup changes nothing, but may have left something that its last steps remove.
bool tidies(const Past& past)
{
    return std::any_of(past.plan.stages.begin(), past.plan.stages.end(), [](const plan::Stage& stage) { return std::any_of(stage.steps.begin(), stage.steps.end(), [](const plan::Step& step) { return step.always; }); });
}

Result<void> mayGoOn(const Past& past, bool undo, const QString& namespaceName)
{
    if (past.state == u"running")
        return fail(ErrorCode::Locked, u"Run %1 is being worked on by another process of this program."_s.arg(past.runId), u"Nothing was changed. Wait until it ends, or end it."_s);
    const bool tidy = tidies(past);
    if (undo && past.resumable && !past.undoable && !tidy)
        return fail(ErrorCode::Usage, u"Run %1 changed nothing in the cluster: there is nothing to undo."_s.arg(past.runId), u"What it wrote lies beside the bundle with the ending “.partial”."_s);
    if (!(undo ? past.undoable || (tidy && past.resumable) : past.resumable)) {
        const QString safety = past.plan.kind == u"restore" ? past.setup[u"writesTo"].toString() : QString{};
        return fail(ErrorCode::Usage, u"Run %1 has ended (%2): there is nothing to %3."_s.arg(past.runId, past.state, undo ? u"undo"_s : u"resume"_s),
                    undo && past.state == u"done" && !safety.isEmpty() ? u"Nothing was changed. To get the earlier data back, restore its safety bundle: %1"_s.arg(safety) : u"Nothing was changed. Start a new run."_s);
    }
    if (namespaceName != past.plan.namespaceName)
        return fail(ErrorCode::Usage, u"Run %1 worked on namespace %2, not on %3."_s.arg(past.runId, past.plan.namespaceName, namespaceName), u"Nothing was changed."_s);
    return {};
}

Result<catalog::Catalog> catalogOf(const Past& past, const QString& folder)
{
    const QString file = past.setup[u"catalogue"].toString();
    auto catalog = catalog::readCatalog(file, past.setup[u"catalogueVersion"].toString(), past.setup[u"catalogueFlavour"].toString());
    // Of another user's folder, or of another place since: by its name in the folder of today.
    if (!catalog && catalog.error().code != ErrorCode::BadInput && !folder.isEmpty())
        catalog = catalog::readCatalog(QDir(folder).filePath(QFileInfo(file).fileName()), past.setup[u"catalogueVersion"].toString(), past.setup[u"catalogueFlavour"].toString());
    return catalog;
}

/// The bundle that a restore reads, when it is still the same one.
Result<std::unique_ptr<bundle::Reader>> readerOf(const Past& past)
{
    if (past.plan.kind != u"restore")
        return std::unique_ptr<bundle::Reader>();
    const QString path = fileOf(past, past.plan.bundle);
    auto reader = bundle::Reader::open(path);
    if (!reader) {
        Error error = reader.error();
        error.hint = u"Nothing was changed. The run reads %1; on another workstation it may lie in %2. Or undo the run."_s.arg(past.plan.bundle, QFileInfo(past.journal).absolutePath());
        return fail(error);
    }
    if (QString::fromLatin1((*reader)->manifest().membersSha256) != past.setup[u"bundleDigest"].toString())
        return fail(ErrorCode::Conflict, u"“%1” is not the bundle that run %2 restores."_s.arg(path, past.runId), u"Nothing was changed. Put the bundle back where it was, or undo the run."_s);
    return reader;
}

/// The bundle that is restored, for the record: what it is of and what it holds.
QJsonObject describe(const bundle::Reader* reader)
{
    if (!reader)
        return {};
    const bundle::Header& header = reader->header();
    QJsonArray components;
    for (const bundle::Component& component : reader->manifest().components) {
        components.append(QJsonObject{{u"id"_s, component.id}, {u"title"_s, component.title}, {u"engine"_s, component.engine}, {u"serverVersion"_s, component.serverVersion},
                                      {u"state"_s, component.state}, {u"summary"_s, component.summary}});
    }
    return {{u"cluster"_s, header.cluster},
            {u"namespace"_s, header.namespaceName},
            {u"threescaleVersion"_s, header.threescaleVersion},
            {u"flavour"_s, header.flavour},
            {u"runId"_s, header.runId},
            {u"started"_s, header.started.toString(Qt::ISODateWithMs)},
            {u"fileBytes"_s, reader->fileSize()},
            {u"completeness"_s, reader->manifest().completeness[u"score"]},
            {u"components"_s, components}};
}

/// Whether going on would change something that an earlier pass had begun to change.
bool hasWork(const Past& past, bool undo)
{
    bool begunAny = false;
    for (const QString& id : begunSteps(past)) {
        const plan::Step* step = past.plan.step(id);
        begunAny = begunAny || (step && step->changes);
    }
    if (undo || !begunAny)
        return begunAny;
    const QHash<QString, QJsonObject> done = doneSteps(past);
    return std::any_of(past.plan.stages.begin(), past.plan.stages.end(), [&done](const plan::Stage& stage) {
        return std::any_of(stage.steps.begin(), stage.steps.end(), [&done](const plan::Step& step) { return !done.contains(step.id); });
    });
}

/// A safety bundle that was not finished has kept nothing that was overwritten: once its run is undone, it is only a file full of secrets.
void dropUnfinishedSafety(const plan::Plan& plan, const Outcome& outcome, const QString& path)
{
    const bool over = outcome.state == Outcome::State::FailedUnchanged || outcome.state == Outcome::State::FailedUndone;
    if (plan.kind != u"restore" || !over || path.isEmpty() || QFileInfo::exists(path))
        return;
    for (const QString& ending : {u".partial"_s, u".cut"_s})
        QFile::remove(path + ending);
}
} // namespace

Session::Session(QString home, const Handlers& handlers, EventSink live) : m_home(std::move(home)), m_handlers(handlers), m_live(std::move(live)) {}

QString Session::journalPath(const QString& home, const QString& runId)
{
    return u"%1/runs/%2/journal.jsonl"_s.arg(home, runId);
}

QStringList Session::runs(const QString& home)
{
    return QDir(home + u"/runs"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name | QDir::Reversed);
}

Session::Ended Session::finished(Outcome outcome, const Context& context, const QString& journal)
{
    Ended ended{.outcome = std::move(outcome), .runId = context.runId, .journal = journal, .results = {}};
    for (auto result = context.results.cbegin(); result != context.results.cend(); ++result)
        ended.results.insert(result.key(), result.value());
    return ended;
}

Result<Session::Ended> Session::run(Setup setup, std::stop_token stop)
{
    Context context;
    context.catalog = &setup.catalog;
    context.redactor = &setup.redactor;
    context.inventory = setup.inventory;
    context.nonce = randomHex(8);
    context.runId = u"%1-%2"_s.arg(QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd'T'HHmmss'Z'"_s), context.nonce.left(6));
    context.reader = setup.reader.get();
    context.bundlePath = setup.writesTo;
    context.client = &setup.client;

    if (setup.plan.kind == u"backup") {
        const auto mark = restoreMark(setup.client);
        // The rights for a backup of one store may not be enough to ask.
        if (!mark && mark.error().code != ErrorCode::Forbidden)
            return fail(mark.error());
        if (mark)
            context.restoreMark = *mark;
    }

    // What was read a moment ago need not be asked for again.
    if (!setup.inventory.taken.isValid() || setup.inventory.taken.secsTo(QDateTime::currentDateTimeUtc()) > freshSeconds)
        learnSecrets(setup.redactor, setup.client);
    learnSecrets(setup.redactor, setup.inventory.objects);

    // What people typed is in the plan, whose digest the journal holds: it cannot be redacted on the way.
    const QJsonObject change = setup.plan.choices.value(u"change"_s).toObject();
    for (auto field = change.begin(); field != change.end(); ++field) {
        if (setup.redactor.contains(field.value().toString().toUtf8()))
            return fail(ErrorCode::Usage, u"The change's field %1 holds a secret value of the namespace."_s.arg(field.key()), u"Nothing was changed. Take the value out of the text: it would stand in the journal and in the record."_s);
    }

    const QString journalFile = journalPath(m_home, context.runId);
    if (const auto made = makePrivateDirectory(QFileInfo(journalFile).absolutePath()); !made)
        return fail(made.error());
    const auto guard = RunGuard::take(m_home, context.runId);
    if (!guard)
        return fail(guard.error());
    auto journal = Journal::create(journalFile);
    if (!journal)
        return fail(journal.error());

    std::unique_ptr<bundle::Writer> writer;
    if (!setup.writesTo.isEmpty()) {
        setup.header.runId = context.runId;
        auto created = bundle::Writer::create(setup.writesTo, setup.header);
        if (!created)
            return fail(created.error());
        writer = std::move(*created);
        context.writer = writer.get();
    }

    QJsonArray checks;
    for (const Check& check : setup.checks)
        checks.append(toJson(check));
    Event started{.type = u"run-started"_s,
                  .data = {{u"runId"_s, context.runId},
                           {u"nonce"_s, context.nonce},
                           {u"program"_s, QStringLiteral("scalekeep " SCALEKEEP_VERSION)},
                           {u"operator"_s, setup.operatorIdentity},
                           {u"localUser"_s, localUser()},
                           {u"host"_s, QSysInfo::machineHostName()},
                           {u"catalogue"_s, setup.catalog.file},
                           {u"catalogueVersion"_s, setup.catalog.version},
                           {u"catalogueFlavour"_s, setup.catalog.flavour},
                           {u"threescaleVersion"_s, setup.header.threescaleVersion},
                           {u"flavour"_s, setup.header.flavour},
                           {u"serverVersion"_s, setup.client.serverVersion()},
                           {u"bundle"_s, describe(setup.reader.get())},
                           {u"bundleDigest"_s, setup.reader ? QString::fromLatin1(setup.reader->manifest().membersSha256) : QString{}},
                           {u"writesTo"_s, setup.writesTo},
                           {u"checks"_s, redacted(setup.redactor, checks)},
                           {u"changes"_s, redacted(setup.redactor, setup.changes)},
                           {u"planSha256"_s, QString::fromLatin1(setup.plan.digest())},
                           {u"plan"_s, plan::toJson(setup.plan)}}};
    if (context.restoreMark)
        started.data[u"restoreMark"] = *context.restoreMark;
    if (const auto written = (*journal)->append(started, true); !written)
        return fail(written.error());
    m_live(started);

    std::unique_ptr<Lock> lock;
    if (changesAnything(setup.plan)) {
        auto acquired = Lock::acquire(setup.client, lockInfo(context, setup.operatorIdentity, setup.plan), setup.plan.step(putBackStep) != nullptr);
        if (!acquired && Lock::isUnclear(acquired.error())) {
            // The lock may be there: the run stays open, so that it can be adopted, and the file that a resumed run writes on with it.
            Error unknown = acquired.error();
            unknown.code = ErrorCode::LockUnknown;
            unknown.message = u"It is not known whether namespace %1 was locked for run %2: %3"_s.arg(setup.client.connection().namespaceName, context.runId, unknown.message);
            unknown.hint = u"Nothing else was changed. Once the cluster answers, undo the run, which removes the lock if it is there, or resume it, which begins it after all."_s;
            return fail(unknown);
        }
        if (!acquired) {
            if (writer)
                writer->discard();
            close(**journal, acquired.error());
            return fail(acquired.error());
        }
        lock = std::move(*acquired);
        context.lock = lock.get();
    }
    if (const auto marked = setup.plan.kind == u"restore" && lock ? markRestore(setup.client, lock->info()) : Result<void>{}; !marked) {
        Error error = marked.error();
        if (!lock->release()) {
            error.code = ErrorCode::LockUnknown;
            error.hint = u"Nothing else was changed, but the namespace may still be locked for run %1. Once the cluster answers, undo that run, or resume it."_s.arg(context.runId);
            return fail(error);
        }
        if (writer)
            writer->discard();
        close(**journal, error);
        return fail(error);
    }

    if (const auto noted = lock ? noteInherited(**journal, setup.redactor, *lock, m_live) : Result<void>{}; !noted) {
        (void)lock->release();
        return fail(noted.error());
    }

    Executor executor(m_handlers, **journal, m_live, {setup.pause, setup.onLoginLost});
    Outcome outcome = executor.run(setup.plan, context, stop);
    context.writer = nullptr;
    writer.reset();
    dropUnfinishedSafety(setup.plan, outcome, setup.writesTo);
    return finished(std::move(outcome), context, journalFile);
}

Result<Session::Ended> Session::resume(const QString& runId, ResumeSetup setup, std::stop_token stop)
{
    return goOn(Mode::Resume, runId, std::move(setup), std::move(stop));
}

Result<Session::Ended> Session::undo(const QString& runId, ResumeSetup setup, std::stop_token stop)
{
    return goOn(Mode::Undo, runId, std::move(setup), std::move(stop));
}

Result<Session::Ended> Session::goOn(Mode mode, const QString& runId, ResumeSetup setup, std::stop_token stop)
{
    const auto past = readPast(m_home, runId);
    if (!past)
        return fail(past.error());
    if (const auto allowed = mayGoOn(*past, mode == Mode::Undo, setup.client.connection().namespaceName); !allowed)
        return fail(allowed.error());
    const auto guard = RunGuard::take(m_home, runId);
    if (!guard)
        return fail(guard.error());

    const auto catalog = catalogOf(*past, setup.catalogueFolder);
    if (!catalog)
        return fail(catalog.error());
    auto inventory = cluster::takeInventory(setup.client);
    if (!inventory)
        return fail(inventory.error());
    if (const auto whole = inventory->whole(); !whole)
        return fail(whole.error());
    if (!past->plan.projectUid.isEmpty() && !inventory->projectUid.isEmpty() && inventory->projectUid != past->plan.projectUid)
        return fail(ErrorCode::Conflict, u"Namespace %1 was made anew since run %2."_s.arg(past->plan.namespaceName, runId), u"Nothing was changed. What the run had begun is gone with the old namespace: start a new run."_s);
    learnSecrets(setup.redactor, setup.client);
    learnSecrets(setup.redactor, inventory->objects);

    Context context;
    context.catalog = &*catalog;
    context.redactor = &setup.redactor;
    context.inventory = std::move(*inventory);
    context.nonce = past->setup[u"nonce"].toString();
    context.runId = runId;
    context.bundlePath = fileOf(*past, past->setup[u"writesTo"].toString());
    context.client = &setup.client;

    // What it has read is older than a restore that came in between; a file under its final name was whole before.
    if (past->setup.contains(u"restoreMark"_s))
        context.restoreMark = past->setup[u"restoreMark"].toString();
    if (mode == Mode::Resume && past->plan.kind == u"backup" && !changesAnything(past->plan) && !QFileInfo::exists(context.bundlePath)) {
        const auto same = noRestoreSince(setup.client, context.restoreMark);
        if (!same && same.error().code != ErrorCode::Forbidden) {
            // It will never go on; what it has left in the cluster, if anything, is for an undo.
            if (same.error().code == ErrorCode::Conflict && !tidies(*past)) {
                if (const auto journal = Journal::reopen(past->journal))
                    close(**journal, same.error());
            }
            return fail(same.error());
        }
    }

    const auto reader = readerOf(*past);
    if (!reader && mode == Mode::Resume)
        return fail(reader.error());
    context.reader = reader ? reader->get() : nullptr;
    std::unique_ptr<bundle::Writer> writer;
    Kept kept;
    // A file under its final name is whole, whether or not the journal came to say so.
    if (mode == Mode::Resume && !context.bundlePath.isEmpty() && !QFileInfo::exists(context.bundlePath)) {
        auto looked = keptOf(*past, m_handlers, context, stop);
        if (!looked)
            return fail(looked.error());
        kept = std::move(*looked);
        auto reopened = bundle::Writer::reopen(context.bundlePath, kept.components, kept.after);
        if (!reopened)
            return fail(reopened.error());
        writer = std::move(*reopened);
        context.writer = writer.get();
    }

    std::unique_ptr<Lock> lock;
    if (changesAnything(past->plan)) {
        auto adopted = Lock::adopt(setup.client, runId, setup.operatorIdentity, QSysInfo::machineHostName());
        if (!adopted && adopted.error().code == ErrorCode::NotFound) {
            // Never taken, released by the end that the journal does not know of, or removed by hand. Where the run was ended on another workstation,
            // this journal is out of date: going on by it would overwrite what was written since.
            if (!setup.lockWasRemoved && hasWork(*past, mode == Mode::Undo))
                return fail(ErrorCode::LockRemoved, u"Namespace %1 is not locked by run %2 any more: it was ended on another workstation, had ended without room for the last line of its journal, or its lock was removed by hand."_s.arg(past->plan.namespaceName, runId),
                            u"Nothing was changed. If it has ended, there is nothing to do here. Only if its lock was removed by hand and nothing was changed since, add --lock-removed."_s);
            adopted = Lock::acquire(setup.client, lockFromJournal(*past, m_handlers, lockInfo(context, setup.operatorIdentity, past->plan)));
        }
        // Not known to have its lock, and it had not: another's is there, or the one that it was to take over. Nothing was begun without it.
        const bool withoutLock = !adopted && adopted.error().code == ErrorCode::Locked && begunSteps(*past).isEmpty();
        if (withoutLock && mode == Mode::Resume)
            adopted = Lock::acquire(setup.client, lockInfo(context, setup.operatorIdentity, past->plan), past->plan.step(putBackStep) != nullptr);
        if (!adopted && !(withoutLock && mode == Mode::Undo))
            return fail(adopted.error());
        if (adopted) {
            lock = std::move(*adopted);
            context.lock = lock.get();
        }
    }
    // A backup that reads meanwhile sees the lock as well: what cannot be marked may still be undone.
    const auto marked = past->plan.kind == u"restore" && lock ? markRestore(setup.client, lock->info()) : Result<void>{};
    if (!marked && (mode == Mode::Resume || marked.error().code == ErrorCode::Locked || marked.error().code == ErrorCode::NotLoggedIn))
        return fail(marked.error());

    bool repaired = false;
    auto journal = Journal::reopen(past->journal, &repaired);
    if (!journal)
        return fail(journal.error());
    const Event resumed{.type = u"run-resumed"_s,
                        .data = {{u"runId"_s, runId},
                                 {u"mode"_s, mode == Mode::Undo ? u"undo"_s : u"resume"_s},
                                 {u"operator"_s, setup.operatorIdentity},
                                 {u"localUser"_s, localUser()},
                                 {u"host"_s, QSysInfo::machineHostName()},
                                 {u"program"_s, QStringLiteral("scalekeep " SCALEKEEP_VERSION)},
                                 {u"journalRepaired"_s, repaired}}};
    if (const auto written = (*journal)->append(resumed, true); !written)
        return fail(written.error());
    m_live(resumed);
    if (!marked) {
        const Event warning{.type = u"log"_s, .data = {{u"text"_s, u"Warning: A backup of this namespace that another program makes now may not notice that it is changed: %1"_s.arg(marked.error().message)}}};
        if (const auto written = (*journal)->append(warning, false); !written)
            return fail(written.error());
        m_live(warning);
    }
    // Taken over just now, or the program had died before it wrote it down.
    const bool known = std::any_of(past->events.begin(), past->events.end(), [](const Event& event) { return event.type == u"lock-inherited"; });
    if (const auto noted = lock && !known ? noteInherited(**journal, setup.redactor, *lock, m_live) : Result<void>{}; !noted)
        return fail(noted.error());
    QList<Event> history = past->events;
    for (const Event& again : kept.again) {
        if (const auto written = (*journal)->append(again, true); !written)
            return fail(written.error());
        m_live(again);
        history.append(again);
    }

    Executor executor(m_handlers, **journal, m_live, {setup.pause, setup.onLoginLost});
    Outcome outcome = mode == Mode::Undo ? executor.undo(past->plan, context, history, stop) : executor.resume(past->plan, context, history, stop);
    context.writer = nullptr;
    writer.reset();
    dropUnfinishedSafety(past->plan, outcome, context.bundlePath);
    return finished(std::move(outcome), context, past->journal);
}

} // namespace scalekeep::run
