#pragma once

#include "engine/base/stream.h"

#include <QByteArray>
#include <QStringList>

#include <optional>

namespace scalekeep::oc {

/// Names come from clusters and bundles: one that is empty or begins with a dash would be read as an option of the client.
inline std::optional<Error> unsafeName(const QStringList& names)
{
    for (const QString& name : names) {
        if (name.isEmpty() || name.startsWith(QLatin1Char('-')))
            return Error{ErrorCode::BadInput, QStringLiteral("\"%1\" can't be the name of a kind or an object.").arg(name), {}, QStringLiteral("Nothing was changed.")};
    }
    return std::nullopt;
}

/// A text as the standard input of one run.
inline ByteSource sourceOf(const QByteArray& content)
{
    return [content, at = qsizetype(0)](qsizetype max) mutable -> Result<QByteArray> {
        const QByteArray chunk = content.mid(at, max);
        at += chunk.size();
        return chunk;
    };
}

} // namespace scalekeep::oc
