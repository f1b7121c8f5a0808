#pragma once

#include "engine/catalog/catalog.h"
#include "engine/plan/plan.h"

namespace scalekeep::run {

/// One verb on one kind of object. `resource` may have a subresource ("pods/exec"); "*" is any kind of the group.
struct Need {
    QString verb, group, resource;
    bool operator==(const Need&) const = default;
};

/// "update deploymentconfigs.apps.openshift.io"
QString toText(const Need& need);

/// The rights that the steps of a plan use, those of their undo and of the namespace's lock included, each once. `saved`: the objects that a restore
/// brings back; `live`: those of now. Steps whose action has no entry in the table are named in `unknown`: nothing may be said of their rights.
struct Rights { QList<Need> needs; QStringList unknown; };
Rights rightsOf(const plan::Plan& plan, const catalog::Catalog& catalog, const QJsonArray& saved = {}, const QJsonArray& live = {});

/// Whether the table has an entry for this action of a step.
bool hasRights(const QString& action);

/// Whether a SelfSubjectRulesReview's status grants it.
bool isGranted(const QJsonObject& status, const Need& need);

} // namespace scalekeep::run
