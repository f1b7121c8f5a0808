#include "engine/base/result.h"

#include <array>
#include <utility>

namespace scalekeep {

namespace {
constexpr std::array<std::pair<ErrorCode, const char*>, 24> names{{
    {ErrorCode::Usage, "usage"},
    {ErrorCode::NotLoggedIn, "not-logged-in"},
    {ErrorCode::Forbidden, "forbidden"},
    {ErrorCode::NotFound, "not-found"},
    {ErrorCode::Absent, "absent"},
    {ErrorCode::AlreadyExists, "already-exists"},
    {ErrorCode::Conflict, "conflict"},
    {ErrorCode::Unreachable, "unreachable"},
    {ErrorCode::UntrustedCertificate, "untrusted-certificate"},
    {ErrorCode::TruncatedStream, "truncated-stream"},
    {ErrorCode::Timeout, "timeout"},
    {ErrorCode::Cancelled, "cancelled"},
    {ErrorCode::ToolMissing, "tool-missing"},
    {ErrorCode::NoSpace, "no-space"},
    {ErrorCode::NotReady, "not-ready"},
    {ErrorCode::RemoteFailed, "remote-failed"},
    {ErrorCode::BadInput, "bad-input"},
    {ErrorCode::Damaged, "damaged"},
    {ErrorCode::VerificationFailed, "verification-failed"},
    {ErrorCode::Unsupported, "unsupported"},
    {ErrorCode::Locked, "locked"},
    {ErrorCode::LockRemoved, "lock-removed"},
    {ErrorCode::LockUnknown, "lock-unknown"},
    {ErrorCode::Io, "io"},
}};
} // namespace

QString errorCodeName(ErrorCode code)
{
    for (const auto& [value, name] : names) {
        if (value == code)
            return QString::fromLatin1(name);
    }
    return QStringLiteral("internal");
}

ErrorCode errorCodeFromName(const QString& name)
{
    for (const auto& [value, text] : names) {
        if (name == QLatin1String(text))
            return value;
    }
    return ErrorCode::Internal;
}

} // namespace scalekeep
