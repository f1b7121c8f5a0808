#include "rdbwriter.h"

#include <bit>
#include <optional>

namespace {
// Bit by bit, so that the reader's tables are checked against something else.
quint64 slowCrc64(const QByteArray& bytes)
{
    quint64 crc = 0;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x95ac9329ac4bc9b5ULL : crc >> 1;
    }
    return crc;
}

// Numbers are stored as such in packed collections.
std::optional<qint64> canonicalNumber(const QByteArray& text)
{
    bool ok = false;
    const qint64 number = text.toLongLong(&ok);
    return ok && QByteArray::number(number) == text ? std::optional(number) : std::nullopt;
}

QByteArray bigEndian(quint64 number, int bytes)
{
    QByteArray result = RdbWriter::fixed(number, bytes);
    std::reverse(result.begin(), result.end());
    return result;
}

char byteOf(quint64 value)
{
    return static_cast<char>(value & 0xff);
}

QByteArray backLength(qsizetype size)
{
    const auto number = static_cast<quint64>(size);
    if (size <= 127)
        return QByteArray(1, byteOf(number));
    if (size < 16383)
        return QByteArray(1, byteOf(number >> 7)) + byteOf((number & 127) | 128);
    return QByteArray(1, byteOf(number >> 14)) + byteOf(((number >> 7) & 127) | 128) + byteOf((number & 127) | 128);
}
} // namespace

RdbWriter::RdbWriter(int version) : m_bytes("REDIS" + QByteArray::number(version).rightJustified(4, '0')) {}

QByteArray RdbWriter::fixed(quint64 number, int bytes)
{
    QByteArray result;
    for (int i = 0; i < bytes; ++i)
        result.append(byteOf(number >> (8 * i)));
    return result;
}

QByteArray RdbWriter::binaryDouble(double number)
{
    return fixed(std::bit_cast<quint64>(number), 8);
}

QByteArray RdbWriter::length(quint64 length)
{
    if (length < 64)
        return QByteArray(1, byteOf(length));
    if (length < 16384)
        return bigEndian(length | 0x4000, 2);
    if (length < 0x100000000)
        return '\x80' + bigEndian(length, 4);
    return '\x81' + bigEndian(length, 8);
}

QByteArray RdbWriter::string(const QByteArray& text)
{
    return length(static_cast<quint64>(text.size())) + text;
}

QByteArray RdbWriter::number(qint32 number, int bytes)
{
    const int kind = bytes == 1 ? 0 : bytes == 2 ? 1 : 2;
    return QByteArray(1, byteOf(static_cast<quint64>(0xc0 + kind))) + fixed(static_cast<quint32>(number), bytes);
}

QByteArray RdbWriter::packedTwice(const QByteArray& text)
{
    const qsizetype size = text.size(); // 9 to 32
    const quint64 back = static_cast<quint64>(size) - 1;
    QByteArray packed = QByteArray(1, byteOf(static_cast<quint64>(size) - 1)) + text;
    packed += byteOf(0xe0 | (back >> 8));
    packed += byteOf(static_cast<quint64>(size) - 9);
    packed += byteOf(back);
    return '\xc3' + length(static_cast<quint64>(packed.size())) + length(static_cast<quint64>(2 * size)) + packed;
}

QByteArray RdbWriter::ziplist(const QList<QByteArray>& elements)
{
    QByteArray entries;
    qsizetype previous = 0;
    qsizetype last = 0;
    for (const QByteArray& element : elements) {
        QByteArray entry = previous < 254 ? QByteArray(1, byteOf(static_cast<quint64>(previous)))
                                          : '\xfe' + fixed(static_cast<quint64>(previous), 4);
        const auto number = canonicalNumber(element);
        const auto size = static_cast<quint64>(element.size());
        if (number && *number >= 0 && *number <= 12)
            entry += byteOf(0xf1 + static_cast<quint64>(*number));
        else if (number && *number >= -128 && *number <= 127)
            entry += '\xfe' + fixed(static_cast<quint64>(*number), 1);
        else if (number && *number >= -32768 && *number <= 32767)
            entry += '\xc0' + fixed(static_cast<quint64>(*number), 2);
        else if (number && *number >= -8388608 && *number <= 8388607)
            entry += '\xf0' + fixed(static_cast<quint64>(*number), 3);
        else if (number && *number >= INT32_MIN && *number <= INT32_MAX)
            entry += '\xd0' + fixed(static_cast<quint64>(*number), 4);
        else if (number)
            entry += '\xe0' + fixed(static_cast<quint64>(*number), 8);
        else if (size < 64)
            entry += byteOf(size) + element;
        else if (size < 16384)
            entry += bigEndian(size | 0x4000, 2) + element;
        else
            entry += '\x80' + bigEndian(size, 4) + element;
        last = entries.size();
        previous = entry.size();
        entries += entry;
    }
    const qsizetype total = 10 + entries.size() + 1;
    return fixed(static_cast<quint64>(total), 4) + fixed(static_cast<quint64>(10 + last), 4) +
           fixed(static_cast<quint64>(elements.size()), 2) + entries + '\xff';
}

