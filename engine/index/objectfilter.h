#pragma once

#include <QJsonObject>

namespace scalekeep::index {

/// True for objects that the cluster makes by itself and makes anew: they are no content of an installation.
bool isGenerated(const QJsonObject& object);
/// The object without the fields that the cluster sets: what a restore can and must bring back.
QJsonObject withoutVolatile(QJsonObject object);

} // namespace scalekeep::index
