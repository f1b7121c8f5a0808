#include "models/restore/preparation.h"

#include "engine/base/files.h"
#include "engine/restore/checks.h"
#include "engine/run/redaction.h"

#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonDocument>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
/// Data that serves changes all the time: of it only what the bundle will make of it counts. Objects change by somebody's hand.
QJsonArray valuesOf(const QList<restore::Change>& changes)
{
    using Kind = restore::Change::Kind;
    QJsonArray list;
    for (const restore::Change& each : changes) {
        QJsonArray values{restore::kindName(each.kind), each.name, each.afterwards ? QJsonValue(*each.afterwards) : QJsonValue(), each.unreadable.isEmpty()};
        if (each.kind == Kind::Objects || each.kind == Kind::Object || each.kind == Kind::Writers)
            values.append(QJsonArray{restore::fateName(each.fate), valuesOf(each.children)});
        else if (each.kind == Kind::Field)
            values.append(QJsonArray{each.was, each.will});
        else if (each.kind == Kind::Workload)
            values.append(each.now ? QJsonValue(*each.now) : QJsonValue());
        list.append(values);
    }
    return list;
}
} // namespace

Result<std::shared_ptr<Preparation>> prepare(const PreparationRequest& request, Redactor& redactor, const std::stop_token& stop, const restore::ReadingProgress& progress)
{
    auto made = std::make_shared<Preparation>();
    auto reader = bundle::Reader::open(request.bundlePath);
    if (!reader)
        return fail(reader.error());
    made->reader = std::move(*reader);
    const oc::Client client(request.connection, redactor, {}, stop);
    const auto identity = client.whoami();
    if (!identity)
        return fail(identity.error());
    made->operatorIdentity = *identity;
    run::learnSecrets(redactor, client);
    const auto inventory = cluster::takeInventory(client);
    if (!inventory)
        return fail(inventory.error());
    run::learnSecrets(redactor, inventory->objects);
    if (const auto folder = makePrivateDirectory(request.safetyFolder); !folder)
        return fail(folder.error());
    auto situation = restore::situation(request.cluster, *made->reader, *inventory, request.connection, request.safetyFolder, request.catalogueFolder);
    if (!situation)
        return fail(situation.error());
    made->situation = std::move(*situation);
    const restore::Options options = withKnownComponents(request.options, made->situation.catalog);
    auto plan = restore::makePlan(made->situation, options);
    if (!plan)
        return fail(plan.error());
    made->plan = std::move(*plan);
    made->checks = restore::preflight(client, made->situation, made->plan, options);
    const restore::Reading reading = restore::read(client, made->situation, made->plan, *made->reader, redactor, progress);
    made->checks.append(restore::checks::serverTakes(reading));
    made->found = restore::changesOf(made->situation, made->plan, reading);
    made->changes = rowsOf(made->found, made->situation);
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, u"The check was stopped."_s);
    made->at = QDateTime::currentDateTimeUtc();
    made->fingerprint = fingerprintOf(*made, options);
    return made;
}

restore::Options withKnownComponents(restore::Options options, const catalog::Catalog& catalog)
{
    QStringList known = options.components;
    known.removeIf([&catalog](const QString& id) { return !catalog.component(id); });
    if (known.isEmpty())
        return options;
    options.components = known;
    options.acceptUnreadable.removeIf([&known](const QString& id) { return !known.contains(id); });
    return options;
}

QByteArray fingerprintOf(const Preparation& made, const restore::Options& options)
{
    restore::Situation situation = made.situation;
    situation.safetyPath = u"safety"_s;
    QJsonArray checks;
    for (const run::Check& check : made.checks)
        checks.append(QJsonArray{check.id, int(check.state), check.state == run::Check::State::Passed ? QString{} : check.evidence});
    const auto plan = restore::makePlan(situation, options);
    const QJsonArray all{plan ? QString::fromLatin1(plan->digest()) : QString{}, checks, valuesOf(made.found), made.situation.live.projectUid, made.operatorIdentity};
    return QCryptographicHash::hash(QJsonDocument(all).toJson(QJsonDocument::Compact), QCryptographicHash::Sha256);
}
int stepCount(const plan::Plan& plan)
{
    int count = 0;
    for (const plan::Stage& stage : plan.stages)
        count += int(stage.steps.size());
    return count;
}

int commandCount(const plan::Plan& plan)
{
    int count = 0;
    for (const plan::Stage& stage : plan.stages) {
        for (const plan::Step& step : stage.steps)
            count += int(step.commands.size());
    }
    return count;
}

int stepsWithoutService(const plan::Plan& plan)
{
    int number = 0, first = -1, last = -1;
    for (const plan::Stage& stage : plan.stages) {
        for (const plan::Step& step : stage.steps) {
            if (step.id == u"stop-writers")
                first = number;
            if (step.action == u"workloads.start")
                last = number;
            ++number;
        }
    }
    return first < 0 || last < first ? 0 : last - first + 1;
}

} // namespace scalekeep::models
