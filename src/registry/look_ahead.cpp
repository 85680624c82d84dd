#include <algorithm>
#include <array>

#include "registry/registry.hpp"

// An answer reads records here and there in tables that are larger than the caches, one found by
// the other: among a million peers it mostly waits. For a batch the waits overlap: each step asks
// the memory, for all requests, for what the next step reads. Nothing is decided here: what is
// looked at may be garbage, of the wrong length, or somebody else's.
namespace shoal::registry {
namespace {

using datagram::Action;

constexpr std::size_t kMostAhead = 64;
constexpr std::size_t kActionAt = 8, kHashAt = 16, kPortAt = 96, kNameAt = 36;  // offsets

/// One request, as far as it has been followed.
struct Ahead {
  const Asked* asked = nullptr;
  bool announces = false;  ///< else it looks a name up
  std::uint64_t hash = 0;
  Id id = kNone;  ///< of the swarm, later of the member

  [[nodiscard]] Endpoint endpoint() const {
    return {asked->from.address, load_be<std::uint16_t>(asked->bytes.data() + kPortAt)};
  }
};

/// What a request asks for: an info hash or a name; empty for others.
BytesView key_of(BytesView bytes, bool& announces) {
  if (bytes.size() <= kNameAt) return {};
  const auto action = static_cast<Action>(load_be<std::uint32_t>(bytes.data() + kActionAt));
  announces = action == Action::announce;
  if (announces && bytes.size() >= kPortAt + sizeof(std::uint16_t))
    return bytes.subspan(kHashAt, sizeof(InfoHash20));
  const auto length = std::to_integer<std::size_t>(bytes[kNameAt]);
  const bool looks_up = action == Action::lookup || action == Action::lookup_any;
  if (looks_up && bytes.size() > kNameAt + length) return bytes.subspan(kNameAt + 1, length);
  return {};
}

}  // namespace

void Registry::look_ahead(std::span<const Asked> batch) const {
  std::array<Ahead, kMostAhead> all;
  std::size_t count = 0;
  for (const Asked& asked : batch.first(std::min(batch.size(), kMostAhead))) {
    Ahead& one = all[count];
    const BytesView key = key_of(asked.bytes, one.announces);
    if (key.empty()) continue;
    one.asked = &asked;
    one.hash = catalogue_.hash(key);
    (one.announces ? catalogue_.by_hash() : catalogue_.by_name()).expect(one.hash);
    ++count;
  }
  const auto ahead = std::span(all).first(count);
  for (Ahead& one : ahead) {
    one.id = (one.announces ? catalogue_.by_hash() : catalogue_.by_name()).likely(one.hash);
    if (one.id != kNone) prefetch(&catalogue_[one.id], sizeof(Swarm));
  }
  for (const Ahead& one : ahead)
    if (one.id != kNone) catalogue_[one.id].expect(one.asked->from.address.is_v4());
  for (Ahead& one : ahead) {
    if (one.id == kNone || !one.announces) continue;
    one.id = members_.find(one.id, one.endpoint());
    if (one.id != kNone) prefetch(&members_[one.id], sizeof(Member));
  }
  for (const Ahead& one : ahead) {
    if (one.id == kNone || !one.announces) continue;
    const auto [previous, next] = members_[one.id].links;
    for (const Id neighbour : {previous, next})
      if (neighbour != kNone) prefetch(&members_[neighbour], sizeof(Member));
  }
}

}  // namespace shoal::registry
