#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <asio/any_io_executor.hpp>

#include <shoal/endpoint.hpp>

namespace shoal::net {

/// Tells when this machine gets or loses an address, by the system's own word (rtnetlink(7)). All
/// on the executor's one thread.
class AddressWatch {
 public:
  struct Change {
    std::vector<IpAddress> come;
    std::vector<IpAddress> gone;  ///< on no interface any more
  };
  /// Twice a second at most. What goes and is back within half a second has not changed.
  using OnChange = std::function<void(const Change&)>;

  /// Where the system does not tell (not allowed in some containers, not Linux), nothing is ever
  /// called.
  AddressWatch(const asio::any_io_executor& executor, OnChange on_change);
  /// Nothing is called any more.
  ~AddressWatch();
  AddressWatch(AddressWatch&&) = delete;

 private:
  struct State;

  std::shared_ptr<State> state_;  // null where the system does not tell
};

}  // namespace shoal::net
