#include "engine/store/objects.h"

#include "engine/run/lock.h"
#include "engine/store/recall.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace scalekeep::store::objects {

using namespace Qt::Literals::StringLiterals;

namespace {
/// Gives a new object the owners that it had, by their uids of today: with the saved ones it would be collected as garbage, and without any it
/// would outlive its owner. An owner that is not there is left out. `blockOwnerDeletion` is, too: OpenShift lets only those set it who may update the
/// owner's finalizers, which no role of a project may; the collector needs the uid alone.
Result<void> withOwners(const oc::Client& client, QJsonObject& object, const QJsonObject& saved, QHash<QString, QString>& uids)
{
    QJsonArray owners;
    for (const QJsonValue& value : saved[u"metadata"][u"ownerReferences"].toArray()) {
        QJsonObject owner = value.toObject();
        const QJsonObject reference{{u"apiVersion"_s, owner[u"apiVersion"]}, {u"kind"_s, owner[u"kind"]}};
        const QString key = u"%1/%2"_s.arg(resourceOf(reference), owner[u"name"].toString());
        if (!uids.contains(key)) {
            const auto live = client.get(resourceOf(reference), owner[u"name"].toString());
            if (!live && live.error().code != ErrorCode::NotFound && live.error().code != ErrorCode::Forbidden)
                return fail(live.error());
            uids.insert(key, live ? (*live)[u"metadata"][u"uid"].toString() : QString{});
        }
        if (uids.value(key).isEmpty())
            continue;
        owner[u"uid"] = uids.value(key);
        owner.remove(u"blockOwnerDeletion"_s);
        owners.append(owner);
    }
    if (!owners.isEmpty()) {
        QJsonObject metadata = object.value(u"metadata").toObject();
        metadata[u"ownerReferences"] = owners;
        object[u"metadata"] = metadata;
    }
    return {};
}

/// Whether its kind, its whole API group (“*.capabilities.3scale.net”) or it alone (“Deployment/zync-database”) is in the list.
bool isListed(const QJsonArray& list, const QJsonObject& object)
{
    return list.contains(object[u"kind"]) || list.contains(u"*."_s + resourceOf(object).section(u'.', 1)) || list.contains(keyOf(object));
}

/// As a merge patch does it: null removes.
QJsonObject merged(QJsonObject object, const QJsonObject& patch)
{
    for (auto field = patch.begin(); field != patch.end(); ++field) {
        if (field->isNull())
            object.remove(field.key());
        else
            object[field.key()] = field->isObject() ? QJsonValue(merged(object[field.key()].toObject(), field->toObject())) : *field;
    }
    return object;
}

/// What is remembered of the workloads: by this run's lock, or for a backup without one by that of whoever has stopped them (a quiesced backup, at work or
/// lost). It is remembered before it is scaled, so that a lock which is read after the objects explains every zero among them; one that was let go in
/// between was seen by the inventory.
Result<QJsonObject> originalsFor(const run::StepRun& step)
{
    if (step.context.lock)
        return step.context.lock->originals();
    const auto now = run::Lock::show(step.client);
    if (!now && now.error().code != ErrorCode::Forbidden)
        return fail(now.error());
    const auto holder = now && *now ? *now : run::Lock::among(step.context.inventory.objects);
    return holder ? holder->originals : QJsonObject();
}

/// A workload or an APIManager as it was before this run, or another one, stopped or paused it: a backup must not remember their zeros.
QJsonObject withOriginals(const QJsonObject& originals, bool isOurs, QJsonObject object)
{
    if (object[u"kind"].toString() == u"APIManager")
        return merged(object, originals[u"apimanager"][nameOf(object)].toObject());
    if (!isWorkload(object[u"kind"].toString()))
        return object;
    const QJsonValue replicas = originals[u"replicas:"_s + keyOf(object)], paused = originals[u"paused:"_s + nameOf(object)];
    QJsonObject spec = object[u"spec"].toObject();
    if (replicas.isDouble() && (isOurs || spec.value(u"replicas").toInt() == 0)) // another's may be out of date
        spec[u"replicas"] = replicas;
    if (paused.isBool() && !paused.toBool())
        spec.remove(u"paused"_s);
    object[u"spec"] = spec;
    return object;
}

class SaveHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        if (!component)
            return fail(component.error());
        const auto live = liveObjects(step.client, *step.context.catalog, **component);
        if (!live)
            return fail(live.error());
        const bool isStoppable = std::any_of(live->items.begin(), live->items.end(), [](const QJsonValue& item) { return isWorkload(item[u"kind"].toString()) || item[u"kind"].toString() == u"APIManager"; });
        const auto originals = isStoppable ? originalsFor(step) : Result<QJsonObject>(QJsonObject());
        if (!originals)
            return fail(originals.error());
        QJsonArray items;
        for (const QJsonValue& item : live->items)
            items.append(withOriginals(*originals, step.context.lock != nullptr, item.toObject()));
        QStringList notes;
        for (const Error& problem : live->problems)
            notes.append(problem.message);
        const QDateTime now = QDateTime::currentDateTimeUtc();
        const QByteArray json = QJsonDocument(QJsonObject{{u"apiVersion"_s, u"v1"_s}, {u"kind"_s, u"List"_s}, {u"items"_s, items}}).toJson(QJsonDocument::Indented);
        auto writer = step.context.writer->openStream((*component)->id, streamName, u"json"_s);
        if (!writer)
            return fail(writer.error());
        if (const auto written = (*writer)->write(std::span(json.constData(), static_cast<size_t>(json.size()))); !written)
            return fail(written.error());
        const auto index = indexOfObjects(items);
        if (!index)
            return fail(index.error());
        bundle::Stream proof;
        proof.component = (*component)->id;
        proof.name = streamName;
        proof.format = u"json"_s;
        proof.endMark = (*index)[u"endMark"].toString();
        proof.started = proof.finished = proof.snapshot = now;
        const auto stored = (*writer)->finish(proof);
        if (!stored)
            return fail(stored.error());
        if (const auto indexed = step.context.writer->addIndex((*component)->id, QJsonDocument(*index).toJson(QJsonDocument::Compact)); !indexed)
            return fail(indexed.error());
        bundle::Component entry{.id = (*component)->id, .title = (*component)->title, .engine = u"objects"_s, .pod = {}, .container = {}, .image = {}, .serverVersion = {},
                                .state = u"proven"_s, .notes = notes, .summary = (*index)[u"summary"].toObject()};
        const std::lock_guard lock(step.context.mutex);
        step.context.manifest.components.append(entry);
        return QJsonObject{{u"objects"_s, items.size()}, {u"bytes"_s, stored->bytes}, {u"sha256"_s, QString::fromLatin1(stored->sha256)}, {u"notes"_s, QJsonArray::fromStringList(notes)}, {u"entry"_s, entryToJson(entry)}};
    }
    Result<bool> recall(run::StepRun& step, const QJsonObject& result) const override { return recallDump(step, result); }
};

