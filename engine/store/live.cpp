#include "engine/store/live.h"

#include "engine/store/files.h"
#include "engine/store/mysql.h"
#include "engine/store/objects.h"
#include "engine/store/postgresql.h"
#include "engine/store/redis.h"

#include <QJsonDocument>

namespace scalekeep::store {

using namespace Qt::Literals::StringLiterals;

namespace {
Result<void> stream(run::StepRun& step, const Dump& dump, const ByteSink& sink)
{
    oc::StreamOptions options;
    options.compress = dump.compress;
    options.compressIfItPays = dump.compressIfItPays;
    options.acceptedExitCodes = dump.acceptedExitCodes;
    options.progress = [&step](qint64 plain, qint64) { step.progress(plain, 0, u"bytes"_s); };
    const auto streamed = step.client.streamOut(dump.pod, dump.argv, sink, options);
    return streamed ? Result<void>() : Result<void>(fail(streamed.error()));
}

Result<LiveStream> streamRedis(run::StepRun& step, const catalog::Component& component, const oc::PodRef& pod, const ByteSink& sink)
{
    run::Handlers handlers;
    redis::registerHandlers(handlers);
    const auto snapshot = handlers.value(u"redis.snapshot"_s)->run(step);
    auto streamed = Result<void>();
    QDateTime moment;
    if (snapshot) {
        moment = QDateTime::fromString((*snapshot)[u"moment"].toString(), Qt::ISODateWithMs);
        streamed = stream(step, redis::dumpOf(step, component, pod, moment), sink);
    }
    // Also after a cancellation, which must not keep the link from being removed: it would hold the space of an old dump on the volume.
    run::StepRun tidy{step.context, step.step, step.client.withObserver({}, {}), {}, step.progress, step.log, step.evidence, {}, {}, {}};
    const auto removed = handlers.value(u"redis.unlink"_s)->run(tidy);
    if (!snapshot)
        return fail(snapshot.error());
    if (!streamed)
        return fail(streamed.error());
    if (!removed)
        return fail(removed.error());
    return LiveStream{moment, {}};
}

Result<LiveStream> streamObjects(run::StepRun& step, const catalog::Component& component, const ByteSink& sink)
{
    const QDateTime moment = QDateTime::currentDateTimeUtc();
    const auto live = objects::liveObjects(step.client, *step.context.catalog, component);
    if (!live)
        return fail(live.error());
    const QByteArray json = QJsonDocument(QJsonObject{{u"items"_s, live->items}}).toJson(QJsonDocument::Compact);
    if (const auto taken = sink(std::span(json.constData(), static_cast<size_t>(json.size()))); !taken)
        return fail(taken.error());
    LiveStream answer{moment, {}};
    for (const Error& problem : live->problems)
        answer.notes.append(problem.message);
    return answer;
}
} // namespace

QString formatOf(const catalog::Component& component)
{
    static const QHash<QString, QString> formats{{u"mysql"_s, u"mysqldump"_s}, {u"postgresql"_s, u"pg_dump"_s}, {u"redis"_s, u"rdb"_s}, {u"files"_s, u"tar"_s}, {u"objects"_s, u"json"_s}};
    return formats.value(component.engine);
}

Result<LiveStream> streamLive(run::StepRun& step, const ByteSink& sink)
{
    const auto component = componentOf(step);
    if (!component)
        return fail(component.error());
    if ((*component)->engine == u"objects")
        return streamObjects(step, **component, sink);
    const auto pod = containerOf(step, **component);
    if (!pod)
        return fail(pod.error());
    if ((*component)->engine == u"redis")
        return streamRedis(step, **component, *pod, sink);
    const QDateTime moment = QDateTime::currentDateTimeUtc();
    auto streamed = Result<void>(fail(ErrorCode::Unsupported, u"%1 cannot be read without a backup."_s.arg((*component)->id)));
    if ((*component)->engine == u"mysql")
        streamed = stream(step, mysql::dumpOf(**component, *pod), sink);
    else if ((*component)->engine == u"postgresql")
        streamed = stream(step, postgresql::dumpOf(**component, *pod), sink);
    else if ((*component)->engine == u"files")
        streamed = stream(step, files::dumpOf(**component, *pod, (*component)->dataDirectory), sink);
    if (!streamed)
        return fail(streamed.error());
    return LiveStream{moment, {}};
}

} // namespace scalekeep::store
