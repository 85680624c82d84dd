#include "wire/messages.hpp"

#include <string>
#include <string_view>

namespace shoal::wire {

namespace {

enum class Id : std::uint8_t {
  choke = 0,  // 0 to 9, 20: BEP 3, BEP 5, BEP 10
  unchoke = 1,
  interested = 2,
  not_interested = 3,
  have = 4,
  bitfield = 5,
  request = 6,
  piece = 7,
  cancel = 8,
  port = 9,
  suggest = 13,  // 13 to 17: BEP 6
  have_all = 14,
  have_none = 15,
  reject = 16,
  allowed_fast = 17,
  extended = 20,
  hash_request = 21,  // 21 to 23: BEP 52
  hashes = 22,
  hash_reject = 23,
};

constexpr std::size_t kHash = sizeof(Digest);
// What the length prefix says for these: the id and the payload.
constexpr std::size_t kBlockRangeFrame = 1 + 3 * sizeof(std::uint32_t);
constexpr std::size_t kHashRangeFrame = 1 + kHash + 4 * sizeof(std::uint32_t);
constexpr std::size_t kPieceFrame = kPieceHeader - kLengthPrefix;

/// What a kind of message is called, and what its length prefix may say.
struct Kind {
  std::string_view name;
  std::size_t least;
  std::size_t most;
  std::size_t step = 1;
};

Kind kind_of(std::uint8_t id, std::optional<std::size_t> bitfield_bytes) {
  switch (Id{id}) {
    case Id::choke:
      return {"choke", 1, 1};
    case Id::unchoke:
      return {"unchoke", 1, 1};
    case Id::interested:
      return {"interested", 1, 1};
    case Id::not_interested:
      return {"not interested", 1, 1};
    case Id::have:
      return {"have", 5, 5};
    case Id::bitfield:
      return {"bitfield", 1 + bitfield_bytes.value_or(0),
              1 + bitfield_bytes.value_or(kMaxUnknownBitfield)};
    case Id::request:
      return {"request", kBlockRangeFrame, kBlockRangeFrame};
    case Id::piece:
      return {"piece", kPieceFrame + 1, kPieceFrame + kMaxBlock};
    case Id::cancel:
      return {"cancel", kBlockRangeFrame, kBlockRangeFrame};
    case Id::port:
      return {"port", 3, 3};
    case Id::suggest:
      return {"suggest", 5, 5};
    case Id::have_all:
      return {"have all", 1, 1};
    case Id::have_none:
      return {"have none", 1, 1};
    case Id::reject:
      return {"reject", kBlockRangeFrame, kBlockRangeFrame};
    case Id::allowed_fast:
      return {"allowed fast", 5, 5};
    case Id::extended:
      return {"extended", 2, kMaxExtended};
    case Id::hash_request:
      return {"hash request", kHashRangeFrame, kHashRangeFrame};
    case Id::hashes:
      return {"hashes", kHashRangeFrame + kHash, kHashRangeFrame + kMaxHashes * kHash, kHash};
    case Id::hash_reject:
      return {"hash reject", kHashRangeFrame, kHashRangeFrame};
  }
  return {"unknown", 1, kMaxExtended};
}

std::unexpected<Error> wrong_length(const Kind& kind, std::uint8_t id, std::size_t length) {
  std::string expected = std::to_string(kind.least);
  if (kind.most != kind.least) expected += " to " + std::to_string(kind.most);
  if (kind.step != 1) expected += " in steps of " + std::to_string(kind.step);
  return fail(Errc::bad_input, "the peer sent a message of kind " + std::to_string(id) + " (" +
                                   std::string(kind.name) + ") with length " +
                                   std::to_string(length) + " where " + expected + " is allowed");
}

BlockRange read_block_range(ByteReader& in) {
  return {.piece = in.u32(), .begin = in.u32(), .length = in.u32()};
}

HashRange read_hash_range(ByteReader& in) {
  return {.root = {in.array<kHash>()},
          .base = in.u32(),
          .index = in.u32(),
          .length = in.u32(),
          .proof = in.u32()};
}

/// The payload's length is what kind_of() allows, so no read here can fail.
Message read_payload(std::uint8_t id, BytesView payload) {
  ByteReader in(payload);
  switch (Id{id}) {
    case Id::choke:
      return Choke{};
    case Id::unchoke:
      return Unchoke{};
    case Id::interested:
      return Interested{};
    case Id::not_interested:
      return NotInterested{};
    case Id::have:
      return Have{in.u32()};
    case Id::bitfield:
      return BitfieldMessage{payload};
    case Id::request:
      return Request{read_block_range(in)};
    case Id::piece:
      return Piece{.piece = in.u32(), .begin = in.u32(), .data = in.rest()};
    case Id::cancel:
      return Cancel{read_block_range(in)};
    case Id::port:
      return Port{in.u16()};
    case Id::suggest:
      return Suggest{in.u32()};
    case Id::have_all:
      return HaveAll{};
    case Id::have_none:
      return HaveNone{};
    case Id::reject:
      return Reject{read_block_range(in)};
    case Id::allowed_fast:
      return AllowedFast{in.u32()};
    case Id::extended:
      return Extended{.id = in.u8(), .payload = in.rest()};
    case Id::hash_request:
      return HashRequest{read_hash_range(in)};
    case Id::hashes:
      return Hashes{.range = read_hash_range(in), .hashes = in.rest()};
    case Id::hash_reject:
      return HashReject{read_hash_range(in)};
  }
  return Unknown{id};
}

/// One overload a message; each appends a whole frame.
class Encoder {
 public:
  explicit Encoder(Bytes& out) : out_(out) {}

