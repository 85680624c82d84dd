#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include <shoal/endpoint.hpp>
#include <shoal/file_info.hpp>

#include "net/wakeup.hpp"

namespace shoal::test {

/// A stand-in for a seeder: connections to it go on to the seeder, but only so many bytes come
/// back until it is opened. So a test is in the middle of a transfer for as long as it likes,
/// however quick the machine. Runs on a thread of its own; the functions below are for the test's
/// thread.
class HeldLine {
 public:
  HeldLine(const Endpoint& seeder, std::uint64_t bytes);
  ~HeldLine();
  HeldLine(const HeldLine&) = delete;
  HeldLine& operator=(const HeldLine&) = delete;

  /// Tells a tracker, in the place of the seeder, that the file is here.
  void register_at(const std::string& tracker, const FileInfo& file) const;
  /// From now on everything passes, and so does the end of the seeder.
  void open();

 private:
  struct Connection;

  asio::awaitable<void> accept_loop();
  asio::awaitable<void> serve(std::shared_ptr<Connection> connection);
  asio::awaitable<void> bring_back(std::shared_ptr<Connection> connection);

  asio::ip::tcp::endpoint seeder_;
  std::uint64_t left_;  // bytes that may come back
  asio::io_context loop_;
  asio::ip::tcp::acceptor acceptor_;
  net::Wakeup opened_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace shoal::test
