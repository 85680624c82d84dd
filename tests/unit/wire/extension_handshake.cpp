#include <random>

#include <gtest/gtest.h>

#include "wire/extension.hpp"

namespace shoal::wire::extension_handshake_test {
namespace {

Result<ExtendedHandshake> decoded(std::string_view text) {
  return decode_extended_handshake(as_bytes(text));
}

ExtendedHandshake value_of(std::string_view text) {
  auto handshake = decoded(text);
  EXPECT_TRUE(handshake) << text;
  return handshake ? *handshake : ExtendedHandshake{};
}

ExtendedHandshake ours() {
  return {.metadata_id = kOurMetadataId,
          .pex_id = kOurPexId,
          .metadata_size = 163,
          .listen_port = 6881,
          .request_queue = 250,
          .upload_only = true,
          .client = "Shoal 0.1"};
}

const std::string kOurs =
    "d1:md11:ut_metadatai1e6:ut_pexi2ee13:metadata_sizei163e1:pi6881e4:reqqi250e11:upload_onlyi1e"
    "1:v9:Shoal 0.1e";

TEST(ExtendedHandshake, has_sorted_keys_and_all_fields) {
  EXPECT_EQ(as_text(encode(ours())), kOurs);
}

TEST(ExtendedHandshake, leaves_out_what_is_not_known) {
  EXPECT_EQ(as_text(encode(ExtendedHandshake{})), "d1:mdee");
}

TEST(ExtendedHandshake, decodes_what_it_encodes) {
  EXPECT_EQ(value_of(kOurs), ours());
  EXPECT_EQ(value_of("d1:mdee"), ExtendedHandshake{});
}

TEST(ExtendedHandshake, takes_what_libtorrent_sends) {
  const auto handshake = value_of(
      "d12:complete_agoi5e1:md11:lt_donthavei7e10:share_modei8e11:upload_onlyi3e"
      "12:ut_holepunchi4e11:ut_metadatai2e6:ut_pexi1ee13:metadata_sizei163e1:pi50123e"
      "4:reqqi2000e11:upload_onlyi1e1:v18:libtorrent/2.0.8.06:yourip4:\x7f\x01\x01\x01"
      "e");
  EXPECT_EQ(handshake, (ExtendedHandshake{.metadata_id = 2,
                                          .pex_id = 1,
                                          .dont_have_id = 7,
                                          .metadata_size = 163,
                                          .listen_port = 50123,
                                          .request_queue = 2000,
                                          .upload_only = true,
                                          .client = "libtorrent/2.0.8.0"}));
}

TEST(ExtendedHandshake, an_empty_dictionary_offers_nothing) {
  EXPECT_EQ(value_of("de"), ExtendedHandshake{});
}

TEST(ExtendedHandshake, numbers_out_of_range_count_as_missing) {
  EXPECT_EQ(value_of("d1:md11:ut_metadatai-1e6:ut_pexi256eee"), ExtendedHandshake{});
  for (const char* size : {"-1", "0", "4294967296", "9223372036854775807"}) {
    EXPECT_FALSE(value_of("d13:metadata_sizei" + std::string(size) + "ee").metadata_size) << size;
  }
  for (const char* port : {"-1", "0", "65536", "-9223372036854775808"}) {
    EXPECT_FALSE(value_of("d1:pi" + std::string(port) + "ee").listen_port) << port;
  }
  for (const char* queue : {"-1", "0", "2147483649", "4294967297"}) {
    EXPECT_FALSE(value_of("d4:reqqi" + std::string(queue) + "ee").request_queue) << queue;
  }
}

TEST(ExtendedHandshake, numbers_at_the_edge_of_their_range_are_kept) {
  EXPECT_EQ(value_of("d1:md6:ut_pexi255eee").pex_id, 255);
  EXPECT_EQ(value_of("d13:metadata_sizei4294967295ee").metadata_size, 4294967295u);
  EXPECT_EQ(value_of("d1:pi65535ee").listen_port, 65535);
  EXPECT_EQ(value_of("d4:reqqi2147483648ee").request_queue, kMaxRequestQueue);
  EXPECT_EQ(value_of("d4:reqqi1ee").request_queue, 1u);
}

TEST(ExtendedHandshake, members_of_another_type_count_as_missing) {
  EXPECT_EQ(value_of("d1:mi1e13:metadata_size1:x1:ple4:reqqde11:upload_only1:11:vi1ee"),
            ExtendedHandshake{});
}

TEST(ExtendedHandshake, says_who_brought_the_file_in) {
  EXPECT_TRUE(value_of("d6:origini1ee").origin);
  EXPECT_FALSE(value_of("d6:origini0ee").origin);
  ExtendedHandshake seeder;
  seeder.origin = true;
  EXPECT_TRUE(decode_extended_handshake(encode(seeder))->origin);
}

TEST(ExtendedHandshake, upload_only_0_means_no) {
  EXPECT_FALSE(value_of("d11:upload_onlyi0ee").upload_only);
}

TEST(ExtendedHandshake, a_long_client_name_is_cut) {
  const auto handshake = value_of("d1:v100:" + std::string(100, 'x') + "e");
  EXPECT_EQ(handshake.client, std::string(kMaxClientLength, 'x'));
}

TEST(ExtendedHandshake, refuses_what_is_no_sorted_dictionary) {
  for (const char* text : {"", "i1e", "le", "3:abc", "d1:pi1e1:mdee", "dexx", "d1:pi1e"}) {
    EXPECT_FALSE(decoded(text)) << text;
  }
}

TEST(ExtendedHandshake, refuses_every_cut) {
  for (std::size_t size = 0; size < kOurs.size(); ++size) {
    EXPECT_FALSE(decoded(kOurs.substr(0, size))) << size;
  }
}

TEST(ExtendedHandshake, one_flipped_byte_anywhere_never_breaks_the_round_trip) {
  std::mt19937 random(3);
  for (int round = 0; round < 10'000; ++round) {
    std::string text = kOurs;
    text[random() % text.size()] = static_cast<char>(random());
    const auto handshake = decoded(text);
    if (!handshake) continue;
    ASSERT_EQ(decode_extended_handshake(encode(*handshake)), *handshake) << text;
  }
}

}  // namespace
}  // namespace shoal::wire::extension_handshake_test
