#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace shoal {

[[nodiscard]] std::string to_hex(BytesView bytes);
/// Nothing on an odd length or anything that is no hexadecimal digit.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

}  // namespace shoal
