#pragma once

#include <shoal/endpoint.hpp>

namespace shoal::registry {

/// Whether somebody whose datagrams come from `from` may be listed at `said`. Who is listed is
/// dialled by everybody, so that in an open swarm nobody may name a third party on the internet:
/// only a private address may be said, and only from a private one. In a `closed` swarm the key
/// vouches for whoever asks. Loopback is the tracker's own machine, and may be said from there
/// only.
[[nodiscard]] bool may_say(const Endpoint& said, const IpAddress& from, bool closed);

}  // namespace shoal::registry
