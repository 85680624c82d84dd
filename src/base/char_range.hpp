#pragma once

#include <algorithm>
#include <span>

namespace shoal {

/// Code points of Unicode, both ends included.
struct CharRange {
  char32_t first;
  char32_t last;
};

[[nodiscard]] constexpr bool within(char32_t c, std::span<const CharRange> ranges) {
  return std::ranges::any_of(ranges,
                             [c](CharRange range) { return range.first <= c && c <= range.last; });
}

}  // namespace shoal
