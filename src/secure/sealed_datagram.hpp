#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "secure/aead.hpp"
#include "secure/key.hpp"

/// The outside of a sealed datagram; the byte grammar is docs/protocol.md.
namespace shoal::secure {

/// Who is speaking. Each side has keys of its own, so what one has sealed the other never takes for
/// an answer to itself.
enum class Direction : std::uint8_t { question = 'Q', answer = 'A' };

/// What one sender draws at random when it starts. Its key comes from the swarm's key and this, so
/// no two starts ever use the same key, and a counter that begins at 0 is never used twice.
struct SessionId {
  static constexpr std::size_t kSize = 16;
  std::array<std::byte, kSize> bytes{};

  auto operator<=>(const SessionId&) const = default;
};

inline constexpr std::size_t kSealedHead = 1 + KeyId::kSize + SessionId::kSize + 8;
/// The inside: its length, the datagram, and zeros up to a multiple of this, so that an observer
/// does not learn how long a name is.
inline constexpr std::size_t kPadding = 64;
inline constexpr std::size_t kLengthField = 2;
inline constexpr std::size_t kMostSealed = 2048;  ///< nothing longer is opened

struct SealedHead {
  KeyId key;
  SessionId session;
  std::uint64_t counter = 0;
};

[[nodiscard]] std::array<std::byte, kSealedHead> encode(Direction direction,
                                                        const SealedHead& head);
/// Nothing unless it is a datagram of that direction and long enough for something to be in it.
[[nodiscard]] std::optional<SealedHead> decode_sealed_head(Direction direction, BytesView sealed);

/// The key of one session.
void derive_session_key(const Key& key, Direction direction, const SessionId& session,
                        Secret<Aead::kKey>& out);

}  // namespace shoal::secure
