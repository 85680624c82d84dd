#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <shoal/endpoint.hpp>

#include "base/bytes.hpp"
#include "datagram/datagram.hpp"

/// Fields that requests and replies have in common.
namespace shoal::datagram {

inline constexpr std::size_t kMaxText = 255;  ///< strings carry their length in one byte

/// u8 length, then the bytes. Longer text is cut.
inline void write_text(ByteWriter& to, std::string_view text) {
  const std::string_view cut = text.substr(0, kMaxText);
  to.u8(static_cast<std::uint8_t>(cut.size())).text(cut);
}

inline std::string read_text(ByteReader& from) {
  return std::string(as_text(from.take(from.u8())));
}

/// An endpoint at the end of a datagram, where older programs have nothing and look for nothing: u8
/// 4 or 6, the address, u16 port. Without one nothing is written.
inline void write_last(ByteWriter& to, const std::optional<Endpoint>& endpoint) {
  if (!endpoint) return;
  if (endpoint->address.is_v4()) {
    to.u8(4).bytes(endpoint->address.v4());
  } else {
    to.u8(6).bytes(endpoint->address.v6());
  }
  to.u16(endpoint->port);
}

/// What does not look like one is none: who sends more than there is to say means no harm.
inline std::optional<Endpoint> read_last(ByteReader& from) {
  if (!from.ok() || from.rest().empty()) return std::nullopt;
  const auto family = std::to_integer<int>(from.rest().front());
  const std::size_t size = family == 4 ? sizeof(IpAddress::V4) : sizeof(IpAddress::V6);
  if ((family != 4 && family != 6) || from.rest().size() < 1 + size + 2) return std::nullopt;
  from.u8();
  const IpAddress address = family == 4 ? IpAddress(from.array<sizeof(IpAddress::V4)>())
                                        : IpAddress(from.array<sizeof(IpAddress::V6)>());
  return Endpoint{address, from.u16()};
}

/// After that, where still older programs look for nothing either: u8 8, u64.
inline void write_proof(ByteWriter& to, Proof proof) {
  if (proof != kNoProof) to.u8(8).u64(static_cast<std::uint64_t>(proof));
}

inline Proof read_proof(ByteReader& from) {
  if (!from.ok() || from.rest().size() < 1 + sizeof(Proof)) return kNoProof;
  if (std::to_integer<int>(from.rest().front()) != 8) return kNoProof;
  from.u8();
  return Proof{from.u64()};
}

/// What a name stands for, in a byte.
inline constexpr std::uint8_t kKindFile = 1;
inline constexpr std::uint8_t kKindFolder = 2;

/// A digest, info hash or peer id: any struct around an array of bytes.
template <class Hash>
Hash read_hash(ByteReader& from) {
  Hash hash;
  hash.bytes = from.array<sizeof hash.bytes>();
  return hash;
}

}  // namespace shoal::datagram
