#include "metainfo/info_dict.hpp"

#include <limits>

#include <gmock/gmock.h>

#include "base/bencode.hpp"
#include "support/vectors.hpp"

namespace shoal::info_dict_test {
namespace {

using namespace std::string_literals;
using bencode::Dict;
using bencode::Value;
using ::testing::HasSubstr;

/// A well-formed dictionary in parts, for tests to spoil one.
struct Parts {
  Dict file{{"length", 100'000}, {"pieces root", std::string(32, 'r')}};
  Value tree = Dict{{"big.iso", Dict{{"", file}}}};
  Dict rest{{"meta version", 2}, {"name", "big.iso"}, {"piece length", 32768}};

  void use_file() { tree = Dict{{"big.iso", Dict{{"", file}}}}; }
  [[nodiscard]] Result<FileInfo> parsed() const {
    Dict all = rest;
    all.emplace("file tree", tree);
    return parse_info_dict(bencode::encode(all));
  }
};

TEST(InfoDict, equals_every_vector_byte_by_byte) {
  for (const test::Vector& vector : test::vectors()) {
    EXPECT_EQ(to_hex(info_dict(vector.file)), to_hex(vector.info_dict)) << vector.file.name;
  }
}

TEST(FileInfo, of_a_folder_is_what_its_info_hash_says_whatever_else_is_told) {
  FileInfo folder{.name = "photos", .length = 3, .piece_length = 16384, .root = {}};
  folder.root.bytes.fill(std::byte{7});
  const FileInfo file = folder;
  folder.folder = FolderInfo{.files = 2, .dictionary = 300};
  FileInfo other = folder;
  other.length = 4;
  other.folder->files = 9;
  EXPECT_EQ(info_hash(folder).bytes, folder.root.bytes);
  EXPECT_EQ(folder, other);
  EXPECT_NE(folder, file);
  other.root.bytes[0] = std::byte{8};
  EXPECT_NE(folder, other);
}

TEST(InfoDict, hashes_to_every_vector) {
  for (const test::Vector& vector : test::vectors()) {
    EXPECT_EQ(info_hash(vector.file), vector.info_hash) << vector.file.name;
    EXPECT_EQ(truncated(info_hash(vector.file)), vector.info_hash_20) << vector.file.name;
  }
}

TEST(ParseInfoDict, round_trips_every_vector) {
  for (const test::Vector& vector : test::vectors()) {
    EXPECT_EQ(parse_info_dict(vector.info_dict), vector.file) << vector.file.name;
  }
}

TEST(ParseInfoDict, refuses_every_cut) {
  const Bytes& whole = test::vectors().back().info_dict;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(parse_info_dict(BytesView(whole).first(length))) << length;
  }
}

TEST(ParseInfoDict, no_single_byte_can_change_unnoticed_but_in_the_name_it_ignores) {
  const test::Vector& vector = test::vectors().back();
  const Bytes& whole = vector.info_dict;
  const std::size_t name = as_text(whole).find("4:name");
  const std::size_t after_name = as_text(whole).find("12:piece length");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char wrong : {'\0', 'd', 'e', 'i', 'l', '0', '9', ':', '\xff'}) {
      Bytes changed = whole;
      changed[at] = static_cast<std::byte>(wrong);
      if (changed == whole || (at > name && at < after_name)) continue;
      const auto parsed = parse_info_dict(changed);
      EXPECT_TRUE(!parsed || *parsed != vector.file) << at << ' ' << wrong;
    }
  }
}

TEST(ParseInfoDict, the_parts_of_these_tests_are_good) {
  const auto parsed = Parts().parsed();
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->name, "big.iso");
  EXPECT_EQ(parsed->length, 100'000u);
  EXPECT_EQ(parsed->piece_length, 32768u);
  EXPECT_EQ(as_text(parsed->root.bytes), std::string(32, 'r'));
}

TEST(ParseInfoDict, accepts_keys_it_does_not_know) {
  Parts parts;
  parts.file.emplace("attr", "x");
  parts.file.emplace("mtime", 1);
  parts.use_file();
  parts.rest.emplace("private", 1);
  EXPECT_EQ(parts.parsed(), Parts().parsed());
}

TEST(ParseInfoDict, tells_private_torrents_apart) {
  Parts parts;
  const auto encoded = [&] {
    Dict all = parts.rest;
    all.emplace("file tree", parts.tree);
    return bencode::encode(all);
  };
  EXPECT_FALSE(is_private(encoded()));
  parts.rest.insert_or_assign("private", 0);
  EXPECT_FALSE(is_private(encoded()));
  parts.rest.insert_or_assign("private", 1);
  EXPECT_TRUE(is_private(encoded()));
  EXPECT_FALSE(is_private({}));
}

TEST(ParseInfoDict, takes_the_name_from_the_file_tree) {
  Parts parts;
  parts.rest.insert_or_assign("name", "other");
  ASSERT_TRUE(parts.parsed());
  EXPECT_EQ(parts.parsed()->name, "big.iso");
}

TEST(ParseInfoDict, refuses_what_is_not_version_two) {
  for (const Value& version : {Value(1), Value(3), Value("2")}) {
    Parts parts;
    parts.rest.insert_or_assign("meta version", version);
    EXPECT_THAT(parts.parsed().error().message, HasSubstr("meta version 2"));
  }
  Parts parts;
  parts.rest.erase("meta version");
  EXPECT_FALSE(parts.parsed());
}

TEST(ParseInfoDict, says_of_a_v1_dictionary_that_it_is_one) {
  const Bytes v1 = bencode::encode(Dict{
      {"length", 5}, {"name", "a"}, {"piece length", 16384}, {"pieces", std::string(20, 'x')}});
  EXPECT_THAT(parse_info_dict(v1).error().message, HasSubstr("BitTorrent v1"));
}

TEST(ParseInfoDict, takes_a_hybrid_one_for_its_v2_half) {
  Parts parts;
  parts.rest.insert_or_assign("length", 5);
  parts.rest.insert_or_assign("pieces", std::string(20, 'x'));
  ASSERT_TRUE(parts.parsed());
  EXPECT_EQ(parts.parsed()->name, "big.iso");
}

TEST(ParseInfoDict, refuses_folders_and_several_files) {
  Parts parts;
  const Value file = Dict{{"", parts.file}};
  for (const Value& tree :
       {Value(Dict{}), Value(Dict{{"a", file}, {"b", file}}),
        Value(Dict{{"dir", Dict{{"a", file}}}}),
        Value(Dict{{"a", Dict{{"", parts.file}, {"b", file}}}}), Value(Dict{{"a", Dict{}}}),
        Value(Dict{{"a", 1}}), Value("text"), Value(7)}) {
    parts.tree = tree;
    const auto refused = parts.parsed();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::bad_input);
  }
}

