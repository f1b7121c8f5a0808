#pragma once

#include "engine/base/secret.h"
#include "engine/record/record.h"

#include <memory>
#include <stop_token>
#include <vector>

namespace scalekeep::record {

/// The secret values of the bundles that a run read or wrote, to be searched for in what is exported: raw, base64 and URL-encoded. The values stay
/// in memory and are named by their places only.
class SecretSearch {
public:
    /// Reads the objects in the bundles of the record. A bundle that is not at hand, or is another one by now, is no error but noted; one that cannot
    /// be read is.
    static Result<SecretSearch> of(const Record& record, const std::stop_token& stop = {});
    [[nodiscard]] const QList<Searched>& searched() const { return m_searched; }
    /// VerificationFailed names the place of the secret in the bundle and `where` it was found.
    [[nodiscard]] Result<void> check(const QByteArray& text, const QString& where) const;

private:
    struct Place {
        QString name;      ///< "key URL of Secret system-redis"
        Redactor values;
    };
    QList<Searched> m_searched;
    std::vector<std::unique_ptr<Place>> m_places;
};

} // namespace scalekeep::record