/// Creates what is missing, replaces what differs, leaves what is equal. Parameters: `only` (kinds or groups; empty: all), `skip` (kinds or groups
/// that Zync makes or another step restores, objects that stay), `stopped` (workloads that are created with no replicas), `paused` (of those, the ones
/// that are also created paused).
class RestoreHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto selected = selection(step, *step.context.reader);
        if (!selected)
            return fail(selected.error());
        QJsonArray created, replaced, unchanged, refused;
        // What an earlier pass changed is equal by now, but its readers have yet to be rolled out.
        const QStringList createdBefore = noted(step, u"creating"_s), replacedBefore = noted(step, u"replacing"_s);
        QHash<QString, QString> uids; // of owners, as they are now
        for (const QJsonValue& item : *selected) {
            if (step.stop.stop_requested())
                return fail(ErrorCode::Cancelled, u"The run was cancelled."_s);
            QJsonObject saved = stripped(item.toObject());
            const QString key = keyOf(saved);
            const QString kind = saved[u"kind"].toString();
            const auto live = step.client.get(resourceOf(saved), nameOf(saved));
            if (!live && mayBeRefused(kind) && live.error().code == ErrorCode::Forbidden) {
                refused.append(key);
                step.log(u"Warning: %1 was left as it is, if it is there: %2"_s.arg(key, live.error().message));
                continue;
            }
            if (!live && live.error().code != ErrorCode::NotFound)
                return fail(live.error());
            if (!live && madeByZync(saved)) {
                const auto other = exposed(step, saved);
                if (!other)
                    return fail(other.error());
                if (!other->isEmpty()) {
                    unchanged.append(key);
                    step.log(u"%1 was not created: Zync has made %2 for its host."_s.arg(key, *other));
                    continue;
                }
            }
            if (!live) {
                QJsonObject fact{{u"creating"_s, key}, {u"resource"_s, resourceOf(saved)}, {u"name"_s, nameOf(saved)}};
                if (const auto held = holdDown(step, saved, fact); !held)
                    return fail(held.error());
                if (const auto owned = withOwners(step.client, saved, item.toObject(), uids); !owned)
                    return fail(owned.error());
                // Before the change: after a crash it must be known that this object was not there.
                if (const auto noted = begin(step, fact); !noted)
                    return fail(noted.error());
                const auto made = step.client.create(saved);
                if (!made && mayBeRefused(kind) && made.error().code == ErrorCode::Forbidden) {
                    refused.append(key);
                    step.log(u"Warning: %1 was not created: %2"_s.arg(key, made.error().message));
                    continue;
                }
                if (!made)
                    return fail(made.error());
                created.append(key);
                step.log(u"Created %1."_s.arg(key));
                continue;
            }
            const auto same = createOnly(kind) ? Result<bool>(true) : equal(prepared(saved, *live), *live);
            if (!same)
                return fail(same.error());
            if (*same) {
                (createdBefore.contains(key) ? created : replacedBefore.contains(key) ? replaced : unchanged).append(key);
                continue;
            }
            if (const auto noted = begin(step, {{u"replacing"_s, key}, {u"resource"_s, resourceOf(saved)}, {u"name"_s, nameOf(saved)}}); !noted)
                return fail(noted.error());
            const auto made = replace(step.client, saved, *live);
            if (!made && mayBeRefused(kind) && made.error().code == ErrorCode::Forbidden) {
                refused.append(key);
                step.log(u"Warning: %1 was left as it is: %2"_s.arg(key, made.error().message));
                continue;
            }
            if (!made)
                return fail(made.error());
            replaced.append(key);
            step.log(u"Replaced %1."_s.arg(key));
        }
        return QJsonObject{{u"created"_s, created}, {u"replaced"_s, replaced}, {u"unchanged"_s, unchanged}, {u"refused"_s, refused}};
    }

    Result<void> undo(run::StepRun& step) const override
    {
        QHash<QString, QJsonObject> before;
        if (step.context.safety) {
            const auto saved = savedObjects(*step.context.safety, step.step.component);
            if (!saved)
                return fail(saved.error());
            for (const QJsonValue& item : *saved)
                before.insert(keyOf(item.toObject()), item.toObject());
        }
        for (auto fact = step.earlierEvidence.crbegin(); fact != step.earlierEvidence.crend(); ++fact) {
            const QString resource = (*fact)[u"resource"].toString(), name = (*fact)[u"name"].toString();
            if (fact->contains(u"creating"_s)) {
                const QString kind = resource.section(u'.', 0, 0);
                if (kind == u"PersistentVolumeClaim" || kind == u"APIManager") {
                    step.log(u"%1 stays: removing it would destroy data."_s.arg((*fact)[u"creating"].toString()));
                    continue;
                }
                // Their finalizers wait for the operator, which then deletes in 3scale what they stand for.
                if (resource.endsWith(u".capabilities.3scale.net")) {
                    step.log(u"%1 stays: with it the operator would remove from 3scale what it stands for."_s.arg((*fact)[u"creating"].toString()));
                    continue;
                }
                const auto removed = step.client.remove(resource, name);
                if (!removed && !(mayBeRefused(kind) && removed.error().code == ErrorCode::Forbidden))
                    return removed;
                if (!removed) // refused when it was to be made, most likely
                    step.log(u"Warning: %1 was not removed, if it was created: %2"_s.arg((*fact)[u"creating"].toString(), removed.error().message));
                continue;
            }
            const QString key = (*fact)[u"replacing"].toString();
            if (!before.contains(key))
                return fail(ErrorCode::Unsupported, u"There is no safety copy of %1."_s.arg(key), u"It stays as the bundle has it."_s);
            const auto live = step.client.get(resource, name);
            if (!live && live.error().code == ErrorCode::NotFound && madeByZync(before.value(key))) {
                step.log(u"%1 is not put back: Zync has removed it, and makes it again from its database."_s.arg(key));
                continue;
            }
            if (!live)
                return fail(live.error());
            if (const auto made = replace(step.client, stripped(before.value(key)), *live); !made)
                return fail(made.error());
            const auto now = step.client.get(resource, name);
            const auto same = now ? equal(prepared(stripped(before.value(key)), *now), *now) : fail(now.error());
            if (!same)
                return fail(same.error());
            if (!*same)
                return fail(ErrorCode::VerificationFailed, u"%1 is not as the safety bundle has it after it was put back."_s.arg(key), u"Somebody else changes it. Undo the run again."_s);
        }
        return step.context.lock ? step.context.lock->settle(step.step.component, false) : Result<void>{};
    }

    Result<Probe> probe(run::StepRun& step) const override
    {
        if (step.earlierEvidence.isEmpty())
            return Probe::NotHappened; // noted before the first change
        const auto selected = selection(step, *step.context.reader);
        if (!selected)
            return fail(selected.error());
        for (const QJsonValue& item : *selected) {
            const QJsonObject saved = stripped(item.toObject());
            const auto live = step.client.get(resourceOf(saved), nameOf(saved));
            if (!live && mayBeRefused(saved[u"kind"].toString()) && live.error().code == ErrorCode::Forbidden)
                continue;
            if (!live && live.error().code != ErrorCode::NotFound)
                return fail(live.error());
            if (!live && madeByZync(saved)) {
                const auto other = exposed(step, saved);
                if (!other)
                    return fail(other.error());
                if (!other->isEmpty())
                    continue;
            }
            const auto same = !live ? Result<bool>(false) : createOnly(saved[u"kind"].toString()) ? Result<bool>(true) : equal(prepared(saved, *live), *live);
            if (!same)
                return fail(same.error());
            if (!*same)
                return Probe::Partly;
        }
        step.found = {{u"created"_s, QJsonArray::fromStringList(noted(step, u"creating"_s))}, {u"replaced"_s, QJsonArray::fromStringList(noted(step, u"replacing"_s))}};
        return Probe::Happened;
    }

