#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include <shoal/endpoint.hpp>
#include <shoal/error.hpp>
#include <shoal/keys.hpp>

#include "base/clock.hpp"
#include "datagram/datagram.hpp"

namespace shoal::discovery {

/// What a tracker answered, and from where.
struct Answer {
  datagram::Reply reply;
  Endpoint from;
  std::vector<std::uint32_t> links{};  ///< of our machine, where the answer speaks of any
};

/// What a tracker is asked from: an address of ours in each family, at any port. Nothing: it is not
/// asked in that family.
struct Sources {
  std::optional<Endpoint> v4 = Endpoint{};
  std::optional<Endpoint> v6 = Endpoint{IpAddress(IpAddress::V6{}), 0};

  [[nodiscard]] const std::optional<Endpoint>& of(bool is_v4) const { return is_v4 ? v4 : v6; }
};

/// Talks to one tracker over UDP (BEP 15): finds its addresses, connects, sends again what was
/// lost, matches answers by sender and transaction id, and asks older trackers for files where we
/// ask for all kinds (see Dialect). All on the executor's one thread.
class TrackerClient {
 public:
  static constexpr std::size_t kWindow = 64;  ///< asks on their way at once; others wait
  static constexpr Duration kConnectionLife = std::chrono::seconds(60);  ///< BEP 15
  static constexpr std::size_t kMostAddresses = 8;  ///< of one name that are tried

  /// `tracker`: see parse_tracker_address(); when it cannot be parsed, every ask fails with that
  /// error. With `keys` it asks and is answered in sealed datagrams only.
  TrackerClient(asio::any_io_executor executor, std::string tracker,
                Duration first_retry = std::chrono::milliseconds(500), const Keys& keys = {},
                const Sources& sources = {});
  ~TrackerClient();
  TrackerClient(TrackerClient&&) noexcept;
  TrackerClient& operator=(TrackerClient&&) = delete;

  [[nodiscard]] const std::string& name() const;  ///< as given
  /// Why the last lookup of its host's name brought no address; empty when there is no such reason.
  [[nodiscard]] const std::string& name_problem() const;

  /// Connects first when it has to. An ErrorReply or RefuseReply is a value. Errors: no_tracker
  /// after `patience` of silence (names the tracker), not_found (it has no address in a family that
  /// there is a source for), bad_input (its address), cancelled. The client may die meanwhile.
  asio::awaitable<Result<Answer>> ask(datagram::Request request, Duration patience);

  /// Our address may be another one now, and a tracker's connection id is good for one address:
  /// connects anew, and sends again what waits for its answer.
  void addresses_changed();
  /// Asks that are under way end soon with Errc::cancelled; new ones may be made.
  void cancel_all();
  /// cancel_all() for good.
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

using TrackerClients = std::vector<std::shared_ptr<TrackerClient>>;

}  // namespace shoal::discovery
