#include "recorded.h"

#include "engine/run/lock.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

#include <span>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::run;

namespace {
plan::Step step(const QString& id, const QString& title, const QString& component = {}, bool changes = false)
{
    plan::Step made = changes ? World::change(id) : World::step(id);
    made.title = title;
    made.component = component;
    return made;
}

QJsonObject summary(int rows)
{
    return {{u"tables"_s, 3}, {u"rows"_s, rows}};
}

bundle::Header header()
{
    return {.cluster = u"north"_s, .apiUrl = u"https://api.north.example:6443"_s, .namespaceName = u"threescale"_s, .projectUid = u"uid-1"_s, .wildcardDomain = {}, .threescaleVersion = u"2.7.1"_s,
            .flavour = u"template"_s, .workloadKind = u"DeploymentConfig"_s, .purpose = u"backup"_s, .runId = u"20261122T104107Z-aaaaaa"_s, .program = u"test"_s, .operatorIdentity = u"mwagner"_s,
            .started = QDateTime(QDate(2026, 11, 22), QTime(10, 41, 7), Qt::UTC)};
}
} // namespace

Recorded::Recorded() : bundleSecret("correct-horse/battery+staple")
{
    world.onRun(u"stop-writers"_s, [](StepRun& run) -> Result<QJsonObject> {
        (void)run.client.whoami();
        return QJsonObject{};
    });
    world.onRun(u"dump:system-mysql"_s, [](StepRun&) -> Result<QJsonObject> {
        return QJsonObject{{u"bytes"_s, 2000}, {u"sha256"_s, u"ab"_s}, {u"summary"_s, summary(2423906)},
                           {u"entry"_s, QJsonObject{{u"id"_s, u"system-mysql"_s}, {u"state"_s, u"proven"_s}, {u"serverVersion"_s, u"5.7.24"_s}, {u"summary"_s, summary(2423906)}}}};
    });
    world.onRun(u"safety-finish"_s, [](StepRun&) -> Result<QJsonObject> { return QJsonObject{{u"membersSha256"_s, QString(64, u'5')}, {u"fileBytes"_s, 870'318'080}, {u"completeness"_s, QJsonObject{{u"score"_s, 21}}}}; });
    world.onRun(u"load:system-mysql"_s, [](StepRun& run) -> Result<QJsonObject> {
        for (int times = 0; times < 3; ++times)
            (void)run.client.whoami();
        run.log(u"Warning: the server's character set is latin1"_s);
        return QJsonObject{};
    });
    world.onRun(u"prove:system-mysql"_s, [](StepRun&) -> Result<QJsonObject> {
        return QJsonObject{{u"proven"_s, true}, {u"before"_s, summary(2423020)}, {u"after"_s, summary(2423020)}, {u"warnings"_s, QJsonArray{u"table sessions: rights differ"_s}}};
    });
}

plan::Plan Recorded::plan()
{
    plan::Plan made;
    made.kind = u"restore"_s;
    made.cluster = u"north"_s;
    made.apiUrl = u"https://api.north.example:6443"_s;
    made.namespaceName = u"threescale"_s;
    made.projectUid = u"uid-1"_s;
    made.choices = {{u"components"_s, QJsonArray{u"system-mysql"_s, u"secrets"_s}}, {u"queues"_s, u"restore"_s}, {u"redisMethod"_s, u"helper"_s}};
    made.warnings = {u"API outage: apicast-production will be stopped until the data is proven."_s};
    plan::Step stop = step(u"stop-writers"_s, u"Stop what writes to the data"_s, {}, true);
    plan::Step start = step(u"start:1"_s, u"Start system-app"_s, {}, true);
    stop.parameters[u"workloads"] = start.parameters[u"workloads"] = QJsonArray{QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, u"system-app"_s}}, QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, u"apicast-production"_s}}};
    stop.action = u"workloads.stop"_s;
    start.action = u"workloads.start"_s;
    start.section = u"6.6.7"_s;
    plan::Step load = step(u"load:system-mysql"_s, u"Load the dump into system-mysql"_s, u"system-mysql"_s, true);
    load.section = u"6.6.3"_s;
    load.departure = u"Streamed into mysql: leaves no copy of the data in the container."_s;
    plan::Step prove = step(u"prove:system-mysql"_s, u"Prove system-mysql"_s, u"system-mysql"_s);
    prove.proves = true;
    made.stages = {{.id = u"stop"_s, .title = u"Stop the writers"_s, .parallel = 1, .steps = {stop}},
                   {.id = u"safety"_s, .title = u"Safety bundle"_s, .parallel = 1, .steps = {step(u"dump:system-mysql"_s, u"Dump system-mysql"_s, u"system-mysql"_s), step(u"safety-finish"_s, u"Finish the safety bundle"_s)}},
                   {.id = u"data"_s, .title = u"Restore system-mysql"_s, .parallel = 1, .steps = {load, prove}},
                   {.id = u"start"_s, .title = u"Start"_s, .parallel = 1, .steps = {start}}};
    return made;
}

