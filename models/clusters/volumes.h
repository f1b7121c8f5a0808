#pragma once

#include "engine/cluster/inventory.h"

namespace scalekeep::models {

/// How much of a volume is used: where to ask and what the answer says. Pure, but for readUsedBytes.

/// A place in a ready pod where the claim is mounted.
struct MountedAt {
    oc::PodRef pod;
    QString path;
};
std::optional<MountedAt> mountOf(const cluster::Inventory& inventory, const QString& claim);

/// "20Gi", "500M", "1024": bytes; negative when it is no quantity.
qint64 bytesOfQuantity(const QString& quantity);

/// Answer of `df -kP PATH`: used bytes, when the file system is the volume's own. A directory of a larger file system (NFS export, host path)
/// tells the whole export's use and so nothing of the volume.
std::optional<qint64> usedInDf(const QByteArray& output, qint64 capacity);
/// Answer of `du -sk PATH`: bytes.
std::optional<qint64> usedInDu(const QByteArray& output);

/// One `df` a claim that a ready pod mounts; where that tells of a larger file system, a `du` that gives up after some seconds. Blocking. What cannot
/// be read is left out.
QMap<QString, qint64> readUsedBytes(const oc::Client& client, const cluster::Inventory& inventory);

} // namespace scalekeep::models
