#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>

#include <shoal/endpoint.hpp>

#include "net/udp_socket.hpp"
#include "support/patience.hpp"

namespace shoal::test {

/// A network between one program and its tracker: counts datagrams, loses some, and lets the
/// program appear at another address. Runs on a thread of its own; the functions below are for the
/// test's thread.
class DatagramProxy {
 public:
  explicit DatagramProxy(const std::string& tracker);
  ~DatagramProxy();
  DatagramProxy(const DatagramProxy&) = delete;
  DatagramProxy& operator=(const DatagramProxy&) = delete;

  /// What the program is told as its tracker.
  [[nodiscard]] std::string address() const { return front_.local().to_string(); }
  /// So many of a hundred datagrams, in both directions, are lost from now on.
  void lose(unsigned percent);
  /// From now on the tracker sees the program there; any address of this machine, as 127.0.0.2 is.
  void move_to(const IpAddress& address);

  /// What the program has sent so far, lost or not.
  struct Seen {
    std::size_t datagrams = 0;
    std::size_t registrations = 0;
    std::size_t heartbeats = 0;
    std::size_t lookups = 0;
  };
  [[nodiscard]] Seen seen() const;
  /// Throws when it does not come so far in time.
  void wait_until(const std::function<bool(const Seen&)>& condition,
                  std::chrono::seconds patience = kPatience) const;

 private:
  asio::awaitable<void> forward();
  asio::awaitable<void> bring_back(std::shared_ptr<net::UdpSocket> behind);
  void open_behind(const IpAddress& address);
  void note(BytesView datagram);
  [[nodiscard]] bool is_lost() { return random_() % 100 < percent_; }

  asio::io_context loop_;
  asio::ip::udp::endpoint tracker_;
  asio::ip::udp::endpoint program_;
  net::UdpSocket front_;
  std::shared_ptr<net::UdpSocket> behind_;
  unsigned percent_ = 0;
  std::minstd_rand random_{1};

  mutable std::mutex mutex_;
  mutable std::condition_variable news_;
  Seen seen_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace shoal::test
