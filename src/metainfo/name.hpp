#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <shoal/error.hpp>

#include "base/printable.hpp"

namespace shoal {

inline constexpr std::size_t kMaxNameLength = 255;

/// The one rule for names, asked on registration, in the tracker and before a leecher opens a file:
/// valid UTF-8, 1 to 255 bytes, no "/", no control character (C0, DEL, C1), not "." or "..". The
/// error names the first thing wrong.
[[nodiscard]] Result<void> check_name(std::string_view name);

/// A name that check_name() allows: checked once, where it comes in.
class FileName {
 public:
  [[nodiscard]] static Result<FileName> parse(std::string text) {
    if (auto allowed = check_name(text); !allowed)
      return std::unexpected(std::move(allowed).error());
    return FileName(std::move(text));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

  auto operator<=>(const FileName&) const = default;

 private:
  explicit FileName(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

/// What a name that others are to type has to keep to as well, asked on registration: nothing in it
/// that cannot be seen or changes how the rest is shown, no blank at either end. Nobody shall be
/// able to register a second name that looks the same.
[[nodiscard]] Result<void> check_visible(std::string_view name);

}  // namespace shoal
