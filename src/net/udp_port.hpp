#pragma once

#include <poll.h>
#include <span>
#include <utility>
#include <vector>

#include <shoal/endpoint.hpp>

#include "base/clock.hpp"
#include "net/wake_event.hpp"

namespace shoal::net {

/// A bound UDP socket apart from every event loop, for a thread that does nothing but serve it. It
/// never blocks: DatagramBatch reads and writes it, UdpWait waits for it.
class UdpPort {
 public:
  /// Binds; port 0 takes a free one. An IPv6 socket takes no IPv4. Throws std::system_error that
  /// names the address.
  explicit UdpPort(const Endpoint& local);
  UdpPort(UdpPort&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UdpPort& operator=(UdpPort&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UdpPort();

  /// One more socket on the same address. The system deals senders out to all of them, each sender
  /// always to the same one. Throws like the constructor.
  [[nodiscard]] UdpPort another();

  [[nodiscard]] Endpoint local() const;
  [[nodiscard]] int descriptor() const { return fd_; }

 private:
  UdpPort(const Endpoint& local, bool shared);

  int fd_ = -1;
};

/// Where the thread of some ports waits.
class UdpWait {
 public:
  explicit UdpWait(std::span<const UdpPort> ports);

  /// Returns when one of the ports may have something, when it is `until`, and at once after
  /// interrupt().
  void wait(Time until);
  /// From any thread; for good.
  void interrupt() { interrupted_.set(); }

 private:
  WakeEvent interrupted_;
  std::vector<pollfd> polled_;
};

}  // namespace shoal::net
