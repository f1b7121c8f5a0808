#pragma once

#include "engine/base/result.h"
#include "engine/base/secret.h"

#include <QUrl>

namespace scalekeep::cluster {

/// What a pasted “oc login …” line says.
struct LoginCommand {
    QUrl server;
    Secret token; ///< empty when the line names a user
    QString user;
    Secret password;
    QString caFile;
};

/// Reads the line that the console's “Copy login command” gives (`oc login --token=… --server=https://…`), in any
/// quoting. Pure. The errors never repeat a value of the line, which may be a secret.
Result<LoginCommand> parseLoginCommand(const QString& line);

} // namespace scalekeep::cluster
