#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/printable.hpp"

/// Text as a terminal shows it, once it is printable().
namespace shoal::cli {

/// Columns that printable text takes: 0 for combining characters, 2 for wide ones.
[[nodiscard]] std::size_t columns(std::string_view text);

/// Printable text cut to at most `width` columns; what is left out in the middle is shown as "…".
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);

/// Printable text with spaces after it up to `width` columns.
[[nodiscard]] std::string padded(std::string text, std::size_t width);

}  // namespace shoal::cli
