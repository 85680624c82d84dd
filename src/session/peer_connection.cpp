#include "session/peer_connection.hpp"

#include <array>
#include <system_error>
#include <utility>

#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include "net/spawn.hpp"
#include "session/swarm.hpp"
#include "session/trouble_of.hpp"

namespace shoal::session {

using namespace torrent;
namespace {

// Bytes read before others are served.
constexpr std::size_t kTurn = WritePacer::kMostBlocks * kBlockLength;

}  // namespace

PeerConnection::PeerConnection(std::shared_ptr<Swarm> swarm, ConnectionKey key, net::Stream stream)
    : swarm_(std::move(swarm)),
      key_(key),
      stream_(std::move(stream)),
      remote_(stream_.remote()),
      incoming_(swarm_->chunks()),
      written_(stream_.executor()),
      wake_(stream_.executor()) {}

asio::awaitable<void> PeerConnection::dial(std::shared_ptr<PeerConnection> self, Endpoint to) {
  std::string reason;
  self->remote_ = to;
  try {
    co_await self->stream_.connect(to);
    if (self->closed_) throw std::system_error(asio::error::operation_aborted);
    const auto ours = wire::encode(self->swarm_->our_handshake());
    const asio::const_buffer hello(ours.data(), ours.size());
    co_await self->stream_.write({&hello, 1});
    std::array<std::byte, wire::kHandshakeLength> answer;
    co_await self->stream_.read_exactly(answer);
    const auto theirs = wire::decode_handshake(answer);
    if (theirs && theirs->info_hash == self->swarm_->our_handshake().info_hash) {
      co_await self->talk(*theirs);
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
    self->greeting_.assign(ours.begin(), ours.end());
    co_await self->talk(theirs);
  } catch (const std::system_error& failure) {
    reason = failure.code().message();
  }
  self->finish(reason);
}

asio::awaitable<void> PeerConnection::talk(wire::Handshake theirs) {
  if (!swarm_->opened(key_, theirs)) co_return;
  follow_unsent_limit();
  net::spawn(stream_.executor(), write_loop(shared_from_this()));
  co_await read_loop();
}

// ---- reading ----------------------------------------------------------------

asio::awaitable<void> PeerConnection::read_loop() {
  std::size_t frame = wire::kLengthPrefix;  // bytes of the frame at the front of `incoming_`
  std::size_t since_turn = 0;               // bytes
  std::size_t talk = 0;                     // messages
  while (!closed_) {
    const std::size_t size = stream_.read_available(incoming_.room(frame));
    if (size == 0) {
      swarm_->drained(key_);
      incoming_.rest();
      since_turn = talk = 0;
      co_await stream_.readable();
      continue;
    }
    incoming_.received(size);
    Torrent::Read read = swarm_->received(key_, incoming_);
    while ((read.behind || read.more) && !closed_) {
      while (!closed_ && !swarm_->may_hear(key_)) co_await written_.wait();
      if (read.more) co_await others_turn();
      if (!closed_) read = swarm_->received(key_, incoming_);
    }
    frame = read.frame;
    if (!read.blocks) incoming_.quiet();
    // What there is to say is written, and others have their turn, however much this peer sends.
    since_turn += size;
    talk += read.messages;
    if (since_turn >= kTurn || talk >= Peer::kMostTalk || read.talk) {
      since_turn = talk = 0;
      co_await others_turn();
    }
    if (!swarm_->may_receive()) co_await swarm_->room_to_store(closed_);
  }
}

asio::awaitable<void> PeerConnection::others_turn() {
  co_await asio::post(stream_.executor(), asio::use_awaitable);
}

// ---- writing ----------------------------------------------------------------

asio::awaitable<void> PeerConnection::write_loop(std::shared_ptr<PeerConnection> self) {
  bool cut_short = false;
  try {
    while (!self->closed_) {
      self->woken_ = false;
      if (self->swarm_->next_write(self->key_, self->batch_) || !self->greeting_.empty()) {
        self->written_.notify_all();  // what waited is in the batch
        co_await self->write();
      } else if (!self->woken_) {
        self->uploads_.rest();
        co_await self->wake_.wait();
      }
    }
  } catch (const std::system_error& failure) {
    cut_short = failure.code() == asio::error::fault;  // FileWindow
    self->close(failure.code().message());
  }
  if (cut_short) co_await self->swarm_->lost_the_file(std::move(self->batch_.blocks));
}

asio::awaitable<void> PeerConnection::write() {
  gathered_.clear();
  if (!greeting_.empty()) gathered_.emplace_back(greeting_.data(), greeting_.size());
  if (!batch_.messages.empty()) {
    gathered_.emplace_back(batch_.messages.data(), batch_.messages.size());
  }
  if (batch_.blocks.empty()) {
    uploads_.rest();
  } else {
    const bool encrypted = stream_.encrypted();
    co_await uploads_.gather(*swarm_, batch_.blocks, batch_.usual_blocks, encrypted, gathered_);
  }
  const Time before = Clock::now();
  writing_ = true;
  co_await stream_.write(gathered_);
  writing_ = false;
  greeting_.clear();
  swarm_->written(key_, batch_, Clock::now() - before);
  follow_unsent_limit();
}

void PeerConnection::look(Time now) {
  if (closed_) return;
  const std::uint64_t delivered = writing_ ? stream_.delivered() : 0;
  const bool stalled = stall_.stalled(delivered, writing_, now);
  if (stalled && !stream_.in_flight()) close("does not read what it is sent");
}

void PeerConnection::resumed() {
  stall_ = {};
}

void PeerConnection::follow_unsent_limit() {
  const std::size_t limit = swarm_->unsent_limit(key_);
  if (std::exchange(unsent_limit_, limit) != limit) stream_.set_unsent_limit(limit);
}

void PeerConnection::wake() {
  woken_ = true;
  wake_.notify_all();
}

// ---- the end ----------------------------------------------------------------

void PeerConnection::close(std::string reason) {
  if (std::exchange(closed_, true)) return;
  close_reason_ = std::move(reason);
  swarm_->closing(key_);
  stream_.close();
  wake();
  written_.notify_all();
}

void PeerConnection::finish(const std::string& reason) {
  close(reason);
  swarm_->closed(*this, close_reason_);
}

}  // namespace shoal::session
