#include "support/held_line.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <system_error>
#include <utility>

#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "net/spawn.hpp"
#include "support/tracker_talk.hpp"

namespace shoal::test {
namespace {

using asio::ip::tcp;

using Buffer = std::array<std::byte, 16384>;

/// Passes on what comes next, `most` bytes at most; how many it was.
asio::awaitable<std::size_t> pass_on(tcp::socket& from, tcp::socket& to, Buffer& buffer,
                                     std::uint64_t most) {
  const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(most, buffer.size()));
  const std::size_t size =
      co_await from.async_read_some(asio::buffer(buffer.data(), room), asio::use_awaitable);
  co_await asio::async_write(to, asio::buffer(buffer.data(), size), asio::use_awaitable);
  co_return size;
}

}  // namespace

struct HeldLine::Connection {
  explicit Connection(tcp::socket accepted)
      : leecher(std::move(accepted)), seeder(leecher.get_executor()) {}

  void close() {
    std::error_code ignored;
    leecher.close(ignored);
    seeder.close(ignored);
  }

  tcp::socket leecher;
  tcp::socket seeder;
};

HeldLine::HeldLine(const Endpoint& seeder, std::uint64_t bytes)
    : seeder_(asio::ip::make_address(seeder.address.to_string()), seeder.port),
      left_(bytes),
      acceptor_(loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      opened_(loop_.get_executor()) {
  net::spawn(loop_.get_executor(), accept_loop());
  thread_ = std::jthread([this] { loop_.run(); });
}

HeldLine::~HeldLine() {
  loop_.stop();
}

void HeldLine::register_at(const std::string& tracker, const FileInfo& file) const {
  const std::uint16_t port = acceptor_.local_endpoint().port();
  PeerId id{{std::byte{'-'}, std::byte{'L'}, std::byte{'-'}}};
  store_be(port, &id.bytes[18]);
  register_at_tracker(tracker, {id, port, true, file});
}

void HeldLine::open() {
  asio::post(loop_, [this] {
    left_ = std::numeric_limits<std::uint64_t>::max();
    opened_.notify_all();
  });
}

// ---- on the line's own thread

asio::awaitable<void> HeldLine::accept_loop() {
  for (;;) {
    tcp::socket accepted = co_await acceptor_.async_accept(asio::use_awaitable);
    net::spawn(loop_.get_executor(), serve(std::make_shared<Connection>(std::move(accepted))));
  }
}

asio::awaitable<void> HeldLine::serve(std::shared_ptr<Connection> connection) {
  try {
    co_await connection->seeder.async_connect(seeder_, asio::use_awaitable);
    net::spawn(loop_.get_executor(), bring_back(connection));
    for (Buffer buffer;;) {
      co_await pass_on(connection->leecher, connection->seeder, buffer, buffer.size());
    }
  } catch (const std::system_error&) {
    // One of the two has left.
  }
  connection->close();
}

asio::awaitable<void> HeldLine::bring_back(std::shared_ptr<Connection> connection) {
  try {
    for (Buffer buffer;;) {
      if (left_ == 0) {
        co_await opened_.wait();
      } else {
        const std::uint64_t size =
            co_await pass_on(connection->seeder, connection->leecher, buffer, left_);
        left_ -= std::min(left_, size);
      }
    }
  } catch (const std::system_error&) {
    // One of the two has left.
  }
  connection->close();
}

}  // namespace shoal::test
