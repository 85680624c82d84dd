#include "cli/columns.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace shoal::cli {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

struct Character {
  char32_t code = 0;
  std::size_t size = 1;  // bytes
  bool valid = false;
};

// The UTF-8 sequence at the front of `text`, which is not empty (RFC 3629: shortest form, no
// surrogates).
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {};
  char32_t code = lead & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kSmallest[size] || code > 0x10FFFF || surrogate) return {};
  return {code, size, true};
}

struct Range {
  char32_t first;
  char32_t last;
};

bool within(char32_t code, std::span<const Range> ranges) {
  return std::ranges::any_of(ranges, [code](Range r) { return r.first <= code && code <= r.last; });
}

// C0, DEL, C1, line separators, and what turns the reading direction around.
constexpr std::array<Range, 7> kSteering{{{0x00, 0x1F},
                                          {0x7F, 0x9F},
                                          {0x061C, 0x061C},
                                          {0x200E, 0x200F},
                                          {0x2028, 0x202E},
                                          {0x2066, 0x2069},
                                          {0xFEFF, 0xFEFF}}};
constexpr std::array<Range, 7> kCombining{{{0x0300, 0x036F},
                                           {0x1AB0, 0x1AFF},
                                           {0x1DC0, 0x1DFF},
                                           {0x200B, 0x200D},
                                           {0x20D0, 0x20FF},
                                           {0xFE00, 0xFE0F},
                                           {0xFE20, 0xFE2F}}};
constexpr std::array<Range, 10> kWide{{{0x1100, 0x115F},
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

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character c = first_character(text);
    out += c.valid && !within(c.code, kSteering) ? text.substr(0, c.size) : kReplacement;
    text.remove_prefix(c.size);
  }
  return out;
}

std::size_t columns(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character c = first_character(text);
    width += columns_of(c.code);
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
    const Character c = first_character(text);
    const std::size_t next = column + columns_of(c.code);
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
