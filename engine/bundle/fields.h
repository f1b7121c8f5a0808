#pragma once

#include "engine/base/result.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonObject>
#include <QStringList>

#include <optional>

namespace scalekeep::bundle {

/// Takes typed fields out of a JSON object of unknown origin and remembers the first one that is wrong, so that a
/// parser stays straight-line code: read everything, then look at error(). Absent fields are wrong unless said
/// otherwise.
class Fields {
public:
    Fields(const QJsonObject& object, QString where) : m_object(object), m_where(std::move(where)) {}

    /// Text for people: no control characters but newline and tab.
    QString text(const QString& key, qsizetype limit = 4096);
    /// A component's id or a stream's name, see Stream.
    QString plainName(const QString& key);
    qint64 integer(const QString& key, qint64 least, qint64 most);
    bool boolean(const QString& key);
    /// 64 hex digits; empty where `optional`.
    QByteArray sha256(const QString& key, bool optional = false);
    /// UTC with milliseconds; null when the field is "".
    QDateTime time(const QString& key);
    QStringList texts(const QString& key);
    QJsonArray array(const QString& key);
    QJsonObject object(const QString& key);

    void reject(const QString& key, const QString& why);
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }

private:
    const QJsonObject& m_object;
    QString m_where;
    std::optional<Error> m_error;
};

QString timeText(const QDateTime& time);
bool isSha256(const QString& text);
bool isPlainName(const QString& name);

} // namespace scalekeep::bundle
