#include "models/run/runreport.h"
#include "runworld.h"

#include <QFile>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;
using State = run::Outcome::State;

class TestRunHub : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void runsToItsEnd()
    {
        RunWorld world;
        RunHub hub(world.workplace());
        const QSignalSpy started(&hub, &RunHub::started), ended(&hub, &RunHub::ended);
        RunState* run = hub.start(world.request(RunWorld::plan({RunWorld::step(u"a"_s), RunWorld::change(u"b"_s)})));
        QCOMPARE(started.size(), 1);
        QCOMPARE(hub.running(), QList<RunState*>{run});
        QCOMPARE(run->title(), u"Restore of north / threescale"_s);
        QTRY_COMPARE(ended.size(), 1);
        QCOMPARE(run->outcome()->state, State::Done);
        QCOMPARE(run->percent(), 100);
        QVERIFY(hub.running().isEmpty());
        QVERIFY(QFile::exists(run->journal()));
        QCOMPARE(hub.state(run->runId()), run);
        QVERIFY(!reportOf(*run).problem);

        // What the journal gives is what was seen live.
        RunHub later(world.workplace());
        RunState* read = later.open(run->runId());
        const QSignalSpy loaded(read, &RunState::loaded);
        QTRY_COMPARE(loaded.size(), 1);
        QCOMPARE(read->plan(), run->plan());
        QCOMPARE(read->outcome()->state, State::Done);
        QCOMPARE(read->percent(), 100);
        QCOMPARE(read->log().size(), run->log().size());
        for (const QString& id : {u"look"_s, u"a"_s, u"b"_s})
            QCOMPARE(read->progress(id).state, run->progress(id).state);
    }

    void pause()
    {
        RunWorld world;
        RunHub hub(world.workplace());
        RunWorld::Gate& gate = world.gate();
        std::atomic<bool> second = false;
        world.onRun(u"a"_s, [&](run::StepRun& step) -> Result<QJsonObject> { (void)gate.wait(step.stop); return QJsonObject{}; });
        world.onRun(u"b"_s, [&](run::StepRun&) -> Result<QJsonObject> { second = true; return QJsonObject{}; });
        RunState* run = hub.start(world.request(RunWorld::plan({RunWorld::step(u"a"_s), RunWorld::step(u"b"_s)})));
        QTRY_COMPARE(run->progress(u"a"_s).state, StepState::Running);
        run->pause(true);
        QVERIFY(run->holding());
        QCOMPARE(run->phase(), RunState::Phase::Running); // what runs goes on
        gate.open();
        QTRY_COMPARE(run->phase(), RunState::Phase::Paused);
        QVERIFY(!second);
        run->pause(false);
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
        QVERIFY(second);
        QCOMPARE(run->outcome()->state, State::Done);
    }

    void cancelUndoes()
    {
        RunWorld world;
        RunHub hub(world.workplace());
        RunWorld::Gate& never = world.gate();
        RunWorld::Gate& undo = world.gate();
        world.onRun(u"b"_s, [&](run::StepRun& step) -> Result<QJsonObject> { (void)never.wait(step.stop); return fail(ErrorCode::Cancelled, u"Stopped."_s); });
        world.onUndo(u"a"_s, [&](run::StepRun& step) -> Result<void> { (void)undo.wait(step.stop); return {}; });
        RunState* run = hub.start(world.request(RunWorld::plan({RunWorld::change(u"a"_s), RunWorld::change(u"b"_s)})));
        QTRY_COMPARE(run->progress(u"b"_s).state, StepState::Running);
        QCOMPARE(run->undoable(), (QStringList{u"b"_s, u"a"_s}));
        QVERIFY(cancelText(*run).contains(u"Takes a back"_s));
        run->cancel();
        QTRY_COMPARE(run->phase(), RunState::Phase::Undoing);
        QTRY_COMPARE(run->undoable(), QStringList{u"a"_s});
        QVERIFY2(reportOf(*run).text.contains(u"Undo step 2 of 2."_s), qPrintable(reportOf(*run).text));
        undo.open();
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
        QCOMPARE(run->outcome()->state, State::FailedUndone);
        const RunReport report = reportOf(*run);
        QVERIFY(report.problem && report.warning);
        QVERIFY(report.title.contains(u"was cancelled"_s));
    }

    /// What is proven is taken back by an undo only.
    void cancelKeepsWhatIsProven()
    {
        RunWorld world;
        RunHub hub(world.workplace());
        RunWorld::Gate& never = world.gate();
        world.onRun(u"b"_s, [&](run::StepRun& step) -> Result<QJsonObject> { (void)never.wait(step.stop); return fail(ErrorCode::Cancelled, u"Stopped."_s); });
        plan::Step proof = RunWorld::step(u"proof"_s);
        proof.proves = true;
        RunState* run = hub.start(world.request(RunWorld::plan({RunWorld::change(u"a"_s), proof, RunWorld::change(u"b"_s)})));
        QTRY_COMPARE(run->progress(u"b"_s).state, StepState::Running);
        const QString asked = cancelText(*run);
        QVERIFY2(asked.contains(u"Takes b back"_s) && !asked.contains(u"Takes a back"_s) && asked.contains(u"What is proven stays"_s), qPrintable(asked));
        run->cancel();
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
        QCOMPARE(run->outcome()->state, State::NeedsAttention);
        const QString undo = undoText(*run);
        QVERIFY2(undo.contains(u"Takes a back"_s) && !undo.contains(u"Takes b back"_s), qPrintable(undo));
    }

    void aCancelledBackupKeepsWhatWasRead()
    {
        RunWorld world;
        RunHub hub(world.workplace());
        QTemporaryDir folder;
        const QString path = folder.filePath(u"B.scalekeep.tar"_s);
        RunWorld::Gate& never = world.gate();
        world.onRun(u"b"_s, [&](run::StepRun& step) -> Result<QJsonObject> { (void)never.wait(step.stop); return fail(ErrorCode::Cancelled, u"Stopped."_s); });
        RunRequest request = world.request(RunWorld::plan({RunWorld::step(u"b"_s)}));
        request.plan.kind = u"backup"_s;
        request.writesTo = path;
        request.header.cluster = u"north"_s;
        request.header.namespaceName = u"threescale"_s;
        RunState* run = hub.start(std::move(request));
        QTRY_COMPARE(run->progress(u"b"_s).state, StepState::Running);
        QVERIFY2(cancelText(*run).contains(path + u".partial"_s), qPrintable(cancelText(*run)));
        run->cancel();
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
        QCOMPARE(run->outcome()->state, State::FailedUnchanged);
        QVERIFY(QFile::exists(path + u".partial"_s));
    }

    void aLostLoginIsWaitedFor()
    {
        RunWorld world;
        RunHub hub(world.workplace());
        const QSignalSpy lost(&hub, &RunHub::loginLost);
        std::atomic<int> tries = 0;
        world.onRun(u"a"_s, [&](run::StepRun&) -> Result<QJsonObject> {
            if (++tries == 1)
                return fail(ErrorCode::NotLoggedIn, u"You must be logged in to the server."_s);
            return QJsonObject{};
        });
        RunState* run = hub.start(world.request(RunWorld::plan({RunWorld::step(u"a"_s)})));
        QTRY_COMPARE(run->phase(), RunState::Phase::WaitingForLogin);
        QTRY_COMPARE(lost.size(), 1);
        QCOMPARE(lost.first().first().toString(), u"north"_s);
        hub.loginRenewed(u"south"_s);
        QTest::qWait(50);
        QCOMPARE(run->phase(), RunState::Phase::WaitingForLogin);
        hub.loginRenewed(u"north"_s);
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
        QCOMPARE(run->outcome()->state, State::Done);
        QCOMPARE(tries, 2);
    }

    void closingTheProgramStopsRuns()
    {
        RunWorld world;
        RunWorld::Gate& never = world.gate();
        std::atomic<bool> stopped = false;
        world.onRun(u"a"_s, [&](run::StepRun& step) -> Result<QJsonObject> { (void)never.wait(step.stop); stopped = true; return fail(ErrorCode::Cancelled, u"Stopped."_s); });
        {
            RunHub hub(world.workplace());
            RunState* run = hub.start(world.request(RunWorld::plan({RunWorld::step(u"a"_s)})));
            QTRY_COMPARE(run->progress(u"a"_s).state, StepState::Running);
        }
        QVERIFY(stopped);
    }

    void damagedAndInterrupted()
    {
        RunWorld world;
        QString journal, id;
        {
            RunHub hub(world.workplace());
            RunState* run = hub.start(world.request(RunWorld::plan({RunWorld::change(u"a"_s), RunWorld::change(u"b"_s)})));
            QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
            journal = run->journal();
            id = run->runId();
        }
        QFile file(journal);
        QVERIFY(file.open(QIODevice::ReadWrite));
        QByteArrayList lines = file.readAll().split('\n');
        const auto cut = std::find_if(lines.begin(), lines.end(), [](const QByteArray& line) { return line.contains("\"step-started\"") && line.contains("\"step\":\"b\""); });
        QVERIFY(cut != lines.end());
        const QByteArray begun = QByteArrayList(lines.begin(), cut + 1).join('\n') + '\n';
        file.resize(0);
        file.seek(0);
        file.write(begun);
        file.close();

        RunHub hub(world.workplace());
        hub.refresh();
        QTRY_COMPARE(hub.summaries().size(), 1);
        QCOMPARE(hub.summaries().first().state, u"interrupted"_s);
        QVERIFY(hub.summaries().first().resumable && hub.summaries().first().undoable);
        RunState* run = hub.open(id);
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
        QVERIFY(run->interrupted());
        QCOMPARE(run->undoable(), (QStringList{u"b"_s, u"a"_s}));
        QVERIFY(run->resumable() && run->mayBeUndone());
        const RunReport report = reportOf(*run);
        QVERIFY(report.title.contains(u"was interrupted"_s));
        QVERIFY(std::any_of(report.next.begin(), report.next.end(), [](const NextStep& step) { return step.action == NextStep::Action::Resume; }));
        QVERIFY(std::any_of(report.next.begin(), report.next.end(), [](const NextStep& step) { return step.action == NextStep::Action::Undo; }));

        // Going on needs a namespace of 3scale, which this client has not: the run stays as it was, and says why.
        QCOMPARE(hub.resume(id, world.connection()), run);
        QVERIFY(run->live());
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
        QVERIFY(run->outcome() && run->outcome()->error);
        QCOMPARE(run->outcome()->state, State::NeedsAttention);
        QCOMPARE(run->undoable(), (QStringList{u"b"_s, u"a"_s}));
        QVERIFY(run->resumable());
        QVERIFY(!reportOf(*run).happened.isEmpty());

        QVERIFY(file.open(QIODevice::ReadWrite));
        QByteArray edited = begun;
        edited.replace("Step a", "Step x");
        file.write(edited);
        file.close();
        hub.refresh();
        QTRY_COMPARE(hub.summaries().first().state, u"damaged"_s);
        RunHub fresh(world.workplace());
        RunState* bad = fresh.open(id);
        QTRY_VERIFY(bad->unreadable());
        QVERIFY(reportOf(*bad).problem);
        QVERIFY(!bad->resumable());
    }

    void theFinishedBundleIsReadOnceMore_data()
    {
        QTest::addColumn<bool>("damaged");
        QTest::newRow("whole") << false;
        QTest::newRow("damaged") << true;
    }

    void theFinishedBundleIsReadOnceMore()
    {
        QFETCH(const bool, damaged);
        RunWorld world;
        QTemporaryDir folder;
        const QString path = folder.filePath(u"x.scalekeep.tar"_s);
        world.onRun(u"a"_s, [&](run::StepRun& step) -> Result<QJsonObject> {
            auto stream = step.context.writer->openStream(u"store"_s, u"dump"_s, u"raw"_s);
            if (!stream)
                return fail(stream.error());
            const QByteArray data = "some data that is not hard to compress\n";
            for (int part = 0; part < 1'000; ++part) {
                if (const auto written = (*stream)->write(std::span(data.constData(), size_t(data.size()))); !written)
                    return fail(written.error());
            }
            const auto stored = (*stream)->finish({});
            if (!stored)
                return fail(stored.error());
            bundle::Manifest manifest;
            manifest.finished = QDateTime::currentDateTimeUtc();
            if (const auto finished = step.context.writer->finish(manifest); !finished)
                return fail(finished.error());
            if (damaged) {
                QFile file(path);
                if (!file.open(QIODevice::ReadWrite))
                    return fail(ErrorCode::Io, file.errorString());
                const qint64 at = file.readAll().indexOf(QByteArray::fromHex("28b52ffd")); // the zstd frame
                file.seek(at + 12);
                const char bit = char(file.peek(1).at(0) ^ 1);
                file.write(&bit, 1);
            }
            return QJsonObject{};
        });
        RunHub hub(world.workplace());
        RunRequest request = world.request(RunWorld::plan({RunWorld::step(u"a"_s)}));
        request.plan.kind = u"backup"_s;
        request.writesTo = path;
        request.verifyAfterwards = true;
        request.header.cluster = u"north"_s;
        request.header.namespaceName = u"threescale"_s;
        RunState* run = hub.start(std::move(request));
        const QString last = run->plan().stages.last().steps.first().id;
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
        QVERIFY2(damaged == run->outcome()->error.has_value(), run->outcome()->error ? qPrintable(run->outcome()->error->message) : "");
        QCOMPARE(run->progress(last).state, damaged ? StepState::Failed : StepState::Proven);
        QCOMPARE(run->percent() == 100, !damaged);
        if (damaged)
            QCOMPARE(run->outcome()->failedStep, last);
    }

    /// The namespace may be locked for it: Undo and Resume are there at once, in words of the window.
    void itsLockIsUnknown()
    {
        RunWorld world;
        RunHub hub(world.workplace());
        world.loseAnswers();
        RunState* run = hub.start(world.request(RunWorld::plan({RunWorld::change(u"a"_s)})));
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
        QCOMPARE(run->outcome()->error->code, ErrorCode::LockUnknown);
        QVERIFY(run->resumable() && run->mayBeUndone());
        for (const NextStep& next : reportOf(*run).next)
            QVERIFY2(!(next.title + next.text).contains(u"scalekeep-cli"_s), qPrintable(next.title));
        QVERIFY(!world.lock().isEmpty());
    }

    void aRunThatCannotBegin()
    {
        RunWorld world;
        RunHub hub(world.workplace());
        RunRequest request = world.request(RunWorld::plan({RunWorld::step(u"a"_s)}));
        request.writesTo = u"/nowhere/at/all/x.scalekeep.tar"_s;
        RunState* run = hub.start(std::move(request));
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
        QCOMPARE(run->outcome()->state, State::FailedUnchanged);
        QVERIFY(run->outcome()->error);
        QVERIFY(!reportOf(*run).happened.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestRunHub)
#include "tst_runhub.moc"
