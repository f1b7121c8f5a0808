#pragma once

#include "models/common/workplace.h"

namespace scalekeep::models {

/// What this computer has for a first backup.
struct Readiness {
    QString ocProgram, ocVersion;           ///< version empty: see ocError
    bool ocNamed = false;                   ///< by $SCALEKEEP_OC instead of the search path
    std::optional<Error> ocError;
    bool keychain = false;
    QString folder;
    qint64 freeBytes = -1;
    QString kubeconfig;                     ///< path of the user's own, empty when there is none
    int contexts = 0;                       ///< in it
};

/// Looks at the client (`oc version --client`), the keychain, the bundle folder and the user's kubeconfig. Blocking, for workers. Writes nothing.
Readiness readReadiness(const QString& folder, const Redactor& redactor);

/// Number of contexts in a kubeconfig of unknown origin; 0 when it cannot be read.
int contextsIn(const QString& kubeconfig);

} // namespace scalekeep::models
