#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace shoal {

/// An IPv4 or IPv6 address. A v4-mapped IPv6 address is always held as IPv4, so that one host is
/// one value.
class IpAddress {
 public:
  using V4 = std::array<std::byte, 4>;
  using V6 = std::array<std::byte, 16>;

  IpAddress() = default;  ///< 0.0.0.0
  explicit IpAddress(const V4& bytes);
  explicit IpAddress(const V6& bytes);

  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const { return v4_; }
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] bool is_unspecified() const;
  /// fe80::/10, which means something on one link only; see Endpoint::scope. 169.254.0.0/16 is not
  /// meant: there is no zone to it.
  [[nodiscard]] bool is_link_local() const {
    return bytes_[0] == std::byte{0xfe} && (bytes_[1] & std::byte{0xc0}) == std::byte{0x80};
  }
  [[nodiscard]] V4 v4() const;                           ///< precondition: is_v4()
  [[nodiscard]] const V6& v6() const { return bytes_; }  ///< v4-mapped when is_v4()
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  V6 bytes_{{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, std::byte{0xff}, std::byte{0xff}}};
  bool v4_ = true;
};

/// Where a socket is: address and port.
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  /// Which of this machine's network interfaces has the link of a link-local address, by the
  /// system's number (RFC 4007); 0 = none said. No other address has one, and it never goes over
  /// the wire, where it means nothing.
  std::uint32_t scope = 0;

  /// "192.0.2.1:6000", "[2001:db8::1]:6000", ":6000" (0.0.0.0), "[fe80::1%eth0]:6000" with the name
  /// or the number of an interface that is here. No host names.
  [[nodiscard]] static std::optional<Endpoint> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const Endpoint&) const = default;
};

}  // namespace shoal

template <>
struct std::hash<shoal::IpAddress> {
  std::size_t operator()(const shoal::IpAddress& address) const noexcept;
};
template <>
struct std::hash<shoal::Endpoint> {
  std::size_t operator()(const shoal::Endpoint& endpoint) const noexcept;
};