TEST(ParseInfoDict, refuses_names_that_are_not_allowed) {
  for (const std::string& name :
       {""s, "."s, ".."s, "a/b"s, "a\0b"s, "\xff"s, std::string(256, 'x')}) {
    Parts parts;
    parts.tree = Dict{{name, Dict{{"", parts.file}}}};
    const auto refused = parts.parsed();
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, Errc::bad_name);
  }
}

TEST(ParseInfoDict, refuses_lengths_out_of_range) {
  for (const Value& length : {Value(-1), Value(std::int64_t{1} << 49), Value("100"),
                              Value(std::numeric_limits<std::int64_t>::min())}) {
    Parts parts;
    parts.file.insert_or_assign("length", length);
    parts.use_file();
    EXPECT_FALSE(parts.parsed());
  }
  Parts missing;
  missing.file.erase("length");
  missing.use_file();
  EXPECT_FALSE(missing.parsed());
}

TEST(ParseInfoDict, refuses_piece_lengths_out_of_range) {
  for (const std::int64_t piece_length :
       {std::int64_t{-16384}, std::int64_t{0}, std::int64_t{8192}, std::int64_t{16385},
        std::int64_t{1} << 28, (std::int64_t{1} << 32) + 16384}) {
    Parts parts;
    parts.rest.insert_or_assign("piece length", piece_length);
    EXPECT_FALSE(parts.parsed()) << piece_length;
  }
  Parts missing;
  missing.rest.erase("piece length");
  EXPECT_FALSE(missing.parsed());
}

TEST(ParseInfoDict, refuses_a_root_that_is_missing_or_of_another_size) {
  for (const std::size_t size : {0u, 20u, 31u, 33u}) {
    Parts parts;
    parts.file.insert_or_assign("pieces root", std::string(size, 'r'));
    parts.use_file();
    EXPECT_THAT(parts.parsed().error().message, HasSubstr("32 bytes"));
  }
  Parts missing;
  missing.file.erase("pieces root");
  missing.use_file();
  EXPECT_FALSE(missing.parsed());
}

TEST(IsPrivate, is_what_the_dictionary_of_a_large_folder_says_too) {
  std::string tree = "d9:file treed";
  for (int i = 100'000; i < 200'000; ++i) {
    tree += "6:" + std::to_string(i) + "d0:d6:lengthi0eee";
  }
  tree += "e12:meta versioni2e4:name6:photos12:piece lengthi16384e";
  EXPECT_FALSE(is_private(as_bytes(tree + "e")));
  EXPECT_FALSE(is_private(as_bytes(tree + "7:privatei0ee")));
  EXPECT_FALSE(is_private(as_bytes(tree + "7:private1:1e")));
  EXPECT_TRUE(is_private(as_bytes(tree + "7:privatei1ee")));
  EXPECT_FALSE(is_private(as_bytes("d4:name7:private")));
}

TEST(ParseInfoDict, refuses_what_is_no_dictionary) {
  for (const char* text : {"", "i1e", "le", "de", "4:name", "d1:a1:be trailing"}) {
    EXPECT_FALSE(parse_info_dict(as_bytes(text))) << text;
  }
}

}  // namespace
}  // namespace shoal::info_dict_test
