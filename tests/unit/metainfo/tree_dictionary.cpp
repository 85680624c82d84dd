#include "metainfo/tree_dictionary.hpp"

#include <limits>

#include <gmock/gmock.h>

#include "base/bencode.hpp"
#include "hash/sha256.hpp"
#include "metainfo/info_dict.hpp"
#include "support/folder_vectors.hpp"

namespace shoal::tree_dictionary_test {
namespace {

using namespace std::string_literals;
using bencode::Dict;
using bencode::List;
using bencode::Value;
using test::FolderVector;
using testing::HasSubstr;

const std::string kRoot(32, 'r');

Value file(std::int64_t length = 5) {
  return Dict{{"", Dict{{"length", length}, {"pieces root", kRoot}}}};
}

Value link(List target) {
  return Dict{{"", Dict{{"attr", "xl"}, {"symlink path", std::move(target)}}}};
}

Bytes dictionary(Value tree, const Dict& more = {}) {
  Dict all{{"meta version", 2}, {"name", "photos"}, {"piece length", 16384}};
  all.emplace("file tree", std::move(tree));
  for (const auto& [key, value] : more) all.insert_or_assign(key, value);
  return bencode::encode(all);
}

Result<FileTree> parsed(Value tree, const Dict& more = {}) {
  return parse_tree_dictionary(dictionary(std::move(tree), more));
}

std::string error_of(Value tree, const Dict& more = {}) {
  const auto read = parsed(std::move(tree), more);
  return read ? "no error" : read.error().message;
}

TEST(TreeDictionary, equals_every_vector_byte_by_byte) {
  for (const FolderVector& vector : test::folder_vectors()) {
    const auto tree = FileTree::make(vector.name, vector.piece_length, vector.entries);
    ASSERT_TRUE(tree) << vector.id;
    const Bytes written = tree_dictionary(*tree);
    EXPECT_EQ(as_text(written), as_text(vector.info_dict)) << vector.id;
    EXPECT_EQ(sha256(written).bytes, vector.info_hash.bytes) << vector.id;
  }
}

TEST(TreeDictionary, is_read_back_from_every_vector) {
  for (const FolderVector& vector : test::folder_vectors()) {
    const auto tree = parse_tree_dictionary(vector.info_dict);
    ASSERT_TRUE(tree) << vector.id << ": " << tree.error().message;
    EXPECT_EQ(tree->name(), vector.name);
    EXPECT_EQ(tree->piece_length(), vector.piece_length);
    EXPECT_EQ(tree->is_one_file_at_the_top(),
              vector.entries.size() == 1 && !vector.entries[0].path.contains('/'))
        << vector.id;
    EXPECT_EQ(as_text(tree_dictionary(*tree)), as_text(vector.info_dict)) << vector.id;
  }
}

TEST(TreeDictionary, of_one_file_is_that_of_the_file) {
  for (const test::Vector& vector : test::vectors()) {
    const auto tree = parse_tree_dictionary(vector.info_dict);
    ASSERT_TRUE(tree) << tree.error().message;
    EXPECT_TRUE(tree->is_one_file_at_the_top());
    EXPECT_EQ(as_text(tree_dictionary(*tree)), as_text(info_dict(vector.file)));
  }
}

TEST(TreeDictionary, is_refused_at_every_length_but_its_own) {
  for (const FolderVector& vector : test::folder_vectors()) {
    if (vector.info_dict.size() > 1000) continue;
    for (std::size_t size = 0; size < vector.info_dict.size(); ++size) {
      EXPECT_FALSE(parse_tree_dictionary(BytesView(vector.info_dict).first(size))) << vector.id;
    }
    Bytes longer = vector.info_dict;
    longer.push_back(std::byte{'e'});
    EXPECT_FALSE(parse_tree_dictionary(longer)) << vector.id;
  }
}

TEST(TreeDictionary, may_have_keys_that_we_do_not_know_and_the_old_ones_of_a_hybrid) {
  const auto tree = parsed(Dict{{"a", Dict{{"", Dict{{"length", 5},
                                                     {"mtime", 1},
                                                     {"pieces root", kRoot},
                                                     {"zzz", List{1, "x"}}}}}}},
                           {{"files", List{Dict{{"length", 5}, {"path", List{"a"}}}}},
                            {"pieces", std::string(20, 'p')},
                            {"private", 1},
                            {"source", Dict{{"x", List{}}}}});
  ASSERT_TRUE(tree) << tree.error().message;
  EXPECT_EQ(tree->size(), 1U);
}

TEST(TreeDictionary, with_forbidden_elements_is_refused_and_not_repaired) {
  for (const std::string& element :
       {"."s, ".."s, "a/b"s, "a\\b"s, "a\0b"s, "\xFF"s, "\n"s, std::string(256, 'n')}) {
    EXPECT_FALSE(parsed(Dict{{element, file()}})) << element;
    EXPECT_FALSE(parsed(Dict{{"in", Dict{{element, file()}}}})) << element;
    EXPECT_FALSE(parsed(Dict{{element, Dict{{"in", file()}}}})) << element;
    EXPECT_FALSE(parsed(Dict{{"a", file()}}, {{"name", element}})) << element;
  }
}

TEST(TreeDictionary, has_nothing_that_is_file_and_folder_at_once) {
  EXPECT_THAT(error_of(Dict{{"", Dict{{"length", 0}}}, {"a", file()}}),
              HasSubstr("a file is a folder"));
  EXPECT_THAT(error_of(Dict{{"a", Dict{{"", Dict{{"length", 0}}}, {"b", file()}}}}),
              HasSubstr("\"a\""));
}

TEST(TreeDictionary, leaves_out_empty_folders) {
  const auto tree = parsed(Dict{{"a", file()}, {"empty", Dict{}}, {"z", Dict{{"deeper", Dict{}}}}});
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->size(), 1U);
  EXPECT_FALSE(parsed(Dict{{"empty", Dict{}}}));
  EXPECT_FALSE(parsed(Dict{}));
}

TEST(TreeDictionary, needs_what_a_v2_dictionary_has) {
  EXPECT_THAT(error_of(Dict{{"a", file()}}, {{"meta version", 1}}), HasSubstr("meta version 2"));
  EXPECT_THAT(error_of(Dict{{"a", file()}}, {{"piece length", -16384}}), HasSubstr("piece length"));
  EXPECT_THAT(error_of(Dict{{"a", file()}}, {{"piece length", 1LL << 40}}),
              HasSubstr("piece length"));
  EXPECT_THAT(error_of(Dict{{"a", file()}}, {{"piece length", 20000}}), HasSubstr("power of two"));
  EXPECT_THAT(error_of("text"), HasSubstr("a dictionary is expected"));
  EXPECT_THAT(error_of(Dict{{"a", 5}}), HasSubstr("a dictionary is expected at \"a\""));
  const Bytes v1 =
      bencode::encode(Dict{{"length", 5}, {"name", "a"}, {"piece length", 16384}, {"pieces", ""}});
  EXPECT_THAT(parse_tree_dictionary(v1).error().message, HasSubstr("BitTorrent v1"));
  EXPECT_FALSE(parse_tree_dictionary(
      bencode::encode(Dict{{"meta version", 2}, {"name", "a"}, {"piece length", 16384}})));
  EXPECT_FALSE(parse_tree_dictionary(bencode::encode(List{})));
}

TEST(TreeDictionary, has_files_whose_length_and_root_make_sense) {
  const auto with = [](Dict keys) { return Dict{{"a", Dict{{"", std::move(keys)}}}}; };
  EXPECT_THAT(error_of(with({{"pieces root", kRoot}})), HasSubstr("length"));
  EXPECT_THAT(error_of(with({{"length", -1}, {"pieces root", kRoot}})), HasSubstr("length"));
  EXPECT_THAT(error_of(with({{"length", 1}})), HasSubstr("pieces root"));
  EXPECT_THAT(error_of(with({{"length", 1}, {"pieces root", "short"}})), HasSubstr("32 bytes"));
  EXPECT_THAT(error_of(with({{"length", 1}, {"pieces root", std::string(32, '\0')}})),
              HasSubstr("no pieces root"));
  EXPECT_THAT(error_of(with(
                  {{"length", std::numeric_limits<std::int64_t>::max()}, {"pieces root", kRoot}})),
              HasSubstr("outside"));
  EXPECT_THAT(error_of(with({{"attr", "p"}, {"length", 1}, {"pieces root", kRoot}})),
              HasSubstr("padding"));
  EXPECT_TRUE(parsed(with({{"length", 0}, {"pieces root", "whatever"}})));
}

TEST(TreeDictionary, keeps_links_out_of_the_folder_without_a_target) {
  const auto tree = parsed(Dict{{"a", file()},
                                {"l1", link(List{"a"})},
                                {"l2", link(List{"..", "a"})},
                                {"l3", link(List{"/etc/passwd"})},
                                {"l4", link(List{})},
                                {"l5", link(List{std::string(5000, 'x')})},
                                {"l6", Dict{{"", Dict{{"attr", "l"}, {"length", 0}}}}}});
  ASSERT_TRUE(tree) << tree.error().message;
  EXPECT_EQ((*tree)[*tree->find("l1")].target, "a");
  for (const char* out : {"l2", "l3", "l4", "l5"}) {
    const auto view = (*tree)[*tree->find(out)];
    EXPECT_EQ(view.kind, TreeEntry::Kind::link) << out;
    EXPECT_EQ(view.target, "") << out;
  }
  EXPECT_EQ((*tree)[*tree->find("l6")].kind, TreeEntry::Kind::file);  // as stock clients have it
}

Value nested(std::size_t folders) {
  Value tree = file();
  for (std::size_t i = 0; i < folders; ++i) tree = Dict{{"d", std::move(tree)}};
  return tree;
}

TEST(TreeDictionary, of_40_levels_is_read_and_of_41_refused) {
  // The encoder knows no depth; a file in no folder is one element.
  EXPECT_TRUE(parsed(Dict{{"d", nested(40)}}));
  EXPECT_FALSE(parsed(Dict{{"d", nested(41)}}));
  std::string deep = "d9:file tree";
  for (int i = 0; i < 100'000; ++i) deep += "d1:d";
  EXPECT_FALSE(parse_tree_dictionary(as_bytes(deep)));
}

TEST(TreeDictionary, with_too_many_values_or_bytes_is_refused_soon) {
  std::string many = "d1:al";
  for (int i = 0; i < 3'000'000; ++i) many += "le";
  EXPECT_THAT(parse_tree_dictionary(as_bytes(many + "ee")).error().message,
              HasSubstr("more than 2500000 values"));
  EXPECT_THAT(parse_tree_dictionary(Bytes((24u << 20) + 1)).error().message,
              HasSubstr("the most is 25165824"));
}

TEST(TreeDictionary, holds_many_files) {
  std::vector<TreeEntry> entries;
  for (int i = 0; i < 20'000; ++i) {
    TreeEntry& entry = entries.emplace_back();
    entry.path = "folder" + std::to_string(i % 100) + "/" + std::to_string(i);
    entry.length = 4096;
    entry.root.bytes.fill(std::byte{1});
  }
  const auto tree = FileTree::make("many", 16384, std::move(entries));
  ASSERT_TRUE(tree);
  const Bytes bytes = tree_dictionary(*tree);
  const auto again = parse_tree_dictionary(bytes);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->size(), 20'000U);
  EXPECT_EQ(as_text(tree_dictionary(*again)), as_text(bytes));
}

}  // namespace
}  // namespace shoal::tree_dictionary_test
