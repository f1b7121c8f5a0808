#include "engine/store/finish.h"

#include "engine/run/restoremark.h"
#include "engine/store/common.h"
#include "engine/store/completeness.h"
#include "engine/store/recall.h"

#include <QJsonArray>

#include <algorithm>

namespace scalekeep::store {

using namespace Qt::Literals::StringLiterals;

namespace {
class FinishHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        if (!step.context.writer)
            return completedBefore(step);
        bundle::Manifest manifest;
        {
            const std::lock_guard lock(step.context.mutex);
            manifest = step.context.manifest;
            QStringList saved;
            for (const bundle::Component& component : manifest.components)
                saved.append(component.id);
            manifest.completeness = completeness(*step.context.catalog, step.context.inventory, saved);
            const auto [first, last] = std::minmax_element(step.context.snapshots.cbegin(), step.context.snapshots.cend());
            if (first != step.context.snapshots.cend())
                manifest.skewMilliseconds = first->msecsTo(*last);
        }
        for (const QJsonValue& id : step.step.parameters[u"absent"].toArray()) {
            const catalog::Component* component = step.context.catalog->component(id.toString());
            manifest.components.append({.id = id.toString(), .title = component ? component->title : id.toString(), .engine = component ? component->engine : QString{}, .pod = {}, .container = {}, .image = {},
                                        .serverVersion = {}, .state = u"absent"_s, .notes = {u"It was not in the namespace."_s}, .summary = {}});
        }
        manifest.workloads = step.step.parameters[u"workloads"].toArray();
        manifest.quiesced = step.step.parameters[u"quiesced"].toBool();
        for (const QJsonValue& note : step.step.parameters[u"notes"].toArray())
            manifest.notes.append(note.toString());
        for (const QString& note : manifest.quiesced || step.step.parameters[u"safety"].toBool() ? QStringList{} : outOfOrder(step)) {
            step.log(u"Warning: %1"_s.arg(note));
            manifest.notes.append(note);
        }
        // Components in the catalogue's order, not in the order in which their threads ended.
        std::stable_sort(manifest.components.begin(), manifest.components.end(), [&](const bundle::Component& a, const bundle::Component& b) { return place(step, a.id) < place(step, b.id); });
        const auto undisturbed = step.step.parameters[u"safety"].toBool() ? Result<void>{} : run::noRestoreSince(step.client, step.context.restoreMark);
        if (!undisturbed && undisturbed.error().code != ErrorCode::Forbidden)
            return fail(undisturbed.error());
        if (!step.step.parameters[u"safety"].toBool() && (!undisturbed || !step.context.restoreMark))
            manifest.notes.append(u"It could not be looked whether a restore ran meanwhile: the login may not read ConfigMaps."_s);
        manifest.finished = QDateTime::currentDateTimeUtc();
        if (const auto finished = step.context.writer->finish(manifest); !finished)
            return fail(finished.error());
        const QString path = step.context.bundlePath;
        if (const auto opened = openSafety(step); !opened)
            return fail(opened.error());
        return answer(step, path);
    }

    Result<bool> recall(run::StepRun& step, const QJsonObject&) const override
    {
        const auto opened = openSafety(step);
        return opened ? Result<bool>(true) : Result<bool>(fail(opened.error()));
    }

private:
    static Result<void> openSafety(run::StepRun& step)
    {
        if (!step.step.parameters[u"safety"].toBool())
            return {};
        auto reader = bundle::Reader::open(step.context.bundlePath);
        if (!reader)
            return fail(reader.error());
        step.context.safety = std::move(*reader);
        return {};
    }

    /// The program died between the bundle's completion and the journal's line about it.
    static Result<QJsonObject> completedBefore(run::StepRun& step)
    {
        const auto reader = bundle::Reader::open(step.context.bundlePath);
        if (!reader)
            return fail(reader.error());
        if ((*reader)->header().runId != step.context.runId)
            return fail(ErrorCode::Conflict, u"“%1” is not the bundle that this run wrote."_s.arg(step.context.bundlePath), u"Nothing was changed. Move it away, then start a new run."_s);
        if (const auto opened = openSafety(step); !opened)
            return fail(opened.error());
        return answer(step, step.context.bundlePath);
    }

    /// Redis is saved before the database is read, unless a resumed run had to save it anew and keeps a database that was read before.
    static QStringList outOfOrder(run::StepRun& step)
    {
        QStringList notes;
        const std::lock_guard lock(step.context.mutex);
        const QHash<QString, QDateTime>& moments = step.context.snapshots;
        for (const catalog::Component& redis : step.context.catalog->components) {
            for (const catalog::Component& database : step.context.catalog->components) {
                if (redis.engine != u"redis" || database.group != u"system-database" || !moments.contains(redis.id) || !moments.contains(database.id))
                    continue;
                if (const qint64 later = moments[database.id].msecsTo(moments[redis.id]); later > 0)
                    notes.append(u"%1 shows a moment %2 s later than %3, though it should be the earlier one: the run was resumed, and had to save it anew. What was changed between the two moments is in %1 only."_s.arg(redis.id).arg((later + 999) / 1000).arg(database.id));
            }
        }
        return notes;
    }

