#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <system_error>

#include <shoal/endpoint.hpp>

#include "base/bytes.hpp"
#include "support/descriptor.hpp"
#include "support/patience.hpp"

namespace shoal::test {

/// A plain blocking IPv4 socket, for tests that send what no program of ours would.
class LoopbackSocket {
 public:
  /// SOCK_STREAM or SOCK_DGRAM, connected.
  LoopbackSocket(int type, const Endpoint& to, const char* from = "127.0.0.1:0")
      : LoopbackSocket(type, from, true) {
    const sockaddr_in address = address_of(to);
    check(::connect(socket_.get(), as_sockaddr(&address), sizeof address), "connect");
  }
  /// Bound to a free port of 127.0.0.1 or another address of this machine, and silent.
  explicit LoopbackSocket(int type, const char* from = "127.0.0.1:0")
      : LoopbackSocket(type, from, false) {}

  /// Connections to it are made by the system, and nobody answers them.
  void listen() const { check(::listen(socket_.get(), SOMAXCONN), "listen"); }
  /// Closes the next connection to it, if one comes in time.
  void turn_away(std::chrono::milliseconds patience) const {
    pollfd polled{socket_.get(), POLLIN, 0};
    if (::poll(&polled, 1, static_cast<int>(patience.count())) > 0) {
      const Descriptor accepted(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }
  }

  [[nodiscard]] Endpoint local() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    check(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size),
          "getsockname");
    Endpoint endpoint = *Endpoint::parse("127.0.0.1:0");
    endpoint.port = ntohs(address.sin_port);
    return endpoint;
  }

  /// A peer that has closed is no error: it may.
  void send(BytesView bytes) const {
    static_cast<void>(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }

  /// What comes next: a datagram, or some bytes of a stream; empty at the stream's end, or when it
  /// was reset. Throws when nothing comes in time.
  [[nodiscard]] Bytes receive(std::chrono::milliseconds patience = kPatience,
                              std::size_t most = 2048) const {
    pollfd polled{socket_.get(), POLLIN, 0};
    if (::poll(&polled, 1, static_cast<int>(patience.count())) != 1) {
      throw std::runtime_error("no answer in time");
    }
    Bytes bytes(most);
    const ssize_t size = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
  }
  /// Reads until the other side has closed. Throws when it does not in time.
  void wait_for_close() const {
    while (!receive().empty()) {
    }
  }

 private:
  LoopbackSocket(int type, const char* from, bool connects)
      : socket_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    check(socket_.get(), "socket");
    // The port of a connection is chosen with it: a search among all that thousands of connections
    // before it have left behind takes milliseconds.
    const int late = connects ? 1 : 0;
    check(::setsockopt(socket_.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof late),
          "IP_BIND_ADDRESS_NO_PORT");
    if (type == SOCK_STREAM) {  // what is sent in pieces shall arrive in pieces
      const int at_once = 1;
      check(::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once),
            "TCP_NODELAY");
    }
    const sockaddr_in address = address_of(*Endpoint::parse(from));
    check(::bind(socket_.get(), as_sockaddr(&address), sizeof address), "bind");
  }
  static void check(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  }
  static const sockaddr* as_sockaddr(const sockaddr_in* address) {
    return reinterpret_cast<const sockaddr*>(address);
  }
  static sockaddr_in address_of(const Endpoint& endpoint) {
    const IpAddress::V4 bytes = endpoint.address.v4();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    address.sin_addr.s_addr = htonl(load_be<std::uint32_t>(bytes.data()));
    return address;
  }

  Descriptor socket_;
};

}  // namespace shoal::test
