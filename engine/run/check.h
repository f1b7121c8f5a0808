#pragma once

#include "engine/base/result.h"

#include <QJsonObject>
#include <QList>

#include <algorithm>

namespace scalekeep::run {

/// One named check before a run: what was looked at, what was seen, what to do about it.
struct Check {
    enum class State { Passed, Warning, Failed };
    QString id, title;
    State state = State::Passed;
    QString evidence; ///< what was seen
    QString remedy;   ///< for warnings and failures
    QStringList subjects = {}; ///< what the user may decide something about: components that cannot be kept, the run that holds the lock
    bool operator==(const Check&) const = default;
};

inline bool anyFailed(const QList<Check>& checks)
{
    return std::any_of(checks.begin(), checks.end(), [](const Check& check) { return check.state == Check::State::Failed; });
}

QJsonObject toJson(const Check& check);

} // namespace scalekeep::run