    /// As the finished file says it, by which the record names the bundle.
    static Result<QJsonObject> answer(const run::StepRun& step, const QString& path)
    {
        const bundle::Reader* safety = step.context.safety.get();
        const auto opened = safety ? Result<std::unique_ptr<bundle::Reader>>(nullptr) : bundle::Reader::open(path);
        if (!opened)
            return fail(opened.error());
        const bundle::Reader& reader = safety ? *safety : **opened;
        const bundle::Manifest& manifest = reader.manifest();
        return QJsonObject{{u"path"_s, path},
                           {u"completeness"_s, manifest.completeness},
                           {u"skewMilliseconds"_s, manifest.skewMilliseconds},
                           {u"components"_s, manifest.components.size()},
                           {u"membersSha256"_s, QString::fromLatin1(manifest.membersSha256)},
                           {u"fileBytes"_s, reader.fileSize()}};
    }

    static qsizetype place(const run::StepRun& step, const QString& id)
    {
        const auto& components = step.context.catalog->components;
        const auto found = std::find_if(components.begin(), components.end(), [&id](const catalog::Component& component) { return component.id == id; });
        return std::distance(components.begin(), found);
    }
};

class TryHandler : public run::Handler {
public:
    explicit TryHandler(const run::Handlers& handlers) : m_handlers(handlers) {}

    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto inner = m_handlers.value(step.step.parameters[u"inner"].toString());
        if (!inner)
            return fail(ErrorCode::Internal, u"The plan has a step “%1” that this version of Scalekeep does not know."_s.arg(step.step.parameters[u"inner"].toString()));
        auto answer = inner->run(step);
        if (answer)
            return answer;
        const Error& error = answer.error();
        // Only what says something about the data itself. A lost connection, a pod that is gone or a full local disk says nothing of it: that stops the run.
        const bool absent = error.code == ErrorCode::Absent;
        if (!absent && error.code != ErrorCode::NotReady && error.code != ErrorCode::RemoteFailed)
            return answer;
        if (!absent && !step.step.parameters[u"mayBeUnreadable"].toBool())
            return fail(ErrorCode::NotReady, u"%1 cannot be read, so what it holds cannot be kept: %2"_s.arg(step.step.component, error.message),
                        u"No data was changed. If it is lost anyway, say so: --accept-unreadable %1 (in the window: type its name), and it is replaced although nothing of it can be kept."_s.arg(step.step.component), error.detail);
        step.log(u"%1: %2"_s.arg(absent ? u"Nothing there to keep"_s : u"Unreadable, recorded as such"_s, error.message));
        bundle::Component entry;
        entry.id = step.step.component;
        const catalog::Component* component = step.context.catalog->component(entry.id);
        entry.title = component ? component->title : entry.id;
        entry.engine = component ? component->engine : QString{};
        entry.state = absent ? u"absent"_s : u"unreadable"_s;
        entry.notes = {error.message};
        add(step, entry);
        noteSnapshot(step.context, step.step.component, QDateTime::currentDateTimeUtc());
        return QJsonObject{{absent ? u"absent"_s : u"unreadable"_s, error.message}, {u"entry"_s, entryToJson(entry)}};
    }

    Result<bool> recall(run::StepRun& step, const QJsonObject& result) const override
    {
        if (result.contains(u"entry"_s))
            return recallDump(step, result);
        const auto inner = m_handlers.value(step.step.parameters[u"inner"].toString());
        return inner ? inner->recall(step, result) : Result<bool>(true);
    }

private:
    static void add(run::StepRun& step, const bundle::Component& entry)
    {
        const std::lock_guard lock(step.context.mutex);
        auto& components = step.context.manifest.components;
        if (std::none_of(components.begin(), components.end(), [&entry](const bundle::Component& component) { return component.id == entry.id; }))
            components.append(entry);
    }

    run::Handlers m_handlers;
};

/// Removes a database's staged dump from its pod: in every case, for it holds everything.
class UnstageHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        if (!component)
            return fail(component.error());
        const auto pod = containerOf(step, **component);
        // The copy lies in the container's own layer and went with its pod.
        if (!pod && pod.error().code == ErrorCode::NotReady)
            return QJsonObject{};
        if (!pod)
            return fail(pod.error());
        const auto removed = unstage(step, *pod, stagedPath(step.context, u"/tmp"_s, u"dump.sql"_s));
        return removed ? Result<QJsonObject>(QJsonObject{}) : Result<QJsonObject>(fail(removed.error()));
    }
    Result<bool> recall(run::StepRun& step, const QJsonObject&) const override { return !lostWithItsPod(step); }
};
} // namespace

void registerFinishHandlers(run::Handlers& handlers)
{
    run::add<FinishHandler>(handlers, u"bundle.finish"_s);
    run::add<UnstageHandler>(handlers, u"store.unstage"_s);
    run::add<TryHandler>(handlers, u"safety.try"_s, handlers); // knows the actions registered before it
}

} // namespace scalekeep::store
