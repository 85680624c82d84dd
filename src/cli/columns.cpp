#include "cli/columns.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/char_range.hpp"
#include "base/utf8.hpp"

namespace shoal::cli {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

constexpr std::array<CharRange, 7> kCombining{{{0x0300, 0x036F},
                                               {0x1AB0, 0x1AFF},
                                               {0x1DC0, 0x1DFF},
                                               {0x200B, 0x200D},
                                               {0x20D0, 0x20FF},
                                               {0xFE00, 0xFE0F},
                                               {0xFE20, 0xFE2F}}};
constexpr std::array<CharRange, 10> kWide{{{0x1100, 0x115F},
                                           {0x2E80, 0xA4CF},
                                           {0xA960, 0xA97F},
                                           {0xAC00, 0xD7A3},
                                           {0xF900, 0xFAFF},
                                           {0xFE30, 0xFE6F},
                                           {0xFF00, 0xFF60},
                                           {0xFFE0, 0xFFE6},
                                           {0x1F300, 0x1FAFF},
                                           {0x20000, 0x3FFFD}}};

std::size_t columns_of(char32_t code) {
  if (within(code, kCombining)) return 0;
  return within(code, kWide) ? 2 : 1;
}

CodePoint first_of(std::string_view text) {
  return decode_utf8(text).value_or(CodePoint{0, 1});
}

}  // namespace

std::size_t columns(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const CodePoint c = first_of(text);
    width += columns_of(c.value);
    text.remove_prefix(c.size);
  }
  return width;
}

std::string shortened(std::string_view text, std::size_t width) {
  const std::size_t full = columns(text);
  if (full <= width) return std::string(text);
  if (width == 0) return {};

  // The start of a name says what it is, its end what kind: keep both.
  const std::size_t head = width / 2;
  const std::size_t tail_starts = full - (width - 1 - head);
  std::string before;
  std::string after;
  std::size_t column = 0;
  while (!text.empty()) {
    const CodePoint c = first_of(text);
    const std::size_t next = column + columns_of(c.value);
    if (next <= head) {
      before += text.substr(0, c.size);
    } else if (column >= tail_starts && !(after.empty() && next == column)) {
      after += text.substr(0, c.size);
    }
    column = next;
    text.remove_prefix(c.size);
  }
  return before + std::string(kEllipsis) + after;
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t used = columns(text);
  if (used < width) text.append(width - used, ' ');
  return text;
}

}  // namespace shoal::cli
