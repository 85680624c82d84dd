#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <asio/ip/address.hpp>

#include "base/clock.hpp"

namespace shoal::net {

using Addresses = std::vector<asio::ip::address>;

/// Where names led to when they were looked up last, for a time in which they do not. Bounded.
class NameCache {
 public:
  static constexpr Duration kLife = std::chrono::hours(1);
  static constexpr std::size_t kMost = 1000;  ///< names; the oldest one makes room

  void keep(const std::string& name, Addresses addresses, Time now);
  /// Empty when nothing is known any more.
  [[nodiscard]] Addresses find(const std::string& name, Time now) const;

 private:
  struct Known {
    Addresses addresses;
    Time since;
  };

  std::map<std::string, Known> known_;
};

}  // namespace shoal::net
