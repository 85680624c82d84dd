#include "session/peer_id.hpp"

#include <algorithm>
#include <random>

#include "base/bytes.hpp"

namespace shoal {

PeerId make_peer_id() {
  PeerId id;
  std::random_device random;
  std::ranges::generate(id.bytes, [&] { return static_cast<std::byte>(random()); });
  std::ranges::copy(as_bytes("-SL0200-"), id.bytes.begin());
  return id;
}

}  // namespace shoal
