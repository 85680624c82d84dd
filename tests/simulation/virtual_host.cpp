#include "simulation/virtual_host.hpp"

#include <algorithm>
#include <utility>

#include "simulation/virtual_swarm.hpp"

namespace shoal::simulation {
namespace {

constexpr double kOverhead = 1.046;  // TCP and IP headers and acknowledgements
constexpr std::size_t kPacketHeaders = 52;
constexpr std::size_t kMostConnections = 500;

PeerId id_of(const Endpoint& address) {
  PeerId id{};
  std::ranges::copy(address.address.v6(), id.bytes.begin());
  return id;
}

Duration seconds(double value) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value));
}

}  // namespace

double Packet::size() const {
  if (block) return kOverhead * static_cast<double>(block->length + wire::kPieceHeader);
  return static_cast<double>(messages.size() + kPacketHeaders);
}

VirtualHost::VirtualHost(VirtualSwarm& swarm, const Line& line, const Endpoint& address,
                         torrent::Content content, std::size_t upload_slots, std::uint64_t seed)
    : swarm_(swarm),
      line_(line),
      address_(address),
      budget_(kMostConnections, upload_slots),
      logic_(torrent::SwarmKey{1}, std::move(content),
             content.complete() ? torrent::Torrent::Role::seed : torrent::Torrent::Role::fetch,
             budget_, {.peer_id = id_of(address), .listen_port = address.port}, seed) {}

void VirtualHost::starts() {
  logic_.start();
  settle();
}

void VirtualHost::joins(const std::vector<Endpoint>& peers) {
  joined = swarm_.now();
  logic_.add_peers(peers, swarm_.now());
  settle();
}

void VirtualHost::leaves() {
  gone_ = true;
  while (!links_.empty()) close(links_.begin()->first);
}

void VirtualHost::handle(Event event) {
  switch (event.kind) {
    case Event::Kind::joins:
      return;  // the swarm's
    case Event::Kind::deadline:
      if (event.at != deadline_) return;  // an earlier one was set since, and has passed
      deadline_ = Time::max();
      if (!gone_) logic_.on_time(swarm_.now());
      return settle();
    case Event::Kind::dialled:
      return dialled_by(*event.other, event.other_key);
    case Event::Kind::answered:
      return answered(event.key, *event.other, event.other_key);
    case Event::Kind::left_line:
      return line_is_free(event.key, std::move(event.packet));
    case Event::Kind::came:
      return receive(event.key, *event.packet);
    case Event::Kind::closed:
      return close(event.key);
  }
}

// ---- connections ------------------------------------------------------------

/// The handshakes cost a round trip each, TCP's and BitTorrent's.
void VirtualHost::dialled_by(VirtualHost& other, Key other_key) {
  const Time now = swarm_.now();
  if (gone_ || other.gone_ || !other.links_.contains(other_key)) return;
  const Endpoint from{other.address_.address, static_cast<std::uint16_t>(50000 + links_.size())};
  const auto key = logic_.on_incoming(from, now);
  if (!key) {
    settle();
    return swarm_.schedule({.at = now + swarm_.delay(),
                            .kind = Event::Kind::closed,
                            .host = &other,
                            .key = other_key});
  }
  links_[*key] = {.other = &other, .other_key = other_key};
  swarm_.schedule({.at = now + swarm_.delay(),
                   .kind = Event::Kind::answered,
                   .host = &other,
                   .key = other_key,
                   .other = this,
                   .other_key = *key});
  const wire::Handshake theirs = other.logic_.our_handshake();
  links_[*key].open = logic_.on_opened(*key, theirs, now);
  const bool stays = links_[*key].open;
  settle();
  if (!stays) close(*key);
}

void VirtualHost::answered(Key key, VirtualHost& other, Key other_key) {
  const auto found = links_.find(key);
  if (found == links_.end()) {  // we have closed it meanwhile
    return swarm_.schedule({.at = swarm_.now() + swarm_.delay(),
                            .kind = Event::Kind::closed,
                            .host = &other,
                            .key = other_key});
  }
  Link& link = found->second;
  link.other_key = other_key;
  link.open = logic_.on_opened(key, link.other->logic_.our_handshake(), swarm_.now());
  const bool stays = link.open;
  settle();
  if (!stays) close(key);
}

