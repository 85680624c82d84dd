#include "metainfo/torrent_file.hpp"

#include <gmock/gmock.h>

#include "base/bencode.hpp"
#include "metainfo/description.hpp"
#include "metainfo/info_dict.hpp"
#include "metainfo/tree_dictionary.hpp"
#include "support/folder_vectors.hpp"
#include "support/vectors.hpp"

namespace shoal::torrent_test {
namespace {

using bencode::Dict;
using bencode::List;
using bencode::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::vector<std::string> kTrackers{"192.0.2.1:6000", "[2001:db8::1]:6000"};

/// The smallest vector with a piece layer.
const test::Vector& with_layer() {
  static const test::Vector found = [] {
    for (const test::Vector& vector : test::vectors_with_content()) {
      if (vector.pieces > 1) return vector;
    }
    throw std::logic_error("no vector has a layer");
  }();
  return found;
}

TorrentFile torrent_of(const test::Vector& vector) {
  return make_torrent(vector.file, vector.piece_layer, kTrackers);
}

std::vector<Digest> layer_of(const TorrentFile& torrent) {
  return torrent.piece_layers.empty() ? std::vector<Digest>{}
                                      : torrent.piece_layers.begin()->second;
}

/// A torrent in parts, for tests to spoil one.
Dict parts() {
  const auto parsed = bencode::parse(encode(torrent_of(with_layer())));
  return *parsed->dict();
}

TEST(TorrentFile, holds_the_info_dictionary_of_every_vector_byte_by_byte) {
  for (const test::Vector& vector : test::vectors()) {
    const TorrentFile torrent = torrent_of(vector);
    EXPECT_EQ(torrent.info_hash, vector.info_hash);
    const Bytes bytes = encode(torrent);
    EXPECT_NE(as_text(bytes).find("4:info" + std::string(as_text(vector.info_dict)) + "12:piece"),
              std::string::npos);
  }
}

TEST(TorrentFile, comes_back_as_it_was_for_every_vector) {
  for (const test::Vector& vector : test::vectors()) {
    const TorrentFile torrent = torrent_of(vector);
    EXPECT_EQ(layer_of(torrent), vector.piece_layer);
    const auto parsed = parse_torrent(encode(torrent));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(*parsed, torrent) << vector.file.name;
  }
}

TEST(TorrentFile, has_its_keys_in_the_order_that_bencoding_wants) {
  const Bytes bytes = encode(torrent_of(with_layer()));
  const auto parsed = bencode::parse(bytes);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(bencode::encode(*parsed), bytes);
  EXPECT_EQ(*parsed->text_at("announce"), "udp://192.0.2.1:6000");
  EXPECT_EQ(*parsed->find("announce-list"),
            Value(List{List{"udp://192.0.2.1:6000"}, List{"udp://[2001:db8::1]:6000"}}));
  EXPECT_THAT(*parsed->text_at("created by"), ::testing::StartsWith("Shoal "));
}

TEST(TorrentFile, of_one_piece_has_no_layer_even_where_its_root_is_given_as_one) {
  const FileInfo file{"a", 16384, 16384, Digest{}};
  const TorrentFile torrent = make_torrent(file, std::vector{file.root}, {});
  EXPECT_THAT(torrent.piece_layers, IsEmpty());
  const auto parsed = bencode::parse(encode(torrent));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed->find("piece layers"), Value(Dict{}));
  EXPECT_EQ(parsed->find("announce"), nullptr);
  EXPECT_EQ(parsed->find("announce-list"), nullptr);
}

TEST(ParseTorrent, refuses_every_cut) {
  const Bytes whole = encode(torrent_of(with_layer()));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parse_torrent(BytesView(whole).first(length))) << length;
  }
}

TEST(ParseTorrent, hashes_a_foreign_info_dictionary_as_it_stands) {
  Dict info = *bencode::parse(with_layer().info_dict)->dict();
  info.emplace("private", 1);
  Dict torrent = parts();
  torrent.insert_or_assign("info", info);
  const auto parsed = parse_torrent(bencode::encode(torrent));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->info_dictionary, bencode::encode(info));
  EXPECT_EQ(parsed->info_hash.bytes, sha256(bencode::encode(info)).bytes);
  EXPECT_NE(parsed->info_hash, info_hash(parsed->file));
  EXPECT_EQ(parsed->file, with_layer().file);
  EXPECT_EQ(encode(*parsed), bencode::encode(torrent));
}

TEST(ParseTorrent, refuses_a_layer_that_does_not_lead_to_the_root) {
  TorrentFile torrent = torrent_of(with_layer());
  torrent.piece_layers.begin()->second.back().bytes[7] ^= std::byte{1};
  const auto parsed = parse_torrent(encode(torrent));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Errc::unprovable);
}

TEST(ParseTorrent, refuses_a_layer_of_another_length_and_says_both) {
  TorrentFile torrent = torrent_of(with_layer());
  torrent.piece_layers.begin()->second.pop_back();
  const auto parsed = parse_torrent(encode(torrent));
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message,
              HasSubstr(std::to_string(torrent.piece_layers.begin()->second.size() * 32)));
  EXPECT_THAT(parsed.error().message, HasSubstr(std::to_string(with_layer().pieces * 32)));
}

