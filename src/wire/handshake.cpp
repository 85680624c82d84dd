#include "wire/handshake.hpp"

#include <algorithm>
#include <string_view>

namespace shoal::wire {

namespace {

constexpr std::string_view kProtocol =
    "\x13"
    "BitTorrent protocol";
constexpr std::size_t kReserved = kProtocol.size();  // where the eight reserved bytes begin
constexpr std::size_t kExtendedByte = kReserved + 5;
constexpr std::size_t kFastByte = kReserved + 7;
constexpr std::byte kExtendedBit{0x10};
constexpr std::byte kFastBit{0x04};

}  // namespace

std::array<std::byte, kHandshakeLength> encode(const Handshake& handshake) {
  std::array<std::byte, kHandshakeLength> out{};
  std::ranges::copy(as_bytes(kProtocol), out.begin());
  if (handshake.extended) out[kExtendedByte] |= kExtendedBit;
  if (handshake.fast) out[kFastByte] |= kFastBit;
  const auto after = std::ranges::copy(handshake.info_hash.bytes, out.begin() + kReserved + 8).out;
  std::ranges::copy(handshake.peer_id.bytes, after);
  return out;
}

std::optional<Handshake> decode_handshake(BytesView bytes) {
  if (bytes.size() != kHandshakeLength) return std::nullopt;
  ByteReader reader(bytes);
  if (as_text(reader.take(kProtocol.size())) != kProtocol) return std::nullopt;
  reader.take(8);
  return Handshake{.info_hash = {reader.array<20>()},
                   .peer_id = {reader.array<20>()},
                   .extended = (bytes[kExtendedByte] & kExtendedBit) != std::byte{},
                   .fast = (bytes[kFastByte] & kFastBit) != std::byte{}};
}

}  // namespace shoal::wire
