#include "base/utf8.hpp"

namespace shoal {

std::optional<CodePoint> decode_utf8(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto byte_at = [&](std::size_t i) -> char32_t {
    return static_cast<unsigned char>(text[i]);
  };

  const char32_t lead = byte_at(0);
  if (lead < 0x80) return CodePoint{lead, 1};

  std::size_t size = 0;
  char32_t value = 0;
  char32_t least = 0;  // what is below it has a shorter form
  if ((lead & 0xe0) == 0xc0) {
    size = 2, value = lead & 0x1f, least = 0x80;
  } else if ((lead & 0xf0) == 0xe0) {
    size = 3, value = lead & 0x0f, least = 0x800;
  } else if ((lead & 0xf8) == 0xf0) {
    size = 4, value = lead & 0x07, least = 0x10000;
  } else {
    return std::nullopt;
  }
  if (text.size() < size) return std::nullopt;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte_at(i) & 0xc0) != 0x80) return std::nullopt;
    value = value << 6 | (byte_at(i) & 0x3f);
  }
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (value < least || surrogate || value > 0x10ffff) return std::nullopt;
  return CodePoint{value, size};
}

}  // namespace shoal
