#include "unit/torrent/virtual_swarm.hpp"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "torrent/peer_limits.hpp"

namespace shoal::test {
namespace {

constexpr double kOverhead = 1.046;  // TCP and IP headers and acknowledgements
constexpr std::size_t kBatch = 1;    // blocks that a PeerConnection behind a thin line writes
constexpr Duration kTick = std::chrono::milliseconds(250);
constexpr std::size_t kPacketHeaders = 52;

Duration seconds(double value) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value));
}

}  // namespace

/// What a host writes in one piece: messages, or one block.
struct Packet {
  Bytes messages;
  std::optional<wire::BlockRange> block;

  [[nodiscard]] double size() const {
    if (block) return kOverhead * static_cast<double>(block->length + wire::kPieceHeader);
    return static_cast<double>(messages.size() + kPacketHeaders);
  }
};

/// One end of a connection.
struct VirtualPipe {
  torrent::ConnectionKey key;
  VirtualHost* other;
  torrent::ConnectionKey other_key;
  torrent::PeerProtocol protocol;
  std::deque<Packet> unsent;  // in the socket
};

// ---- VirtualSwarm -----------------------------------------------------------

VirtualSwarm::~VirtualSwarm() = default;

void VirtualSwarm::at(Time time, std::function<void()> what) {
  events_.push({time, ++last_number_, std::move(what)});
}

VirtualHost& VirtualSwarm::add_seeder(const Line& line, bool reveals) {
  hosts_.push_back(std::make_unique<VirtualHost>(*this, line, file_.whole(), reveals,
                                                 1000 * seed + hosts_.size() + 1));
  joined_.push_back(hosts_.back().get());
  return *hosts_.back();
}

VirtualHost& VirtualSwarm::add_leecher(const Line& line, Duration joins_after) {
  hosts_.push_back(std::make_unique<VirtualHost>(*this, line, file_.missing(), false,
                                                 1000 * seed + hosts_.size() + 1));
  VirtualHost& host = *hosts_.back();
  at(now_ + joins_after, [this, &host] {
    host.joined = now_;
    for (VirtualHost* other : joined_) {
      if (!other->gone_) connect(host, *other);
    }
    joined_.push_back(&host);
  });
  return host;
}

void VirtualSwarm::vanish_after(VirtualHost& host, std::uint64_t sent) {
  vanishing_[&host] = sent;
}

void VirtualSwarm::connect(VirtualHost& from, VirtualHost& to) {
  const torrent::ConnectionKey ours{++last_key_};
  const torrent::ConnectionKey theirs{++last_key_};
  const auto open = [&](VirtualHost& host, VirtualHost& other, torrent::ConnectionKey key,
                        torrent::ConnectionKey other_key, bool dialled) {
    const bool hides = host.revealer_ && !host.revealer_->open();
    if (host.revealer_) host.revealer_->joined(key);
    if (host.revealer_ && host.slots_.limited()) {
      host.revealer_->choked(key, true, now_);
      host.slots_.wants(key, now_);
    }
    host.pipes_[key] = std::make_unique<VirtualPipe>(
        VirtualPipe{key,
                    &other,
                    other_key,
                    torrent::PeerProtocol({.key = key,
                                           .remote = {},
                                           .dialled = dialled,
                                           .theirs = {},
                                           .origin = host.revealer_.has_value(),
                                           .reveals = hides,
                                           .chokes = host.slots_.limited(),
                                           .listen_port = 1},
                                          host.content_, host.download_.get(), host, now_),
                    {}});
  };
  open(from, to, ours, theirs, true);
  open(to, from, theirs, ours, false);
  from.serve_slots();
  to.serve_slots();
  from.write_all();
  to.reveal_more();
  to.write_all();
}

void VirtualSwarm::tick() {
  for (const auto& host : hosts_) {
    if (!host->gone_) host->tick();
  }
  at(now_ + kTick, [this] { tick(); });
}

bool VirtualSwarm::all_complete() const {
  return std::ranges::all_of(hosts_,
                             [](const auto& host) { return host->complete() || host->lies; });
}

Duration VirtualSwarm::run(Duration limit) {
  const Time start = now_;
  at(now_ + kTick, [this] { tick(); });
  while (!all_complete() && now_ - start < limit) {
    const Event event = events_.top();
    events_.pop();
    now_ = event.at;
    event.what();
    for (auto& [host, bytes] : vanishing_) {
      if (!host->gone_ && host->sent >= bytes) host->leave();
    }
  }
  return now_ - start;
}

