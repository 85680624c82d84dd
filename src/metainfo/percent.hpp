#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace shoal {

/// Every byte but letters, digits, "-._~" (RFC 3986, unreserved) and those of `also_plain` becomes
/// %XX.
[[nodiscard]] std::string percent_encode(std::string_view text, std::string_view also_plain = "");

/// Nothing when a "%" is not followed by two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace shoal
