#pragma once

#include "engine/index/contentdigest.h"

namespace scalekeep::index {

/// About a kilobyte that tells how many rows differ between two tables of any size, without keeping the rows: an invertible
/// Bloom lookup table. Each row is added to four cells; in the difference of two sketches equal rows cancel out, and up to about
/// 30 differing rows can be peeled off one by one.
class RowSketch {
public:
    void add(const Digest& row);
    [[nodiscard]] QByteArray toBase64() const;
    static std::optional<RowSketch> fromBase64(QByteArrayView text);

    struct Difference {
        qint64 missing = 0; ///< rows of this sketch that the other lacks
        qint64 extra = 0;   ///< rows of the other that this one lacks
        bool exact = false; ///< false: too many to be counted, the numbers are lower bounds
        bool operator==(const Difference&) const = default;
    };
    [[nodiscard]] Difference compare(const RowSketch& other) const;

private:
    static constexpr size_t CellCount = 64;
    struct Cell {
        std::uint64_t key = 0;   ///< sum of the rows' keys
        std::uint32_t check = 0; ///< sum of the keys' check values
        std::int32_t count = 0;
        bool operator==(const Cell&) const = default;
    };
    void change(std::uint64_t key, std::int32_t count);
    [[nodiscard]] bool isSingle(const Cell& cell) const;

    std::array<Cell, CellCount> m_cells{};
};

} // namespace scalekeep::index
