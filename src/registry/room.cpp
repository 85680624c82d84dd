#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>
#include <string>

#include "registry/giving_way.hpp"
#include "registry/registry.hpp"

// Whether there is room for one more, and who gives way where there is none.
namespace shoal::registry {
namespace {

/// A file that more peers have than this does not give way: there are few of those, as a peer is a
/// registration.
constexpr std::size_t kMostPeersThatGo = 8;

std::string full(std::size_t count, const char* what) {
  return "the tracker is full: it holds " + std::to_string(count) + what +
         "; try again later, or another tracker";
}

/// Where the lot falls first. So few suffice where one of them stands out, and what they read of
/// the tables is asked for together, before any of it is waited for.
constexpr std::size_t kFewDrawn = 8;

/// For so long nobody looks again who holds as much as somebody who has found nothing.
constexpr Duration kFutile = std::chrono::seconds(1);

/// Calls `take` with each record of a small slab; or with kFewDrawn of a large one at a time, until
/// `enough` or all kDrawn.
template <class T, class Take, class Enough>
void draw(const Slab<T>& slab, Random& random, Take&& take, Enough&& enough) {
  const Id end = slab.end();
  std::array<Id, kDrawn> ids{};
  if (end <= kDrawn) {
    std::iota(ids.begin(), ids.end(), Id{0});
    return take(std::span<const Id>(ids).first(end));
  }
  for (std::size_t drawn = 0; drawn < kDrawn; drawn += kFewDrawn) {
    for (Id& id : std::span(ids).first(kFewDrawn)) id = static_cast<Id>(random() % end);
    take(std::span<const Id>(ids).first(kFewDrawn));
    if (enough()) return;
  }
}

/// Those that were drawn, as far as they may go.
struct Drawn {
  std::array<Candidate, kDrawn> all;
  std::size_t count = 0;
  std::uint32_t most = 0;

  void add(const Candidate& one) {
    all[count++] = one;
    most = std::max(most, one.held);
  }
  [[nodiscard]] bool stands_out(std::uint32_t held) const { return most / 4 > held + 4; }
  [[nodiscard]] Id gives_way(const Party& newcomer, std::uint32_t held) const {
    const auto found = who_gives_way(std::span(all).first(count), newcomer, held);
    return found ? all[*found].id : kNone;
  }
};

}  // namespace

std::optional<std::string> Registry::make_room(Id swarm, std::string_view name,
                                               const IpAddress& from, Time now) {
  const Party party = Party::of(from);
  const std::uint32_t held = members_.count(party);
  const std::size_t most = options_.max_per_address;
  if (most != 0 && held >= most)
    return "your address holds all the " + std::to_string(most) +
           " registrations it may have; withdraw some or try another tracker";
  const bool no_file = swarm == kNone && catalogue_.size() >= options_.max_files;
  const bool no_name =
      !name.empty() && catalogue_.name_bytes() + name.size() > options_.max_name_bytes;
  const bool no_peer = members_.size() >= options_.max_peers;
  if (!no_file && !no_name && !no_peer) return std::nullopt;

  const bool futile = held >= futile_.held && now < futile_.until;
  if (!futile && (no_file || no_name)) {
    const std::size_t room = options_.max_name_bytes - catalogue_.name_bytes();
    const std::size_t short_of = name.size() - std::min(name.size(), room);
    if (give_way(file_to_go(swarm, short_of, party, held))) return std::nullopt;
  } else if (!futile) {
    if (const Id peer = peer_to_go(swarm, party, held); peer != kNone) {
      drop(peer);
      return std::nullopt;
    }
  }
  if (!futile && !no_name) futile_ = {held, now + kFutile};
  if (no_file) return full(catalogue_.size(), " files");
  if (no_name) return full(catalogue_.name_bytes(), " bytes of names");
  return full(members_.size(), " peers");
}

void Registry::expect_source(Id member) const {
  if (const Id host = members_[member].host; host != kNone) prefetch(&hosts_[host], sizeof(Host));
}

Id Registry::peer_to_go(Id swarm, const Party& newcomer, std::uint32_t held) {
  Drawn drawn;
  const auto take = [&](std::span<const Id> ids) {
    for (const Id id : ids) prefetch(&members_[id], sizeof(Member));
    for (const Id id : ids)
      if (members_[id].swarm != kNone) prefetch(&catalogue_[members_[id].swarm], sizeof(Swarm));
    for (const Id id : ids) expect_source(id);
    for (const Id id : ids) {
      if (members_[id].swarm == kNone) continue;
      const std::size_t peers = catalogue_[members_[id].swarm].size();
      if (peers == 1 && members_[id].swarm == swarm) continue;  // who joins needs the swarm
      const Party party = Party::of(source(id));
      const auto use = kNone / static_cast<std::uint32_t>(peers);  // of many each is of little
      drawn.add({id, party, members_.count(party), use});
    }
  };
  draw(members_.slab(), random_, take, [&] { return drawn.stands_out(held); });
  return drawn.gives_way(newcomer, held);
}

Id Registry::file_to_go(Id swarm, std::size_t name, const Party& newcomer, std::uint32_t held) {
  Drawn drawn;
  const auto may_go = [&](Id id) {
    const Swarm& one = catalogue_[id];
    if (id == swarm || one.size() == 0 || one.size() > kMostPeersThatGo) return false;
    return name == 0 || one.file.name.size() >= name;
  };
  const auto take = [&](std::span<const Id> ids) {
    for (const Id id : ids) prefetch(&catalogue_[id], sizeof(Swarm));
    for (const Id id : ids) catalogue_[id].expect(true);
    for (const Id id : ids)
      if (catalogue_[id].size() > 0) prefetch(&members_[catalogue_[id].any()], sizeof(Member));
    for (const Id id : ids)
      if (catalogue_[id].size() > 0) expect_source(catalogue_[id].any());
    for (const Id id : ids) {
      if (!may_go(id)) continue;
      Candidate file{id, newcomer, kNone, catalogue_[id].completed};
      catalogue_[id].for_each([&](Id member) {
        const Party party = Party::of(source(member));
        const std::uint32_t holds = members_.count(party);
        if (holds < file.held) file = {id, party, holds, file.use};
      });
      drawn.add(file);
    }
  };
  draw(catalogue_.slab(), random_, take, [&] { return drawn.stands_out(held); });
  return drawn.gives_way(newcomer, held);
}

bool Registry::give_way(Id swarm) {
  if (swarm == kNone) return false;
  while (!drop(catalogue_[swarm].any())) {
  }
  return true;
}

IpAddress Registry::source(Id id) const {
  const Member& member = members_[id];
  return member.host == kNone ? catalogue_[member.swarm].endpoint(member.place).address
                              : hosts_[member.host].from;
}

bool Registry::make_place(Id swarm, const Party& party) {
  const Id head = members_.head(swarm, party);
  if (head == kNone) return true;
  Id oldest = kNone;
  Id at = head;
  for (std::size_t held = 1;; ++held, at = members_[at].next) {
    const Member& member = members_[at];
    if (member.host == kNone && (oldest == kNone || member.deadline < members_[oldest].deadline))
      oldest = at;
    if (held == kMostOfParty) break;
    if (member.next == head) return true;
  }
  if (oldest == kNone) return false;
  drop(oldest);
  return true;
}

}  // namespace shoal::registry
