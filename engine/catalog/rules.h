#pragma once

#include "engine/catalog/fields.h"
#include "engine/cluster/inventory.h"

#include <QRegularExpression>

namespace scalekeep::catalog {

/// One rule of detection.yaml: an object to look at, a value in it, and what that says.
struct Rule {
    QString id, kind, group;    ///< kind and API group of the objects looked at
    QRegularExpression name;    ///< of the object
    QStringList path;           ///< steps to the value; "*" any index; empty: the object's existence
    QRegularExpression pattern; ///< searched in the value
    QString result, reason;     ///< result empty: group 1 of the pattern
    bool likely = false;        ///< what it says is assumed only: others may look the same
};

/// What a rule found.
struct Match {
    QString rule, result, reason;
    bool likely = false;
};

struct Rules {
    QList<Rule> present, version, flavour, workloadKind;
};

/// detection.yaml as it is compiled in, or another of its shape.
Result<Rules> readRules(const QString& path);

/// Every rule that matches, in the order of the rules; the first one decides.
QList<Match> matches(const QList<Rule>& rules, const QJsonArray& objects);

} // namespace scalekeep::catalog
