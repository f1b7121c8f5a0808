#pragma once

/// Built with the address sanitizer, which keeps freed memory on purpose: GCC says so by a macro, clang by a feature.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool isSanitized = true;
#elif defined(__has_feature)
constexpr bool isSanitized = __has_feature(address_sanitizer);
#else
constexpr bool isSanitized = false;
#endif
