#include "engine/compare/live.h"

#include "engine/base/files.h"
#include "engine/index/index.h"
#include "engine/store/completeness.h"
#include "engine/store/live.h"

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
bool endsEverything(ErrorCode code)
{
    return code == ErrorCode::Cancelled || code == ErrorCode::NotLoggedIn || code == ErrorCode::Unreachable || code == ErrorCode::UntrustedCertificate;
}
} // namespace

struct LiveNamespace::Private {
    const oc::Client& client;
    const catalog::Detection& detection;
    QString cluster;
    run::Context context;

    /// One component's stream, as a step outside of any run: no journal, no lock, no bundle.
    Result<store::LiveStream> stream(const QString& component, const ByteSink& sink, const std::function<void(qint64, qint64)>& progress, const std::stop_token& stop)
    {
        plan::Step step;
        step.id = u"read:"_s + component;
        step.component = component;
        run::StepRun run{.context = context, .step = step, .client = client.withObserver({}, stop), .stop = stop,
                         .progress = [&progress](qint64 done, qint64 total, const QString&) {
                             if (progress)
                                 progress(done, total);
                         },
                         .log = [](const QString&) {}, .evidence = [](const QJsonObject&) { return Result<void>(); }, .earlierEvidence = {}, .evidenceOf = {}, .found = {}};
        return store::streamLive(run, sink);
    }
};

LiveNamespace::LiveNamespace(const oc::Client& client, const catalog::Detection& detection, const cluster::Inventory& inventory, Redactor& redactor, QString cluster) : d(new Private{client, detection, std::move(cluster), {}})
{
    d->context.client = &client;
    d->context.catalog = &detection.catalog;
    d->context.redactor = &redactor;
    d->context.nonce = randomHex(8);
    d->context.runId = u"compare-"_s + d->context.nonce;
    d->context.inventory = inventory;
}

LiveNamespace::~LiveNamespace() = default;

Result<Content> LiveNamespace::content(const QStringList& components, const std::function<void(const QString&, qint64)>& progress, const std::stop_token& stop)
{
    const cluster::Inventory& inventory = d->context.inventory;
    Content content;
    content.live = true;
    content.when = QDateTime::currentDateTimeUtc();
    content.header = {.cluster = d->cluster, .apiUrl = inventory.apiUrl, .namespaceName = inventory.namespaceName, .projectUid = inventory.projectUid,
                      .wildcardDomain = inventory.environment.value(u"THREESCALE_SUPERDOMAIN"_s), .threescaleVersion = d->detection.versionKnown ? d->detection.version : QString{},
                      .flavour = d->detection.flavourKnown ? d->detection.flavour : QString{},
                      .workloadKind = d->detection.workloadKindKnown ? d->detection.workloadKind : QString{}, .purpose = {}, .runId = {}, .program = {}, .operatorIdentity = {}, .started = content.when};
    content.label = u"%1/%2, now"_s.arg(d->cluster, inventory.namespaceName);
    for (const QString& id : store::presentComponents(d->detection.catalog, inventory)) {
        if (!components.isEmpty() && !components.contains(id))
            continue;
        const catalog::Component& component = *d->detection.catalog.component(id);
        Content::Part part{.index = {}, .moment = content.when, .title = component.title, .engine = component.engine, .format = store::formatOf(component), .unreadable = false, .notes = {}};
        const auto indexer = index::indexer(part.format);
        if (!indexer)
            continue;
        if (progress)
            progress(id, 0);
        const auto streamed = d->stream(id, [&indexer](std::span<const char> data) { return indexer->add(data); },
                                        [&](qint64 done, qint64) {
                                            if (progress)
                                                progress(id, done);
                                        },
                                        stop);
        auto index = streamed ? indexer->finish() : Result<QJsonObject>(fail(streamed.error()));
        if (!index && (stop.stop_requested() || endsEverything(index.error().code)))
            return fail(index.error());
        if (streamed) {
            part.moment = streamed->moment;
            part.notes = streamed->notes;
        }
        part.unreadable = !index;
        if (index)
            part.index = std::move(*index);
        else
            part.notes.prepend(index.error().message);
        bundle::Component entry{.id = id, .title = component.title, .engine = component.engine, .pod = {}, .container = {}, .image = {}, .serverVersion = {},
                                .state = part.unreadable ? u"unreadable"_s : u"proven"_s, .notes = part.notes, .summary = part.index.value("summary"_L1).toObject()};
        content.manifest.components.append(entry);
        content.parts.insert(id, std::move(part));
    }
    return content;
}

Result<void> LiveNamespace::read(const QString& component, const ByteSink& sink, const std::function<void(qint64, qint64)>& progress, const std::stop_token& stop)
{
    const auto streamed = d->stream(component, sink, progress, stop);
    return streamed ? Result<void>() : Result<void>(fail(streamed.error()));
}

} // namespace scalekeep::compare