TEST(ParseTorrent, does_without_a_layer_and_passes_over_those_of_other_roots) {
  for (const Value& layers :
       {Value(Dict{}), Value(Dict{{std::string(32, 'x'), "abc"}}), Value(7),
        Value(Dict{{std::string(as_text(with_layer().file.root.bytes)), 7}})}) {
    Dict torrent = parts();
    torrent.insert_or_assign("piece layers", layers);
    const auto parsed = parse_torrent(bencode::encode(torrent));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_THAT(parsed->piece_layers, IsEmpty());
  }
  Dict torrent = parts();
  torrent.erase("piece layers");
  EXPECT_TRUE(parse_torrent(bencode::encode(torrent)));
}

TEST(ParseTorrent, refuses_what_has_no_v2_info_of_one_file) {
  Dict torrent = parts();
  torrent.erase("info");
  EXPECT_FALSE(parse_torrent(bencode::encode(torrent)));
  for (const Value& info : {Value(1), Value(Dict{}), Value(Dict{{"pieces", "v1"}})}) {
    torrent.insert_or_assign("info", info);
    EXPECT_FALSE(parse_torrent(bencode::encode(torrent)));
  }
  EXPECT_FALSE(parse_torrent(as_bytes("le")));
  EXPECT_FALSE(parse_torrent({}));
}

TEST(ParseTorrent, takes_the_list_of_trackers_before_the_single_one) {
  Dict torrent = parts();
  torrent.insert_or_assign("announce", "udp://single:1");
  EXPECT_THAT(parse_torrent(bencode::encode(torrent))->trackers, SizeIs(2));
  for (const Value& useless :
       {Value(List{}), Value(3), Value(List{"flat"}), Value(List{List{}, List{""}, List{5}})}) {
    torrent.insert_or_assign("announce-list", useless);
    EXPECT_THAT(parse_torrent(bencode::encode(torrent))->trackers, ElementsAre("udp://single:1"));
  }
  torrent.erase("announce-list");
  torrent.erase("announce");
  EXPECT_THAT(parse_torrent(bencode::encode(torrent))->trackers, IsEmpty());
}

TEST(ParseTorrent, keeps_64_trackers_at_most) {
  List tier;
  for (int i = 0; i < 1000; ++i) tier.emplace_back("udp://t:" + std::to_string(i + 1));
  Dict torrent = parts();
  torrent.insert_or_assign("announce-list", List{tier, tier});
  EXPECT_THAT(parse_torrent(bencode::encode(torrent))->trackers, SizeIs(64));
}

TEST(ParseTorrent, does_not_look_at_more_than_its_limit) {
  const Bytes large(kMaxTorrentFile + 1, std::byte{'d'});
  const auto parsed = parse_torrent(large);
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr(std::to_string(kMaxTorrentFile)));
}

TEST(ParseTorrent, allocates_nothing_for_pieces_that_are_only_claimed) {
  // 2^21 pieces, and a layer of one.
  const FileInfo file{"claims", 1ull << 35, 16384, Digest{}};
  TorrentFile torrent = make_torrent(file, std::vector<Digest>(1), {});
  const auto parsed = parse_torrent(encode(torrent));
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr("2097152 pieces"));
}

TEST(ParseTorrent, names_the_limit_to_one_that_claims_more_pieces) {
  const FileInfo file{"claims", 1ull << 36, 16384, Digest{}};
  const auto parsed = parse_torrent(encode(make_torrent(file, {}, {})));
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr("4194304 pieces of 16384 bytes"));
  EXPECT_THAT(parsed.error().message, HasSubstr("the most is 2097152"));
}

// ---- folders ----------------------------------------------------------------

TEST(TorrentFile, of_a_folder_comes_back_as_it_was_for_every_vector) {
  for (const test::FolderVector& vector : test::folder_vectors()) {
    const FileTree tree = *FileTree::make(vector.name, vector.piece_length, vector.entries);
    const TorrentFile torrent =
        make_torrent(info_of_folder(tree, vector.info_dict), vector.info_dict, {}, kTrackers);
    EXPECT_EQ(torrent.info_hash, vector.info_hash) << vector.id;
    const auto parsed = parse_torrent(encode(torrent));
    if (tree.pieces() == 0) {
      EXPECT_FALSE(parsed) << vector.id;
      continue;
    }
    ASSERT_TRUE(parsed) << vector.id << ": " << parsed.error().message;
    EXPECT_EQ(parsed->info_hash, vector.info_hash) << vector.id;
    EXPECT_EQ(parsed->trackers.size(), kTrackers.size());
    EXPECT_EQ(parsed->tree == nullptr, tree.is_one_file_at_the_top()) << vector.id;
    if (parsed->tree) {
      EXPECT_EQ(parsed->tree->size(), tree.size()) << vector.id;
      EXPECT_EQ(parsed->file, torrent.file) << vector.id;
    }
  }
}

TEST(TorrentFile, of_a_folder_has_the_layers_that_lead_to_the_roots_of_its_files) {
  const test::Vector& long_file = with_layer();
  const FileTree tree =
      *FileTree::make("folder", long_file.file.piece_length,
                      {{.path = "a", .length = long_file.file.length, .root = long_file.file.root},
                       {.path = "b", .length = 1, .root = Digest{.bytes = {std::byte{1}}}}});
  const Bytes dictionary = tree_dictionary(tree);
  TorrentFile torrent = make_torrent(info_of_folder(tree, dictionary), dictionary,
                                     {{long_file.file.root, long_file.piece_layer}}, kTrackers);
  const auto parsed = parse_torrent(encode(torrent));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->piece_layers, torrent.piece_layers);
  torrent.piece_layers.begin()->second.back().bytes[7] ^= std::byte{1};
  const auto wrong = parse_torrent(encode(torrent));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Errc::unprovable);
}

}  // namespace
}  // namespace shoal::torrent_test
