#include "torrent/content/content.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "base/bencode.hpp"
#include "hash/sha256.hpp"
#include "metainfo/info_dict.hpp"
#include "support/sample_file.hpp"

namespace shoal::torrent::content_test {
namespace {

using test::SampleFile;

TEST(Content, knows_its_identity) {
  const SampleFile file(100'000, 32768);
  const Content content = file.missing();
  EXPECT_EQ(content.file(), file.info());
  EXPECT_EQ(content.info_hash(), info_hash(file.info()));
  EXPECT_EQ(content.info_hash().bytes, sha256(content.info_dictionary()).bytes);
}

TEST(Content, takes_the_dictionary_that_others_have) {
  const SampleFile file(100'000, 32768);
  bencode::Dict dictionary = *bencode::parse(info_dict(file.info())).value().dict();
  dictionary.emplace("source", "elsewhere");
  const Bytes bytes = bencode::encode(bencode::Value(dictionary));
  const Content content(file.info(), file.geometry(), bytes);
  EXPECT_TRUE(std::ranges::equal(content.info_dictionary(), bytes));
  EXPECT_EQ(content.info_hash().bytes, sha256(bytes).bytes);
  EXPECT_NE(content.info_hash(), info_hash(file.info()));
  EXPECT_EQ(content.file(), file.info());
  EXPECT_FALSE(content.is_private());
  dictionary.emplace("private", 1);
  EXPECT_TRUE(Content(file.info(), file.geometry(), bencode::encode(bencode::Value(dictionary)))
                  .is_private());
}

TEST(Content, has_the_layer_of_a_file_of_one_piece_from_the_start) {
  for (const std::uint64_t length : {1u, 16384u, 16385u, 100'000u}) {
    const SampleFile file(length, 131072);
    const Content content = file.missing();
    ASSERT_TRUE(content.has_layers()) << length;
    EXPECT_EQ(content.layers().node(PieceIndex{0}), file.info().root);
  }
  EXPECT_FALSE(SampleFile(131073, 131072).missing().has_layers());
}

TEST(Content, counts_proven_bytes_once_and_the_last_piece_as_short_as_it_is) {
  const SampleFile file(100'000, 32768);
  Content content = file.missing();
  content.add(PieceIndex{0});
  content.add(PieceIndex{0});
  EXPECT_EQ(content.bytes(), 32768u);
  content.add(PieceIndex{3});
  EXPECT_EQ(content.bytes(), 32768u + 100'000u - 3 * 32768u);
  EXPECT_FALSE(content.complete());
  content.add(PieceIndex{1});
  content.add(PieceIndex{2});
  EXPECT_TRUE(content.complete());
  EXPECT_EQ(content.bytes(), 100'000u);
}

TEST(Content, takes_pieces_back_once) {
  const SampleFile file(100'000, 32768);
  Content content = file.whole();
  content.remove(PieceIndex{3});
  content.remove(PieceIndex{3});
  EXPECT_FALSE(content.has(PieceIndex{3}));
  EXPECT_FALSE(content.complete());
  EXPECT_EQ(content.bytes(), 3 * 32768u);
  content.add(PieceIndex{3});
  EXPECT_TRUE(content.complete());
  EXPECT_EQ(content.bytes(), 100'000u);
}

TEST(Content, is_complete_when_all_was_added_at_once) {
  const SampleFile file(100'000, 32768);
  Content content = file.missing();
  content.add(PieceIndex{2});
  content.add_all();
  EXPECT_TRUE(content.complete());
  EXPECT_EQ(content.bytes(), 100'000u);
}

TEST(Content, has_a_removed_piece_no_more) {
  const test::SampleFile file(3 * 65536 + 100, 65536);
  Content content = file.whole();
  content.remove(PieceIndex{3});
  content.remove(PieceIndex{3});
  EXPECT_FALSE(content.has(PieceIndex{3}));
  EXPECT_FALSE(content.complete());
  EXPECT_EQ(content.bytes(), 3 * 65536u);
}

}  // namespace
}  // namespace shoal::torrent::content_test
