#include "unit/wire/samples.hpp"

#include <algorithm>

namespace shoal::wire {

namespace {

std::byte digit(char c) {
  return static_cast<std::byte>(c <= '9' ? c - '0' : c - 'a' + 10);
}

HashRange hash_range() {
  HashRange range{.root = {}, .base = 2, .index = 0x100, .length = 128, .proof = 6};
  for (std::size_t i = 0; i < range.root.bytes.size(); ++i) {
    range.root.bytes[i] = static_cast<std::byte>(i);
  }
  return range;
}

const std::string kHashRangeHex =
    "000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f"
    "00000002 00000100 00000080 00000006";
const std::string kTwoHashesHex = std::string(64, 'a') + std::string(64, 'b');

}  // namespace

Bytes from_hex_digits(std::string_view spaced_hex) {
  std::string hex(spaced_hex);
  std::erase(hex, ' ');
  Bytes out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(digit(hex[i]) << 4 | digit(hex[i + 1]));
  }
  return out;
}

Bytes encoded(const Message& message) {
  Bytes out;
  encode(message, out);
  return out;
}

Bytes frame_of(std::uint8_t id, std::uint32_t length) {
  Bytes frame;
  ByteWriter(frame).u32(length).u8(id);
  frame.resize(std::max<std::size_t>(frame.size(), kLengthPrefix + length));
  return frame;
}

const std::vector<Sample>& samples() {
  static const Bytes bits = from_hex_digits("ff 01 80");
  static const Bytes data = from_hex_digits("de ad be ef 00");
  static const Bytes dict = from_hex_digits("64 65");
  static const Bytes hashes = from_hex_digits(kTwoHashesHex);
  constexpr BlockRange range{0x01020304, 0x4000, 0x3fff};
  static const std::string range_hex = "01020304 00004000 00003fff";
  static const std::vector<Sample> all = {
      {"keep-alive", KeepAlive{}, from_hex_digits("00000000")},
      {"choke", Choke{}, from_hex_digits("00000001 00")},
      {"unchoke", Unchoke{}, from_hex_digits("00000001 01")},
      {"interested", Interested{}, from_hex_digits("00000001 02")},
      {"not interested", NotInterested{}, from_hex_digits("00000001 03")},
      {"have", Have{0xfffffffe}, from_hex_digits("00000005 04 fffffffe")},
      {"bitfield", BitfieldMessage{bits}, from_hex_digits("00000004 05 ff0180")},
      {"request", Request{range}, from_hex_digits("0000000d 06" + range_hex)},
      {"piece", Piece{7, 0x8000, data},
       from_hex_digits("0000000e 07 00000007 00008000 deadbeef00")},
      {"cancel", Cancel{range}, from_hex_digits("0000000d 08" + range_hex)},
      {"port", Port{6881}, from_hex_digits("00000003 09 1ae1")},
      {"suggest", Suggest{9}, from_hex_digits("00000005 0d 00000009")},
      {"have all", HaveAll{}, from_hex_digits("00000001 0e")},
      {"have none", HaveNone{}, from_hex_digits("00000001 0f")},
      {"reject", Reject{range}, from_hex_digits("0000000d 10" + range_hex)},
      {"allowed fast", AllowedFast{10}, from_hex_digits("00000005 11 0000000a")},
      {"extended", Extended{3, dict}, from_hex_digits("00000004 14 03 6465")},
      {"extended, empty", Extended{3, {}}, from_hex_digits("00000002 14 03")},
      {"hash request", HashRequest{hash_range()}, from_hex_digits("00000031 15" + kHashRangeHex)},
      {"hashes", Hashes{hash_range(), hashes},
       from_hex_digits("00000071 16" + kHashRangeHex + kTwoHashesHex)},
      {"hash reject", HashReject{hash_range()}, from_hex_digits("00000031 17" + kHashRangeHex)},
      {"unknown", Unknown{99}, from_hex_digits("00000001 63")},
  };
  return all;
}

}  // namespace shoal::wire