  void operator()(KeepAlive) { out_.u32(0); }
  void operator()(Choke) { head(Id::choke, 1); }
  void operator()(Unchoke) { head(Id::unchoke, 1); }
  void operator()(Interested) { head(Id::interested, 1); }
  void operator()(NotInterested) { head(Id::not_interested, 1); }
  void operator()(Have have) { head(Id::have, 5).u32(have.piece); }
  void operator()(const BitfieldMessage& bitfield) {
    head(Id::bitfield, 1 + bitfield.bits.size()).bytes(bitfield.bits);
  }
  void operator()(const Request& request) { block_range(Id::request, request.range); }
  void operator()(const Piece& piece) {
    out_.bytes(
        piece_header(piece.piece, piece.begin, static_cast<std::uint32_t>(piece.data.size())));
    out_.bytes(piece.data);
  }
  void operator()(const Cancel& cancel) { block_range(Id::cancel, cancel.range); }
  void operator()(Port port) { head(Id::port, 3).u16(port.port); }
  void operator()(Suggest suggest) { head(Id::suggest, 5).u32(suggest.piece); }
  void operator()(HaveAll) { head(Id::have_all, 1); }
  void operator()(HaveNone) { head(Id::have_none, 1); }
  void operator()(const Reject& reject) { block_range(Id::reject, reject.range); }
  void operator()(AllowedFast allowed) { head(Id::allowed_fast, 5).u32(allowed.piece); }
  void operator()(const Extended& extended) {
    head(Id::extended, 2 + extended.payload.size()).u8(extended.id).bytes(extended.payload);
  }
  void operator()(const HashRequest& request) {
    hash_range(Id::hash_request, kHashRangeFrame, request.range);
  }
  void operator()(const Hashes& hashes) {
    hash_range(Id::hashes, kHashRangeFrame + hashes.hashes.size(), hashes.range);
    out_.bytes(hashes.hashes);
  }
  void operator()(const HashReject& reject) {
    hash_range(Id::hash_reject, kHashRangeFrame, reject.range);
  }
  void operator()(Unknown unknown) { head(Id{unknown.id}, 1); }

 private:
  ByteWriter& head(Id id, std::size_t length) {
    return out_.u32(static_cast<std::uint32_t>(length)).u8(static_cast<std::uint8_t>(id));
  }
  void block_range(Id id, const BlockRange& range) {
    head(id, kBlockRangeFrame).u32(range.piece).u32(range.begin).u32(range.length);
  }
  void hash_range(Id id, std::size_t length, const HashRange& range) {
    head(id, length).bytes(range.root.bytes);
    out_.u32(range.base).u32(range.index).u32(range.length).u32(range.proof);
  }

  ByteWriter out_;
};

}  // namespace

DecodeResult decode(BytesView buffer, std::optional<std::size_t> bitfield_bytes) {
  ByteReader in(buffer);
  const std::size_t length = in.u32();
  if (!in.ok()) return NeedMore{kLengthPrefix};
  if (length == 0) return Decoded{KeepAlive{}, kLengthPrefix};
  const std::uint8_t id = in.u8();
  if (!in.ok()) return NeedMore{kLengthPrefix + 1};

  const Kind kind = kind_of(id, bitfield_bytes);
  if (length < kind.least || length > kind.most || (length - kind.least) % kind.step != 0) {
    return wrong_length(kind, id, length);
  }
  const BytesView payload = in.take(length - 1);
  if (!in.ok()) return NeedMore{kLengthPrefix + length};
  return Decoded{read_payload(id, payload), kLengthPrefix + length};
}

void encode(const Message& message, Bytes& out) {
  std::visit(Encoder(out), message);
}

std::array<std::byte, kPieceHeader> piece_header(std::uint32_t piece, std::uint32_t begin,
                                                 std::uint32_t data_length) {
  std::array<std::byte, kPieceHeader> header;
  store_be(static_cast<std::uint32_t>(kPieceFrame) + data_length, header.data());
  header[kLengthPrefix] = static_cast<std::byte>(Id::piece);
  store_be(piece, header.data() + kLengthPrefix + 1);
  store_be(begin, header.data() + kLengthPrefix + 5);
  return header;
}

}  // namespace shoal::wire
