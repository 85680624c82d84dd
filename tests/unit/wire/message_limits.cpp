#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/wire/samples.hpp"
#include "wire/messages.hpp"

namespace shoal::wire::message_limits_test {
namespace {

using ::testing::HasSubstr;

constexpr std::uint32_t kHashFrame = 49;
constexpr std::uint32_t kMostHashes = kHashFrame + kMaxHashes * 32;

/// The lengths that each id allows, as the BEPs and our caps have them.
bool allowed(std::uint8_t id, std::uint32_t length) {
  switch (id) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 14:
    case 15:
      return length == 1;
    case 4:
    case 13:
    case 17:
      return length == 5;
    case 5:
      return length == 1 + kSampleBitfieldBytes;
    case 6:
    case 8:
    case 16:
      return length == 13;
    case 7:
      return length > 9 && length <= 9 + 16384;
    case 9:
      return length == 3;
    case 20:
      return length >= 2 && length <= 17 * 1024;
    case 21:
    case 23:
      return length == 49;
    case 22:
      return length > 49 && length <= kMostHashes && (length - 49) % 32 == 0;
    default:
      return length >= 1 && length <= 17 * 1024;
  }
}

TEST(MessageLimits, five_bytes_tell_for_every_id_whether_the_length_is_allowed) {
  std::vector<std::uint32_t> lengths = {
      9 + 16383, 9 + 16384,       9 + 16385,   17 * 1024 - 1,   17 * 1024,
      17 * 1025, kMostHashes - 1, kMostHashes, kMostHashes + 1, kMostHashes + 32,
      1u << 20,  1u << 31,        0xffffffff};
  for (std::uint32_t length = 1; length < 200; ++length) lengths.push_back(length);
  for (std::uint32_t id = 0; id < 256; ++id) {
    for (const std::uint32_t length : lengths) {
      Bytes head;
      ByteWriter(head).u32(length).u8(static_cast<std::uint8_t>(id));
      const auto result = decode(head, kSampleBitfieldBytes);
      ASSERT_EQ(result.has_value(), allowed(static_cast<std::uint8_t>(id), length))
          << "id " << id << " length " << length;
      if (!result) {
        EXPECT_EQ(result.error().code, Errc::bad_input);
      } else if (length > 1) {
        ASSERT_EQ(std::get<NeedMore>(*result).total, 4 + std::size_t{length}) << "id " << id;
      }
    }
  }
}

TEST(MessageLimits, the_largest_frames_of_each_kind_decode_whole) {
  const std::pair<std::uint8_t, std::uint32_t> largest[] = {
      {7, 9 + 16384}, {20, 17 * 1024}, {22, kMostHashes}, {99, 17 * 1024}};
  for (const auto& [id, length] : largest) {
    const Bytes frame = frame_of(id, length);
    const auto result = decode(frame, kSampleBitfieldBytes);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(std::get<Decoded>(*result).used, frame.size()) << int{id};
  }
}

TEST(MessageLimits, a_bitfield_has_the_size_of_the_file_it_is_for) {
  for (const std::size_t bytes : {0u, 1u, 64u, 100'000u}) {
    const auto length = static_cast<std::uint32_t>(1 + bytes);
    EXPECT_TRUE(decode(frame_of(5, length), bytes)) << bytes;
    EXPECT_FALSE(decode(frame_of(5, length + 1), bytes)) << bytes;
    EXPECT_FALSE(decode(frame_of(5, length), bytes + 1)) << bytes;
  }
}

TEST(MessageLimits, a_bitfield_for_a_file_that_is_not_known_has_any_size_up_to_a_bound) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{3}, kMaxUnknownBitfield}) {
    const auto result = decode(frame_of(5, static_cast<std::uint32_t>(1 + bytes)), std::nullopt);
    ASSERT_TRUE(result) << bytes;
    const auto& message = std::get<Decoded>(*result).message;
    EXPECT_EQ(std::get<BitfieldMessage>(message).bits.size(), bytes);
  }
  const Bytes head = from_hex_digits("00040002 05");
  const auto too_long = decode(head, std::nullopt);
  ASSERT_FALSE(too_long) << "nothing is buffered for it";
  EXPECT_THAT(too_long.error().message, HasSubstr("1 to 262145"));
}

TEST(MessageLimits, a_file_that_is_not_known_changes_no_other_message) {
  for (const Sample& sample : samples()) {
    const auto result = decode(sample.frame, std::nullopt);
    ASSERT_TRUE(result) << sample.name;
    EXPECT_EQ(std::get<Decoded>(*result).used, sample.frame.size()) << sample.name;
  }
}

TEST(MessageLimits, a_zero_length_is_a_keep_alive_whatever_follows) {
  const auto result = decode(from_hex_digits("00000000 63"), kSampleBitfieldBytes);
  ASSERT_TRUE(result);
  EXPECT_TRUE(std::holds_alternative<KeepAlive>(std::get<Decoded>(*result).message));
  EXPECT_EQ(std::get<Decoded>(*result).used, 4u);
}

TEST(MessageLimits, the_error_names_the_kind_the_length_and_what_is_allowed) {
  const auto message = [](std::string_view hex) {
    return decode(from_hex_digits(hex), kSampleBitfieldBytes).error().message;
  };
  EXPECT_THAT(message("00004010 07"), HasSubstr("(piece) with length 16400 where 10 to 16393"));
  EXPECT_THAT(message("00000002 00"), HasSubstr("kind 0 (choke) with length 2 where 1 is"));
  EXPECT_THAT(message("00000052 16"), HasSubstr("in steps of 32"));
}

TEST(MessageLimits, random_bytes_decode_to_something_or_fail) {
  std::mt19937 random(11);
  std::size_t whole = 0;
  for (int round = 0; round < 200'000; ++round) {
    Bytes bytes(random() % 80);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    if (bytes.size() >= 5) {  // mostly lengths and ids that mean something
      store_be<std::uint32_t>(static_cast<std::uint32_t>(random() % 64), bytes.data());
      bytes[4] = static_cast<std::byte>(random() % 26);
    }
    const auto result = decode(bytes, kSampleBitfieldBytes);
    if (!result) continue;
    const auto* message = std::get_if<Decoded>(&*result);
    if (message == nullptr) {
      ASSERT_GT(std::get<NeedMore>(*result).total, bytes.size());
      continue;
    }
    ++whole;
    ASSERT_LE(message->used, bytes.size());
    if (std::holds_alternative<Unknown>(message->message)) continue;
    const auto used = BytesView(bytes).first(message->used);
    ASSERT_EQ(encoded(message->message), Bytes(used.begin(), used.end()));
  }
  EXPECT_GT(whole, 1000u);
}

}  // namespace
}  // namespace shoal::wire::message_limits_test
