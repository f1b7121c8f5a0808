#pragma once

#include "engine/record/verify.h"

#include <stop_token>

namespace scalekeep::record {

/// OpenSSH's name space of our signatures: one for another purpose is none for a record.
inline const QString signatureNamespace = QStringLiteral("scalekeep-record");

/// Signs with the user's key by its own tool: ssh-keygen for SSH keys (private file, or public file of a key in the agent), minisign for its own.
/// `mayAsk`: the tool may ask for a passphrase at the terminal; otherwise a locked key that no agent holds fails. ToolMissing, Unsupported (an
/// age key cannot sign), BadInput. Blocking.
Result<Signature> sign(const QByteArray& message, const QString& keyFile, bool mayAsk, const std::stop_token& stop = {});

struct SignatureCheck {
    QList<Finding> findings = {};
    QString key = {}; ///< "ED25519 key SHA256:...", where it is good
    bool good = false;     ///< by the key that it names
    bool vouched = false;  ///< by a key that the caller knows
};
/// Error: it could not be checked at all (the tool is missing).
Result<SignatureCheck> checkSignature(const QByteArray& message, const Signature& signature, const QString& allowedSigners, const QString& minisignKey, const std::stop_token& stop = {});

} // namespace scalekeep::record
