#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>

#include <gtest/gtest.h>

#include "support/descriptor.hpp"

namespace shoal::test {

/// What a service manager has (sd_notify(3)): a socket at that place, which NOTIFY_SOCKET names. @
/// begins an abstract name.
class NotifySocket {
 public:
  explicit NotifySocket(std::string place) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (place.starts_with('@')) place.front() = '\0';
    std::ranges::copy(place, static_cast<char*>(address.sun_path));
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + place.size());
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
  }

  /// The next datagram; empty when none comes in time, which for those sent already is no time.
  std::string heard(std::chrono::milliseconds patience = {}) {
    pollfd polled{fd_.get(), POLLIN, 0};
    if (::poll(&polled, 1, static_cast<int>(patience.count())) != 1) return "";
    std::array<char, 256> bytes{};
    const ssize_t size = ::recv(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return size < 0 ? "" : std::string(bytes.data(), static_cast<std::size_t>(size));
  }

 private:
  Descriptor fd_;
};

}  // namespace shoal::test
