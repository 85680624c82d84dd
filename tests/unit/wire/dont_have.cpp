#include <gtest/gtest.h>

#include "wire/extension.hpp"

namespace shoal::wire::dont_have_test {
namespace {

TEST(DontHave, is_four_bytes_that_name_a_piece) {
  const Bytes bytes = encode(DontHave{0x01020304});
  EXPECT_EQ(as_text(bytes), std::string("\x01\x02\x03\x04", 4));
  const auto decoded = decode_dont_have(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->piece, 0x01020304u);
}

TEST(DontHave, of_another_length_is_refused) {
  for (const std::size_t size : {0uz, 1uz, 3uz, 5uz, 8uz}) {
    EXPECT_FALSE(decode_dont_have(Bytes(size))) << size;
  }
}

TEST(DontHave, is_offered_in_the_handshake_before_what_sorts_behind_it) {
  ExtendedHandshake ours;
  ours.metadata_id = 1;
  ours.pex_id = 2;
  ours.dont_have_id = 3;
  EXPECT_EQ(as_text(encode(ours)), "d1:md11:lt_donthavei3e11:ut_metadatai1e6:ut_pexi2eee");
  EXPECT_EQ(decode_extended_handshake(encode(ours)), ours);
}

}  // namespace
}  // namespace shoal::wire::dont_have_test
