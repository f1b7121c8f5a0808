#include "engine/base/secret.h"

#include <QUrl>

#include <algorithm>
#include <openssl/crypto.h>

namespace scalekeep {

namespace {
constexpr qsizetype shortestSearched = 4;
const QByteArray mark = "«redacted»";
} // namespace

Secret::~Secret()
{
    // Only the last holder wipes: the bytes are shared with copies until then.
    if (m_value.isDetached() && !m_value.isEmpty())
        OPENSSL_cleanse(m_value.data(), static_cast<size_t>(m_value.size()));
}

QDebug operator<<(QDebug debug, const Secret& secret)
{
    return debug.noquote() << (secret.isEmpty() ? "«empty»" : "«redacted»");
}

void Redactor::add(const QByteArray& value)
{
    if (value.size() < shortestSearched)
        return;
    const QWriteLocker lock(&m_lock);
    const auto insert = [this](QByteArray needle) {
        needle.detach();
        const auto place = std::lower_bound(m_needles.begin(), m_needles.end(), needle,
                                            [](const QByteArray& a, const QByteArray& b) { return a.size() > b.size(); });
        if (std::find(m_needles.begin(), m_needles.end(), needle) == m_needles.end())
            m_needles.insert(place, std::move(needle));
    };
    insert(value);
    insert(value.toBase64());
    insert(value.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals));
    insert(QUrl::toPercentEncoding(QString::fromUtf8(value)));
    // Inside JSON or a shell script the same value is escaped.
    QByteArray escaped = value;
    escaped.replace('\\', "\\\\").replace('"', "\\\"");
    insert(escaped);
    // A secret of several lines (a private key) appears a line at a time in logs.
    if (value.contains('\n')) {
        for (const QByteArray& line : value.split('\n')) {
            if (line.trimmed().size() >= 16)
                insert(line.trimmed());
        }
    }
}

QByteArray Redactor::redact(QByteArray text) const
{
    const QReadLocker lock(&m_lock);
    for (const QByteArray& needle : m_needles) {
        if (text.contains(needle))
            text.replace(needle, mark);
    }
    return text;
}

QString Redactor::redact(const QString& text) const
{
    return QString::fromUtf8(redact(text.toUtf8()));
}

bool Redactor::contains(const QByteArray& text) const
{
    const QReadLocker lock(&m_lock);
    return std::any_of(m_needles.begin(), m_needles.end(), [&text](const QByteArray& needle) { return text.contains(needle); });
}

} // namespace scalekeep
