#pragma once

#include <bit>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace scalekeep::index {

/// The first `a` or `b` in [begin, end), or end. Sixteen bytes a step where the processor can: the inner loop of the dump readers.
inline const char* findEither(const char* begin, const char* end, char a, char b)
{
#ifdef __SSE2__
    const __m128i first = _mm_set1_epi8(a);
    const __m128i second = _mm_set1_epi8(b);
    for (; end - begin >= 16; begin += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(begin));
        const __m128i hits = _mm_or_si128(_mm_cmpeq_epi8(bytes, first), _mm_cmpeq_epi8(bytes, second));
        if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hits)))
            return begin + std::countr_zero(mask);
    }
#endif
    while (begin != end && *begin != a && *begin != b)
        ++begin;
    return begin;
}

} // namespace scalekeep::index