// ---- VirtualHost ------------------------------------------------------------

VirtualHost::VirtualHost(VirtualSwarm& swarm, const Line& line, torrent::Content here, bool reveals,
                         std::uint64_t seed)
    : swarm_(swarm), line_(line), content_(std::move(here)), slots_(swarm.upload_slots) {
  if (!content_.complete()) download_ = std::make_unique<torrent::Download>(content_, seed);
  if (reveals) revealer_.emplace(content_.geometry(), seed);
}

VirtualHost::~VirtualHost() = default;

void VirtualHost::write_all() {
  for (auto& [key, pipe] : pipes_) write(*pipe);
}

/// As PeerConnection does: all messages, then a batch of blocks, while little is unsent.
void VirtualHost::write(VirtualPipe& pipe) {
  if (pipe.unsent.size() >= kBatch) return;
  Bytes& outbox = pipe.protocol.outbox();
  std::vector<wire::BlockRange> blocks;
  if (!frozen) pipe.protocol.uploads().take(kBatch, blocks);
  if (outbox.empty() && blocks.empty()) return;
  pipe.protocol.tell_haves();
  if (pipe.unsent.empty()) sending_.push_back(pipe.key);
  if (!outbox.empty()) pipe.unsent.push_back({std::exchange(outbox, {}), {}});
  for (const wire::BlockRange& block : blocks) {
    pipe.unsent.push_back({{}, block});
    if (revealer_) revealer_->sent(pipe.key, PieceIndex{block.piece}, block.length, swarm_.now_);
  }
  pipe.protocol.sent(swarm_.now_);
  if (!blocks.empty()) reveal_more();
  serve_line();
}

/// One packet after the other, the connections in turn.
void VirtualHost::serve_line() {
  if (line_busy_ || sending_.empty() || gone_) return;
  const Key key = sending_.front();
  sending_.pop_front();
  const auto found = pipes_.find(key);
  if (found == pipes_.end()) return serve_line();
  VirtualPipe& pipe = *found->second;
  auto packet = std::make_shared<Packet>(std::move(pipe.unsent.front()));
  pipe.unsent.pop_front();
  if (!pipe.unsent.empty()) sending_.push_back(key);
  line_busy_ = true;
  const Time off = swarm_.now_ + seconds(packet->size() / line_.up);
  swarm_.at(off, [this, key, packet, to = pipe.other, to_key = pipe.other_key] {
    line_busy_ = false;
    ++packets;
    if (packet->block) sent += packet->block->length;
    swarm_.at(swarm_.now_ + swarm_.delay_, [to, to_key, packet] {
      const Time begins = std::max(to->swarm_.now_, to->downlink_free_);
      to->downlink_free_ = begins + seconds(packet->size() / to->line_.down);
      to->swarm_.at(to->downlink_free_, [to, to_key, packet] {
        const auto end = to->pipes_.find(to_key);
        if (end == to->pipes_.end()) return;
        if (packet->block) {
          to->receive_block(*end->second,
                            *to->content_.geometry().block(
                                packet->block->piece, packet->block->begin, packet->block->length));
        } else {
          to->receive_messages(*end->second, packet->messages);
        }
      });
    });
    if (const auto again = pipes_.find(key); again != pipes_.end()) write(*again->second);
    serve_line();
  });
}

void VirtualHost::handle(VirtualPipe& pipe, const wire::Message& message) {
  const auto handled = pipe.protocol.handle(message, swarm_.now_);
  EXPECT_TRUE(handled) << handled.error().message;
  const auto* have = std::get_if<wire::Have>(&message);
  if (have == nullptr || !lies) return;
  for (auto& [key, each] : pipes_) each->protocol.announce(PieceIndex{have->piece});
  tell_haves();
}

void VirtualHost::receive_messages(VirtualPipe& pipe, BytesView messages) {
  const std::size_t bitfield_bytes = (content_.geometry().pieces() + 7) / 8;
  while (!messages.empty()) {
    const auto step = wire::decode(messages, bitfield_bytes);
    const auto& [message, used] = std::get<wire::Decoded>(*step);
    handle(pipe, message);
    messages = messages.subspan(used);
  }
  pipe.protocol.ask_for_more(swarm_.now_);
  write(pipe);
}

