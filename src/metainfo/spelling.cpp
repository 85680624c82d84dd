#include "metainfo/spelling.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utf8proc.h>

namespace shoal {
namespace {

struct FreeMemory {
  void operator()(utf8proc_uint8_t* memory) const { std::free(memory); }
};

std::optional<std::string> normal_form(std::string_view text, utf8proc_option_t form) {
  utf8proc_uint8_t* made = nullptr;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const utf8proc_ssize_t size =
      utf8proc_map(bytes, static_cast<utf8proc_ssize_t>(text.size()), &made,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | form));
  const std::unique_ptr<utf8proc_uint8_t, FreeMemory> owned(made);
  if (size < 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(made), static_cast<std::size_t>(size));
}

}  // namespace

bool may_be_spelled_otherwise(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::string common_spelling(std::string_view text) {
  if (!may_be_spelled_otherwise(text)) return std::string(text);
  return normal_form(text, UTF8PROC_COMPOSE).value_or(std::string(text));
}

std::string without_case(std::string_view text) {
  constexpr auto kFolded = static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  return normal_form(text, kFolded).value_or(std::string(text));
}

std::vector<std::string> other_spellings(std::string_view text) {
  if (!may_be_spelled_otherwise(text)) return {};
  std::vector<std::string> spellings;
  for (const auto form : {UTF8PROC_COMPOSE, UTF8PROC_DECOMPOSE}) {
    auto spelling = normal_form(text, form);
    if (spelling && *spelling != text) spellings.push_back(*std::move(spelling));
  }
  return spellings;
}

}  // namespace shoal
