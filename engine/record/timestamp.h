#pragma once

#include "engine/record/verify.h"

#include <QUrl>

#include <stop_token>

namespace scalekeep::record {

/// A time-stamp request (RFC 3161) for the SHA-256 of a message: version 1, a nonce, with the request for the server's certificate.
struct StampRequest { QByteArray der, nonce; };
Result<StampRequest> makeStampRequest(const QByteArray& message);

/// Asks a time-stamp server by HTTP or HTTPS (its answer is signed, so the way to it need not be) and checks the answer: granted, for this
/// message, with our nonce, by a certificate for time stamps that `authority` vouches for (PEM; empty: the system's authorities). Blocking;
/// needs no event loop of the caller's.
Result<TimeStamp> requestStamp(const QByteArray& message, const QUrl& server, const QString& authority, const std::stop_token& stop = {});

struct StampCheck {
    QList<Finding> findings = {};
    QDateTime at = {}; ///< UTC; invalid where the stamp says nothing about this message
    QString authority = {}; ///< whose certificate signed it
    bool trusted = false;
};
/// Hostile input. Without `authority` the system's are asked; a stamp of another is a note then, with it a failure.
StampCheck checkStamp(const QByteArray& message, const QByteArray& response, const QString& authority, const QByteArray& nonce = {});

} // namespace scalekeep::record
