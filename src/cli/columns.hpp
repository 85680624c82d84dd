#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text as a terminal shows it. File names come from strangers, so nothing of them may steer the
/// terminal.
namespace shoal::cli {

/// With control characters, direction overrides and invalid UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);

/// Columns that printable text takes: 0 for combining characters, 2 for wide ones.
[[nodiscard]] std::size_t columns(std::string_view text);

/// Printable text cut to at most `width` columns; what is left out in the middle is shown as "…".
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);

/// Printable text with spaces after it up to `width` columns.
[[nodiscard]] std::string padded(std::string text, std::size_t width);

}  // namespace shoal::cli