private:
    /// A new workload without replicas, and one whose hooks run all the same, paused: remembered as by the step that pauses what is there, and for the journal in `fact`.
    static Result<void> holdDown(run::StepRun& step, QJsonObject& workload, QJsonObject& fact)
    {
        const QString name = nameOf(workload), key = u"paused:"_s + name;
        if (!isWorkload(workload.value(u"kind").toString()) || !step.step.parameters[u"stopped"].toArray().contains(name))
            return {};
        QJsonObject spec = workload.value(u"spec").toObject();
        spec[u"replicas"] = 0;
        if (step.context.lock && step.step.parameters[u"paused"].toArray().contains(name)) {
            if (const auto noted = step.context.lock->remember(key, spec.value(u"paused").toBool()); !noted)
                return noted;
            fact[u"original"] = key;
            fact[u"value"] = step.context.lock->originals()[key];
            spec[u"paused"] = true;
        }
        workload[u"spec"] = spec;
        return {};
    }

    /// What is about to be changed: in the lock that the component is not all old any more, in the journal the object.
    static Result<void> begin(run::StepRun& step, const QJsonObject& fact)
    {
        const auto noted = step.context.lock ? step.context.lock->noteLoaded(step.step.component) : Result<void>{};
        return noted ? step.evidence(fact) : noted;
    }

    /// Keys of objects that this step had begun to create or replace.
    static QStringList noted(const run::StepRun& step, const QString& what)
    {
        QStringList keys;
        for (const QJsonObject& fact : step.earlierEvidence) {
            if (fact.contains(what) && !keys.contains(fact[what].toString()))
                keys.append(fact[what].toString());
        }
        return keys;
    }

    /// The Route that exposes the host of this one already; empty when none does.
    static Result<QString> exposed(const run::StepRun& step, const QJsonObject& route)
    {
        const auto live = step.client.list({resourceOf(route)});
        if (!live || !live->problems.isEmpty())
            return fail(live ? live->problems.first() : live.error());
        const QJsonObject other = routeOf(route[u"spec"][u"host"].toString(), live->items);
        return other.isEmpty() ? QString() : keyOf(other);
    }

    static Result<QJsonArray> selection(const run::StepRun& step, const bundle::Reader& reader)
    {
        const auto saved = savedObjects(reader, step.step.component);
        if (!saved)
            return fail(saved.error());
        const QJsonArray only = step.step.parameters[u"only"].toArray(), skip = step.step.parameters[u"skip"].toArray();
        QJsonArray selected;
        for (const QJsonValue& item : *saved) {
            if ((only.isEmpty() || isListed(only, item.toObject())) && !isListed(skip, item.toObject()))
                selected.append(item);
        }
        return selected;
    }
};

