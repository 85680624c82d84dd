#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/extension.hpp"

namespace shoal::wire::metadata_test {
namespace {

using ::testing::HasSubstr;

std::string encoded(const MetadataMessage& message) {
  return std::string(as_text(encode(message)));
}

Result<MetadataMessage> decoded(std::string_view text) {
  return decode_metadata(as_bytes(text));
}

TEST(Metadata, messages_have_the_bytes_of_bep_9) {
  EXPECT_EQ(encoded(MetadataRequest{0}), "d8:msg_typei0e5:piecei0ee");
  EXPECT_EQ(encoded(MetadataReject{3}), "d8:msg_typei2e5:piecei3ee");
  EXPECT_EQ(encoded(MetadataData{0, 4, as_bytes("d1:x")}),
            "d8:msg_typei1e5:piecei0e10:total_sizei4eed1:x");
}

TEST(Metadata, requests_and_rejects_decode) {
  const auto request = decoded("d8:msg_typei0e5:piecei7ee");
  ASSERT_TRUE(request);
  EXPECT_EQ(std::get<MetadataRequest>(*request).piece, 7u);
  const auto reject = decoded("d8:msg_typei2e5:piecei8ee");
  ASSERT_TRUE(reject);
  EXPECT_EQ(std::get<MetadataReject>(*reject).piece, 8u);
}

TEST(Metadata, data_is_a_view_of_the_bytes_behind_the_dictionary) {
  const std::string text = "d8:msg_typei1e5:piecei0e10:total_sizei5eede:i1";
  const auto message = decoded(text);
  ASSERT_TRUE(message);
  const auto& data = std::get<MetadataData>(*message);
  EXPECT_EQ(data.piece, 0u);
  EXPECT_EQ(data.total_size, 5u);
  EXPECT_EQ(as_text(data.data), "de:i1");
  EXPECT_EQ(as_text(data.data).data(), text.data() + text.size() - 5);
}

TEST(Metadata, a_piece_is_full_or_the_rest) {
  const Bytes bytes(kMetadataPiece + 1);
  const auto accepted = [&](std::uint32_t piece, std::uint32_t total, std::size_t size) {
    const auto message =
        decode_metadata(encode(MetadataData{piece, total, BytesView(bytes).first(size)}));
    return message.has_value();
  };
  EXPECT_TRUE(accepted(0, 163, 163));
  EXPECT_FALSE(accepted(0, 163, 162));
  EXPECT_FALSE(accepted(0, 163, 164));
  EXPECT_TRUE(accepted(0, 16384, 16384));
  EXPECT_FALSE(accepted(0, 16385, 16385)) << "larger than a metadata piece";
  EXPECT_TRUE(accepted(0, 16385, 16384));
  EXPECT_TRUE(accepted(1, 16385, 1));
  EXPECT_FALSE(accepted(1, 16385, 0));
  EXPECT_FALSE(accepted(1, 16384, 0)) << "there is no second piece";
  EXPECT_FALSE(accepted(0, 0, 0));
  constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
  EXPECT_FALSE(accepted(kMost, kMost, 16384));
  EXPECT_TRUE(accepted(kMost / 16384, kMost, 16383));
}

TEST(Metadata, the_error_says_how_many_bytes_were_expected) {
  const auto message = decoded("d8:msg_typei1e5:piecei0e10:total_sizei163eeabc");
  ASSERT_FALSE(message);
  EXPECT_THAT(message.error().message, HasSubstr("3 bytes as metadata piece 0 of 163"));
  EXPECT_THAT(message.error().message, HasSubstr("expected 163"));
}

TEST(Metadata, unknown_types_are_told_apart_not_refused) {
  for (const std::int64_t type : {std::int64_t{-1}, std::int64_t{3}, std::int64_t{1} << 40}) {
    const auto message = decode_metadata(encode(MetadataOther{type}));
    ASSERT_TRUE(message);
    EXPECT_EQ(std::get<MetadataOther>(*message).type, type);
  }
}

TEST(Metadata, refuses_missing_and_impossible_fields) {
  for (const char* text :
       {"", "le", "de", "d5:piecei0ee", "d8:msg_type1:0e", "d8:msg_typei0ee", "d8:msg_typei2ee",
        "d8:msg_typei0e5:piecei-1ee", "d8:msg_typei0e5:piecei4294967296ee",
        "d8:msg_typei1e5:piecei0eex", "d8:msg_typei1e5:piecei0e10:total_sizei-1eex",
        "d8:msg_typei1e5:piecei0e10:total_sizei4294967297eex", "d5:piecei0e8:msg_typei0ee"}) {
    EXPECT_FALSE(decoded(text)) << text;
  }
}

TEST(Metadata, refuses_every_cut) {
  const std::string whole = "d8:msg_typei1e5:piecei0e10:total_sizei5eeabcde";
  ASSERT_TRUE(decoded(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decoded(whole.substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace shoal::wire::metadata_test
