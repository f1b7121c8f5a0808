#pragma once

#include <QJsonObject>

namespace scalekeep::index {

/// True for objects that the cluster makes by itself and makes anew: they are no content of an installation.
bool isGenerated(const QJsonObject& object);
/// The object without the fields that the cluster sets: what it is, for whoever compares two of them.
QJsonObject withoutVolatile(QJsonObject object);
/// The object, as it was read, without what a restore leaves to the cluster: what a proof may ask for. The image behind a tag, the own namespace
/// in a trigger ... are content all the same: they stay in the index, where a comparison shows them. Nothing is left of the lock of a leader.
QJsonObject restorable(QJsonObject object);
/// The ConfigMap by which the pods of an operator choose their leader. It belongs to one of them, or is renewed every few seconds; a leader-for-life
/// lock that was made again without its pod keeps the operator waiting for ever.
bool isLeaderLock(const QJsonObject& object);

} // namespace scalekeep::index
