#pragma once

#include <QByteArray>
#include <QList>

#include <utility>

/// Writes RDB files of any version, with the encodings of old servers that are no longer to be had.
class RdbWriter {
public:
    explicit RdbWriter(int version);

    static QByteArray length(quint64 length);
    static QByteArray string(const QByteArray& text);
    /// As an integer of 1, 2 or 4 bytes, as Redis stores short numbers.
    static QByteArray number(qint32 number, int bytes);
    /// LZF, in the simplest form that is still right: one literal run, then one repetition of it.
    static QByteArray packedTwice(const QByteArray& text);
    static QByteArray fixed(quint64 number, int bytes);
    static QByteArray binaryDouble(double number);

    static QByteArray ziplist(const QList<QByteArray>& elements);
    static QByteArray listpack(const QList<QByteArray>& elements);
    static QByteArray intset(const QList<qint64>& numbers, int bytes);
    static QByteArray zipmap(const QList<std::pair<QByteArray, QByteArray>>& fields);

    RdbWriter& database(int number);
    RdbWriter& expires(qint64 milliseconds);
    RdbWriter& raw(const QByteArray& bytes);
    RdbWriter& key(int type, const QByteArray& name, const QByteArray& value);
    /// The whole file; `checksum` false: as with rdbchecksum no.
    [[nodiscard]] QByteArray finish(bool checksum = true) const;

private:
    QByteArray m_bytes;
};