bool Recorded::makeBundle()
{
    auto writer = bundle::Writer::create(bundle(), header());
    auto stream = writer ? (*writer)->openStream(u"secrets"_s, u"objects.json"_s, u"json"_s) : fail(writer.error());
    if (!stream)
        return false;
    const QJsonObject secret{{u"kind"_s, u"Secret"_s}, {u"apiVersion"_s, u"v1"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"system-database"_s}}}, {u"data"_s, QJsonObject{{u"PASSWORD"_s, QString::fromLatin1(bundleSecret.toBase64())}}}};
    const QByteArray data = QJsonDocument(QJsonObject{{u"apiVersion"_s, u"v1"_s}, {u"kind"_s, u"List"_s}, {u"items"_s, QJsonArray{secret}}}).toJson();
    bundle::Stream proof;
    proof.started = proof.finished = proof.snapshot = header().started;
    proof.endMark = u"The JSON ends with its last bracket."_s;
    bundle::Manifest manifest;
    manifest.finished = header().started.addSecs(60);
    manifest.completeness = {{u"score"_s, 42}, {u"missing"_s, QJsonArray{}}};
    const auto component = [](const QString& id, const QString& engine, const QJsonObject& counts) {
        bundle::Component made;
        made.id = made.title = id;
        made.engine = engine;
        made.state = u"proven"_s;
        made.summary = counts;
        return made;
    };
    manifest.components = {component(u"system-mysql"_s, u"mysql"_s, summary(2423020)), component(u"secrets"_s, u"objects"_s, {{u"objects"_s, 1}})};
    return (*stream)->write(std::span(data.constData(), size_t(data.size()))) && (*stream)->finish(proof) && (*writer)->addIndex(u"secrets"_s, "{}") && (*writer)->finish(manifest);
}

bool Recorded::restore(const QJsonObject& change, const QString& failAt)
{
    if (!makeBundle())
        return false;
    auto reader = bundle::Reader::open(bundle());
    const auto catalogs = catalog::allCatalogs();
    if (!reader || !catalogs)
        return false;
    const auto catalog = catalog::readCatalog(catalogs->first().file, u"2.7"_s, u"template"_s);
    if (!catalog)
        return false;
    if (!failAt.isEmpty())
        world.failAt(failAt, u"The pod went away."_s);
    plan::Plan wanted = plan();
    wanted.bundle = bundle();
    if (redis)
        wanted.stages[2].steps[0].action = u"redis.load"_s;
    if (!change.isEmpty())
        wanted.choices[u"change"] = change;
    Handlers handlers = world.handlers();
    for (const QString& action : {u"workloads.stop"_s, u"workloads.start"_s, u"redis.load"_s})
        handlers.insert(action, handlers.value(u"test"_s));
    Session session(world.home(), handlers, [](const Event&) {});
    bundle::Header safety = header();
    safety.purpose = u"safety"_s;
    const QList<Check> checks{{.id = u"rights"_s, .title = u"Login and rights"_s, .state = Check::State::Passed, .evidence = u"edit in threescale."_s, .remedy = {}},
                              {.id = u"rollout"_s, .title = u"No rollout under way"_s, .state = Check::State::Warning, .evidence = u"Rolling out: zync."_s, .remedy = u"Better wait."_s}};
    const auto ended = session.run({.plan = wanted, .catalog = *catalog, .inventory = {}, .client = world.client(), .redactor = world.redactor(), .operatorIdentity = u"mwagner"_s, .header = safety,
                                    .writesTo = world.home() + u"/S.scalekeep.tar"_s, .reader = std::move(*reader), .checks = checks, .changes = changes});
    if (!ended) {
        qWarning("%s", qPrintable(ended.error().message));
        return false;
    }
    runId = ended->runId;
    return true;
}

bool Recorded::undo()
{
    Handlers handlers = world.handlers();
    for (const QString& action : {u"workloads.stop"_s, u"workloads.start"_s, u"redis.load"_s})
        handlers.insert(action, handlers.value(u"test"_s));
    Session session(world.home(), handlers, [](const Event&) {});
    const auto ended = session.undo(runId, {.client = world.client(), .redactor = world.redactor(), .operatorIdentity = u"second"_s, .lockWasRemoved = true}); // its lock went when it had ended
    return ended && ended->outcome.state == Outcome::State::FailedUndone;
}

QList<QByteArray> Recorded::lines() const
{
    const auto lines = journalLines(journal(), 64 * 1024 * 1024);
    return lines ? *lines : QList<QByteArray>();
}

bool Recorded::cutAfter(const QString& type, const QString& step)
{
    const auto events = Journal::read(journal());
    QFile file(journal());
    if (!events || !file.open(QIODevice::ReadWrite))
        return false;
    for (const Event& event : *events) {
        file.readLine();
        if (event.type == type && event.step == step)
            return file.resize(file.pos());
    }
    return false;
}
