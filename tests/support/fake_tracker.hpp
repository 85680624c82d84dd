#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>

#include "datagram/datagram.hpp"
#include "net/spawn.hpp"
#include "net/udp_socket.hpp"

namespace shoal::test {

/// A tracker that says and does what a test wants. Connects by itself and, like a real one, ignores
/// requests with a connection id that is not its own.
class FakeTracker {
 public:
  using Handler = std::function<std::optional<datagram::Reply>(const datagram::Request&)>;

  struct Seen {
    datagram::RequestDatagram datagram;
    asio::ip::udp::endpoint from;
  };

  explicit FakeTracker(asio::io_context& loop,
                       const Endpoint& local = *Endpoint::parse("127.0.0.1:0"))
      : state_(std::make_shared<State>(loop, local)) {
    net::spawn(loop.get_executor(), serve(state_));
  }
  ~FakeTracker() { state_->socket.close(); }
  FakeTracker(const FakeTracker&) = delete;
  FakeTracker& operator=(const FakeTracker&) = delete;

  [[nodiscard]] Endpoint address() const { return state_->socket.local(); }
  [[nodiscard]] std::string name() const { return address().to_string(); }

  /// What to answer; nothing = silence.
  void on_request(Handler handler) { state_->handler = std::move(handler); }
  /// That many datagrams from now on are lost on their way here.
  void lose(int datagrams) { state_->to_lose = datagrams; }
  /// Each answer comes after garbage, and twice.
  void be_noisy() { state_->noisy = true; }
  /// From now on it is of a version that knows no folders, and answers what it does not know as
  /// that did; or of a newer one again.
  void be_old(bool old = true) { state_->old = old; }
  /// Each answer is held back until that many requests wait; then they go out, last one first.
  void hold_answers(std::size_t until) { state_->hold_until = until; }
  /// As a restart does: ids issued so far are worth nothing.
  void forget_connections() {
    state_->connection = datagram::ConnectionId{static_cast<std::uint64_t>(state_->connection) + 1};
  }

  [[nodiscard]] int connects() const { return state_->connects; }
  /// Requests with a valid connection id, in the order they came.
  [[nodiscard]] const std::vector<Seen>& seen() const { return state_->seen; }
  template <class R>
  [[nodiscard]] std::vector<R> seen_as() const {
    std::vector<R> result;
    for (const Seen& one : state_->seen) {
      if (const R* request = std::get_if<R>(&one.datagram.request)) result.push_back(*request);
    }
    return result;
  }

 private:
  struct State {
    State(asio::io_context& loop, const Endpoint& local)
        : socket(loop.get_executor(), local),
          stranger(loop.get_executor(), Endpoint{local.address, 0}) {}

    net::UdpSocket socket;
    net::UdpSocket stranger;  ///< answers from the wrong sender
    Handler handler;
    int to_lose = 0;
    bool noisy = false;
    bool old = false;
    std::size_t hold_until = 0;
    std::vector<net::Outgoing> held;
    datagram::ConnectionId connection{0x1234};
    int connects = 0;
    std::vector<Seen> seen;
  };

  static asio::awaitable<void> serve(std::shared_ptr<State> state) {
    while (co_await state->socket.wait_readable()) {
      for (const net::Received& received : state->socket.receive()) take(*state, received);
    }
  }

  static void take(State& state, const net::Received& received) {
    if (state.to_lose > 0) {
      --state.to_lose;
      return;
    }
    const auto request = datagram::decode_request(received.bytes);
    if (!request) return;
    if (std::holds_alternative<datagram::ConnectRequest>(request->request)) {
      ++state.connects;
      answer(state, received.from,
             {request->transaction, datagram::ConnectReply{state.connection}});
      return;
    }
    if (request->connection != state.connection) return;
    state.seen.push_back({*request, received.from});
    auto reply = state.handler ? state.handler(request->request) : std::nullopt;
    if (state.old && is_newer(request->request)) reply = datagram::ErrorReply{"unknown action 1"};
    if (!reply) return;
    put_in_form(*reply, request->request);
    answer(state, received.from, {request->transaction, *reply});
  }

  /// Whether it has one of the actions that know folders.
  static bool is_newer(const datagram::Request& request) {
    if (const auto* one = std::get_if<datagram::RegisterRequest>(&request))
      return one->file.folder.has_value();
    return kinds_of(request) == datagram::Kinds::all;
  }

  static datagram::Kinds kinds_of(const datagram::Request& request) {
    if (const auto* one = std::get_if<datagram::LookupRequest>(&request)) return one->kinds;
    if (const auto* one = std::get_if<datagram::ListRequest>(&request)) return one->kinds;
    return datagram::Kinds::files;
  }

  /// Answers have the action of the request, whatever they say.
  static void put_in_form(datagram::Reply& reply, const datagram::Request& request) {
    if (auto* one = std::get_if<datagram::RegisterReply>(&reply))
      one->of_folder = is_newer(request);
    if (auto* one = std::get_if<datagram::LookupReply>(&reply)) one->kinds = kinds_of(request);
    if (auto* one = std::get_if<datagram::ListReply>(&reply)) one->kinds = kinds_of(request);
  }

  static void answer(State& state, const asio::ip::udp::endpoint& to,
                     const datagram::ReplyDatagram& reply) {
    if (state.noisy) make_noise(state, to, reply);
    net::Outgoing out{to, {}};
    encode(reply, out.bytes);
    if (state.hold_until == 0 || std::holds_alternative<datagram::ConnectReply>(reply.reply)) {
      state.socket.send(std::span(&out, 1));
      if (state.noisy) state.socket.send(std::span(&out, 1));
      return;
    }
    state.held.push_back(std::move(out));
    if (state.held.size() < state.hold_until) return;
    for (; !state.held.empty(); state.held.pop_back())
      state.socket.send(std::span(&state.held.back(), 1));
  }

  static void make_noise(State& state, const asio::ip::udp::endpoint& to,
                         const datagram::ReplyDatagram& reply) {
    const auto send = [&](const Bytes& bytes) {
      const net::Outgoing out{to, bytes};
      state.socket.send(std::span(&out, 1));
    };
    send({});
    send(Bytes(3, std::byte{7}));
    send(Bytes(1400, std::byte{0xff}));
    Bytes good;
    encode(reply, good);
    send(Bytes(good.begin(), good.begin() + 7));
    Bytes wrong_kind;
    datagram::encode(datagram::ReplyDatagram{reply.transaction, datagram::ScrapeReply{}},
                     wrong_kind);
    send(wrong_kind);
    Bytes wrong_id;
    const auto other = datagram::TransactionId{static_cast<std::uint32_t>(reply.transaction) ^ 1};
    datagram::encode(
        datagram::ReplyDatagram{other, datagram::ErrorReply{"for another transaction"}}, wrong_id);
    send(wrong_id);
    net::Outgoing wrong_sender{to, {}};
    const datagram::ReplyDatagram strange{reply.transaction,
                                          datagram::ErrorReply{"from a stranger"}};
    datagram::encode(strange, wrong_sender.bytes);
    state.stranger.send(std::span(&wrong_sender, 1));
  }

  std::shared_ptr<State> state_;
};

}  // namespace shoal::test
