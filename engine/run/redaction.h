#pragma once

#include "engine/base/secret.h"
#include "engine/oc/client.h"

namespace scalekeep::run {

/// Teaches the redactor the secret values in Kubernetes objects: Secrets, passwords in workloads' environments (MYSQL_ROOT_PASSWORD is a
/// literal in its DeploymentConfig), credentials in URLs, private keys of Routes, ConfigMap smtp. Values that are plainly names (shorter than 8
/// bytes, or words that also name objects) are left alone: blotting them out would make every text unreadable.
void learnSecrets(Redactor& redactor, const QJsonArray& objects);

/// The same from the namespace as it is now. Rights that are missing are no error here: what cannot be read cannot be shown either.
void learnSecrets(Redactor& redactor, const oc::Client& client);

/// Redacts text by text, not the JSON as a whole: a password of digits would also be found in a number, and what is left is no JSON.
QJsonValue redacted(const Redactor& redactor, const QJsonValue& value);

} // namespace scalekeep::run
