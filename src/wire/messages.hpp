#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "base/bytes.hpp"

/// Peer messages (BEP 3, 6, 10, 52): length u32, id u8, payload; big-endian. Numbers are as the
/// peer sent them: untrusted until a Geometry has turned them into a PieceIndex or a BlockRef.
/// Views point into the decoded buffer.
namespace shoal::wire {

struct KeepAlive {
  bool operator==(const KeepAlive&) const = default;
};
struct Choke {
  bool operator==(const Choke&) const = default;
};
struct Unchoke {
  bool operator==(const Unchoke&) const = default;
};
struct Interested {
  bool operator==(const Interested&) const = default;
};
struct NotInterested {
  bool operator==(const NotInterested&) const = default;
};
struct Have {
  std::uint32_t piece = 0;
  bool operator==(const Have&) const = default;
};
struct BitfieldMessage {
  BytesView bits;
};
/// What request, cancel and reject name.
struct BlockRange {
  std::uint32_t piece = 0;
  std::uint32_t begin = 0;   ///< bytes into the piece
  std::uint32_t length = 0;  ///< bytes

  auto operator<=>(const BlockRange&) const = default;
};
struct Request {
  BlockRange range;
  bool operator==(const Request&) const = default;
};
struct Cancel {
  BlockRange range;
  bool operator==(const Cancel&) const = default;
};
struct Reject {
  BlockRange range;
  bool operator==(const Reject&) const = default;
};
struct Piece {
  std::uint32_t piece = 0;
  std::uint32_t begin = 0;
  BytesView data;
};
struct Port {
  std::uint16_t port = 0;
  bool operator==(const Port&) const = default;
};
struct Suggest {
  std::uint32_t piece = 0;
  bool operator==(const Suggest&) const = default;
};
struct HaveAll {
  bool operator==(const HaveAll&) const = default;
};
struct HaveNone {
  bool operator==(const HaveNone&) const = default;
};
struct AllowedFast {
  std::uint32_t piece = 0;
  bool operator==(const AllowedFast&) const = default;
};
struct Extended {
  std::uint8_t id = 0;
  BytesView payload;
};
/// The 48 bytes that hash request, hashes and hash reject share (BEP 52).
struct HashRange {
  Digest root;
  std::uint32_t base = 0;
  std::uint32_t index = 0;
  std::uint32_t length = 0;
  std::uint32_t proof = 0;

  bool operator==(const HashRange&) const = default;
};
struct HashRequest {
  HashRange range;
  bool operator==(const HashRequest&) const = default;
};
struct Hashes {
  HashRange range;
  BytesView hashes;  ///< a whole number of 32-byte hashes, at least one
};
struct HashReject {
  HashRange range;
  bool operator==(const HashReject&) const = default;
};
/// An id we do not know: skipped.
struct Unknown {
  std::uint8_t id = 0;
  bool operator==(const Unknown&) const = default;
};

using Message =
    std::variant<KeepAlive, Choke, Unchoke, Interested, NotInterested, Have, BitfieldMessage,
                 Request, Piece, Cancel, Port, Suggest, HaveAll, HaveNone, Reject, AllowedFast,
                 Extended, HashRequest, Hashes, HashReject, Unknown>;

inline constexpr std::size_t kLengthPrefix = 4;
/// Length, id, piece, begin: all of a piece message but its data.
inline constexpr std::size_t kPieceHeader = 13;
inline constexpr std::size_t kMaxBlock = 16384;  ///< a piece message with more data is an error
/// Largest length prefix of an extended (or unknown) message: ut_metadata is 16 KiB and a
/// dictionary.
inline constexpr std::size_t kMaxExtended = 17uz * 1024;
/// In one hashes message: the leaves of a 128 MiB piece, and a proof.
inline constexpr std::size_t kMaxHashes = 8192 + 64;

/// The buffer ends within a frame. Read until it holds `total` bytes, then decode again.
struct NeedMore {
  std::size_t total;  ///< bytes from the frame's start, as far as known: more than there are
};
struct Decoded {
  Message message;
  std::size_t used;  ///< bytes the frame took, at least 4
};
using DecodeResult = Result<std::variant<Decoded, NeedMore>>;

/// Of a bitfield for a file that is not known yet: two million pieces, as many as a file may have.
inline constexpr std::size_t kMaxUnknownBitfield = 1 << 18;

/// Decodes one message without allocating. `bitfield_bytes` = what a bitfield message has to hold,
/// for this file; nothing while its number of pieces is not known (BEP 9). A frame that is longer
/// than its kind allows is an error as soon as its first five bytes are here: nothing is buffered
/// for it.
[[nodiscard]] DecodeResult decode(BytesView buffer, std::optional<std::size_t> bitfield_bytes);

/// Appends the message. Piece: use piece_header() and send the data from where it lies.
void encode(const Message& message, Bytes& out);
[[nodiscard]] std::array<std::byte, kPieceHeader> piece_header(std::uint32_t piece,
                                                               std::uint32_t begin,
                                                               std::uint32_t data_length);

}  // namespace shoal::wire
