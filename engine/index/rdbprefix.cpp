#include "engine/index/rdbkeys.h"

#include <algorithm>

namespace scalekeep::index {

namespace {
constexpr size_t MaxPrefix = 128;
constexpr size_t MaxWord = 32;

bool isSeparator(char c)
{
    return c == ':' || c == '/';
}

// A part with a digit, a long one, and one that is not plain text names one thing of many.
bool looksLikeId(std::string_view part)
{
    return part.size() > MaxWord ||
           std::ranges::any_of(part, [](char c) { return (c >= '0' && c <= '9') || c <= ' ' || c > '~'; });
}

bool isPrintable(std::string_view part)
{
    return std::ranges::all_of(part, [](char c) { return c > ' ' && c <= '~'; });
}
} // namespace

std::string_view prefixOf(std::string_view key, int level)
{
    if (level >= RdbKeys::LastLevel)
        return {};
    const std::string_view head = key.substr(0, MaxPrefix);
    size_t start = 0;
    while (start < head.size()) {
        const auto stop = std::find_if(head.begin() + static_cast<std::ptrdiff_t>(start), head.end(), isSeparator);
        const auto end = static_cast<size_t>(stop - head.begin());
        const std::string_view part = head.substr(start, end - start);
        const bool more = end < head.size();
        if (looksLikeId(part))
            return head.substr(0, level == 0 && more && isPrintable(part) ? end + 1 : start);
        if (!more)
            return head.substr(0, start == 0 && head.size() == key.size() ? end : start);
        start = end + 1;
    }
    return head;
}

} // namespace scalekeep::index
