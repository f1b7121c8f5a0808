#include "engine/store/recall.h"

#include <QJsonArray>

#include <algorithm>

namespace scalekeep::store {

using namespace Qt::Literals::StringLiterals;

namespace {
bundle::Component entryFromJson(const QJsonObject& json)
{
    bundle::Component entry{.id = json[u"id"].toString(), .title = json[u"title"].toString(), .engine = json[u"engine"].toString(), .pod = json[u"pod"].toString(),
                            .container = json[u"container"].toString(), .image = json[u"image"].toString(), .serverVersion = json[u"serverVersion"].toString(),
                            .state = json[u"state"].toString(), .notes = {}, .summary = json[u"summary"].toObject()};
    for (const QJsonValue& note : json[u"notes"].toArray())
        entry.notes.append(note.toString());
    return entry;
}
} // namespace

QJsonObject entryToJson(const bundle::Component& entry)
{
    return {{u"id"_s, entry.id},
            {u"title"_s, entry.title},
            {u"engine"_s, entry.engine},
            {u"pod"_s, entry.pod},
            {u"container"_s, entry.container},
            {u"image"_s, entry.image},
            {u"serverVersion"_s, entry.serverVersion},
            {u"state"_s, entry.state},
            {u"notes"_s, QJsonArray::fromStringList(entry.notes)},
            {u"summary"_s, entry.summary}};
}

bool isDone(const run::StepRun& step, const QString& id)
{
    const std::lock_guard lock(step.context.mutex);
    return step.context.results.contains(id);
}

bool lostWithItsPod(const run::StepRun& step)
{
    const catalog::Component* component = step.context.catalog->component(step.step.component);
    return component && component->emptyDir && !isDone(step, u"load:"_s + component->id);
}

bool isStored(const run::StepRun& step)
{
    if (!step.context.writer)
        return true;
    const QList<bundle::Stream> streams = step.context.writer->streams();
    return std::any_of(streams.begin(), streams.end(), [&step](const bundle::Stream& each) { return each.component == step.step.component; });
}

Result<bool> recallDump(run::StepRun& step, const QJsonObject& result)
{
    const bundle::Writer* writer = step.context.writer;
    if (!writer)
        return true; // the bundle is complete, or this pass writes none
    const bundle::Component entry = entryFromJson(result[u"entry"].toObject());
    const QList<bundle::Stream> streams = writer->streams();
    const auto stream = std::find_if(streams.begin(), streams.end(), [&](const bundle::Stream& each) { return each.component == step.step.component; });
    if (entry.id != step.step.component || (stream == streams.end() && entry.state == u"proven"))
        return false;
    if (stream != streams.end())
        noteSnapshot(step.context, entry.id, stream->snapshot);
    else
        noteSnapshot(step.context, entry.id, QDateTime::currentDateTimeUtc());
    const std::lock_guard lock(step.context.mutex);
    step.context.manifest.components.append(entry);
    return true;
}

Result<bool> existsInPod(run::StepRun& step, const oc::PodRef& pod, const QString& path)
{
    const auto found = step.client.exec(pod, {u"test"_s, u"-e"_s, path});
    return found ? Result<bool>(found->exitCode == 0) : fail(found.error());
}

Result<run::Handler::Probe> probeStaged(run::StepRun& step, const oc::PodRef& pod, const QString& directory, const QString& stream, bool mayCompress)
{
    const QString path = stagedPath(step.context, directory, stream);
    const QStringList names = mayCompress ? QStringList{path + u".gz"_s, path} : QStringList{path};
    for (const QString& name : names) {
        const auto there = existsInPod(step, pod, name);
        if (!there)
            return fail(there.error());
        if (!*there)
            continue;
        step.found = {{u"pod"_s, pod.pod}, {u"uid"_s, pod.uid}, {u"path"_s, name}, {u"compressed"_s, name.endsWith(u".gz"_s)}};
        return run::Handler::Probe::Happened;
    }
    return run::Handler::Probe::NotHappened;
}

Result<run::Handler::Probe> probeLoaded(run::StepRun& step)
{
    using Probe = run::Handler::Probe;
    const auto component = componentOf(step);
    const auto pod = component ? containerOf(step, **component) : Result<oc::PodRef>(fail(component.error()));
    if (!pod)
        return fail(pod.error());
    const QJsonObject staged = step.context.result(u"stage:"_s + (*component)->id);
    // The marks went with the pod, what was loaded into a volume did not.
    if (staged[u"uid"].toString() != pod->uid)
        return (*component)->emptyDir ? Probe::NotHappened : Probe::Partly;
    const auto marks = execChecked(step, *pod, {u"sh"_s, u"-c"_s, u"if [ -e \"$1.loaded\" ]; then echo loaded; elif [ -e \"$1.loading\" ]; then echo loading; fi"_s, u"sh"_s, staged[u"path"].toString()},
                                   u"see how far the load of %1 went"_s.arg((*component)->id));
    if (!marks)
        return fail(marks.error());
    step.found = {{u"pod"_s, pod->pod}, {u"uid"_s, pod->uid}};
    return *marks == "loaded" ? Probe::Happened : *marks == "loading" ? Probe::Partly : Probe::NotHappened;
}

bool isInPod(run::StepRun& step, const oc::PodRef& pod, const QString& path)
{
    const auto found = step.client.exec(pod, {u"test"_s, u"-e"_s, path});
    return found && found->exitCode == 0;
}

Result<bool> recallStaged(run::StepRun& step, const QJsonObject& result)
{
    const auto component = componentOf(step);
    if (!component)
        return fail(component.error());
    const bool loaded = isDone(step, u"load:"_s + (*component)->id);
    if (loaded && !(*component)->emptyDir)
        return true;
    const auto pod = containerOf(step, **component);
    if (!pod)
        return pod.error().code == ErrorCode::NotReady ? Result<bool>(false) : Result<bool>(fail(pod.error()));
    return pod->uid == result[u"uid"].toString() && (loaded || isInPod(step, *pod, result[u"path"].toString()));
}

Result<bool> recallLoaded(run::StepRun& step, const QJsonObject& result)
{
    const auto component = componentOf(step);
    if (!component)
        return fail(component.error());
    if (!(*component)->emptyDir)
        return true;
    const auto pod = containerOf(step, **component);
    if (!pod)
        return pod.error().code == ErrorCode::NotReady ? Result<bool>(false) : Result<bool>(fail(pod.error()));
    return pod->uid == result[u"uid"].toString();
}

Result<bool> wasTidied(run::StepRun& step, const oc::PodRef& pod, const QString& path)
{
    const QList<QJsonObject> own = step.evidenceOf(step.step.id), tidying = step.evidenceOf(u"tidy:"_s + step.step.component);
    if (tidying.isEmpty() || (!own.isEmpty() && own.last()[u"movingBack"].toBool()))
        return false;
    const auto there = existsInPod(step, pod, path);
    return there ? Result<bool>(!*there) : fail(there.error());
}

Result<void> noteTidying(run::StepRun& step)
{
    return step.evidence({{u"tidying"_s, true}});
}

Result<void> noteMovingBack(run::StepRun& step)
{
    return step.evidence({{u"movingBack"_s, true}});
}

Result<Before> safetyCopy(const run::StepRun& step, const QString& stream)
{
    const QString& id = step.step.component;
    const bundle::Reader* safety = step.context.safety.get();
    if (const bundle::Stream* found = safety ? safety->stream(id, stream) : nullptr)
        return Before{found, false};
    if (safety) {
        const QList<bundle::Component>& components = safety->manifest().components;
        if (std::any_of(components.begin(), components.end(), [&id](const bundle::Component& each) { return each.id == id && each.state == u"absent"; }))
            return Before{nullptr, true};
    }
    return fail(ErrorCode::Unsupported, u"There is no safety copy of %1: it holds what was loaded so far."_s.arg(id), u"Load a bundle again before the writers are started."_s);
}

bool isOnlyCopy(const run::StepRun& step, const QString& stream)
{
    return !safetyCopy(step, stream);
}

bool staysAside(const run::StepRun& step, const QString& stream)
{
    return isOnlyCopy(step, stream) && !step.step.parameters[u"withoutCopy"].toBool();
}

} // namespace scalekeep::store
