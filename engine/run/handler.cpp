#include "engine/run/handler.h"

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

Result<void> Handler::undo(StepRun& step) const
{
    return fail(ErrorCode::Unsupported, u"“%1” has no undo."_s.arg(step.step.title), step.step.undo);
}

Result<Handler::Probe> Handler::probe(StepRun&) const
{
    return Probe::Unknown;
}

Result<bool> Handler::recall(StepRun&, const QJsonObject&) const
{
    return true;
}

} // namespace scalekeep::run
