#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace shoal {

/// A SHA-256 value: a Merkle node, a pieces root.
struct Digest {
  std::array<std::byte, 32> bytes{};

  auto operator<=>(const Digest&) const = default;
};

/// SHA-256 of the info dictionary (BEP 52): the full identity of a swarm.
struct InfoHash {
  std::array<std::byte, 32> bytes{};

  auto operator<=>(const InfoHash&) const = default;
};

/// The first 20 bytes of an InfoHash: what handshakes and BEP 15 carry.
struct InfoHash20 {
  std::array<std::byte, 20> bytes{};

  auto operator<=>(const InfoHash20&) const = default;
};

/// 20 bytes that name a running peer (BEP 20); new for every run.
struct PeerId {
  std::array<std::byte, 20> bytes{};

  auto operator<=>(const PeerId&) const = default;
};

[[nodiscard]] InfoHash20 truncated(const InfoHash& hash);

/// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string to_hex(const Digest& digest);
[[nodiscard]] std::string to_hex(const InfoHash& hash);
[[nodiscard]] std::string to_hex(const InfoHash20& hash);

/// Exactly 64 hexadecimal digits of either case; nothing otherwise.
[[nodiscard]] std::optional<Digest> parse_digest(std::string_view hex);

}  // namespace shoal
