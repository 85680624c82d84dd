#include "wire/messages.hpp"

#include <set>

#include <gtest/gtest.h>

#include "unit/wire/samples.hpp"

namespace shoal::wire::messages_test {
namespace {

/// The one message that `bytes` begin with.
Decoded decoded(BytesView bytes) {
  auto result = decode(bytes, kSampleBitfieldBytes);
  if (!result) {
    ADD_FAILURE() << result.error().message;
    return {};
  }
  const auto* whole = std::get_if<Decoded>(&*result);
  if (whole == nullptr) ADD_FAILURE() << "wants more bytes";
  return whole == nullptr ? Decoded{} : *whole;
}

template <class T>
T decoded_as(std::string_view hex) {
  const Bytes frame = from_hex_digits(hex);
  return std::get<T>(decoded(frame).message);
}

TEST(Messages, samples_hold_every_kind) {
  std::set<std::size_t> kinds;
  for (const Sample& sample : samples()) kinds.insert(sample.message.index());
  EXPECT_EQ(kinds.size(), std::variant_size_v<Message>);
}

TEST(Messages, encode_to_the_bytes_of_the_specification) {
  for (const Sample& sample : samples()) {
    EXPECT_EQ(encoded(sample.message), sample.frame) << sample.name;
  }
}

TEST(Messages, decode_from_the_bytes_of_the_specification) {
  for (const Sample& sample : samples()) {
    const Decoded whole = decoded(sample.frame);
    EXPECT_EQ(whole.used, sample.frame.size()) << sample.name;
    EXPECT_EQ(whole.message.index(), sample.message.index()) << sample.name;
    EXPECT_EQ(encoded(whole.message), sample.frame) << sample.name;
  }
}

TEST(Messages, fields_decode_to_their_values) {
  EXPECT_EQ(decoded_as<Have>("00000005 04 00000102").piece, 0x102u);
  EXPECT_EQ(decoded_as<Request>("0000000d 06 00000001 00000002 00000003").range,
            (BlockRange{1, 2, 3}));
  EXPECT_EQ(decoded_as<Cancel>("0000000d 08 00000001 00000002 00000003").range,
            (BlockRange{1, 2, 3}));
  EXPECT_EQ(decoded_as<Reject>("0000000d 10 00000001 00000002 00000003").range,
            (BlockRange{1, 2, 3}));
  EXPECT_EQ(decoded_as<Port>("00000003 09 0102").port, 0x102);
  EXPECT_EQ(decoded_as<Suggest>("00000005 0d 00000004").piece, 4u);
  EXPECT_EQ(decoded_as<AllowedFast>("00000005 11 00000005").piece, 5u);
  EXPECT_EQ(decoded_as<Unknown>("00000003 0a 0102").id, 10);
  for (const Sample& sample : samples()) {
    const auto* wanted = std::get_if<HashRequest>(&sample.message);
    if (wanted == nullptr) continue;
    const Message message = decoded(sample.frame).message;
    EXPECT_EQ(std::get<HashRequest>(message), *wanted);
    EXPECT_EQ(wanted->range.index, 0x100u);
  }
}

TEST(Messages, payloads_are_views_into_the_buffer) {
  const Bytes piece = from_hex_digits("0000000b 07 00000001 00000002 aabb");
  const auto view = std::get<Piece>(decoded(piece).message);
  EXPECT_EQ(view.piece, 1u);
  EXPECT_EQ(view.begin, 2u);
  EXPECT_EQ(view.data.data(), piece.data() + kPieceHeader);
  EXPECT_EQ(view.data.size(), 2u);

  const Bytes bitfield = from_hex_digits("00000004 05 aabbcc");
  const auto bits = std::get<BitfieldMessage>(decoded(bitfield).message).bits;
  EXPECT_EQ(bits.data(), bitfield.data() + 5);
  EXPECT_EQ(bits.size(), 3u);

  const Bytes extended = from_hex_digits("00000004 14 07 6465");
  const auto extension = std::get<Extended>(decoded(extended).message);
  EXPECT_EQ(extension.id, 7);
  EXPECT_EQ(extension.payload.data(), extended.data() + 6);
  EXPECT_EQ(extension.payload.size(), 2u);

  const Bytes frame = frame_of(22, 49 + 3 * 32);
  const auto hashes = std::get<Hashes>(decoded(frame).message).hashes;
  EXPECT_EQ(hashes.data(), frame.data() + 4 + 49);
  EXPECT_EQ(hashes.size(), 3u * 32);
}

TEST(Messages, what_follows_a_frame_is_left_alone) {
  for (const Sample& sample : samples()) {
    Bytes buffer = sample.frame;
    buffer.resize(buffer.size() + 100, std::byte{0xff});
    const Decoded whole = decoded(buffer);
    EXPECT_EQ(whole.used, sample.frame.size()) << sample.name;
    EXPECT_EQ(encoded(whole.message), sample.frame) << sample.name;
  }
}

TEST(Messages, a_frame_cut_anywhere_wants_more_and_never_less_than_it_has) {
  for (const Sample& sample : samples()) {
    for (std::size_t size = 0; size < sample.frame.size(); ++size) {
      const auto result = decode(BytesView(sample.frame).first(size), kSampleBitfieldBytes);
      ASSERT_TRUE(result) << sample.name << " cut at " << size;
      const auto* more = std::get_if<NeedMore>(&*result);
      ASSERT_NE(more, nullptr) << sample.name << " cut at " << size;
      EXPECT_EQ(more->total, size < 4   ? 4
                             : size < 5 ? 5
                                        : sample.frame.size())
          << sample.name << " cut at " << size;
    }
  }
}

TEST(Messages, a_reader_that_follows_need_more_gets_every_message_of_a_stream) {
  Bytes stream;
  for (const Sample& sample : samples()) encode(sample.message, stream);
  BytesView rest = stream;
  for (const Sample& sample : samples()) {
    std::size_t have = 0;
    for (int reads = 0;; ++reads) {
      ASSERT_LE(reads, 3) << sample.name << ": prefix, id, rest";
      const auto result = decode(rest.first(have), kSampleBitfieldBytes);
      ASSERT_TRUE(result) << sample.name;
      if (const auto* more = std::get_if<NeedMore>(&*result)) {
        ASSERT_GT(more->total, have) << sample.name;
        have = more->total;
        continue;
      }
      const auto& whole = std::get<Decoded>(*result);
      EXPECT_EQ(encoded(whole.message), sample.frame) << sample.name;
      rest = rest.subspan(whole.used);
      break;
    }
  }
  EXPECT_TRUE(rest.empty());
}

TEST(Messages, encode_appends) {
  Bytes out = from_hex_digits("aa");
  encode(Choke{}, out);
  EXPECT_EQ(out, from_hex_digits("aa 00000001 00"));
}

TEST(Messages, a_piece_header_and_its_data_are_a_piece_message) {
  const Bytes data(kMaxBlock, std::byte{0x5a});
  const auto header = piece_header(3, 0x4000, kMaxBlock);
  Bytes frame(header.begin(), header.end());
  frame.insert(frame.end(), data.begin(), data.end());
  EXPECT_EQ(frame, encoded(Piece{3, 0x4000, data}));
  EXPECT_EQ(std::get<Piece>(decoded(frame).message).data.size(), kMaxBlock);
}

}  // namespace
}  // namespace shoal::wire::messages_test
