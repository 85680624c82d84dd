#pragma once

#include <shoal/digest.hpp>

namespace shoal {

/// "-SL0200-" and 12 random bytes (BEP 20): a new one for every run.
[[nodiscard]] PeerId make_peer_id();

}  // namespace shoal
