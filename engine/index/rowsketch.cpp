#include "engine/index/rowsketch.h"

#include <QtEndian>

#include <algorithm>

namespace scalekeep::index {

namespace {
constexpr qsizetype CellBytes = 16;

constexpr size_t Parts = 4;

// One cell in each quarter, so that a row never meets itself.
std::array<size_t, Parts> cellsOf(std::uint64_t key, size_t count)
{
    const size_t quarter = count / Parts;
    std::array<size_t, Parts> cells{};
    for (size_t part = 0; part < Parts; ++part)
        cells[part] = part * quarter + static_cast<size_t>((key >> (8 * part)) & 0xff) % quarter;
    return cells;
}

// Not linear, or the sum of several keys would look like a key.
std::uint32_t checkOf(std::uint64_t key)
{
    key = (key ^ (key >> 33)) * 0xff51afd7ed558ccdULL;
    key = (key ^ (key >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    return static_cast<std::uint32_t>(key >> 32);
}
} // namespace

void RowSketch::change(std::uint64_t key, std::int32_t count)
{
    const auto factor = static_cast<std::uint32_t>(count);
    for (const size_t index : cellsOf(key, CellCount)) {
        Cell& cell = m_cells[index];
        cell.key += key * static_cast<std::uint64_t>(static_cast<std::int64_t>(count));
        cell.check += checkOf(key) * factor;
        // Counts may wrap for billions of rows in one cell: only differences of them are ever looked at.
        cell.count = static_cast<std::int32_t>(static_cast<std::uint32_t>(cell.count) + factor);
    }
}

void RowSketch::add(const Digest& row)
{
    change(qFromLittleEndian<quint64>(row.data()), 1);
}

bool RowSketch::isSingle(const Cell& cell) const
{
    if (cell.count == 1)
        return cell.check == checkOf(cell.key);
    return cell.count == -1 && cell.check == 0U - checkOf(0U - cell.key);
}

RowSketch::Difference RowSketch::compare(const RowSketch& other) const
{
    RowSketch rest = *this;
    for (size_t i = 0; i < CellCount; ++i) {
        Cell& cell = rest.m_cells[i];
        cell.key -= other.m_cells[i].key;
        cell.check -= other.m_cells[i].check;
        cell.count = static_cast<std::int32_t>(static_cast<std::uint32_t>(cell.count) -
                                               static_cast<std::uint32_t>(other.m_cells[i].count));
    }
    Difference difference;
    // A sketch from a file may be made up: every turn takes one row out, and more rows than cells can never be told apart.
    for (size_t turn = 0; turn < CellCount; ++turn) {
        const auto cell = std::ranges::find_if(rest.m_cells, [&](const Cell& c) { return rest.isSingle(c); });
        if (cell == rest.m_cells.end())
            break;
        const bool missing = cell->count == 1;
        (missing ? difference.missing : difference.extra) += 1;
        rest.change(missing ? cell->key : 0U - cell->key, missing ? -1 : 1);
    }
    const auto left = std::ranges::count_if(rest.m_cells, [](const Cell& cell) { return cell != Cell{}; });
    difference.exact = left == 0;
    // Each row that is left touches at most one cell a part.
    difference.missing += (left + static_cast<std::ptrdiff_t>(Parts) - 1) / static_cast<std::ptrdiff_t>(Parts);
    return difference;
}

QByteArray RowSketch::toBase64() const
{
    QByteArray raw(static_cast<qsizetype>(CellCount) * CellBytes, '\0');
    char* out = raw.data();
    for (const Cell& cell : m_cells) {
        qToLittleEndian<quint64>(cell.key, out);
        qToLittleEndian<quint32>(cell.check, out + 8);
        qToLittleEndian<qint32>(cell.count, out + 12);
        out += CellBytes;
    }
    return raw.toBase64();
}

std::optional<RowSketch> RowSketch::fromBase64(QByteArrayView text)
{
    const auto decoded = QByteArray::fromBase64Encoding(text.toByteArray(), QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded || decoded.decoded.size() != static_cast<qsizetype>(CellCount) * CellBytes)
        return std::nullopt;
    RowSketch sketch;
    const char* in = decoded.decoded.constData();
    for (Cell& cell : sketch.m_cells) {
        cell.key = qFromLittleEndian<quint64>(in);
        cell.check = qFromLittleEndian<quint32>(in + 8);
        cell.count = qFromLittleEndian<qint32>(in + 12);
        in += CellBytes;
    }
    return sketch;
}

} // namespace scalekeep::index
