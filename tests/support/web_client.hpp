#pragma once

#include <array>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>

#include <shoal/endpoint.hpp>

#include "net/address.hpp"
#include "support/descriptor.hpp"
#include "support/patience.hpp"

namespace shoal::test {

/// A connection to pages, which says just what it is told to. Waits have a deadline and throw.
class WebClient {
 public:
  explicit WebClient(const Endpoint& to)
      : socket_(::socket(to.address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto there = net::to_asio<asio::ip::tcp>(to);
    if (::connect(socket_.get(), there.data(), static_cast<socklen_t>(there.size())) != 0)
      throw std::runtime_error("cannot connect to " + to.to_string());
  }

  /// False when the other end takes no more.
  bool send(std::string_view text) const {
    while (!text.empty()) {
      const auto sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// All that comes until the other end closes, in whatever way.
  [[nodiscard]] std::string rest() const {
    std::string all;
    std::array<char, 16384> some;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
      pollfd look{socket_.get(), POLLIN, 0};
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0 || ::poll(&look, 1, static_cast<int>(left.count())) <= 0)
        throw std::runtime_error("the page did not end; so far: " + all);
      const auto came = ::recv(socket_.get(), some.data(), some.size(), 0);
      if (came <= 0) return all;
      all.append(some.data(), static_cast<std::size_t>(came));
    }
  }

 private:
  Descriptor socket_;
};

/// What a page says: header and body, or the header alone.
struct WebAnswer {
  int status = 0;
  std::string head;
  std::string body;
};

inline WebAnswer parse_answer(const std::string& text) {
  const std::size_t end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.1 ") || end == std::string::npos)
    throw std::runtime_error("that is no answer: " + text);
  return {std::stoi(text.substr(9, 3)), text.substr(0, end + 2), text.substr(end + 4)};
}

/// Asks for a page, at an address such as 127.0.0.1:80; `fields` are further header lines.
inline WebAnswer get(const Endpoint& from, const std::string& path, const std::string& fields = {},
                     const std::string& method = "GET") {
  const WebClient client(from);
  client.send(method + " " + path + " HTTP/1.1\r\nHost: " + from.to_string() + "\r\n" + fields +
              "\r\n");
  return parse_answer(client.rest());
}

}  // namespace shoal::test
