#include "web/server.hpp"

#include <array>
#include <exception>
#include <list>
#include <mutex>
#include <span>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <utility>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <shoal/runtime.hpp>

#include "net/deadline.hpp"
#include "net/listener.hpp"
#include "net/runtime_impl.hpp"
#include "net/spawn.hpp"
#include "net/wakeup.hpp"

namespace shoal::web {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

/// The way back onto the server's thread, for as long as there is one.
class Gate {
 public:
  explicit Gate(asio::io_context& loop) : loop_(&loop) {}

  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    if (loop_ != nullptr) asio::post(*loop_, std::move(work));
  }
  void close() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  std::mutex mutex_;
  asio::io_context* loop_;
};

/// An answer that is waited for.
struct Pending {
  explicit Pending(const asio::any_io_executor& executor) : timer(executor) {}

  asio::steady_timer timer;  // cancelled when it is here
  Render render;
};

struct Connection {
  explicit Connection(net::Stream accepted) : stream(std::move(accepted)) {}

  net::Stream stream;
  bool may_go = true;  // its request is not here yet, or its answer has been sent
  std::shared_ptr<Pending> waits_for;
};
using Connections = std::list<std::shared_ptr<Connection>>;  // the oldest first

}  // namespace

class Server::Impl {
 public:
  Impl(const ServerOptions& options, Handler handler)
      : options_(options),
        handler_(std::move(handler)),
        gate_(std::make_shared<Gate>(runtime_.impl().loop)),
        listener_(executor(), options.listen),
        address_(listener_.address()) {
    net::spawn(executor(), accept());
    thread_ = std::jthread([this] { run(); });
  }

  // Not by stop(): what waits on the loop ends there, while what it waits for is still there.
  ~Impl() {
    gate_->close();
    runtime_.post([this] { close(); });
    thread_.join();
  }

  [[nodiscard]] Endpoint address() const { return address_; }

 private:
  [[nodiscard]] asio::any_io_executor executor() { return runtime_.impl().loop.get_executor(); }

  // What gets this far is a bug of ours; the program has better things to do than to end over it.
  void run() {
    for (;;) {
      try {
        return runtime_.run();
      } catch (const std::exception& failure) {
        spdlog::error("The pages: {}", failure.what());
      }
    }
  }

  /// Everything comes to its end, and with it the loop.
  void close() {
    closing_ = true;
    listener_.close();
    for (const auto& one : connections_) {
      one->stream.close();
      if (one->waits_for) one->waits_for->timer.cancel();
    }
    runtime_.impl().keep_running.reset();
  }

  asio::awaitable<void> accept() {
    try {
      co_await accept_all();
    } catch (const std::system_error& failure) {
      if (!closing_) spdlog::error("No pages any more: {}", failure.what());
    }
  }

  asio::awaitable<void> accept_all() {
    for (;;) {
      net::Stream stream = co_await listener_.accept();
      if (closing_) co_return;
      if (connections_.size() >= options_.most_connections && !make_room()) continue;
      const auto made = std::make_shared<Connection>(std::move(stream));
      net::spawn(executor(), serve(connections_.insert(connections_.end(), made)));
    }
  }

  /// Who came first of those that may go does. False when nobody may.
  bool make_room() {
    for (const auto& one : connections_) {
      if (!one->may_go || !one->stream.is_open()) continue;
      one->stream.close();
      return true;
    }
    return false;
  }

  asio::awaitable<void> serve(Connections::iterator place) {
    const std::shared_ptr<Connection> one = *place;
    try {
      co_await talk(*one);
    } catch (const std::exception& failure) {
      // It went away, or took too long; whatever it is, it costs this connection alone.
      spdlog::debug("A page's reader: {}", failure.what());
    }
    one->stream.close();
    connections_.erase(place);
  }

  asio::awaitable<void> talk(Connection& one) {
    std::string head;
    Parsed parsed;
    {
      const net::Deadline deadline(one.stream, options_.to_ask);
      parsed = co_await ask(one.stream, head);
    }
    one.may_go = false;
    Response response = std::move(parsed.refusal);
    const bool head_only = parsed.request && parsed.request->head_only;
    if (parsed.request) {
      auto refusal = options_.access.refusal(*parsed.request);
      if (refusal)
        response = *std::move(refusal);
      else
        response = co_await answer(one, *parsed.request);
    }
    const net::Deadline deadline(one.stream, options_.to_listen);
    const std::string bytes = encode(response, head_only);
    const asio::const_buffer buffer = asio::buffer(bytes);
    co_await one.stream.write({&buffer, 1});
    one.may_go = true;
    co_await say_goodbye(one.stream);
  }

  static asio::awaitable<Parsed> ask(net::Stream& stream, std::string& head) {
    for (;;) {
      const std::size_t had = head.size();
      head.resize(kMostHead);
      const std::size_t came =
          co_await stream.read_some(std::as_writable_bytes(std::span(head).subspan(had)));
      head.resize(had + came);
      const std::size_t end = head.find(kHeadEnd, had < 3 ? 0 : had - 3);
      if (end != std::string::npos)
        co_return parse(std::string_view(head).substr(0, end + kHeadEnd.size()));
      if (head.size() == kMostHead)
        co_return Parsed{std::nullopt, error(431, "The header is too long.")};
    }
  }

  asio::awaitable<Response> answer(Connection& one, const Request& request) {
    const auto pending = std::make_shared<Pending>(executor());
    one.waits_for = pending;
    // Whoever holds the answer may outlive the loop, and so the timer must not.
    handler_(request, [gate = gate_, weak = std::weak_ptr(pending)](Render render) {
      gate->post([weak, render = std::move(render)]() mutable {
        const auto waiting = weak.lock();
        if (!waiting || waiting->render) return;
        waiting->render = std::move(render);
        waiting->timer.cancel();
      });
    });
    // What was answered at once comes by way of the loop, too, so no cancelling is missed.
    if (!closing_) co_await net::sleep(pending->timer, options_.to_answer);
    one.waits_for.reset();
    if (!pending->render) co_return error(503, "The program is busy. Try again.");
    try {
      co_return pending->render();
    } catch (const std::exception& failure) {
      spdlog::error("A page could not be made: {}", failure.what());
    }
    co_return error(500, "This page could not be made.");
  }

  /// What is left unread when a socket is closed can cost the peer what it has not read yet.
  static asio::awaitable<void> say_goodbye(net::Stream& stream) {
    constexpr std::size_t kMostIgnored = 64 << 10;
    ::shutdown(stream.descriptor(), SHUT_WR);
    std::array<std::byte, 4096> ignored;
    for (std::size_t all = 0; all < kMostIgnored;) all += co_await stream.read_some(ignored);
  }

  const ServerOptions options_;
  const Handler handler_;
  Runtime runtime_{1};
  const std::shared_ptr<Gate> gate_;
  net::Listener listener_;
  const Endpoint address_;
  Connections connections_;
  bool closing_ = false;
  std::jthread thread_;  // last: it ends before what it uses
};

Server::Server(const ServerOptions& options, Handler handler)
    : impl_(std::make_unique<Impl>(options, std::move(handler))) {}

Server::~Server() = default;

Endpoint Server::address() const {
  return impl_->address();
}

}  // namespace shoal::web
