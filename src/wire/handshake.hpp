#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include <shoal/digest.hpp>

#include "base/bytes.hpp"

/// The 68-byte handshake (BEP 3): 0x13 "BitTorrent protocol" | reserved (8) | info hash (20) | peer
/// id (20).
namespace shoal::wire {

inline constexpr std::size_t kHandshakeLength = 68;
/// Up to here the caller's bytes say which file it wants; the called side may answer from then on.
inline constexpr std::size_t kHandshakeUpToInfoHash = 48;

struct Handshake {
  InfoHash20 info_hash;
  PeerId peer_id;
  bool extended = true;  ///< reserved[5] & 0x10, BEP 10
  bool fast = true;      ///< reserved[7] & 0x04, BEP 6

  bool operator==(const Handshake&) const = default;
};

[[nodiscard]] std::array<std::byte, kHandshakeLength> encode(const Handshake& handshake);
/// Exactly 68 bytes; nothing when they are no BitTorrent handshake.
[[nodiscard]] std::optional<Handshake> decode_handshake(BytesView bytes);

}  // namespace shoal::wire
