#include "engine/run/session.h"

#include "engine/base/files.h"
#include "engine/run/lock.h"
#include "engine/run/redaction.h"

#include <QDir>
#include <QSysInfo>

#include <algorithm>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
bool changesAnything(const plan::Plan& plan)
{
    return std::any_of(plan.stages.begin(), plan.stages.end(), [](const plan::Stage& stage) {
        return std::any_of(stage.steps.begin(), stage.steps.end(), [](const plan::Step& step) { return step.changes; });
    });
}

QString localUser()
{
    return qEnvironmentVariable("USER", qEnvironmentVariable("USERNAME", u"unknown"_s));
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

    learnSecrets(setup.redactor, setup.client);
    learnSecrets(setup.redactor, setup.inventory.objects);

    const QString journalFile = journalPath(m_home, context.runId);
    if (const auto made = makePrivateDirectory(QFileInfo(journalFile).absolutePath()); !made)
        return fail(made.error());
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

    const Event started{.type = u"run-started"_s,
                        .data = {{u"runId"_s, context.runId},
                                 {u"nonce"_s, context.nonce},
                                 {u"program"_s, QStringLiteral("scalekeep " SCALEKEEP_VERSION)},
                                 {u"operator"_s, setup.operatorIdentity},
                                 {u"localUser"_s, localUser()},
                                 {u"host"_s, QSysInfo::machineHostName()},
                                 {u"catalogue"_s, setup.catalog.file},
                                 {u"writesTo"_s, setup.writesTo},
                                 {u"planSha256"_s, QString::fromLatin1(setup.plan.digest())},
                                 {u"plan"_s, plan::toJson(setup.plan)}}};
    if (const auto written = (*journal)->append(started, true); !written)
        return fail(written.error());
    m_live(started);

    std::unique_ptr<Lock> lock;
    if (changesAnything(setup.plan)) {
        auto acquired = Lock::acquire(setup.client, {.nonce = context.nonce, .runId = context.runId, .owner = setup.operatorIdentity, .host = QSysInfo::machineHostName(),
                                                     .purpose = setup.plan.kind, .since = QDateTime::currentDateTimeUtc(), .originals = {}});
        if (!acquired) {
            if (writer)
                writer->discard();
            return fail(acquired.error());
        }
        lock = std::move(*acquired);
        context.lock = lock.get();
    }
    context.client = &setup.client;

    Executor executor(m_handlers, **journal, m_live);
    Ended ended{.outcome = executor.run(setup.plan, context, stop), .runId = context.runId, .journal = journalFile, .results = {}};
    for (auto result = context.results.cbegin(); result != context.results.cend(); ++result)
        ended.results.insert(result.key(), result.value());
    // A run that needs attention keeps its lock: the originals in it are what resume and undo go by.
    if (lock && ended.outcome.state != Outcome::State::NeedsAttention) {
        if (const auto released = lock->release(); !released) {
            ended.outcome.state = Outcome::State::NeedsAttention;
            if (ended.outcome.error)
                ended.outcome.undoErrors.append(released.error());
            else
                ended.outcome.error = released.error();
        }
    }
    return ended;
}

} // namespace scalekeep::run
