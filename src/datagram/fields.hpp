#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"

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

/// A digest, info hash or peer id: any struct around an array of bytes.
template <class Hash>
Hash read_hash(ByteReader& from) {
  Hash hash;
  hash.bytes = from.array<sizeof hash.bytes>();
  return hash;
}

}  // namespace shoal::datagram
