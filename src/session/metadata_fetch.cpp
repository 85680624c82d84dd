#include "session/metadata_fetch.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <system_error>
#include <utility>

#include <asio/buffer.hpp>
#include <spdlog/spdlog.h>

#include "net/deadline.hpp"
#include "net/spawn.hpp"
#include "net/wakeup.hpp"
#include "session/metadata_exchange.hpp"
#include "torrent/peer/receive_buffer.hpp"
#include "wire/handshake.hpp"

namespace shoal {
namespace {

constexpr Duration kBan = std::chrono::minutes(10);
constexpr Duration kLookAgain = std::chrono::milliseconds(250);

}  // namespace

MetadataFetch::MetadataFetch(asio::any_io_executor executor, const InfoHash& wanted,
                             const PeerId& me, const MetadataLimits& limits, net::TlsContextPtr tls)
    : executor_(std::move(executor)),
      wanted_(wanted),
      me_(me),
      limits_(limits),
      tls_(std::move(tls)),
      directory_(std::random_device{}()),
      waiting_(executor_) {}

void MetadataFetch::add_peers(std::span<const Endpoint> peers) {
  for (const Endpoint& peer : peers) directory_.add(peer);
  dial(Clock::now());
}

void MetadataFetch::dial(Time now) {
  while (!closed_ && asking_.size() < limits_.at_once) {
    const auto peer = directory_.next_to_dial(now);
    if (!peer) return;
    const auto stream = asking_.emplace(asking_.end(), executor_, tls_);
    net::spawn(executor_, ask(shared_from_this(), stream, *peer));
  }
}

asio::awaitable<void> MetadataFetch::wait(Duration most) {
  const Time until = Clock::now() + most;
  while (!found_ && !closed_ && Clock::now() < until) {
    dial(Clock::now());
    co_await net::sleep(waiting_, std::min(kLookAgain, until - Clock::now()));
  }
}

void MetadataFetch::close() {
  closed_ = true;
  for (net::Stream& stream : asking_) stream.close();
  waiting_.cancel();
}

// ---- one peer ---------------------------------------------------------------

asio::awaitable<void> MetadataFetch::ask(std::shared_ptr<MetadataFetch> self,
                                         std::list<net::Stream>::iterator stream, Endpoint peer) {
  Result<Bytes> outcome;
  try {
    const net::Deadline deadline(*stream, self->limits_.total);
    outcome = co_await self->talk(*stream, peer);
  } catch (const std::system_error& failure) {
    outcome = fail(Errc::io, failure.code().message());
  }
  stream->close();
  self->asking_.erase(stream);
  self->ended(peer, std::move(outcome));
}

asio::awaitable<Result<Bytes>> MetadataFetch::talk(net::Stream& stream, Endpoint peer) {
  std::optional<wire::Handshake> theirs;
  {
    const net::Deadline deadline(stream, limits_.greeting);
    co_await stream.connect(peer);
    const auto ours = wire::encode(wire::Handshake{truncated(wanted_), me_});
    const asio::const_buffer hello(ours.data(), ours.size());
    co_await stream.write({&hello, 1});
    std::array<std::byte, wire::kHandshakeLength> answer;
    co_await stream.read_exactly(answer);
    theirs = wire::decode_handshake(answer);
  }
  if (!theirs || theirs->info_hash != truncated(wanted_)) {
    co_return fail(Errc::bad_input, "answered with no handshake for this file");
  }
  if (!theirs->extended) co_return fail(Errc::not_found, "has no extensions, so no metadata");
  co_return co_await receive(stream, theirs->fast);
}

asio::awaitable<Result<Bytes>> MetadataFetch::receive(net::Stream& stream, bool fast) {
  MetadataExchange exchange(wanted_, fast);
  torrent::ReceiveBuffer incoming;
  std::size_t frame = wire::kLengthPrefix;
  for (;;) {
    if (!exchange.outbox().empty()) {
      const Bytes sending = std::exchange(exchange.outbox(), {});
      const asio::const_buffer buffer(sending.data(), sending.size());
      co_await stream.write({&buffer, 1});
    }
    const std::size_t size = co_await stream.read_some(incoming.room(frame));
    incoming.received(size);
    for (;;) {
      const auto step = wire::decode(incoming.pending(), std::nullopt);
      if (!step) co_return std::unexpected(step.error());
      if (const auto* more = std::get_if<wire::NeedMore>(&*step)) {
        frame = more->total;
        break;
      }
      const auto& [message, used] = std::get<wire::Decoded>(*step);
      if (const auto handled = exchange.handle(message); !handled) {
        co_return std::unexpected(handled.error());
      }
      if (exchange.complete()) co_return exchange.dictionary();
      incoming.decoded(used);
    }
  }
}

void MetadataFetch::ended(const Endpoint& peer, Result<Bytes> outcome) {
  if (closed_) return;
  if (outcome) {
    found_ = *std::move(outcome);
    return close();
  }
  const Error& error = outcome.error();
  spdlog::debug("{}: no metadata: {}", peer.to_string(), error.message);
  const Time now = Clock::now();
  if (error.code == Errc::unprovable) directory_.ban(peer, kBan, now);
  directory_.ended(peer, false, now);
  if (!failure_ || failure_->code != Errc::unprovable) {
    failure_ = Error{error.code, peer.to_string() + ": " + error.message};
  }
  dial(now);
}

}  // namespace shoal
