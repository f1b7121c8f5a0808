#include "engine/workload/apimanager.h"

#include "engine/run/refresh.h"
#include "engine/run/lock.h"
#include "engine/workload/state.h"

#include <QElapsedTimer>
#include <QJsonArray>

#include <thread>

namespace scalekeep::workload {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr std::chrono::minutes installLimit{30};
const QString originalKey = u"apimanager"_s;

void set(QJsonObject& object, const QStringList& path, const QJsonValue& value)
{
    if (path.size() == 1) {
        object[path.first()] = value;
        return;
    }
    QJsonObject inner = object[path.first()].toObject();
    set(inner, path.mid(1), value);
    object[path.first()] = inner;
}

QJsonValue valueAt(const QJsonObject& object, const QStringList& path)
{
    QJsonValue value = object;
    for (const QString& key : path)
        value = value[key];
    return value;
}

QStringList fieldsOf(const run::StepRun& step)
{
    QStringList fields;
    for (const QJsonValue& field : step.step.parameters[u"fields"].toArray())
        fields.append(field.toString());
    return fields;
}

/// Every APIManager of the namespace; more than one is unusual but allowed.
Result<QJsonArray> resources(const run::StepRun& step)
{
    const auto listing = step.client.list({step.step.parameters[u"resource"].toString()});
    if (!listing)
        return fail(listing.error());
    if (!listing->problems.isEmpty())
        return fail(listing->problems.first());
    return listing->items;
}

/// How many of the APIManagers look as after the step: fields at 0, or as the lock remembers them.
Result<run::Handler::Probe> probeFields(run::StepRun& step, bool zeroed)
{
    const auto items = resources(step);
    if (!items)
        return fail(items.error());
    const QJsonObject originals = step.context.lock->originals()[originalKey].toObject();
    qsizetype yes = 0, no = 0;
    for (const QJsonValue& item : *items) {
        const QJsonObject now = backPatch(item.toObject(), fieldsOf(step));
        const QJsonObject whole = originals[item[u"metadata"][u"name"].toString()].toObject();
        const QJsonObject original = whole.isEmpty() ? whole : backPatch(whole, fieldsOf(step));
        // Zeros whose originals nobody knows are not this run's.
        const bool so = zeroed ? now == zeroPatch(fieldsOf(step)) && !original.isEmpty() : original.isEmpty() || now == original;
        so ? ++yes : ++no;
    }
    return allOrNone(yes, no);
}

class ZeroHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto done = zeroFields(step);
        return done ? Result<QJsonObject>(QJsonObject{}) : Result<QJsonObject>(fail(done.error()));
    }
    Result<void> undo(run::StepRun& step) const override
    {
        // With the fields back, the operator starts the writers.
        QStringList names;
        for (const QJsonValue& each : step.step.parameters[u"workloads"].toArray())
            names.append(each[u"name"].toString());
        const auto may = mayStart(step, names);
        return !may ? Result<void>(fail(may.error())) : *may ? putFieldsBack(step, keptDown(step)) : Result<void>{};
    }
    Result<Probe> probe(run::StepRun& step) const override { return probeFields(step, true); }
    Result<bool> recall(run::StepRun& step, const QJsonObject&) const override
    {
        {
            const std::lock_guard lock(step.context.mutex);
            for (auto result = step.context.results.cbegin(); result != step.context.results.cend(); ++result) {
                if (result.key().startsWith(u"start:"_s))
                    return true; // which has put its fields back
            }
        }
        const auto zeroed = probeFields(step, true);
        return zeroed ? Result<bool>(*zeroed == Probe::Happened) : fail(zeroed.error());
    }
};

class AwaitHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        QElapsedTimer timer;
        timer.start();
        for (const QJsonValue& each : step.step.parameters[u"workloads"].toArray()) {
            const QString kind = each[u"kind"].toString(), name = each[u"name"].toString();
            while (true) {
                const auto state = read(step.client, kind, name);
                if (state && (state->desired == 0 || (state->ready >= state->desired && !state->rolloutInProgress)))
                    break;
                if (!state && state.error().code != ErrorCode::NotFound)
                    return fail(state.error());
                if (timer.hasExpired(std::chrono::milliseconds(installLimit).count()))
                    return fail(ErrorCode::Timeout, u"The operator has not made %1 ready within %2 minutes."_s.arg(name).arg(installLimit.count()),
                                u"Look at the operator's log and the conditions of the APIManager, then resume the run."_s);
                for (int slice = 0; slice < 20; ++slice) {
                    if (step.stop.stop_requested())
                        return fail(ErrorCode::Cancelled, u"The run was cancelled."_s);
                    std::this_thread::sleep_for(std::chrono::milliseconds(50));
                }
            }
        }
        if (const auto refreshed = run::refresh(step); !refreshed)
            return fail(refreshed.error());
        return QJsonObject{};
    }
};
} // namespace

QJsonObject zeroPatch(const QStringList& fields)
{
    QJsonObject patch;
    for (const QString& field : fields)
        set(patch, field.split(u'.'), 0);
    return patch;
}

QJsonObject backPatch(const QJsonObject& resource, const QStringList& fields)
{
    QJsonObject patch;
    for (const QString& field : fields) {
        const QJsonValue value = valueAt(resource, field.split(u'.'));
        set(patch, field.split(u'.'), value.isUndefined() ? QJsonValue(QJsonValue::Null) : value);
    }
    return patch;
}

Result<void> zeroFields(run::StepRun& step)
{
    if (!step.step.parameters.contains(u"resource"_s))
        return {};
    const auto items = resources(step);
    if (!items)
        return fail(items.error());
    QJsonObject originals;
    for (const QJsonValue& item : *items)
        originals.insert(item[u"metadata"][u"name"].toString(), backPatch(item.toObject(), fieldsOf(step)));
    if (const auto noted = remember(step, originalKey, originals); !noted)
        return noted;
    for (const QString& name : originals.keys()) {
        if (const auto patched = step.client.patch(step.step.parameters[u"resource"].toString(), name, zeroPatch(fieldsOf(step))); !patched)
            return fail(patched.error());
    }
    return {};
}

Result<void> putFieldsBack(run::StepRun& step, const QStringList& kept)
{
    if (!step.step.parameters.contains(u"resource"_s))
        return {};
    QStringList fields = fieldsOf(step); // none: all that the lock remembers
    for (const QString& name : kept) {
        if (const catalog::WorkloadFact* fact = step.context.catalog->workload(name); fact && fields.removeAll(fact->replicasField) > 0 && fields.isEmpty())
            return {};
    }
    const QJsonObject originals = step.context.lock->originals()[originalKey].toObject();
    for (auto original = originals.begin(); original != originals.end(); ++original) {
        if (const auto patched = step.client.patch(step.step.parameters[u"resource"].toString(), original.key(), fields.isEmpty() ? original.value().toObject() : backPatch(original.value().toObject(), fields)); !patched)
            return fail(patched.error());
    }
    return {};
}

Result<bool> fieldsAreBack(run::StepRun& step)
{
    if (!step.step.parameters.contains(u"resource"_s))
        return true;
    const auto found = probeFields(step, false);
    return found ? Result<bool>(*found == run::Handler::Probe::Happened) : Result<bool>(fail(found.error()));
}

void registerApiManagerHandlers(run::Handlers& handlers)
{
    run::add<ZeroHandler>(handlers, u"apimanager.zero"_s);
    run::add<AwaitHandler>(handlers, u"workloads.await"_s);
}

} // namespace scalekeep::workload