/// Gives restored objects the owners of the bundle once these exist: Secrets and ConfigMaps are made before the APIManager that owns them.
class AdoptHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto saved = savedObjects(*step.context.reader, step.step.component);
        if (!saved)
            return fail(saved.error());
        QHash<QString, QString> uids;
        QJsonArray adopted;
        for (const QJsonValue& item : *saved) {
            const QJsonObject object = item.toObject();
            QJsonObject owned{{u"metadata"_s, QJsonObject{}}};
            if (const auto found = withOwners(step.client, owned, object, uids); !found)
                return fail(found.error());
            if (owned[u"metadata"].toObject().isEmpty())
                continue;
            const auto live = step.client.get(resourceOf(object), nameOf(object));
            if (!live)
                return fail(live.error());
            if (!(*live)[u"metadata"][u"ownerReferences"].toArray().isEmpty())
                continue;
            if (const auto patched = step.client.patch(resourceOf(object), nameOf(object), owned); !patched)
                return fail(patched.error());
            adopted.append(keyOf(object));
        }
        return QJsonObject{{u"adopted"_s, adopted}};
    }
    /// Objects that were there before, without an owner, would go with the APIManager otherwise. Those that the run made are removed by the undo of the step that made them.
    Result<void> undo(run::StepRun& step) const override
    {
        const auto before = step.context.safety ? savedObjects(*step.context.safety, step.step.component) : Result<QJsonArray>(QJsonArray());
        if (!before)
            return fail(before.error());
        const QJsonObject none{{u"metadata"_s, QJsonObject{{u"ownerReferences"_s, QJsonValue(QJsonValue::Null)}}}};
        for (const QJsonValue& item : *before) {
            const QJsonObject object = item.toObject();
            if (!object[u"metadata"][u"ownerReferences"].toArray().isEmpty())
                continue;
            const auto live = step.client.get(resourceOf(object), nameOf(object));
            if (!live && live.error().code != ErrorCode::NotFound)
                return fail(live.error());
            if (!live || (*live)[u"metadata"][u"ownerReferences"].toArray().isEmpty())
                continue;
            if (const auto patched = step.client.patch(resourceOf(object), nameOf(object), none); !patched)
                return fail(patched.error());
        }
        return {};
    }
    Result<Probe> probe(run::StepRun&) const override { return Probe::Partly; } // it looks at every object anyway, and patches only what has no owner
};