void VirtualHost::close(Key key) {
  const auto found = links_.find(key);
  if (found == links_.end()) return;
  const Link link = std::move(found->second);
  links_.erase(found);
  stays_away_ |= lies && !comes_back;
  std::erase(sending_, key);
  logic_.on_closed(key, swarm_.now());
  settle();
  if (link.other_key == Key{} || !link.other->links_.contains(link.other_key)) return;
  swarm_.schedule({.at = swarm_.now() + swarm_.delay(),
                   .kind = Event::Kind::closed,
                   .host = link.other,
                   .key = link.other_key});
}

// ---- what comes -------------------------------------------------------------

void VirtualHost::receive(Key key, const Packet& packet) {
  const auto found = links_.find(key);
  if (found == links_.end() || !found->second.open) return;
  const Time now = swarm_.now();
  if (packet.block) {
    const BlockRef block = *logic_.content().space().block(packet.block->piece, packet.block->begin,
                                                           packet.block->length);
    const BytesView data = swarm_.file().block(block);
    received += data.size();
    logic_.on_message(key, wire::Piece{packet.block->piece, packet.block->begin, data}, now);
    logic_.on_drained(key);
  } else {
    const std::size_t bitfield_bytes = (logic_.content().space().pieces() + 7) / 8;
    for (BytesView rest = packet.messages; !rest.empty();) {
      const auto step = wire::decode(rest, bitfield_bytes);
      const auto& [message, used] = std::get<wire::Decoded>(*step);
      const auto* have = std::get_if<wire::Have>(&message);
      if (have != nullptr && lies) repeat_to_all(*have);
      logic_.on_message(key, message, now);
      rest = rest.subspan(used);
    }
  }
  settle();
}

void VirtualHost::repeat_to_all(const wire::Have& have) {
  if (repeated_.size() == 0) repeated_ = Bitfield(logic_.content().space().pieces());
  if (repeated_.test(have.piece)) return;
  repeated_.set(have.piece);
  for (auto& [key, link] : links_) {
    auto packet = std::make_unique<Packet>();
    wire::encode(have, packet->messages);
    if (link.unsent.empty()) sending_.push_back(key);
    link.unsent.push_back(std::move(packet));
  }
  serve_line();
}

// ---- what goes --------------------------------------------------------------

/// What to write is decided when the socket holds less than one write: so cancels, chokes and haves
/// that come before are heeded.
void VirtualHost::write(Key key, Link& link) {
  const Time now = swarm_.now();
  while (link.open) {
    if (link.unsent_bytes >= logic_.unsent_limit(key)) {
      if (!link.waits_since) link.waits_since = now;
      return;
    }
    if (!logic_.next_write(key, batch_, now)) return;
    if (link.unsent.empty()) sending_.push_back(key);
    if (!batch_.messages.empty()) {
      link.unsent_bytes += batch_.messages.size();
      // As TCP does: what has not left yet goes together.
      if (link.unsent.empty() || link.unsent.back()->block) {
        link.unsent.push_back(std::make_unique<Packet>());
      }
      Bytes& last = link.unsent.back()->messages;
      last.insert(last.end(), batch_.messages.begin(), batch_.messages.end());
    }
    for (const wire::BlockRange& block : batch_.blocks) {
      link.unsent_bytes += block.length;
      link.unsent.push_back(std::make_unique<Packet>(Packet{{}, block}));
    }
    logic_.on_written(key, batch_, now - link.waits_since.value_or(now), now);
    link.waits_since.reset();
    if (sent_until_open == 0 && logic_.all_is_out()) sent_until_open = sent;
    serve_line();
  }
}

