#include "session/peer_connection.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include "net/spawn.hpp"
#include "net/workers.hpp"
#include "session/swarm.hpp"
#include "session/trouble_of.hpp"

namespace shoal::session {

using namespace torrent;
namespace {

constexpr Duration kHandshakeTime = std::chrono::seconds(10);
constexpr std::size_t kMostBlocks = UploadReader::kMostBlocks;
constexpr std::size_t kTurn = kMostBlocks * kBlockLength;  // bytes read before others are served

/// Asks for the headers of all blocks at once. What the system has received is not in the nearest
/// caches, and the wait for one header after the other was a sixteenth of what a loop thread did.
void prefetch_headers(BytesView frames) {
  constexpr std::size_t kFrame = wire::kPieceHeader + kBlockLength;
  for (std::size_t at = 0; at < frames.size(); at += kFrame) __builtin_prefetch(&frames[at]);
}

}  // namespace

PeerConnection::PeerConnection(std::shared_ptr<Swarm> swarm, ConnectionKey key, net::Stream stream,
                               Time now)
    : swarm_(std::move(swarm)),
      key_(key),
      stream_(std::move(stream)),
      wake_(stream_.executor()),
      started_(now),
      useful_at_(now),
      incoming_(swarm_->chunks()) {}

asio::awaitable<void> PeerConnection::dial(std::shared_ptr<PeerConnection> self, Endpoint to) {
  std::string reason;
  try {
    self->listens_at = to;
    if (!self->closed_) co_await self->stream_.connect(to);
    if (self->closed_) throw std::system_error(asio::error::operation_aborted);
    const auto ours = wire::encode(self->swarm_->our_handshake());
    const asio::const_buffer hello(ours.data(), ours.size());
    co_await self->stream_.write({&hello, 1});
    std::array<std::byte, wire::kHandshakeLength> answer;
    co_await self->stream_.read_exactly(answer);
    const auto theirs = wire::decode_handshake(answer);
    if (theirs && theirs->info_hash == self->swarm_->our_handshake().info_hash) {
      co_await self->talk(*theirs, true);
    } else {
      reason = "answered with no handshake for this file";
    }
  } catch (const std::system_error& failure) {
    reason = failure.code().message();
    if (!self->closed_) self->trouble_ = trouble_of(failure.code());
  }
  self->finish(reason);
}

asio::awaitable<void> PeerConnection::accept(std::shared_ptr<PeerConnection> self,
                                             wire::Handshake theirs) {
  std::string reason;
  try {
    const auto ours = wire::encode(self->swarm_->our_handshake());
    self->sending_.assign(ours.begin(), ours.end());
    co_await self->talk(theirs, false);
  } catch (const std::system_error& failure) {
    reason = failure.code().message();
  }
  self->finish(reason);
}

asio::awaitable<void> PeerConnection::talk(wire::Handshake theirs, bool dialled) {
  if (!swarm_->welcome(*this, theirs.peer_id, dialled)) co_return;
  protocol_.emplace(PeerProtocol::Setup{.key = key_,
                                        .remote = stream_.remote(),
                                        .dialled = dialled,
                                        .theirs = theirs,
                                        .origin = swarm_->is_origin(),
                                        .reveals = swarm_->reveals_to(key_),
                                        .chokes = swarm_->chokes_at_first(),
                                        .listen_port = swarm_->listen_port()},
                    swarm_->content(), swarm_->download(), *swarm_, Clock::now());
  stream_.set_unsent_limit(batch_blocks_ * kBlockLength);
  net::spawn(stream_.executor(), write_loop(shared_from_this()));
  swarm_->serve_slots(Clock::now());
  swarm_->reveal_more(Clock::now());
  co_await read_loop();
}

// ---- reading ----------------------------------------------------------------

asio::awaitable<void> PeerConnection::read_loop() {
  while (!closed_) {
    const std::size_t size = stream_.read_available(incoming_.room(frame_));
    if (size == 0) {
      hand_over_blocks();
      incoming_.rest();
      since_turn_ = 0;
      co_await stream_.readable();
      continue;
    }
    take_in(size);
    // What there is to say is written, and others have their turn, however much this peer sends.
    since_turn_ += size;
    if (since_turn_ >= kTurn || !protocol_->outbox().empty()) {
      since_turn_ = 0;
      co_await asio::post(stream_.executor(), asio::use_awaitable);
    }
    if (swarm_->backlogged()) co_await swarm_->room_to_store();
  }
}

void PeerConnection::take_in(std::size_t size) {
  incoming_.received(size);
  const Time now = Clock::now();
  const std::size_t blocks_before = protocol_->received().size();
  decode_pending(now);
  pin_received();
  protocol_->ask_for_more(now);
  start_leaf_requests();
  const std::size_t blocks = protocol_->received().size();
  if (blocks > blocks_before) useful_at_ = now;
  if (blocks >= kMostBlocks || blocks == blocks_before) hand_over_blocks();
  if (!protocol_->outbox().empty() || !protocol_->uploads().empty()) wake();
}

void PeerConnection::decode_pending(Time now) {
  prefetch_headers(incoming_.pending());
  const std::size_t bitfield_bytes = (swarm_->content().geometry().pieces() + 7) / 8;
  while (!closed_) {
    auto step = wire::decode(incoming_.pending(), bitfield_bytes);
    if (!step) return close(step.error().message);
    if (const auto* more = std::get_if<wire::NeedMore>(&*step)) {
      frame_ = more->total;
      return;
    }
    const auto& [message, used] = std::get<wire::Decoded>(*step);
    if (const auto handled = protocol_->handle(message, now); !handled) {
      swarm_->misbehaved(*this, handled.error());
      return close(handled.error().message);
    }
    incoming_.decoded(used);
  }
}

void PeerConnection::pin_received() {
  if (protocol_->received().empty()) return;
  if (pinned_.empty() || pinned_.back() != incoming_.share()) pinned_.push_back(incoming_.share());
}

void PeerConnection::hand_over_blocks() {
  if (protocol_->received().empty()) return;
  if (!sender_) {
    sender_ = Sender{key_, stream_.remote().address,
                     listens_at ? listens_at->port : std::uint16_t{}, stream_.remote().scope};
  }
  swarm_->store(*sender_, std::exchange(protocol_->received(), {}), std::exchange(pinned_, {}));
}

// ---- writing ----------------------------------------------------------------

asio::awaitable<void> PeerConnection::write_loop(std::shared_ptr<PeerConnection> self) {
  bool cut_short = false;
  try {
    while (!self->closed_) {
      self->choose_blocks();
      if (self->sending_.empty() && self->protocol_->outbox().empty() &&
          self->next_batch_.empty()) {
        self->uploads_.rest();
        co_await self->wake_.wait();
      } else {
        co_await self->write_pending();
      }
    }
  } catch (const std::system_error& failure) {
    cut_short = failure.code() == asio::error::fault;  // FileWindow
    self->close(failure.code().message());
  }
  if (cut_short) co_await self->swarm_->lost_the_file(self->batch_);
}

/// Blocks for the next write, as many as it takes or as a limit allows. Without a turn messages go
/// out alone.
void PeerConnection::choose_blocks() {
  if (!next_batch_.empty() || protocol_->uploads().empty()) return;
  if (!swarm_->uploads().limited()) {
    take_blocks(batch_blocks_);
    return;
  }
  swarm_->uploads().wait(key_, swarm_->key(), [this](std::uint64_t bytes, Time) {
    const std::uint64_t taken = take_blocks(std::min(batch_blocks_, bytes / kBlockLength));
    wake();
    return taken;
  });
}

std::uint64_t PeerConnection::take_blocks(std::size_t most) {
  protocol_->uploads().take(most, next_batch_);
  std::uint64_t bytes = 0;
  for (const wire::BlockRange& block : next_batch_) bytes += block.length;
  return bytes;
}

asio::awaitable<void> PeerConnection::write_pending() {
  protocol_->tell_haves();
  protocol_->empty_outbox(sending_);
  batch_.clear();
  batch_.swap(next_batch_);
  gathered_.clear();
  if (!sending_.empty()) gathered_.emplace_back(sending_.data(), sending_.size());
  if (!batch_.empty()) {
    const bool encrypted = stream_.encrypted();
    co_await uploads_.gather(*swarm_, batch_, batch_blocks_, encrypted, gathered_);
  }
  const Time before = Clock::now();
  co_await stream_.write(gathered_);
  const Time after = Clock::now();
  sending_.clear();
  protocol_->sent(after);
  protocol_->sent(batch_);
  swarm_->uploaded(key_, batch_, after);
  if (!batch_.empty()) useful_at_ = after;
  adapt_batch(after - before, batch_.size());
}

/// Batches that take about 20 ms: large where it is quick, late to be decided where it is slow.
/// What the system takes at once says nothing of the line, so it takes some of them to be quick.
void PeerConnection::adapt_batch(Duration write_took, std::size_t blocks) {
  constexpr Duration kQuick = std::chrono::milliseconds(20);
  constexpr Duration kSlow = std::chrono::milliseconds(100);
  constexpr std::size_t kEnough = 4;
  const std::size_t before = batch_blocks_;
  quick_blocks_ = write_took < kQuick ? quick_blocks_ + blocks : 0;
  if (blocks == batch_blocks_ && quick_blocks_ >= kEnough) {
    batch_blocks_ = std::min(batch_blocks_ * 2, kMostBlocks);
  } else if (write_took > kSlow) {
    batch_blocks_ = std::max<std::size_t>(batch_blocks_ / 2, 1);
  }
  if (batch_blocks_ == before) return;
  quick_blocks_ = 0;
  stream_.set_unsent_limit(batch_blocks_ * kBlockLength);
}

// ---- hashes below the piece layer -------------------------------------------

void PeerConnection::start_leaf_requests() {
  for (const merkle::HashRequest& request : std::exchange(protocol_->leaf_requests(), {})) {
    net::spawn(stream_.executor(), answer_leaf_request(shared_from_this(), request));
  }
}

asio::awaitable<void> PeerConnection::answer_leaf_request(std::shared_ptr<PeerConnection> self,
                                                          merkle::HashRequest request) {
  const auto leaves = co_await self->swarm_->leaves_for(request);
  if (self->closed_) co_return;
  self->protocol_->answer_leaves(request, leaves ? *leaves : std::vector<Digest>{});
  self->wake();
}

// ---- life -------------------------------------------------------------------

void PeerConnection::tick(Time now) {
  if (!protocol_) {
    if (now - started_ <= kHandshakeTime) return;
    trouble_ = PeerTrouble::silent;
    return close("no handshake in time");
  }
  if (swarm_->backlogged()) return;  // our disk is slow: nothing is read from this peer meanwhile
  if (const auto alive = protocol_->tick(now); !alive) {
    if (alive.error().code == Errc::bad_input) swarm_->misbehaved(*this, alive.error());
    return close(alive.error().message);
  }
  if (!protocol_->outbox().empty()) wake();
}

void PeerConnection::resumed(Time now) {
  started_ = now;
  if (!protocol_) return;
  protocol_->resumed(now);
  wake();
}

void PeerConnection::close(std::string reason) {
  if (std::exchange(closed_, true)) return;
  close_reason_ = std::move(reason);
  stream_.close();
  wake();
}

void PeerConnection::finish(const std::string& reason) {
  close(reason);
  if (protocol_) {
    pin_received();
    hand_over_blocks();  // the picker counts on them: they came before the end
    protocol_->ended();
  }
  swarm_->closed(*this, close_reason_);
}

}  // namespace shoal::session
