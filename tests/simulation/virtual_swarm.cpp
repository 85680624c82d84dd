#include "simulation/virtual_swarm.hpp"

#include <algorithm>
#include <utility>

namespace shoal::simulation {
namespace {

constexpr std::size_t kNamed = 60;  // peers, in a tracker's answer
constexpr std::uint16_t kPort = 7000;

bool later(const Event& one, const Event& other) {
  return one.at != other.at ? one.at > other.at : one.number > other.number;
}

/// 10.x.y.z, of the host with that number.
Endpoint address_of(std::size_t number) {
  const IpAddress::V4 bytes{std::byte{10}, static_cast<std::byte>(number >> 16),
                            static_cast<std::byte>(number >> 8), static_cast<std::byte>(number)};
  return {IpAddress(bytes), kPort};
}

}  // namespace

VirtualHost& VirtualSwarm::add(const Line& line, torrent::Content content) {
  const std::size_t number = hosts_.size() + 1;
  hosts_.push_back(std::make_unique<VirtualHost>(
      *this, line, address_of(number), std::move(content), upload_slots, 1000 * seed_ + number));
  VirtualHost& host = *hosts_.back();
  by_address_[host.address().address] = &host;
  return host;
}

VirtualHost& VirtualSwarm::add_seeder(const Line& line) {
  VirtualHost& host = add(line, file_.whole());
  here_.push_back(&host);
  return host;
}

VirtualHost& VirtualSwarm::add_holder(const Line& line) {
  VirtualHost& host = add(line, file_.with_layer());
  host.holds_all = true;
  host.starts();
  here_.push_back(&host);
  return host;
}

VirtualHost& VirtualSwarm::add_leecher(const Line& line, Duration joins_after) {
  VirtualHost& host = add(line, file_.missing());
  host.starts();
  schedule({.at = now_ + joins_after, .kind = Event::Kind::joins, .host = &host});
  return host;
}

void VirtualSwarm::join(VirtualHost& host) {
  std::vector<Endpoint> peers;
  for (const VirtualHost* other : here_) {
    if (!other->gone()) peers.push_back(other->address());
  }
  // Any 60 of them, the seeder among them: there are few, and a tracker names all.
  if (peers.size() > kNamed) {
    std::shuffle(peers.begin() + 1, peers.end(), random_);
    peers.resize(kNamed);
  }
  here_.push_back(&host);
  host.joins(peers);
}

VirtualHost* VirtualSwarm::find(const Endpoint& endpoint) const {
  const auto found = by_address_.find(endpoint.address);
  return found == by_address_.end() || found->second->gone() ? nullptr : found->second;
}

void VirtualSwarm::schedule(Event event) {
  event.number = ++last_number_;
  queue_.push_back(std::move(event));
  std::ranges::push_heap(queue_, later);
}

bool VirtualSwarm::all_complete() const {
  return std::ranges::all_of(hosts_,
                             [](const auto& host) { return host->complete() || host->lies; });
}

Duration VirtualSwarm::run(Duration limit) {
  const Time start = now_;
  while (!queue_.empty() && now_ - start < limit) {
    std::ranges::pop_heap(queue_, later);
    Event event = std::move(queue_.back());
    queue_.pop_back();
    now_ = event.at;
    ++events;
    VirtualHost& host = *event.host;
    const bool was_complete = host.complete();
    if (event.kind == Event::Kind::joins) {
      join(host);
    } else {
      host.handle(std::move(event));
    }
    if (!was_complete && host.complete() && all_complete()) break;
    for (const auto& [vanishing, bytes] : vanishing_) {
      if (!vanishing->gone() && vanishing->sent >= bytes) vanishing->leaves();
    }
  }
  return now_ - start;
}

}  // namespace shoal::simulation