QByteArray RdbWriter::listpack(const QList<QByteArray>& elements)
{
    QByteArray entries;
    for (const QByteArray& element : elements) {
        const auto number = canonicalNumber(element);
        const auto size = static_cast<quint64>(element.size());
        QByteArray entry;
        if (number && *number >= 0 && *number <= 127)
            entry = QByteArray(1, byteOf(static_cast<quint64>(*number)));
        else if (number && *number >= -4096 && *number <= 4095)
            entry = bigEndian(0xc000 | (static_cast<quint64>(*number) & 0x1fff), 2);
        else if (number && *number >= -32768 && *number <= 32767)
            entry = '\xf1' + fixed(static_cast<quint64>(*number), 2);
        else if (number && *number >= -8388608 && *number <= 8388607)
            entry = '\xf2' + fixed(static_cast<quint64>(*number), 3);
        else if (number && *number >= INT32_MIN && *number <= INT32_MAX)
            entry = '\xf3' + fixed(static_cast<quint64>(*number), 4);
        else if (number)
            entry = '\xf4' + fixed(static_cast<quint64>(*number), 8);
        else if (size < 64)
            entry = byteOf(0x80 | size) + element;
        else if (size < 4096)
            entry = bigEndian(0xe000 | size, 2) + element;
        else
            entry = '\xf0' + fixed(size, 4) + element;
        entries += entry + backLength(entry.size());
    }
    return fixed(static_cast<quint64>(6 + entries.size() + 1), 4) + fixed(static_cast<quint64>(elements.size()), 2) + entries + '\xff';
}

QByteArray RdbWriter::intset(const QList<qint64>& numbers, int bytes)
{
    QByteArray result = fixed(static_cast<quint64>(bytes), 4) + fixed(static_cast<quint64>(numbers.size()), 4);
    for (const qint64 number : numbers)
        result += fixed(static_cast<quint64>(number), bytes);
    return result;
}

QByteArray RdbWriter::zipmap(const QList<std::pair<QByteArray, QByteArray>>& fields)
{
    const auto size = [](const QByteArray& text) {
        return text.size() < 254 ? QByteArray(1, byteOf(static_cast<quint64>(text.size())))
                                 : '\xfe' + fixed(static_cast<quint64>(text.size()), 4);
    };
    QByteArray result(1, byteOf(static_cast<quint64>(fields.size())));
    for (const auto& [field, value] : fields)
        result += size(field) + field + size(value) + '\x02' + value + "??"; // two unused bytes
    return result + '\xff';
}

RdbWriter& RdbWriter::database(int number)
{
    return raw('\xfe' + length(static_cast<quint64>(number)));
}

RdbWriter& RdbWriter::expires(qint64 milliseconds)
{
    return raw('\xfc' + fixed(static_cast<quint64>(milliseconds), 8));
}

RdbWriter& RdbWriter::raw(const QByteArray& bytes)
{
    m_bytes += bytes;
    return *this;
}

RdbWriter& RdbWriter::key(int type, const QByteArray& name, const QByteArray& value)
{
    return raw(byteOf(static_cast<quint64>(type)) + string(name) + value);
}

QByteArray RdbWriter::finish(bool checksum) const
{
    const QByteArray whole = m_bytes + '\xff';
    return whole + fixed(checksum ? slowCrc64(whole) : 0, 8);
}
