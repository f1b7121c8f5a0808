#include "models/clusters/volumes.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>
#include <cmath>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
// File systems keep some of a volume for themselves or round it up; more than this is not the volume alone.
constexpr double largestShare = 1.5;
constexpr std::chrono::seconds patience{20};

QString mountPathIn(const QJsonObject& pod, const QString& claim, const QString& container)
{
    QString volume;
    for (const auto& each : pod[u"spec"][u"volumes"].toArray()) {
        if (each[u"persistentVolumeClaim"][u"claimName"].toString() == claim)
            volume = each[u"name"].toString();
    }
    for (const auto& each : pod[u"spec"][u"containers"].toArray()) {
        if (volume.isEmpty() || each[u"name"].toString() != container)
            continue;
        for (const auto& mount : each[u"volumeMounts"].toArray()) {
            if (mount[u"name"].toString() == volume)
                return mount[u"mountPath"].toString();
        }
    }
    return {};
}
} // namespace

std::optional<MountedAt> mountOf(const cluster::Inventory& inventory, const QString& claim)
{
    for (const cluster::Pod& pod : inventory.pods) {
        if (!pod.ready || pod.terminating || pod.phase != u"Running" || !pod.claims.contains(claim))
            continue;
        const QJsonObject object = inventory.object(u"Pod"_s, pod.name);
        for (const QString& container : pod.containers) {
            const QString path = mountPathIn(object, claim, container);
            if (path.startsWith(u'/'))
                return MountedAt{{pod.name, container, pod.uid}, path};
        }
    }
    return {};
}

qint64 bytesOfQuantity(const QString& quantity)
{
    static const QRegularExpression form(u"^([0-9]{1,15}(?:\\.[0-9]{1,9})?)(|k|[KMGTP]i?)$"_s);
    const auto match = form.match(quantity);
    if (!match.hasMatch())
        return -1;
    const QString unit = match.captured(2);
    const double base = unit.endsWith(u'i') ? 1024 : 1000;
    const int power = unit.isEmpty() ? 0 : int(u"KMGTP"_s.indexOf(unit.at(0).toUpper())) + 1;
    const double bytes = match.captured(1).toDouble() * std::pow(base, power);
    return bytes < 9e18 ? qint64(bytes) : -1;
}

std::optional<qint64> usedInDf(const QByteArray& output, qint64 capacity)
{
    // -P: one line a file system, whatever the length of its name; the name may hold spaces, so the figures are found from the percent sign.
    static const QRegularExpression figures(u"\\s(\\d{1,15})\\s+(\\d{1,15})\\s+(\\d{1,15})\\s+(?:\\d{1,3}%|-)\\s+/"_s);
    const QString lastLine = QString::fromUtf8(output.trimmed().split('\n').constLast().left(4096));
    const auto match = figures.match(lastLine);
    if (!match.hasMatch())
        return {};
    const double total = match.captured(1).toDouble() * 1024;
    if (capacity > 0 && total > double(capacity) * largestShare)
        return {};
    return match.captured(2).toLongLong() * 1024;
}

std::optional<qint64> usedInDu(const QByteArray& output)
{
    static const QRegularExpression total(u"^(\\d{1,15})\\s+/"_s);
    const auto match = total.match(QString::fromUtf8(output.left(4096)));
    if (!match.hasMatch())
        return {};
    return match.captured(1).toLongLong() * 1024;
}

QMap<QString, qint64> readUsedBytes(const oc::Client& client, const cluster::Inventory& inventory)
{
    QMap<QString, qint64> used;
    for (const cluster::Claim& claim : inventory.claims) {
        if (client.stopToken().stop_requested())
            break;
        const auto place = mountOf(inventory, claim.name);
        if (!place)
            continue;
        const auto answer = client.exec(place->pod, {u"df"_s, u"-kP"_s, place->path}, patience);
        if (!answer || answer->exitCode != 0)
            continue;
        if (const auto bytes = usedInDf(answer->output, bytesOfQuantity(claim.capacity))) {
            used.insert(claim.name, *bytes);
            continue;
        }
        // It ends in the pod by itself: a command there lives on when its client here gives up.
        const auto counted = client.exec(place->pod, {u"timeout"_s, u"10"_s, u"du"_s, u"-skx"_s, place->path}, patience);
        if (counted && counted->exitCode == 0) {
            if (const auto bytes = usedInDu(counted->output))
                used.insert(claim.name, *bytes);
        }
    }
    return used;
}

} // namespace scalekeep::models
