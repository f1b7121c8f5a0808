#include "engine/run/facts.h"

#include <algorithm>
#include <array>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
using State = Outcome::State;
constexpr std::array states{std::pair{State::Done, "done"}, std::pair{State::FailedUnchanged, "failed-unchanged"}, std::pair{State::FailedUndone, "failed-undone"}, std::pair{State::NeedsAttention, "needs-attention"}};
} // namespace

QString stateName(State state)
{
    return QLatin1String(std::find_if(states.begin(), states.end(), [state](const auto& each) { return each.first == state; })->second);
}

std::optional<State> stateFromName(const QString& name)
{
    for (const auto& [state, known] : states) {
        if (name == QLatin1String(known))
            return state;
    }
    return {};
}

bool isProven(const QJsonObject& result)
{
    return result[u"proven"].toBool() || (result.contains(u"sha256"_s) && result.contains(u"bytes"_s));
}

QJsonObject errorToJson(const Error& error)
{
    return {{u"code"_s, errorCodeName(error.code)}, {u"message"_s, error.message}, {u"detail"_s, error.detail}, {u"hint"_s, error.hint}};
}

Error errorFromJson(const QJsonObject& json)
{
    return {errorCodeFromName(json[u"code"].toString()), json[u"message"].toString(), json[u"detail"].toString(), json[u"hint"].toString()};
}

} // namespace scalekeep::run
