#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace shoal::status {

/// Text as it may stand between tags and in quoted attributes, whoever it is from: what cannot be
/// seen is replaced (base/printable.hpp), what HTML would take for markup is escaped.
[[nodiscard]] std::string escaped(std::string_view text);
/// Text as a value in the query of a link.
[[nodiscard]] std::string percent_encoded(std::string_view text);

/// A part of a page. Literals are markup; all other text is escaped, so that a name cannot become
/// markup by being forgotten.
class Html {
 public:
  template <std::size_t N>
  Html& operator<<(const char (&markup)[N]) {
    text_.append(markup, N - 1);
    return *this;
  }
  Html& operator<<(std::string_view text) {
    text_ += escaped(text);
    return *this;
  }
  Html& operator<<(const std::string& text) { return *this << std::string_view(text); }
  template <std::integral Number>
  Html& operator<<(Number number) {
    text_ += std::to_string(number);
    return *this;
  }
  Html& operator<<(const Html& part) {
    text_ += part.text_;
    return *this;
  }

  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  std::string text_;
};

/// Of two texts that are ours.
[[nodiscard]] constexpr std::string_view either(bool first, std::string_view one,
                                                std::string_view other) {
  return first ? one : other;
}

}  // namespace shoal::status
