#include "engine/oc/patience.h"

#include <cmath>

namespace scalekeep::oc {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr double least = 0.01, most = 100;
}

Result<double> patience()
{
    const QByteArray text = qgetenv("SCALEKEEP_PATIENCE").trimmed();
    if (text.isEmpty())
        return 1;
    bool number = false;
    const double factor = text.toDouble(&number);
    if (!number || !(factor >= least && factor <= most))
        return fail(ErrorCode::BadInput, u"SCALEKEEP_PATIENCE is “%1”, which is no number from %2 to %3."_s.arg(QString::fromUtf8(text)).arg(least).arg(most),
                    u"Nothing was changed. It multiplies every time limit of a call of oc: 3 for a slow line; without it the limits are as documented."_s);
    return factor;
}

Command withPatience(Command command, double factor)
{
    for (std::chrono::milliseconds* limit : {&command.timeout, &command.silence, &command.dataSilence})
        *limit = std::chrono::milliseconds(static_cast<qint64>(std::ceil(static_cast<double>(limit->count()) * factor)));
    return command;
}

} // namespace scalekeep::oc
