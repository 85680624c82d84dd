#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <shoal/held_by.hpp>

namespace shoal::status {

/// Its name in JSON: "no_peers", as in HeldCause.
[[nodiscard]] std::string_view name_of(HeldCause cause);

/// What holds or has held a download, the most important first: "the lines to its peers (92 %),
/// hashing (6 %)". At most so many, each with 5 % of the time or more; empty when nothing is known.
[[nodiscard]] std::string held_in_words(const HeldBy& held, std::size_t most = kHeldCauses);

}  // namespace shoal::status