/// Every object of the bundle is in the namespace with equal fields. What is there besides is left alone and named.
class ProveHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto saved = savedObjects(*step.context.reader, step.step.component);
        if (!saved)
            return fail(saved.error());
        const auto component = componentOf(step);
        const auto live = component ? liveObjects(step.client, *step.context.catalog, **component) : Result<Live>(fail(component.error()));
        if (!live)
            return fail(live.error());
        const QJsonArray skip = step.step.parameters[u"skip"].toArray();
        QHash<QString, QJsonObject> found;
        for (const QJsonValue& item : live->items)
            found.insert(keyOf(item.toObject()), item.toObject());
        QJsonArray expectedItems, foundItems;
        QStringList others = found.keys();
        qsizetype present = 0;
        for (const QJsonValue& item : *saved) {
            const QJsonObject object = item.toObject();
            const QString kind = object[u"kind"].toString();
            others.removeAll(keyOf(object));
            if (const QJsonObject again = madeByZync(object) && !found.contains(keyOf(object)) ? routeOf(object[u"spec"][u"host"].toString(), live->items) : QJsonObject(); !again.isEmpty()) {
                others.removeAll(keyOf(again));
                ++present;
                step.log(u"%1 stands for %2, which Zync has made again."_s.arg(keyOf(again), keyOf(object)));
                continue;
            }
            present += found.contains(keyOf(object)) ? 1 : 0;
            if (isListed(skip, object) || createOnly(kind) || mayBeRefused(kind))
                continue;
            expectedItems.append(object);
            if (found.contains(keyOf(object)))
                foundItems.append(found.value(keyOf(object)));
        }
        const auto expectedIndex = indexOfObjects(expectedItems);
        const auto foundIndex = expectedIndex ? indexOfObjects(foundItems) : expectedIndex;
        if (!foundIndex)
            return fail(foundIndex.error());
        QStringList failures;
        for (const index::Difference& difference : index::differences(*expectedIndex, *foundIndex)) {
            if (!difference.warning)
                failures.append(u"%1: %2"_s.arg(difference.entry, difference.what));
        }
        if (!failures.isEmpty())
            return fail(ErrorCode::VerificationFailed, u"%1 are not equal to the bundle: %2."_s.arg(step.step.component, failures.first()),
                        u"Resume the run to try again, or undo it."_s, failures.mid(0, 20).join(u'\n'));
        std::sort(others.begin(), others.end());
        if (!others.isEmpty())
            step.log(u"Not in the bundle, left as they are: %1"_s.arg(others.join(u", "_s)));
        return QJsonObject{{u"proven"_s, true}, {u"objects"_s, expectedItems.size()}, {u"present"_s, present}, {u"leftAsTheyAre"_s, QJsonArray::fromStringList(others)}};
    }
};
} // namespace

void registerHandlers(run::Handlers& handlers)
{
    run::add<SaveHandler>(handlers, u"objects.save"_s);
    run::add<RestoreHandler>(handlers, u"objects.restore"_s);
    run::add<AdoptHandler>(handlers, u"objects.adopt"_s);
    run::add<ProveHandler>(handlers, u"objects.prove"_s);
}

} // namespace scalekeep::store::objects
