#pragma once

#include "engine/base/result.h"
#include "engine/base/secret.h"

/// The system's keychain, blocking. On a machine without one (no session bus, no secret service on it) every call
/// answers at once.
namespace scalekeep::cluster::keychain {

/// Whether a keychain is there to be asked.
[[nodiscard]] bool available();
/// Unsupported: no keychain; NotFound: no such entry; Forbidden: it is locked and was not opened.
[[nodiscard]] Result<Secret> read(const QString& key);
[[nodiscard]] Result<void> write(const QString& key, const Secret& value);
/// An absent entry counts as removed.
[[nodiscard]] Result<void> remove(const QString& key);

} // namespace scalekeep::cluster::keychain
