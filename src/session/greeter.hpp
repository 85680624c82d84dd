#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <asio/awaitable.hpp>

#include <shoal/endpoint.hpp>

#include "net/listener.hpp"
#include "net/stream.hpp"
#include "net/timer.hpp"
#include "session/environment.hpp"
#include "session/greetings.hpp"
#include "wire/handshake.hpp"

namespace shoal::session {

/// The door: accepts connections, with TLS where there are keys, and hands on those that say in
/// time for which file they come. Whom it has no room for, Greetings says. One thread.
class Greeter : public std::enable_shared_from_this<Greeter> {
 public:
  struct Events {
    std::function<void(net::Stream, const wire::Handshake&)> on_greeted;
    /// Nobody can come any more.
    std::function<void(const std::string& why)> on_deaf;
  };

  Greeter(std::shared_ptr<Environment> environment, net::Listener listener,
          std::size_t most_connections);

  /// Once: begins to accept.
  void start(Events events);
  /// Closes what it has; nothing is called back any more.
  void close();

 private:
  static asio::awaitable<void> accept_loop(std::shared_ptr<Greeter> self);
  static asio::awaitable<void> greet(std::shared_ptr<Greeter> self, Greetings::Key key);
  void make_room_for(net::Stream& newcomer);
  void set_timer();
  void on_timer();

  std::shared_ptr<Environment> environment_;
  net::Listener listener_;
  Greetings greetings_;
  std::map<Greetings::Key, net::Stream> streams_;  // of those who greet
  net::Timer timer_;                               // until the next one has had its time
  bool timer_runs_ = false;
  Events events_;
  bool closed_ = false;
};

}  // namespace shoal::session
