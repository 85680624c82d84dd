#pragma once

#include <compare>
#include <cstdint>
#include <set>

#include <shoal/endpoint.hpp>

#include "base/bytes.hpp"

namespace shoal::net {

/// The addresses of this machine's interfaces, as the system tells of them (rtnetlink(7)). Loopback
/// is left out, since it never changes, and so is an address that cannot be used yet, while IPv6
/// looks whether somebody else has it. Pure.
class LocalAddresses {
 public:
  /// One that moves to another interface has gone, and another has come.
  struct One {
    IpAddress address;
    std::uint32_t interface = 0;

    auto operator<=>(const One&) const = default;
  };

  /// What one read of the socket brought: whole messages, others are of no interest.
  void take(BytesView messages);
  /// Nothing is known any more, until the system has told all again.
  void clear();

  /// The system has told all that there are.
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] const std::set<One>& all() const { return all_; }

 private:
  void take_address(BytesView body, bool is_here);

  std::set<One> all_;
  bool complete_ = false;
};

}  // namespace shoal::net
