#include "runs.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QLockFile>
#include <QTest>

#include <span>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::run;
using State = Outcome::State;

namespace {
Result<QJsonObject> writeStream(StepRun& step, const QByteArray& data)
{
    auto stream = step.context.writer->openStream(step.step.id, u"dump.sql"_s, u"mysqldump"_s);
    if (!stream)
        return fail(stream.error());
    if (const auto written = (*stream)->write(std::span(data.constData(), static_cast<size_t>(data.size()))); !written)
        return fail(written.error());
    bundle::Stream proof;
    proof.started = proof.finished = proof.snapshot = QDateTime::currentDateTimeUtc();
    proof.endMark = u"end"_s;
    if (const auto stored = (*stream)->finish(proof); !stored)
        return fail(stored.error());
    if (const auto indexed = step.context.writer->addIndex(step.step.id, "{}"); !indexed)
        return fail(indexed.error());
    return QJsonObject{{u"entry"_s, QJsonObject{{u"id"_s, step.step.id}}}};
}
} // namespace

/// A run that goes on from its journal alone, in a namespace whose lock tells who may.
class TestSession : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// A run that was killed must not wait for a program of the same name that has its process's number today.
    void anotherProcessOfTheSameNumber()
    {
        Runs runs;
        const auto ended = runs.run(World::plan({World::step(u"a"_s)}));
        QVERIFY(ended.has_value());
        const QString home = runs.world.home(), working = QFileInfo(Session::journalPath(home, ended->runId)).absolutePath() + u"/working"_s;
        {
            const auto guard = RunGuard::take(home, ended->runId);
            QVERIFY(guard.has_value());
            QVERIFY(RunGuard::isTaken(home, ended->runId));
            QCOMPARE(RunGuard::take(home, ended->runId).error().code, ErrorCode::Locked);
            QVERIFY(QFile::copy(working, working + u".left"_s));
        }
        QVERIFY(QFile::copy(working + u".left"_s, working)); // names this process, which lives, but has given it up
        QVERIFY(!RunGuard::isTaken(home, ended->runId));
        QVERIFY(QFile::rename(working + u".left"_s, working));
        QVERIFY(RunGuard::take(home, ended->runId).has_value());
    }

    /// The record is made of the journal alone: what was checked and counted before the run has to be in it, without what is secret.
    void checksAndChangesAreJournaled()
    {
        Runs runs;
        runs.world.redactor().add("geheimnis-123");
        const Check check{.id = u"stores"_s, .title = u"Stores"_s, .state = Check::State::Warning, .evidence = u"password geheimnis-123 seen"_s, .remedy = u"Look."_s};
        const QJsonObject changes{{u"entries"_s, QJsonArray{QJsonObject{{u"component"_s, u"a"_s}, {u"now"_s, 12}, {u"note"_s, u"geheimnis-123"_s}}}}};
        const auto ended = runs.run(World::plan({World::step(u"a"_s)}), {}, {check}, changes);
        QVERIFY(ended.has_value());
        const auto past = runs.past(ended->runId);
        QVERIFY(past.has_value());
        QCOMPARE(past->setup[u"checks"].toArray().size(), 1);
        const QJsonObject read = past->setup[u"checks"][0].toObject();
        QCOMPARE(read[u"state"].toString(), u"warning"_s);
        QCOMPARE(read[u"remedy"].toString(), u"Look."_s);
        QCOMPARE(past->setup[u"changes"][u"entries"][0][u"now"].toInt(), 12);
        QFile file(runs.journal(ended->runId));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(!file.readAll().contains("geheimnis"));
    }

    void resume_data()
    {
        QTest::addColumn<bool>("lockIsLeft");
        QTest::newRow("under its lock") << true;
        QTest::newRow("its lock was removed by hand") << false;
    }
    void resume()
    {
        QFETCH(bool, lockIsLeft);
        Runs runs;
        QByteArray lock;
        QStringList nonces;
        QJsonObject originals;
        runs.world.onRun(u"a"_s, [&](StepRun& step) -> Result<QJsonObject> {
            nonces.append(step.context.nonce);
            if (const auto noted = step.context.lock->remember(u"replicas:x"_s, 3); !noted)
                return fail(noted.error());
            if (const auto noted = step.evidence({{u"original"_s, u"replicas:x"_s}, {u"value"_s, 3}}); !noted)
                return fail(noted.error());
            lock = content(runs.lockFile());
            return QJsonObject{};
        });
        runs.world.onRun(u"b"_s, [&](StepRun& step) -> Result<QJsonObject> {
            nonces.append(step.context.nonce);
            originals = step.context.lock->originals();
            return QJsonObject{};
        });
        runs.world.onProbe(u"b"_s, Handler::Probe::NotHappened);
        const auto first = runs.run(World::plan({World::change(u"a"_s), World::change(u"b"_s), World::change(u"c"_s)}));
        QVERIFY2(first, first ? "" : qPrintable(first.error().message));
        QCOMPARE(first->outcome.state, State::Done);
        QVERIFY(!QFile::exists(runs.lockFile()));
        const QString id = first->runId;
        runs.dieAfter(id, u"step-started"_s, u"b"_s, lockIsLeft ? lock : QByteArray());
        const auto past = runs.past(id);
        QVERIFY(past);
        QCOMPARE(past->state, u"interrupted"_s);
        QVERIFY(past->resumable && past->undoable);

        // A power loss leaves half a line.
        QFile journal(runs.journal(id));
        QVERIFY(journal.open(QIODevice::Append) && journal.write("{\"data\":{\"res") > 0);
        journal.close();
        if (!lockIsLeft) {
            // It may as well have been ended on another workstation: nothing is done without a word about it.
            const QByteArray before = content(runs.journal(id));
            QCOMPARE(runs.resume(id).error().code, ErrorCode::LockRemoved);
            QCOMPARE(runs.undo(id).error().code, ErrorCode::LockRemoved);
            QVERIFY(runs.world.calls().isEmpty());
            QCOMPARE(content(runs.journal(id)), before);
        }
        const auto second = runs.resume(id, !lockIsLeft);
        QVERIFY2(second, second ? "" : qPrintable(second.error().message));
        QCOMPARE(second->outcome.state, State::Done);
        QCOMPARE(second->runId, id);
        QCOMPARE(runs.world.calls(), (QStringList{u"probe:b"_s, u"run:b"_s, u"run:c"_s}));
        QCOMPARE(nonces.size(), 3);
        QCOMPARE(QSet<QString>(nonces.begin(), nonces.end()).size(), 1); // files and pods are found by it
        QCOMPARE(originals[u"replicas:x"].toInt(), 3);
        QVERIFY(!QFile::exists(runs.lockFile()));
        const auto ended = runs.past(id);
        QVERIFY(ended);
        QCOMPARE(ended->state, u"done"_s);
        QVERIFY(!ended->resumable && !ended->undoable);
        QCOMPARE(runs.resume(id).error().code, ErrorCode::Usage);
        QCOMPARE(runs.undo(id).error().code, ErrorCode::Usage);
    }

    void undo()
    {
        Runs runs;
        QByteArray lock;
        runs.world.onRun(u"b"_s, [&](StepRun&) -> Result<QJsonObject> { lock = content(runs.lockFile()); return QJsonObject{}; });
        plan::Step tidy = World::change(u"tidy"_s);
        tidy.always = true;
        const auto first = runs.run(World::plan({World::change(u"a"_s), World::change(u"b"_s), tidy}));
        QVERIFY(first);
        runs.dieAfter(first->runId, u"step-started"_s, u"b"_s, lock);
        runs.world.onUndo(u"a"_s, [](StepRun&) -> Result<void> { return fail(ErrorCode::Unreachable, u"No route."_s); });
        auto undone = runs.undo(first->runId);
        QVERIFY(undone);
        QCOMPARE(undone->outcome.state, State::NeedsAttention);
        QCOMPARE(undone->outcome.undoErrors.size(), 1);
        QVERIFY(QFile::exists(runs.lockFile())); // its originals are still needed
        QCOMPARE(runs.world.calls(), (QStringList{u"undo:b"_s, u"undo:a"_s, u"run:tidy"_s}));
        QCOMPARE(runs.past(first->runId)->state, u"needs-attention"_s);

        runs.world.forgetCalls();
        runs.world.onUndo(u"a"_s, {});
        undone = runs.undo(first->runId);
        QVERIFY(undone);
        QCOMPARE(undone->outcome.state, State::FailedUndone);
        QCOMPARE(runs.world.calls(), (QStringList{u"undo:a"_s, u"run:tidy"_s})); // what is undone stays undone
        QVERIFY(!QFile::exists(runs.lockFile()));
        QCOMPARE(runs.past(first->runId)->state, u"failed-undone"_s);
    }

    /// What an earlier pass made and is gone is made again; what was only tidied after a failure does not count as done.
    void goneMeanwhile()
    {
        Runs runs;
        plan::Step prove = World::step(u"prove"_s), tidy = World::change(u"tidy"_s);
        prove.proves = true;
        tidy.always = true;
        int failures = 1;
        runs.world.onRun(u"late"_s, [&failures](StepRun&) -> Result<QJsonObject> { return failures-- > 0 ? Result<QJsonObject>(fail(ErrorCode::RemoteFailed, u"It broke."_s)) : Result<QJsonObject>(QJsonObject{}); });
        runs.world.onRecall(u"helper"_s, [](StepRun&, const QJsonObject& result) -> Result<bool> { return result[u"of"].toString() != u"helper"; });
        const auto first = runs.run(World::plan({World::change(u"helper"_s), prove, World::step(u"late"_s), tidy}));
        QVERIFY(first);
        QCOMPARE(first->outcome.state, State::NeedsAttention);
        QCOMPARE(runs.world.calls(), (QStringList{u"run:helper"_s, u"run:prove"_s, u"run:late"_s, u"run:tidy"_s}));
        runs.world.forgetCalls();
        const auto second = runs.resume(first->runId);
        QVERIFY(second);
        QCOMPARE(second->outcome.state, State::Done);
        QCOMPARE(runs.world.calls(), (QStringList{u"run:helper"_s, u"run:late"_s, u"run:tidy"_s}));
    }

    /// Nothing is begun and nothing undone when it cannot even be seen what is there.
    void cannotLook()
    {
        Runs runs;
        plan::Step prove = World::step(u"prove"_s);
        prove.proves = true;
        runs.world.failAt(u"late"_s);
        const auto first = runs.run(World::plan({World::change(u"a"_s), prove, World::step(u"late"_s)}));
        QVERIFY(first);
        runs.world.forgetCalls();
        runs.world.onRecall(u"a"_s, [](StepRun&, const QJsonObject&) -> Result<bool> { return fail(ErrorCode::Unreachable, u"No route."_s); });
        const auto second = runs.resume(first->runId);
        QVERIFY(second);
        QCOMPARE(second->outcome.state, State::NeedsAttention);
        QCOMPARE(second->outcome.error->code, ErrorCode::Unreachable);
        QVERIFY(runs.world.calls().isEmpty());
        QVERIFY(runs.past(first->runId)->resumable);
    }

    void othersLock()
    {
        Runs runs;
        const auto first = runs.run(World::plan({World::change(u"a"_s), World::change(u"b"_s)}));
        QVERIFY(first);
        runs.dieAfter(first->runId, u"step-started"_s, u"b"_s, R"({"kind":"ConfigMap","metadata":{"name":"scalekeep-lock"},"data":{"nonce":"other","runId":"run-2","owner":"eve","host":"elsewhere"}})");
        const QByteArray journal = content(runs.journal(first->runId));
        for (const auto& ended : {runs.resume(first->runId), runs.undo(first->runId)}) {
            QVERIFY(!ended);
            QCOMPARE(ended.error().code, ErrorCode::Locked);
            QVERIFY2(ended.error().hint.contains(u"elsewhere: scalekeep-cli resume run-2"_s), qPrintable(ended.error().hint));
        }
        QVERIFY(runs.world.calls().isEmpty());
        QCOMPARE(content(runs.journal(first->runId)), journal);
    }

    void onceAtATime()
    {
        Runs runs;
        QString id, state;
        ErrorCode code{};
        runs.world.onRun(u"a"_s, [&](StepRun& step) -> Result<QJsonObject> {
            id = step.context.runId;
            state = runs.past(id)->state;
            const auto second = runs.resume(id);
            code = second ? ErrorCode::Internal : second.error().code;
            return QJsonObject{};
        });
        QVERIFY(runs.run(World::plan({World::change(u"a"_s)})));
        QCOMPARE(state, u"running"_s);
        QCOMPARE(code, ErrorCode::Locked);
        QCOMPARE(runs.past(id)->state, u"done"_s);
    }

    void whatIsNoRun()
    {
        Runs runs;
        for (const QString& id : {u"nothing"_s, u""_s, u"../runs"_s, u".."_s})
            QCOMPARE(runs.resume(id).error().code, ErrorCode::NotFound);
        // A journal whose chain holds, but whose plan is another one than was begun.
        const auto first = runs.run(World::plan({World::change(u"a"_s)}));
        QVERIFY(first);
        auto events = Journal::read(runs.journal(first->runId));
        QVERIFY(events);
        QVERIFY(QFile::remove(runs.journal(first->runId)));
        const auto forged = Journal::create(runs.journal(first->runId));
        QVERIFY(forged);
        QJsonObject data = events->first().data, plan = data[u"plan"].toObject();
        plan[u"namespace"] = u"another"_s;
        data[u"plan"] = plan;
        QVERIFY((*forged)->append({.type = u"run-started"_s, .data = data}, true));
        QCOMPARE(runs.resume(first->runId).error().code, ErrorCode::Damaged);
    }

    /// Two processes with the same journal, as after an import: whoever goes on stops the other before its next change.
    void takenOver()
    {
        Runs runs;
        QString file = runs.lockFile();
        runs.world.onRun(u"a"_s, [&](StepRun& step) -> Result<QJsonObject> {
            const auto other = Lock::adopt(runs.world.client(), step.context.runId, u"eve"_s, u"elsewhere"_s);
            return other ? Result<QJsonObject>(QJsonObject{}) : fail(other.error());
        });
        const auto first = runs.run(World::plan({World::change(u"a"_s), World::change(u"b"_s)}));
        QVERIFY(first);
        QCOMPARE(first->outcome.state, State::NeedsAttention);
        QCOMPARE(first->outcome.error->code, ErrorCode::Locked);
        QVERIFY2(first->outcome.error->message.contains(u"elsewhere"_s), qPrintable(first->outcome.error->message));
        QCOMPARE(runs.world.calls(), (QStringList{u"run:a"_s})); // neither the next step nor an undo
        const auto holder = Lock::show(runs.world.client());
        QVERIFY(holder && *holder);
        QCOMPARE((*holder)->owner, u"eve"_s);
        QCOMPARE((*holder)->host, u"elsewhere"_s);
    }

    /// What is neither old nor new is written into the lock before it becomes so, and taken out when it is proven or back.
    void dataInFlight()
    {
        for (const bool proves : {true, false}) {
            Runs runs;
            plan::Step load = World::change(u"load"_s), prove = World::step(u"prove"_s);
            load.action = u"load"_s;
            load.component = prove.component = u"system-mysql"_s;
            prove.proves = true;
            runs.world.addEndangering(u"load"_s);
            QJsonObject during, undoing, stillLoaded{{u"nothing"_s, u"asked"_s}};
            const auto inFlight = [&runs] { return (*Lock::show(runs.world.client()))->inFlight; };
            const auto loaded = [&runs] { return (*Lock::show(runs.world.client()))->loaded; };
            runs.world.onRun(u"load"_s, [&](StepRun&) -> Result<QJsonObject> { during = inFlight(); return QJsonObject{}; });
            runs.world.onUndo(u"load"_s, [&](StepRun&) -> Result<void> { undoing = inFlight(); return {}; });
            if (!proves)
                runs.world.failAt(u"prove"_s);
            QJsonObject after;
            runs.world.onRun(u"last"_s, [&](StepRun&) -> Result<QJsonObject> { after = inFlight(); return fail(ErrorCode::RemoteFailed, u"It broke."_s); });
            const auto ended = runs.run(World::plan({World::change(u"before"_s), load, prove, World::change(u"last"_s)}));
            QVERIFY(ended);
            QCOMPARE(during[u"system-mysql"][u"step"].toString(), u"load"_s);
            QVERIFY(after.isEmpty());
            if (proves) {
                QCOMPARE(ended->outcome.state, State::NeedsAttention);
                QVERIFY(inFlight().isEmpty());
                // Whoever finds the lock without the journal: what is loaded, and what the rest is.
                QCOMPARE(loaded(), (QJsonObject{{u"system-mysql"_s, ended->runId}}));
                QVERIFY(Lock::describe(**Lock::show(runs.world.client())).contains(u"Loaded already, while the rest may hold what was there before: system-mysql."_s));
                // Asked for, the undo overwrites it again: said as well.
                runs.world.onUndo(u"load"_s, [&](StepRun&) -> Result<void> { undoing = inFlight(); return fail(ErrorCode::RemoteFailed, u"No."_s); });
                runs.world.onUndo(u"before"_s, [](StepRun&) -> Result<void> { return fail(ErrorCode::RemoteFailed, u"No."_s); });
                QCOMPARE(runs.undo(ended->runId)->outcome.state, State::NeedsAttention);
                QVERIFY(undoing.contains(u"system-mysql"_s));
                QCOMPARE(undoing[u"system-mysql"][u"action"].toString(), u"undo:load"_s); // what lay aside may be gone: this is no load that was cut off
                QVERIFY(inFlight().contains(u"system-mysql"_s)); // it failed
                runs.world.onUndo(u"load"_s, {});
                runs.world.onUndo(u"before"_s, [&](StepRun&) -> Result<void> { stillLoaded = loaded(); return {}; });
                QCOMPARE(runs.undo(ended->runId)->outcome.state, State::FailedUndone);
                QVERIFY(stillLoaded.isEmpty());
            } else {
                QCOMPARE(ended->outcome.state, State::FailedUndone);
                QVERIFY(!QFile::exists(runs.lockFile())); // nothing is left to be taken over
                QCOMPARE(undoing[u"system-mysql"][u"action"].toString(), u"load"_s); // not proven, so not tidied: what lies aside is the old data
                QVERIFY(undoing.contains(u"system-mysql"_s));
            }
        }
    }

    /// The lock goes before the last line of the journal is written: what says that it has ended leaves nothing locked.
    void releasedBeforeTheEnd()
    {
        Runs runs;
        bool locked = true;
        QString lockFile = runs.lockFile();
        runs.world.onRun(u"a"_s, [&](StepRun&) -> Result<QJsonObject> { return QJsonObject{}; });
        const auto first = runs.run(World::plan({World::change(u"a"_s)}));
        QVERIFY(first);
        const auto events = Journal::read(runs.journal(first->runId));
        QVERIFY(events);
        QCOMPARE(events->last().type, u"run-finished"_s);
        locked = QFile::exists(lockFile);
        QVERIFY(!locked);
        // Killed in between: nothing is left to do, so nothing is asked.
        runs.dieAfter(first->runId, u"step-done"_s, u"a"_s, {});
        QCOMPARE(runs.past(first->runId)->state, u"interrupted"_s);
        QCOMPARE(runs.resume(first->runId)->outcome.state, State::Done);
        QCOMPARE(runs.past(first->runId)->state, u"done"_s);
        QVERIFY(!QFile::exists(lockFile));
        // A lock that cannot be released is no good end, and the journal says so.
        runs.world.onRun(u"a"_s, [&](StepRun&) -> Result<QJsonObject> {
            return put(lockFile, R"({"kind":"ConfigMap","metadata":{"name":"scalekeep-lock"},"data":{"nonce":"other","runId":"run-2"}})") ? Result<QJsonObject>(QJsonObject{}) : fail(ErrorCode::Io, u"?"_s);
        });
        const auto second = runs.run(World::plan({World::change(u"a"_s)}));
        QVERIFY(second);
        QCOMPARE(second->outcome.state, State::NeedsAttention);
        QCOMPARE(runs.past(second->runId)->state, u"needs-attention"_s);
    }

    /// The run's folder on another workstation: its journal is checked, its bundles are found where import put them.
    void import()
    {
        Runs there, here;
        QByteArray lock;
        there.world.onRun(u"b"_s, [&](StepRun&) -> Result<QJsonObject> { lock = content(there.lockFile()); return QJsonObject{}; });
        const QString bundle = QDir(there.world.home()).filePath(u"B.scalekeep.tar"_s);
        const auto first = there.run(World::plan({World::change(u"a"_s), World::change(u"b"_s)}), bundle);
        QVERIFY(first);
        const QString id = first->runId, folder = QFileInfo(there.journal(id)).absolutePath();
        there.dieAfter(id, u"step-started"_s, u"b"_s, lock);
        QVERIFY(QFile::exists(bundle + u".partial"_s));
        QVERIFY(QFile::rename(bundle + u".partial"_s, folder + u"/B.scalekeep.tar.partial"_s)); // carried over with it

        QCOMPARE(importRun(here.world.home(), there.world.home()).error().code, ErrorCode::NotFound);
        // One that is given up leaves nothing; nor does one whose process was killed, once there is another. Two at a time would not know of each other.
        std::stop_source stop;
        stop.request_stop();
        const QDir home(here.world.home());
        QVERIFY(home.mkpath(u"import-0a1b2c3d"_s) && home.mkpath(u"import-of-mine"_s) && put(home.filePath(u"import-0a1b2c3d/B.scalekeep.tar"_s), "data"));
        {
            QLockFile other(home.filePath(u"import.lock"_s));
            QVERIFY(other.tryLock(0));
            QCOMPARE(importRun(here.world.home(), folder).error().code, ErrorCode::Locked);
            QVERIFY(home.exists(u"import-0a1b2c3d"_s));
        }
        const auto stopped = importRun(here.world.home(), folder, stop.get_token());
        QVERIFY(!stopped);
        QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
        QCOMPARE(home.entryList({u"import*"_s, u"runs"_s}), QStringList{u"import-of-mine"_s});
        const auto imported = importRun(here.world.home(), folder);
        QVERIFY2(imported, imported ? "" : qPrintable(imported.error().message));
        QCOMPARE(*imported, id);
        QCOMPARE(importRun(here.world.home(), folder).error().code, ErrorCode::AlreadyExists);
        QCOMPARE(QFileInfo(here.journal(id)).permissions() & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther), QFile::Permissions());
        const auto past = here.past(id);
        QVERIFY(past && past->resumable);
        QCOMPARE(fileOf(*past, bundle), QFileInfo(here.journal(id)).absolutePath() + u"/B.scalekeep.tar"_s);
        here.world.onProbe(u"b"_s, Handler::Probe::NotHappened);
        QVERIFY(put(here.lockFile(), lock)); // the same cluster
        const auto second = here.resume(id);
        QVERIFY2(second, second ? "" : qPrintable(second.error().message));
        QCOMPARE(second->outcome.state, State::Done);
        QCOMPARE(here.world.calls(), (QStringList{u"probe:b"_s, u"run:b"_s}));

        // A journal that was altered on its way, or names another folder, is not let in.
        Runs other;
        QFile journal(folder + u"/journal.jsonl"_s);
        QVERIFY(journal.open(QIODevice::ReadOnly));
        QByteArray text = journal.readAll();
        journal.close();
        QVERIFY(put(journal.fileName(), QByteArray(text).replace("threescale", "threescape")));
        QVERIFY(!importRun(other.world.home(), folder));
        QVERIFY(put(journal.fileName(), ""));
        QVERIFY(!importRun(other.world.home(), folder));
        QCOMPARE(QDir(other.world.home()).entryList({u"import-*"_s, u"runs"_s}, QDir::Dirs), QStringList());
    }

    /// A run that takes a lost one's lock over remembers what that had loaded; what it loads and takes back itself is again what it was.
    void loadedBefore()
    {
        World world;
        world.lock();
        {
            const auto lost = Lock::adopt(world.client(), u"run-1"_s, u"eve"_s, u"there"_s);
            QVERIFY(lost);
            QVERIFY((*lost)->noteLoaded(u"secrets"_s));
            for (const QString& id : {u"system-mysql"_s, u"zync-database"_s})
                QVERIFY((*lost)->endanger(id, u"load:"_s + id, u"load"_s) && (*lost)->settle(id, true));
            QVERIFY((*lost)->settle(u"zync-database"_s, false));
            QVERIFY((*lost)->leave());
            const QString remedy = Lock::remedy((*lost)->info(), u"threescale"_s);
            QVERIFY2(remedy.startsWith(u"secrets, system-mysql hold what run run-1 loaded"_s) && remedy.contains(u"--accept-mixed"_s), qPrintable(remedy));
        }
        LockInfo second{.nonce = u"efgh"_s, .runId = u"run-2"_s, .owner = u"admin"_s, .host = u"here"_s, .purpose = u"restore"_s, .since = QDateTime::currentDateTimeUtc(), .originals = {}};
        const auto lock = Lock::acquire(world.client(), second, true);
        QVERIFY(lock);
        for (const QString& id : {u"system-mysql"_s, u"backend-redis"_s})
            QVERIFY((*lock)->endanger(id, u"load:"_s + id, u"load"_s) && (*lock)->settle(id, true));
        QCOMPARE((*lock)->loaded(), (QJsonObject{{u"secrets"_s, u"run-1"_s}, {u"system-mysql"_s, u"run-2"_s}, {u"backend-redis"_s, u"run-2"_s}}));
        for (const QString& id : {u"system-mysql"_s, u"backend-redis"_s})
            QVERIFY((*lock)->endanger(id, u"load:"_s + id, u"load"_s) && (*lock)->settle(id, false));
        QCOMPARE((*lock)->loaded(), (QJsonObject{{u"secrets"_s, u"run-1"_s}, {u"system-mysql"_s, u"run-1"_s}}));
        QCOMPARE((*Lock::show(world.client()))->loaded, (*lock)->loaded());
    }

    void lockObject()
    {
        World world;
        const QString file = world.lock();
        QCOMPARE(Lock::adopt(world.client(), u"run-2"_s, u"admin"_s, u"here"_s).error().code, ErrorCode::Locked);
        {
            const auto adopted = Lock::adopt(world.client(), u"run-1"_s, u"eve"_s, u"there"_s);
            QVERIFY(adopted);
            QVERIFY((*adopted)->remember(u"replicas:a"_s, 2));
            QVERIFY((*adopted)->remember(u"replicas:a"_s, 0)); // a crashed run's zero
            QVERIFY((*adopted)->remember(u"paused:a"_s, false));
        }
        const auto again = Lock::adopt(world.client(), u"run-1"_s, u"eve"_s, u"there"_s);
        QVERIFY(again);
        QCOMPARE((*again)->originals(), (QJsonObject{{u"replicas:a"_s, 2}, {u"paused:a"_s, false}}));
        QVERIFY((*again)->check());
        QVERIFY((*again)->release());
        QVERIFY(!QFile::exists(file));
        QCOMPARE(Lock::adopt(world.client(), u"run-1"_s, u"eve"_s, u"there"_s).error().code, ErrorCode::NotFound);
        QCOMPARE((*again)->remember(u"replicas:b"_s, 1).error().code, ErrorCode::NotFound);
    }

    /// A backup that was cut off: what is whole in the file is not read again, what is half is.
    void bundleGoesOn()
    {
        Runs runs;
        const QString path = QDir(runs.world.home()).filePath(u"B.scalekeep.tar"_s);
        QByteArray data(3 * bundle::SegmentSize + 17, 'x');
        for (qsizetype i = 0; i < data.size(); ++i)
            data[i] = static_cast<char>(i * 7919 % 251);
        int finishes = 0;
        runs.world.onRun(u"first"_s, [&](StepRun& step) { return writeStream(step, data); });
        runs.world.onRun(u"second"_s, [&](StepRun& step) { return writeStream(step, data.left(2'000'000)); });
        runs.world.onRun(u"finish"_s, [&](StepRun& step) -> Result<QJsonObject> {
            if (++finishes == 1)
                return fail(ErrorCode::Io, u"The program dies here."_s);
            const auto done = step.context.writer->finish({});
            return done ? Result<QJsonObject>(QJsonObject{}) : Result<QJsonObject>(fail(done.error()));
        });
        const auto first = runs.run(World::plan({World::step(u"first"_s), World::step(u"second"_s), World::step(u"finish"_s)}), path);
        QVERIFY(first);
        QCOMPARE(first->outcome.state, State::FailedUnchanged);
        QVERIFY(!runs.past(first->runId)->undoable);
        runs.dieAfter(first->runId, u"step-started"_s, u"second"_s, {});
        QFile partial(path + u".partial"_s);
        QVERIFY(partial.open(QIODevice::ReadWrite) && partial.resize(partial.size() - 700));
        partial.close();
        QVERIFY(runs.past(first->runId)->resumable && !runs.past(first->runId)->undoable);
        const auto second = runs.resume(first->runId);
        QVERIFY2(second, second ? "" : qPrintable(second.error().message));
        QVERIFY2(second->outcome.state == State::Done, second->outcome.error ? qPrintable(second->outcome.error->message) : "");
        QCOMPARE(runs.world.calls(), (QStringList{u"run:second"_s, u"run:finish"_s}));
        const auto reader = bundle::Reader::open(path);
        QVERIFY(reader);
        QVERIFY((*reader)->verify()->whole);
        QCOMPARE((*reader)->manifest().streams.size(), 2);
        QCOMPARE((*reader)->header().runId, first->runId);
        QVERIFY((*reader)->readAt(*(*reader)->stream(u"first"_s, u"dump.sql"_s), 0, data.size()) == data);
        QVERIFY(!QFile::exists(path + u".partial"_s) && !QFile::exists(path + u".cut"_s));
    }
};

QTEST_GUILESS_MAIN(TestSession)
#include "tst_session.moc"
