#pragma once

#include <QByteArray>
#include <QDebug>
#include <QReadWriteLock>
#include <QString>

#include <vector>

namespace scalekeep {

/// A value that must not leave its place: prints as «redacted», is read through reveal() only, is wiped when destroyed.
class Secret {
public:
    Secret() = default;
    explicit Secret(QByteArray value) : m_value(std::move(value)) { m_value.detach(); }
    Secret(const Secret&) = default;
    Secret(Secret&&) noexcept = default;
    Secret& operator=(const Secret&) = default;
    Secret& operator=(Secret&&) noexcept = default;
    ~Secret();

    [[nodiscard]] const QByteArray& reveal() const { return m_value; }
    [[nodiscard]] bool isEmpty() const { return m_value.isEmpty(); }
    bool operator==(const Secret&) const = default;

private:
    QByteArray m_value;
};

QDebug operator<<(QDebug debug, const Secret& secret);

/// Knows the secret values of a session and takes them out of any text: raw, base64 and URL-encoded forms.
/// Owned by the session (a login, a run); thread-safe. Values shorter than 4 bytes are not searched for.
class Redactor {
public:
    void add(const QByteArray& value);
    void add(const Secret& secret) { add(secret.reveal()); }
    [[nodiscard]] QString redact(const QString& text) const;
    [[nodiscard]] QByteArray redact(QByteArray text) const;
    /// True when `text` holds any of the values in any form.
    [[nodiscard]] bool contains(const QByteArray& text) const;

private:
    mutable QReadWriteLock m_lock;
    std::vector<QByteArray> m_needles; ///< longest first
};

} // namespace scalekeep
