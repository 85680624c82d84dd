#include "net/udp_port.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include <asio/ip/udp.hpp>

#include "net/address.hpp"
#include "net/datagram_batch.hpp"

namespace shoal::net {
namespace {

using asio::ip::udp;

/// Room for what comes while a batch is answered; the system may give less.
constexpr int kReceiveBuffer = 8 << 20;

bool set(int socket, int level, int option, int value) {
  return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

int milliseconds_until(Time until) {
  if (until == Time::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

}  // namespace

UdpPort::UdpPort(const Endpoint& local) : UdpPort(local, false) {}

UdpPort::UdpPort(const Endpoint& local, bool shared) {
  const auto address = to_asio<udp>(local);
  const bool v6 = address.protocol() == udp::v6();
  fd_ = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool bound = fd_ >= 0 && (!v6 || set(fd_, IPPROTO_IPV6, IPV6_V6ONLY, 1)) &&
                     (!shared || set(fd_, SOL_SOCKET, SO_REUSEPORT, 1)) &&
                     ::bind(fd_, address.data(), static_cast<socklen_t>(address.size())) == 0;
  if (!bound) {
    const std::error_code why(errno, std::system_category());
    if (fd_ >= 0) ::close(fd_);
    throw std::system_error(why, "cannot listen on UDP " + local.to_string());
  }
  set(fd_, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
  if (local.address.is_unspecified()) tell_arrivals(fd_, v6);
#ifdef IP_PMTUDISC_PROBE
  // Nothing is ever fragmented, as in QUIC, whose datagrams are as short. It also spares the system
  // a number for each packet, by a keyed hash, by which fragments would be told apart.
  if (!v6) set(fd_, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
#endif
}

UdpPort::~UdpPort() {
  if (fd_ >= 0) ::close(fd_);
}

// The first socket is bound without the option, so a port that somebody else has is refused even if
// that one would share it.
UdpPort UdpPort::another() {
  set(fd_, SOL_SOCKET, SO_REUSEPORT, 1);
  return UdpPort(local(), true);
}

Endpoint UdpPort::local() const {
  udp::endpoint address;
  auto size = static_cast<socklen_t>(address.capacity());
  if (::getsockname(fd_, address.data(), &size) != 0) return {};
  return from_asio(address);
}

UdpWait::UdpWait(std::span<const UdpPort> ports) {
  polled_.push_back({interrupted_.descriptor(), POLLIN, 0});
  for (const UdpPort& port : ports) polled_.push_back({port.descriptor(), POLLIN, 0});
}

void UdpWait::wait(Time until) {
  ::poll(polled_.data(), polled_.size(), milliseconds_until(until));
}

}  // namespace shoal::net
