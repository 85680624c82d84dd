#pragma once

#include <string>
#include <string_view>

#include <shoal/error.hpp>

namespace shoal {

inline constexpr std::size_t kMaxNameLength = 255;

/// The one rule for names, asked on registration, in the tracker and before a leecher opens a file:
/// valid UTF-8, 1 to 255 bytes, no "/", no control character (C0, DEL, C1), not "." or "..". The
/// error names the first thing wrong.
[[nodiscard]] Result<void> check_name(std::string_view name);

/// The name with everything unprintable replaced, for messages about names that failed the check.
[[nodiscard]] std::string printable(std::string_view name);

}  // namespace shoal
