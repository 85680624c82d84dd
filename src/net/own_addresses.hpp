#pragma once

#include <vector>

#include <shoal/endpoint.hpp>

namespace shoal::net {

/// The addresses that this machine's interfaces have now; none where the system does not tell.
[[nodiscard]] std::vector<IpAddress> own_addresses();

}  // namespace shoal::net
