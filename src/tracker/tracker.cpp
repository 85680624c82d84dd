#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>

#include <shoal/tracker.hpp>

#include "net/udp_port.hpp"
#include "tracker/tracker_desk.hpp"

namespace shoal {
namespace {

constexpr Duration kLongestSleep = std::chrono::milliseconds(500);  // at the clock, see RunningTime

using Ports = std::vector<net::UdpPort>;  // one for each address

/// What one thread does: answers what comes to its ports, until it is told to stop.
class Server {
 public:
  Server(TrackerDesk& desk, Ports ports)
      : desk_(desk), clerk_(desk), ports_(std::move(ports)), wait_(ports_) {}

  void run(const std::stop_token& stop) {
    const std::stop_callback interrupt(stop, [this] { wait_.interrupt(); });
    while (!stop.stop_requested()) {
      deadline_ = desk_.expire(look());
      // Who is busy does not go to sleep: only when nothing is left anywhere.
      while (answer_some() && !stop.stop_requested()) {
      }
      wait_.wait(std::min(deadline_, Clock::now() + kLongestSleep));
    }
  }

  [[nodiscard]] const Ports& ports() const { return ports_; }

 private:
  /// Each thread tells of a gap before it uses a time that is behind it.
  Time look() {
    const auto [now, gaps] = Clock::look();
    if (std::exchange(gaps_, gaps) != gaps) desk_.resumed(now);
    return now;
  }

  /// A batch of each port; false when none had any.
  bool answer_some() {
    bool some = false;
    for (const net::UdpPort& port : ports_) {
      const auto datagrams = batch_.receive(port.descriptor());
      if (datagrams.empty()) continue;
      some = true;
      const Time read = look();
      const auto answered = clerk_.answer(datagrams, read, replies_);
      deadline_ = answered.next_deadline;
      batch_.send(port.descriptor(), std::span(replies_).first(answered.replies));
      desk_.responses().add(answered.replies, Clock::now() - read);
    }
    return some;
  }

  TrackerDesk& desk_;
  TrackerClerk clerk_;
  Ports ports_;
  net::UdpWait wait_;
  net::DatagramBatch batch_;
  std::array<net::Outgoing, net::DatagramBatch::kMost> replies_;
  /// Of whose silence this thread knows: whoever adds a peer wakes for it, if nobody else does.
  Time deadline_;
  std::uint64_t gaps_ = Clock::look().gaps;
};

}  // namespace

class Tracker::Impl {
 public:
  explicit Impl(const TrackerOptions& options) : desk_(options) {
    if (options.listen.empty()) {
      throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                              "no address to listen on");
    }
    Ports first;
    for (const Endpoint& address : options.listen) first.emplace_back(address);
    for (unsigned i = 1; i < options.threads; ++i) {
      Ports more;
      for (net::UdpPort& port : first) more.push_back(port.another());
      servers_.push_back(std::make_unique<Server>(desk_, std::move(more)));
    }
    servers_.push_back(std::make_unique<Server>(desk_, std::move(first)));
    for (const auto& server : servers_)
      threads_.emplace_back([&server = *server](const std::stop_token& stop) { server.run(stop); });
  }

  [[nodiscard]] std::vector<Endpoint> addresses() const {
    std::vector<Endpoint> all;
    for (const net::UdpPort& port : servers_.front()->ports()) all.push_back(port.local());
    return all;
  }

  [[nodiscard]] const TrackerDesk& desk() const { return desk_; }

 private:
  TrackerDesk desk_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::vector<std::jthread> threads_;  // last: they end before what they use
};

Tracker::Tracker(Runtime&, TrackerOptions options) : impl_(std::make_unique<Impl>(options)) {}

Tracker::~Tracker() = default;

Tracker::Tracker(Tracker&&) noexcept = default;

std::vector<Endpoint> Tracker::addresses() const {
  return impl_->addresses();
}

TrackerStatistics Tracker::statistics() const {
  return impl_->desk().statistics();
}

TrackerStatus Tracker::status() const {
  return impl_->desk().status();
}

std::optional<std::size_t> Tracker::list(std::size_t at, std::vector<TrackedFile>& into) const {
  return impl_->desk().list(at, into);
}

}  // namespace shoal
