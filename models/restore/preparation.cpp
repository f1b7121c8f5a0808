#include "models/restore/preparation.h"

#include "engine/base/files.h"
#include "engine/run/redaction.h"
#include "engine/store/objects.h"

#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonDocument>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
Indexes readIndexes(const oc::Client& client, const bundle::Reader& reader, const restore::Situation& situation, const plan::Plan& plan)
{
    Indexes indexes;
    for (const QString& id : componentsOf(plan)) {
        const catalog::Component* component = situation.catalog.component(id);
        if (!component || client.stopToken().stop_requested())
            continue;
        if (component->engine != u"objects") {
            if (const auto json = reader.index(id))
                indexes.saved.insert(id, QJsonDocument::fromJson(*json).object());
            continue;
        }
        const auto items = store::objects::savedObjects(reader, id);
        const auto saved = items ? store::objects::indexOfObjects(*items) : Result<QJsonObject>(fail(items.error()));
        const auto live = store::objects::liveObjects(client, situation.catalog, *component);
        const auto found = live ? store::objects::indexOfObjects(live->items) : Result<QJsonObject>(fail(live.error()));
        if (saved && found) {
            indexes.saved.insert(id, *saved);
            indexes.live.insert(id, *found);
        }
    }
    return indexes;
}

QJsonArray valuesOf(const QList<Change>& changes)
{
    QJsonArray list;
    for (const Change& each : changes)
        list.append(QJsonArray{each.object, each.glyph, each.now ? QJsonValue(*each.now) : QJsonValue(), each.afterwards ? QJsonValue(*each.afterwards) : QJsonValue(), each.change, valuesOf(each.children)});
    return list;
}
} // namespace

Result<std::shared_ptr<Preparation>> prepare(const PreparationRequest& request, Redactor& redactor, const std::stop_token& stop)
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
    auto plan = restore::makePlan(made->situation, request.options);
    if (!plan)
        return fail(plan.error());
    made->plan = std::move(*plan);
    made->checks = restore::preflight(client, made->situation, made->plan, request.options);
    made->changes = changesOf(made->situation, made->plan, readIndexes(client, *made->reader, made->situation, made->plan));
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, u"The check was stopped."_s);
    made->at = QDateTime::currentDateTimeUtc();
    made->fingerprint = fingerprintOf(*made, request.options);
    return made;
}

QByteArray fingerprintOf(const Preparation& made, const restore::Options& options)
{
    restore::Situation situation = made.situation;
    situation.safetyPath = u"safety"_s;
    QJsonArray checks;
    for (const run::Check& check : made.checks)
        checks.append(QJsonArray{check.id, int(check.state), check.state == run::Check::State::Passed ? QString{} : check.evidence});
    const auto plan = restore::makePlan(situation, options);
    const QJsonArray all{plan ? QString::fromLatin1(plan->digest()) : QString{}, checks, valuesOf(made.changes), made.situation.live.projectUid, made.operatorIdentity};
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
