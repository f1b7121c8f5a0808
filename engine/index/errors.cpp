#include "engine/index/errors.h"

#include <QStringDecoder>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

QString notProven()
{
    return u"The stream does not count as proven, and nothing else was changed; read it again from its source."_s;
}

tl::unexpected<Error> malformed(const QString& format, qint64 offset, const QString& what)
{
    return fail(ErrorCode::BadInput, u"The %1 stream cannot be read at byte %2: %3."_s.arg(format).arg(offset).arg(what),
                notProven());
}

tl::unexpected<Error> truncated(const QString& format, qint64 offset, const QString& what)
{
    return fail(ErrorCode::TruncatedStream, u"The %1 stream ends after %2 bytes, but %3."_s.arg(format).arg(offset).arg(what),
                notProven());
}

QString printable(const QByteArray& bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder(bytes);
    return decoder.hasError() ? QString::fromLatin1(bytes) : text;
}

} // namespace scalekeep::index
