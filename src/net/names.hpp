#pragma once

#include <cstddef>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/execution_context.hpp>

#include "base/clock.hpp"
#include "net/name_cache.hpp"

namespace shoal::net {

/// What is known of a host by its name.
struct NamedHost {
  Addresses addresses{};
  std::string problem{};    ///< why a lookup has brought none, for people; empty when it has
  bool remembered = false;  ///< there is a problem, and the addresses are from an earlier lookup
  bool under_way = false;   ///< the lookup is not over, and may bring some yet
};

/// Finds the addresses of hosts for everybody on one event loop. The system's own lookup can take
/// as long as it likes and cannot be called off, so each has a thread of its own: none waits for
/// another, and who ends does not wait for any of them. What comes too late is dropped. On the
/// loop's thread.
class Names : public asio::execution_context::service {
 public:
  /// Addresses, or why there are none. It blocks, and is called on a thread that may outlive
  /// everything but what it owns itself.
  using Looked = std::expected<Addresses, std::string>;
  using Lookup = std::function<Looked(const std::string& host)>;

  /// Threads at once; lookups beyond that wait for their turn.
  static constexpr std::size_t kMostLookups = 32;

  static asio::execution_context::id id;

  /// Those of the loop behind `executor`.
  [[nodiscard]] static Names& of(const asio::any_io_executor& executor);

  explicit Names(asio::execution_context& loop);
  ~Names() override;

  /// Looks the name up, together with others who want it, and returns with the result; at
  /// `deadline` with what is known by then.
  asio::awaitable<NamedHost> find(std::string host, Time deadline);

  /// In place of the system's, for tests.
  void set_lookup(Lookup lookup);

 private:
  struct Flight;
  struct Landing;

  void shutdown() override;
  void start_some();
  void start(const std::string& host);
  void landed(const std::string& host, Looked looked);

  std::shared_ptr<const Lookup> lookup_;
  NameCache cache_;
  std::map<std::string, std::shared_ptr<Flight>> flights_;  // queued or on a thread
  std::deque<std::string> queue_;                           // of those, the ones without a thread
  std::size_t threads_ = 0;
  std::shared_ptr<Landing> landing_;
};

/// What the system says of a name. Blocks.
[[nodiscard]] Names::Looked look_up(const std::string& host);
/// How to say that nothing came.
[[nodiscard]] std::string silence_about(const std::string& host);

}  // namespace shoal::net
