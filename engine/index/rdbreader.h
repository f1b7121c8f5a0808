#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace scalekeep::index {

/// Takes the primitives of an RDB file out of a buffer that may end in the middle of one. Each function is false when it could not:
/// then either needed() bytes must be there before it is worth trying again, or problem() says what is wrong.
class RdbReader {
public:
    static constexpr std::uint64_t MaxString = 512ULL * 1024 * 1024; ///< Redis' own limit

    /// Starts over at the beginning of `data`, which must stay where it is.
    void start(std::string_view data);
    [[nodiscard]] size_t taken() const { return m_at; }
    [[nodiscard]] size_t needed() const { return m_needed; }
    [[nodiscard]] const char* problem() const { return m_problem; }
    bool fail(const char* problem);

    bool bytes(size_t count, std::string_view& out);
    bool byte(std::uint8_t& out);
    bool uint32(std::uint32_t& out);
    bool uint64(std::uint64_t& out);
    /// A length or another unsigned number.
    bool length(std::uint64_t& out);
    /// A string, unpacked; valid until start() or the third string after it.
    bool string(std::string_view& out);

private:
    bool lengthOrEncoding(std::uint64_t& out, bool& encoded);
    bool packed(std::string& scratch, std::string_view& out);

    std::string_view m_data;
    size_t m_at = 0;
    size_t m_needed = 0;
    const char* m_problem = nullptr;
    std::array<std::string, 3> m_scratch;
    size_t m_nextScratch = 0;
};

/// LZF: false when `packed` is not exactly the packed form of `size` bytes.
bool unpackLzf(std::string_view packed, size_t size, std::string& out);

/// Gives the elements of a packed collection in order, integers as decimal text. The answer is null, or what is wrong with it.
using ElementSink = std::function<void(std::string_view)>;
const char* readZiplist(std::string_view blob, const ElementSink& sink);
const char* readListpack(std::string_view blob, const ElementSink& sink);
const char* readIntset(std::string_view blob, const ElementSink& sink);
const char* readZipmap(std::string_view blob, const ElementSink& sink);

} // namespace scalekeep::index
