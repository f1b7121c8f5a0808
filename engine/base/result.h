#pragma once

#include <QString>
#include <tl/expected.hpp>

namespace scalekeep {

/// What kind of failure an Error is; callers branch on this, people read the texts.
enum class ErrorCode {
    Usage,                ///< the caller asked for something that makes no sense
    NotLoggedIn,          ///< no token, or an expired or revoked one
    Forbidden,            ///< logged in, but without the right
    NotFound,
    Absent,               ///< a store that answers has no data at all: there is nothing to keep
    AlreadyExists,
    Conflict,             ///< somebody changed the object meanwhile
    Unreachable,          ///< refused, no such host, dropped, server frozen
    UntrustedCertificate,
    TruncatedStream,      ///< fewer bytes, another digest or no end mark
    Timeout,
    Cancelled,
    ToolMissing,          ///< a program that the container or this machine lacks
    NoSpace,              ///< locally or in a pod: the text says which and how much is missing
    NotReady,             ///< a pod or workload that is not ready
    RemoteFailed,         ///< the command in the pod ended with a non-zero exit status
    BadInput,             ///< a file or an answer that is not what it claims to be
    Damaged,              ///< a bundle whose bytes are not those that were written
    VerificationFailed,   ///< the data is there but not equal to what it should be
    Unsupported,
    Locked,               ///< another changing run holds the namespace
    LockRemoved,          ///< the lock of the run that is to go on is gone
    LockUnknown,          ///< the lock may have been taken or not: the run stays open, to be resumed or undone
    Io,
    Internal,
};

/// A failure as a value. `message` is one sentence: what happened. `hint`: what was left unchanged and what to do next.
/// `detail` holds the other program's own words (redacted). Never a secret in any of them.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    QString message;
    QString detail;
    QString hint;

    bool operator==(const Error&) const = default;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, const QString& message, const QString& hint = {}, const QString& detail = {})
{
    return tl::make_unexpected(Error{code, message, detail, hint});
}

inline tl::unexpected<Error> fail(const Error& error)
{
    return tl::make_unexpected(error);
}

/// Stable lower-case name of a code ("truncated-stream"), used in journals and --json output.
QString errorCodeName(ErrorCode code);
ErrorCode errorCodeFromName(const QString& name);

} // namespace scalekeep
