#include "net/tls_layer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <system_error>
#include <utility>

#include <asio/error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "secure/tls_error.hpp"

namespace shoal::net {
namespace {

using secure::TlsErrc;
using secure::TlsSession;

constexpr std::size_t kMostAtOnce = 128 << 10;  // encrypted bytes a system call

TlsSession::Source source_of(asio::ip::tcp::socket& socket) {
  return [&socket](MutableBytes into) -> std::expected<std::size_t, std::error_code> {
    std::error_code failure;
    const std::size_t size = socket.read_some(asio::buffer(into.data(), into.size()), failure);
    if (!failure) return size;
    if (failure == asio::error::would_block || failure == asio::error::interrupted) return 0;
    if (failure == asio::error::eof) failure = TlsErrc::cut;
    return std::unexpected(failure);
  };
}

}  // namespace

/// Goes through gathered buffers, whose borders do not matter for records.
class TlsLayer::Cursor {
 public:
  explicit Cursor(std::span<const asio::const_buffer> buffers) : rest_(buffers) { skip_empty(); }

  [[nodiscard]] bool done() const { return rest_.empty(); }
  /// Copies what comes next; returns how much.
  std::size_t take(MutableBytes into) {
    std::size_t taken = 0;
    while (!done() && taken < into.size()) {
      const asio::const_buffer from = rest_.front() + offset_;
      const std::size_t size = std::min(from.size(), into.size() - taken);
      std::memcpy(into.data() + taken, from.data(), size);
      taken += size;
      offset_ += size;
      skip_empty();
    }
    return taken;
  }

 private:
  void skip_empty() {
    while (!rest_.empty() && offset_ == rest_.front().size()) {
      rest_ = rest_.subspan(1);
      offset_ = 0;
    }
  }

  std::span<const asio::const_buffer> rest_;
  std::size_t offset_ = 0;
};

asio::awaitable<void> TlsLayer::handshake(Socket& socket, Turns& turns) {
  const auto source = source_of(socket);
  for (;;) {
    try {
      established_ = session_.handshake(source);
    } catch (const std::system_error&) {
      flush_now(socket);  // the other side learns why
      throw;
    }
    co_await flush(socket);
    if (established_) co_return;
    co_await socket.async_wait(Socket::wait_read, asio::use_awaitable);
    co_await turns.mine();
  }
}

std::size_t TlsLayer::read_available(Socket& socket, MutableBytes into) {
  try {
    return session_.read(into, source_of(socket));
  } catch (const std::system_error& failure) {
    if (failure.code() == TlsErrc::closed) throw std::system_error(asio::error::eof);
    throw;
  }
}

asio::awaitable<std::size_t> TlsLayer::read_some(Socket& socket, MutableBytes into) {
  for (;;) {
    const std::size_t size = read_available(socket, into);
    if (size > 0) co_return size;
    co_await socket.async_wait(Socket::wait_read, asio::use_awaitable);
  }
}

asio::awaitable<void> TlsLayer::write(Socket& socket, std::span<const asio::const_buffer> buffers) {
  Cursor from(buffers);
  while (!from.done()) {
    encrypt(from);
    co_await flush(socket);
  }
  // What follows a block is more blocks; after a small write there may be quiet.
  if (asio::buffer_size(buffers.empty() ? asio::const_buffer() : buffers.back()) <
      TlsSession::kMostRecord) {
    session_.outgoing().shrink_to_fit();
  }
}

/// Records as large as can be: they cost as much as their bytes, and a little more each.
void TlsLayer::encrypt(Cursor& from) {
  std::array<std::byte, TlsSession::kMostRecord> record;
  while (!from.done() && session_.outgoing().size() < kMostAtOnce) {
    session_.write(BytesView(record).first(from.take(record)));
  }
}

asio::awaitable<void> TlsLayer::flush(Socket& socket) {
  if (session_.outgoing().empty()) co_return;
  std::swap(sending_, session_.outgoing());
  in_flight_ = true;
  const auto until_all = [this, before = taken_](const std::error_code& failure, std::size_t sent) {
    taken_ = before + sent;
    return asio::transfer_all()(failure, sent);
  };
  co_await asio::async_write(socket, asio::buffer(sending_.data(), sending_.size()), until_all,
                             asio::use_awaitable);
  in_flight_ = false;
  sending_.clear();
  if (session_.outgoing().empty()) std::swap(sending_, session_.outgoing());  // for its memory
}

void TlsLayer::flush_now(Socket& socket) {
  const Bytes& bytes = session_.outgoing();
  std::error_code ignored;
  if (!bytes.empty()) socket.write_some(asio::buffer(bytes.data(), bytes.size()), ignored);
}

void TlsLayer::say_goodbye(Socket& socket) {
  if (!std::exchange(established_, false) || in_flight_) return;
  session_.close();
  flush_now(socket);
}

}  // namespace shoal::net
