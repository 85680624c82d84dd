#include "registry/connection_ids.hpp"

#include <algorithm>
#include <chrono>

namespace shoal::registry {
namespace {

constexpr std::int64_t kPreviousSlots = 2;

std::int64_t slot_of(Time now) {
  return std::chrono::floor<std::chrono::minutes>(now).time_since_epoch().count();
}

}  // namespace

std::uint64_t ConnectionIds::id_for(const IpAddress& client, std::int64_t slot) const {
  std::array<std::byte, 16 + 8> input;
  std::ranges::copy(client.v6(), input.begin());
  store_be(static_cast<std::uint64_t>(slot), input.data() + 16);
  const std::uint64_t id = siphash(secret_, input);
  // The magic would turn the client's next request into a connect.
  return id == datagram::kConnectMagic ? ~id : id;
}

datagram::ConnectionId ConnectionIds::issue(const IpAddress& client, Time now) const {
  return datagram::ConnectionId{id_for(client, slot_of(now))};
}

bool ConnectionIds::valid(std::uint64_t id, const IpAddress& client, Time now) const {
  const std::int64_t slot = slot_of(now);
  // One word is compared as a whole, so the time taken tells nothing but how old a right one is.
  for (std::int64_t age = 0; age <= kPreviousSlots; ++age)
    if (id_for(client, slot - age) == id) return true;
  return false;
}

}  // namespace shoal::registry
