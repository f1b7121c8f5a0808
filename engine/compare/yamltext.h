#pragma once

#include <QJsonObject>

namespace scalekeep::compare {

/// An object as people read it, `oc get -o yaml`: members in order, two spaces a level, texts quoted where YAML would take them for something else. For
/// showing only. At most 200 levels; what is deeper stands as JSON.
QString yamlText(const QJsonObject& object);

/// A canonical SQL statement, which has no line breaks, on lines of its own: one a column, one a statement of a routine.
QString sqlText(const QString& statement);

} // namespace scalekeep::compare
