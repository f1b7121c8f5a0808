#include "targets.h"

#include "engine/catalog/catalog.h"
#include "engine/catalog/rules.h"
#include "engine/cluster/clusterfile.h"
#include "engine/cluster/inventory.h"
#include "engine/cluster/kubeconfig.h"
#include "engine/cluster/logincommand.h"
#include "engine/oc/classify.h"
#include "engine/oc/streams.h"

#include <QFileInfo>
#include <QJsonDocument>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::fuzz {
namespace {
void saysWhy(const Error& error)
{
    require(!error.message.isEmpty());
}
} // namespace

// A user's own catalogue.
void catalogue(std::uint8_t choice, std::span<const char> data)
{
    const QString path = scratchFile(u"catalogue/own.yaml"_s, bytesOf(data));
    static const std::array versions{QString(), u"2.7"_s, u"2.12"_s, u"2.16"_s};
    static const std::array flavours{QString(), u"template"_s, u"operator"_s};
    const auto catalog = catalog::readCatalog(path, versions.at(choice % versions.size()), flavours.at(choice / 4 % flavours.size()));
    if (!catalog)
        return saysWhy(catalog.error());
    for (const auto& component : catalog->components)
        require(catalog->component(component.id) != nullptr);
}

// {"items": [...]} as `oc get` prints it. The catalogues are read for one choice only: that is slow.
void inventory(std::uint8_t choice, std::span<const char> data)
{
    static const auto rules = catalog::readRules(u":/scalekeep/catalogue/detection.yaml"_s);
    require(rules.has_value());
    const QJsonArray items = QJsonDocument::fromJson(bytesOf(data)).object()["items"_L1].toArray();
    const auto inventory = cluster::inventoryFromObjects(items, u"threescale"_s);
    for (const auto& workload : inventory.workloads) {
        require(inventory.workload(workload.name) != nullptr);
        for (const auto& pod : inventory.podsOf(workload))
            require(inventory.pods.contains(pod));
        if (const auto pod = inventory.readyPod(workload.name))
            require(pod->ready && !pod->terminating);
        else
            saysWhy(pod.error());
    }
    for (const auto& secret : inventory.secrets)
        (void)inventory.object(u"Secret"_s, secret.name);
    for (const auto* list : {&rules->present, &rules->version, &rules->flavour, &rules->workloadKind})
        (void)catalog::matches(*list, inventory.objects);
    if (choice == 0xff)
        (void)catalog::detect(inventory);
}

// Standard output and standard error of the client with a NUL between, and how it ended.
void classify(std::uint8_t choice, std::span<const char> data)
{
    const QByteArray both = bytesOf(data);
    const qsizetype split = both.indexOf('\0');
    oc::CommandResult result;
    result.ending = static_cast<oc::Ending>(choice % 8);
    result.exitCode = choice / 8;
    result.output = both.left(std::max<qsizetype>(0, split));
    result.errorTail = both.mid(split + 1);
    saysWhy(oc::classify(result, u"read the Secrets"_s));
    (void)oc::unknownKind(result);
    require(oc::withoutNoise(result.errorTail).size() <= result.errorTail.size() + 1);
}

// What a pod sends in a stream: standard error, a NUL, then standard output in pieces.
void transport(std::uint8_t choice, std::span<const char> data)
{
    const QByteArray both = bytesOf(data);
    const qsizetype split = both.indexOf('\0');
    qint64 plain = 0;
    const ByteSink sink = [&plain](std::span<const char> bytes) -> Result<void> {
        plain += static_cast<qint64>(bytes.size());
        return {};
    };
    const oc::StreamOptions options;
    oc::StreamReceiver receiver(u"n"_s, sink, options);
    oc::CommandResult result;
    result.exitCode = choice % 2;
    for (const QByteArray& line : both.left(std::max<qsizetype>(0, split)).split('\n'))
        receiver.errorLine(line);
    const QByteArray output = both.mid(split + 1);
    for (qsizetype at = 0; at < output.size() && !result.streamError; at += 1 + choice) {
        const QByteArray piece = output.mid(at, 1 + choice);
        if (const auto taken = receiver.take(std::span(piece.constData(), static_cast<std::size_t>(piece.size()))); !taken) {
            result.streamError = taken.error();
            result.ending = oc::Ending::SinkFailed;
        }
    }
    (void)receiver.reply();
    const auto proof = receiver.proof(result, u"read the dump"_s);
    if (proof)
        require(proof->bytes == plain && receiver.bytes() == plain && proof->sha256.size() == 64);
    else
        saysWhy(proof.error());
}

void kubeconfig(std::uint8_t choice, std::span<const char> data)
{
    static const std::array contexts{QString(), u"n"_s, u"s"_s};
    static const QString folder = QFileInfo(scratchFile(u"kube/token"_s, "sha256~file")).path();
    const QByteArray text = bytesOf(data);
    const auto read = cluster::parseKubeconfig(text, folder + u"/config"_s, folder, contexts.at(choice % contexts.size()));
    if (!read)
        return saysWhy(read.error());
    require(read->server.scheme() == "https"_L1 && !read->server.host().isEmpty() && read->server.userInfo().isEmpty());
    // What is written for the client says the same.
    const auto again = cluster::parseKubeconfig(cluster::kubeconfigFor(read->server, {}, read->credential), folder + u"/own"_s, folder);
    require(again.has_value() && again->server == read->server && again->credential.token == read->credential.token);
}

void login(std::uint8_t /*choice*/, std::span<const char> data)
{
    const auto command = cluster::parseLoginCommand(QString::fromUtf8(data.data(), static_cast<qsizetype>(data.size())));
    if (!command)
        return saysWhy(command.error());
    require(command->server.scheme() == "https"_L1 && !command->server.host().isEmpty() && command->server.userInfo().isEmpty());
    require(command->token.isEmpty() != command->user.isEmpty());
}

// clusters.json of the state directory.
void clusters(std::uint8_t /*choice*/, std::span<const char> data)
{
    scratchFile(u"clusters.json"_s, bytesOf(data));
    const auto read = cluster::ClusterFile(scratch()).read();
    if (!read)
        return saysWhy(read.error());
    for (const auto& each : *read)
        require(cluster::checkClusterName(each.name).has_value() && each.server.scheme() == "https"_L1);
}

} // namespace scalekeep::fuzz
