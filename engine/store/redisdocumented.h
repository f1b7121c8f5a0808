#pragma once

#include "engine/run/handler.h"

/// The documented way to restore Redis (6.6.7.1, 6.6.7.2): edit the ConfigMap that both Redis share, roll out, put the dump in place, roll out, rewrite
/// the append-only file, put the ConfigMap back, roll out. Refused on Redis 6.2 and later, where commented save lines mean the defaults, so that the
/// server saves its old data over the dump when it stops (3scale-facts D). The rollouts are the plan's own steps.
namespace scalekeep::store::redis {

void registerDocumentedHandlers(run::Handlers& handlers);

/// Empty where the documented way is safe; otherwise why it is refused.
QString whyNotDocumented(const QString& serverVersion);

/// The value, which may be empty, in the answer of redis-cli to CONFIG GET: the name, then the value, a line each. Nothing where it is another answer.
std::optional<QString> settingIn(const QByteArray& answer, const QString& name);

} // namespace scalekeep::store::redis
