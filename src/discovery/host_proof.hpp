#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "datagram/datagram.hpp"

namespace shoal::discovery {

/// Random bytes that a host keeps, so that it is known again when it has been started again.
using HostSecret = std::array<std::byte, 16>;

/// What that host shows the tracker of that name, and no other one: one tracker learns nothing by
/// which it could speak for the host at another. Never kNoProof.
[[nodiscard]] datagram::Proof proof_for(const HostSecret& secret, const std::string& tracker);

}  // namespace shoal::discovery
