#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace shoal {

struct CodePoint {
  char32_t value;
  std::size_t size;  ///< bytes that it took
};

/// The first code point of `text`. Nothing when `text` is empty or does not begin with valid UTF-8
/// (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
[[nodiscard]] std::optional<CodePoint> decode_utf8(std::string_view text);

/// C0, DEL and C1.
[[nodiscard]] constexpr bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

}  // namespace shoal
