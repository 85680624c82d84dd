#include "session/greeter.hpp"

#include <array>
#include <string_view>
#include <system_error>
#include <utility>

#include <spdlog/spdlog.h>

#include "net/spawn.hpp"
#include "net/tls_context.hpp"
#include "session/descriptors.hpp"

namespace shoal::session {
namespace {

/// What a peer has sent in place of a BitTorrent handshake.
std::string_view what_came(BytesView bytes) {
  constexpr std::byte kTlsHandshake{22};  // the type of a record, RFC 8446
  constexpr std::byte kTlsMajor{3};
  if (bytes[0] == kTlsHandshake && bytes[1] == kTlsMajor) {
    return "came with TLS: it has a --key, and we were started without one";
  }
  return "sent no BitTorrent handshake";
}

/// Takes in what has come, so that the system closes the connection instead of resetting it.
void leave_unread(net::Stream& stream) {
  std::array<std::byte, 4096> ignored;
  static_cast<void>(stream.read_available(ignored));
}

}  // namespace

Greeter::Greeter(std::shared_ptr<Environment> environment, net::Listener listener,
                 std::size_t most_connections)
    : environment_(std::move(environment)),
      listener_(std::move(listener)),
      greetings_({.connections = most_connections,
                  .descriptors = most_descriptors(),
                  .spare = spare_descriptors(most_descriptors())}),
      timer_(environment_->executor) {}

void Greeter::start(Events events) {
  events_ = std::move(events);
  net::spawn(environment_->executor, accept_loop(shared_from_this()));
}

void Greeter::close() {
  closed_ = true;
  events_ = {};
  listener_.close();
  for (auto& [key, stream] : streams_) stream.close();
}

asio::awaitable<void> Greeter::accept_loop(std::shared_ptr<Greeter> self) {
  try {
    for (;;) {
      // Those who are here already come first, so that no more wait for us than for their peers.
      if (self->environment_->tls) co_await self->environment_->tls->handshakes.mine();
      net::Stream stream = co_await self->listener_.accept();
      self->make_room_for(stream);
      const auto key = self->greetings_.enter(Party::of(stream.remote().address), Clock::now());
      self->streams_.emplace(key, std::move(stream));
      self->set_timer();
      net::spawn(self->environment_->executor, greet(self, key));
    }
  } catch (const std::system_error& failure) {
    if (!self->closed_ && self->events_.on_deaf) self->events_.on_deaf(failure.what());
  }
}

asio::awaitable<void> Greeter::greet(std::shared_ptr<Greeter> self, Greetings::Key key) {
  net::Stream& stream = self->streams_.at(key);
  std::optional<wire::Handshake> theirs;
  try {
    co_await stream.secure();
    std::array<std::byte, wire::kHandshakeLength> bytes;
    co_await stream.read_exactly(bytes);
    theirs = wire::decode_handshake(bytes);
    if (!theirs) spdlog::info("{}: {}", stream.remote().to_string(), what_came(bytes));
    if (!theirs) leave_unread(stream);
  } catch (const std::system_error& failure) {
    spdlog::info("{}: ended before its handshake: {}", stream.remote().to_string(),
                 failure.code().message());
  }
  net::Stream greeted = std::move(stream);
  self->streams_.erase(key);
  self->greetings_.leave(key);
  if (theirs && greeted.is_open() && self->events_.on_greeted) {
    self->events_.on_greeted(std::move(greeted), *theirs);
  } else {
    greeted.close();
  }
}

// ---- whoever has to go ------------------------------------------------------

void Greeter::make_room_for(net::Stream& newcomer) {
  torrent::Places& places = environment_->budget.places;
  const auto leaving =
      greetings_.make_room(static_cast<std::size_t>(newcomer.descriptor()), places.taken());
  places.set_most(greetings_.most_connected());
  if (!leaving) return;
  net::Stream& stream = streams_.at(*leaving);
  spdlog::info("{}: makes room for others", stream.remote().to_string());
  stream.close();
}

void Greeter::set_timer() {
  const auto next = greetings_.next_deadline();
  if (!next || std::exchange(timer_runs_, true)) return;
  timer_.expires_at(*next);
  timer_.async_wait([weak = weak_from_this()](const std::error_code& cancelled) {
    if (const auto self = weak.lock(); self && !cancelled) self->on_timer();
  });
}

void Greeter::on_timer() {
  timer_runs_ = false;
  for (const Greetings::Key key : greetings_.overdue(Clock::now())) streams_.at(key).close();
  set_timer();
}

}  // namespace shoal::session
