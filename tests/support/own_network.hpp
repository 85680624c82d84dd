#pragma once

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/descriptor.hpp"

namespace shoal::test {

/// A network of our own, with nothing in it but loopback, for this thread and the programs that it
/// starts from now on; until it ends. Only root can make one: see missing().
class OwnNetwork {
 public:
  OwnNetwork() : before_(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)) {
    if (!before_.is_open() || ::unshare(CLONE_NEWNET) != 0) {
      missing_ = std::string("no network of our own: ") + std::strerror(errno);
      return;
    }
    inside_ = true;
    const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) missing_ = "its loopback stays down";
  }
  ~OwnNetwork() {
    if (inside_) ::setns(before_.get(), CLONE_NEWNET);
  }
  OwnNetwork(const OwnNetwork&) = delete;
  OwnNetwork& operator=(const OwnNetwork&) = delete;

  /// Loopback has this address too, as 10.9.0.5/32; false when that cannot be.
  [[nodiscard]] bool add(const std::string& address) const {
    return std::system(("ip address add " + address + " dev lo").c_str()) == 0;
  }
  /// Why there is none; empty when there is.
  [[nodiscard]] const std::string& missing() const { return missing_; }

 private:
  Descriptor before_;
  bool inside_ = false;
  std::string missing_;
};

}  // namespace shoal::test
