#pragma once

#include "engine/base/result.h"

#include <QJsonObject>
#include <QMap>

#include <functional>

namespace scalekeep::index {

/// Goes through the fields of a Kubernetes object by their paths as the content index names them: "spec.template.spec.containers[zync].image". Members of lists
/// that have names are known by them. Nulls are left out, empty lists and objects are fields. `take` gets path and scalar (or empty) value; its error
/// ends the walk. BadInput for paths longer than any that a cluster has.
using TakeField = std::function<Result<void>(const QString& path, const QJsonValue& value)>;
Result<void> walkFields(const QString& path, const QJsonValue& value, const TakeField& take);

/// The fields of an object that a restore brings back, with their values; see objectfilter.h for what is left out.
Result<QMap<QString, QJsonValue>> fieldsOf(const QJsonObject& object);

} // namespace scalekeep::index
