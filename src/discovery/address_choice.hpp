#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <asio/ip/udp.hpp>

namespace shoal::discovery {

/// Which addresses of one tracker's name are asked to connect. Several addresses are one tracker to
/// us: one machine in both families, or several that know the same. Whoever answered stays the one
/// that is asked, so that a host is not heard at another address (which makes it another host)
/// every minute, and one connect costs one datagram; its first silence brings in the others. Pure.
class AddressChoice {
 public:
  using Address = asio::ip::udp::endpoint;

  /// A lookup brought these. Who answered is forgotten unless it is one of them.
  void found(std::vector<Address> addresses) {
    addresses_ = std::move(addresses);
    if (home_ && std::ranges::find(addresses_, *home_) == addresses_.end()) home_.reset();
  }
  /// They are to be looked up again. Who answered is remembered for when it is found again.
  void clear() { addresses_.clear(); }

  [[nodiscard]] bool empty() const { return addresses_.empty(); }
  [[nodiscard]] bool several() const { return addresses_.size() > 1; }
  [[nodiscard]] std::span<const Address> all() const { return addresses_; }
  [[nodiscard]] const std::optional<Address>& home() const { return home_; }

  /// The next to be asked: one alone, which is who answered last or, at `random`, any, so that many
  /// clients spread; after its silence all of them.
  [[nodiscard]] std::span<const Address> next(std::uint32_t random) const {
    if (silent_ || !several()) return addresses_;
    if (!home_) return std::span(addresses_).subspan(random % addresses_.size(), 1);
    return std::span(addresses_)
        .subspan(
            static_cast<std::size_t>(std::ranges::find(addresses_, *home_) - addresses_.begin()),
            1);
  }
  void heard_nothing() { silent_ = true; }
  void answered(const Address& from) {
    silent_ = false;
    home_.reset();
    if (std::ranges::find(addresses_, from) != addresses_.end()) home_ = from;
  }

 private:
  std::vector<Address> addresses_;
  std::optional<Address> home_;  ///< who answered last
  bool silent_ = false;          ///< whoever was asked alone
};

}  // namespace shoal::discovery