/// One packet after the other, the links in turn.
void VirtualHost::serve_line() {
  if (line_busy_ || sending_.empty() || gone_) return;
  const Key key = sending_.front();
  sending_.pop_front();
  Link& link = links_.at(key);
  std::unique_ptr<Packet> packet = std::move(link.unsent.front());
  link.unsent.pop_front();
  if (!link.unsent.empty()) sending_.push_back(key);
  line_busy_ = true;
  const Time off = swarm_.now() + seconds(packet->size() / line_.up);
  swarm_.schedule({.at = off,
                   .kind = Event::Kind::left_line,
                   .host = this,
                   .key = key,
                   .packet = std::move(packet)});
}

void VirtualHost::line_is_free(Key key, std::unique_ptr<Packet> packet) {
  line_busy_ = false;
  if (packet->block) sent += packet->block->length;
  const auto found = links_.find(key);
  if (found != links_.end()) {
    Link& link = found->second;
    link.unsent_bytes -= std::min<std::size_t>(
        link.unsent_bytes, packet->block ? packet->block->length : packet->messages.size());
    VirtualHost& to = *link.other;
    const Time arrives = swarm_.now() + swarm_.delay();
    to.downlink_free_ =
        std::max(arrives, to.downlink_free_) + seconds(packet->size() / to.line_.down);
    swarm_.schedule({.at = to.downlink_free_,
                     .kind = Event::Kind::came,
                     .host = &to,
                     .key = link.other_key,
                     .packet = std::move(packet)});
    write(key, link);
  }
  serve_line();
  settle();
}

// ---- what the torrent wants done --------------------------------------------

void VirtualHost::settle() {
  for (const auto& [swarm, key] : std::exchange(budget_.to_leave, {})) logic_.make_room(key);
  carry_out();
  set_deadline();
}

void VirtualHost::carry_out() {
  const Time now = swarm_.now();
  for (;;) {
    torrent::Actions actions = std::exchange(logic_.actions(), {});
    bool any = false;
    for (auto& batch : actions.stores) {
      for (const auto& [block, data] : batch->blocks) {
        batch->leaves.push_back(swarm_.file().leaf(block));
      }
      logic_.on_stored(std::move(batch), {}, now);
      any = true;
    }
    while (const auto job = budget_.leaves.next()) {
      logic_.on_leaves(job->piece, swarm_.file().tree_of(job->piece), now);
      any = true;
    }
    if (actions.check_disk) check_disk();
    if (actions.finish) {
      finished = now;
      logic_.on_finished();
    }
    for (const auto& [key, to] : actions.dials) {
      VirtualHost* other = stays_away_ ? nullptr : swarm_.find(to);
      links_[key] = {.other = other != nullptr ? other : this};
      const Event::Kind kind = other != nullptr ? Event::Kind::dialled : Event::Kind::closed;
      swarm_.schedule({.at = now + 3 * swarm_.delay(),
                       .kind = kind,
                       .host = other != nullptr ? other : this,
                       .key = key,
                       .other = this,
                       .other_key = key});
    }
    for (const torrent::Actions::Close& one : actions.closes) {
      if (one.at_fault) faults.push_back(one.reason);
      swarm_.schedule({.at = now, .kind = Event::Kind::closed, .host = this, .key = one.peer});
    }
    for (const Key key : actions.wakes) {
      if (const auto found = links_.find(key); found != links_.end()) write(key, found->second);
      any = true;
    }
    if (!any && !actions.check_disk && !actions.finish) return;
  }
}

void VirtualHost::check_disk() {
  logic_.on_check_begins();
  for (std::uint32_t i = 0; i < logic_.content().space().pieces(); ++i) {
    logic_.on_checked(PieceIndex{i}, holds_all, swarm_.now());
  }
  logic_.on_check_done(swarm_.now());
}

void VirtualHost::set_deadline() {
  if (gone_) return;
  const auto next = logic_.next_deadline(swarm_.now());
  if (!next || *next >= deadline_) return;
  deadline_ = *next;
  swarm_.schedule({.at = *next, .kind = Event::Kind::deadline, .host = this});
}

}  // namespace shoal::simulation