void VirtualHost::receive_block(VirtualPipe& pipe, BlockRef block) {
  const BytesView data = swarm_.file_.block(block);
  received += data.size();
  handle(pipe, wire::Piece{value(block.piece), block.block * kBlockLength, data});
  store(pipe);
  pipe.protocol.ask_for_more(swarm_.now_);
  write(pipe);
}

void VirtualHost::store(VirtualPipe& pipe) {
  for (const auto& [block, data] : std::exchange(pipe.protocol.received(), {})) {
    if (download_ == nullptr) return;
    if (!download_->stored(block, sha256(data), {pipe.key, {}}).proven) continue;
    for (auto& [key, each] : pipes_) each->protocol.announce(block.piece);
    const Duration longest = have_wait_.proven(swarm_.now_);
    if (!std::exchange(haves_wait_, true)) {
      swarm_.at(swarm_.now_ + longest, [this] { tell_haves(); });
    }
    if (content_.complete()) {
      for (auto& [key, each] : pipes_) each->protocol.download_ended();
      download_.reset();
      finished = swarm_.now_;
      write_all();
    }
  }
}

void VirtualHost::tell_haves() {
  haves_wait_ = false;
  for (auto& [key, each] : pipes_) each->protocol.tell_haves();
  write_all();
}

void VirtualHost::tick() {
  std::vector<Key> ended;
  for (auto& [key, pipe] : pipes_) {
    if (!pipe->protocol.tick(swarm_.now_)) ended.push_back(key);
  }
  for (const Key key : ended) close(key);
  serve_slots();
  if (revealer_) revealer_->take_back_idle(swarm_.now_);
  reveal_more();
  write_all();
}

void VirtualHost::interested(Key peer, bool wants) {
  if (wants) {
    slots_.wants(peer, swarm_.now_);
  } else if (!revealer_ || revealer_->open()) {
    slots_.leaves(peer, swarm_.now_);
  }
  serve_slots();
}

void VirtualHost::serve_slots() {
  if (!slots_.limited()) return;
  slots_.rotate(swarm_.now_);
  for (auto& [key, pipe] : pipes_) {
    const bool choked = !slots_.holds(key);
    pipe->protocol.set_choked(choked);
    if (revealer_) revealer_->choked(key, choked, swarm_.now_);
  }
}

void VirtualHost::reveal_more() {
  if (!revealer_) return;
  if (sent_until_open == 0 && revealer_->open()) sent_until_open = sent;
  std::vector<torrent::Revealer::Reveal> reveals;
  revealer_->next(swarm_.now_, reveals);
  for (const auto& [key, piece] : reveals) {
    const auto found = pipes_.find(key);
    if (found == pipes_.end()) continue;
    found->second->protocol.reveal(piece);
    write(*found->second);
  }
}

void VirtualHost::close(Key key) {
  const auto found = pipes_.find(key);
  if (found == pipes_.end()) return;
  const std::unique_ptr<VirtualPipe> pipe = std::move(found->second);
  pipes_.erase(found);
  std::erase(sending_, key);
  pipe->protocol.ended();
  slots_.leaves(key, swarm_.now_);
  if (revealer_) revealer_->left(key);
  for (auto& [other, each] : pipes_) each->protocol.ask_for_more(swarm_.now_);
  pipe->other->close(pipe->other_key);
  write_all();
}

void VirtualHost::leave() {
  gone_ = true;
  while (!pipes_.empty()) close(pipes_.begin()->first);
}

void VirtualHost::cancel_elsewhere(Key other, BlockRef block) {
  const auto found = pipes_.find(other);
  if (found == pipes_.end()) return;
  found->second->protocol.cancel(block);
  write(*found->second);
}

void VirtualHost::layers_proven() {
  content_.set_layers(download_->layer_fetch().take());
  download_->start();
  for (auto& [key, pipe] : pipes_) pipe->protocol.ask_for_more(swarm_.now_);
  write_all();
}

void VirtualHost::announced(Key peer, PieceIndex piece, Time now) {
  if (revealer_) revealer_->announced(peer, piece, now);
  reveal_more();
}

void VirtualHost::announced(Key peer, const Bitfield& pieces, Time) {
  if (revealer_) revealer_->announced(peer, pieces);
  reveal_more();
}

void VirtualHost::requested(Key peer, PieceIndex piece, Time now) {
  if (revealer_) revealer_->requested(peer, piece, now);
}

}  // namespace shoal::test
