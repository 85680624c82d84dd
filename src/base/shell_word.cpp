#include "base/shell_word.hpp"

#include <algorithm>

#include "base/printable.hpp"

namespace shoal {
namespace {

constexpr std::string_view kHarmless = "_-./:,+@%=";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_harmless(char c) {
  return is_letter_or_digit(c) || kHarmless.find(c) != std::string_view::npos;
}

/// Three octal digits: what follows cannot be taken for one more.
std::string with_escapes(std::string_view text) {
  std::string word = "$'";
  for (const char c : text) {
    if (is_harmless(c) || c == ' ') {
      word += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    word += '\\';
    for (const unsigned shift : {6u, 3u, 0u})
      word += static_cast<char>('0' + ((byte >> shift) & 7u));
  }
  return word + "'";
}

}  // namespace

std::string shell_word(std::string_view text) {
  if (printable(text) != text) return with_escapes(text);
  if (!text.empty() && std::ranges::all_of(text, is_harmless)) return std::string(text);
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

}  // namespace shoal
