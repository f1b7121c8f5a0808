#pragma once

#include <QString>

namespace scalekeep::compare {

/// What stands for a value that is not shown.
inline const QString Mask = QStringLiteral("•••");

/// See detail.h.
bool isSecretName(const QString& name);
/// The same for a column: the `value` of access_tokens is one.
bool isSecretColumn(const QString& table, const QString& column);
/// A Redis key without the secrets that 3scale puts into names: "application/service_id:1/key:•••/id".
QString maskedKey(const QString& key);
/// Text without what is recognisably a secret in it: values behind secret names in JSON and YAML, credentials in URLs, private keys. It says where each of
/// its lines comes from: as many lines as before.
QString maskedText(const QString& text);

} // namespace scalekeep::compare
