#include "base/printable.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>

#include "base/char_range.hpp"
#include "base/utf8.hpp"

namespace shoal {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Line and paragraph separators, and what turns the reading direction around.
constexpr std::array<CharRange, 5> kSteering{
    {{0x061c, 0x061c}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfff9, 0xfffb}}};
/// Other characters that nothing is shown for: Default_Ignorable_Code_Point and Cf of Unicode 15.
constexpr std::array<CharRange, 16> kUnseen{{{0x00ad, 0x00ad},
                                             {0x034f, 0x034f},
                                             {0x115f, 0x1160},
                                             {0x17b4, 0x17b5},
                                             {0x180b, 0x180f},
                                             {0x200b, 0x200d},
                                             {0x2060, 0x2065},
                                             {0x206a, 0x206f},
                                             {0x3164, 0x3164},
                                             {0xfe00, 0xfe0f},
                                             {0xfeff, 0xfeff},
                                             {0xffa0, 0xffa0},
                                             {0xfff0, 0xfff8},
                                             {0x1bca0, 0x1bca3},
                                             {0x1d173, 0x1d17a},
                                             {0xe0000, 0xe0fff}}};
/// Zs, and the blank pattern of Braille.
constexpr std::array<CharRange, 8> kBlank{{{0x0020, 0x0020},
                                           {0x00a0, 0x00a0},
                                           {0x1680, 0x1680},
                                           {0x2000, 0x200a},
                                           {0x202f, 0x202f},
                                           {0x205f, 0x205f},
                                           {0x2800, 0x2800},
                                           {0x3000, 0x3000}}};
/// Scripts that are written with joiners: Arabic to Sinhala, Myanmar, Khmer, Mongolian.
constexpr std::array<CharRange, 4> kJoining{
    {{0x0600, 0x0dff}, {0x1000, 0x109f}, {0x1780, 0x17ff}, {0x1800, 0x18af}}};
/// Symbols and emoji, and what stands between two joined ones.
constexpr std::array<CharRange, 9> kSymbols{{{0x00a9, 0x00a9},
                                             {0x00ae, 0x00ae},
                                             {0x203c, 0x203c},
                                             {0x2049, 0x2049},
                                             {0x2122, 0x2bff},
                                             {0x3030, 0x303d},
                                             {0x3297, 0x3297},
                                             {0x3299, 0x3299},
                                             {0x1f000, 0x1faff}}};
/// Keys of a telephone, of which emoji are made.
constexpr std::array<CharRange, 3> kKeys{{{'#', '#'}, {'*', '*'}, {'0', '9'}}};
constexpr CharRange kMongolian{0x1800, 0x18af}, kMongolianForms{0x180b, 0x180d};
constexpr char32_t kNonJoiner = 0x200c, kJoiner = 0x200d, kTextStyle = 0xfe0e, kEmojiStyle = 0xfe0f;

bool is_noncharacter(char32_t c) {
  return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

/// Part of how the text before it is written.
bool belongs_to(char32_t before, char32_t c) {
  if (c == kNonJoiner) return within(before, kJoining);
  if (c == kJoiner)
    return within(before, kJoining) || within(before, kSymbols) || before == kEmojiStyle;
  if (within(c, {&kMongolianForms, 1})) return within(before, {&kMongolian, 1});
  if (c == kEmojiStyle && within(before, kKeys)) return true;
  return (c == kEmojiStyle || c == kTextStyle) && within(before, kSymbols);
}

std::string number_of(char32_t c) {
  std::array<char, 16> text{};
  const int size = std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned>(c));
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

std::string trouble_with(char32_t c, char32_t before) {
  if (is_control(c)) return number_of(c) + ", a control character";
  if (is_noncharacter(c)) return number_of(c) + ", which is no character";
  if (within(c, kSteering)) return number_of(c) + ", which changes how the text around it is shown";
  if (within(c, kUnseen) && !belongs_to(before, c)) return number_of(c) + ", which cannot be seen";
  return {};
}

bool is_blank(char32_t c) {
  return within(c, kBlank);
}

std::string printable(std::string_view text, std::size_t most) {
  std::string shown;
  shown.reserve(std::min(text.size(), most));
  char32_t before = 0;
  while (!text.empty()) {
    const auto c = decode_utf8(text);
    const std::size_t size = c ? c->size : 1;
    const bool good = c && trouble_with(c->value, before).empty();
    const std::string_view as = good ? text.substr(0, size) : kReplacement;
    if (as.size() > most - shown.size()) return shown + "...";
    shown += as;
    before = c ? c->value : 0;
    text.remove_prefix(size);
  }
  return shown;
}

std::string printable(std::string_view text) {
  return printable(text, std::numeric_limits<std::size_t>::max());
}

}  // namespace shoal
