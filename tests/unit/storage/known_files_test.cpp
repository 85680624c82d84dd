#include "storage/known_files.hpp"

#include <filesystem>

#include <gmock/gmock.h>

#include "storage/file_hasher.hpp"
#include "support/temp_dir.hpp"

namespace shoal::storage::known_files_test {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::Optional;

constexpr FileIdentity kFolder{.device = 5, .inode = 2, .length = 4096, .modified_ns = 77};

FileVersion version(std::uint64_t inode, std::uint64_t length) {
  return {.identity = {.device = 5, .inode = inode, .length = length, .modified_ns = -1},
          .changed_ns = 1000};
}

Geometry geometry(std::uint64_t length, std::uint32_t piece_length = 16384) {
  return *Geometry::make(length, piece_length);
}

std::vector<Digest> layer(std::size_t nodes, std::uint8_t seed) {
  std::vector<Digest> all(nodes);
  for (Digest& node : all) node.bytes.fill(std::byte{seed++});
  return all;
}

class KnownFilesTest : public testing::Test {
 protected:
  void keep() const {
    FilesToKnow files(16384);
    for (std::uint64_t i = 100; i > 0; --i) {
      const auto nodes = layer(1 + i % 3, static_cast<std::uint8_t>(i));
      const std::uint64_t length = 16384 * nodes.size();
      files.add(version(i, length), nodes.size() == 1 ? nodes[0] : root_of(geometry(length), nodes),
                nodes.size() == 1 ? std::span<const Digest>{} : nodes);
    }
    std::move(files).keep(cache_, kFolder);
  }
  [[nodiscard]] KnownFiles known() const { return KnownFiles::load(cache_, kFolder); }
  [[nodiscard]] fs::path entry() const { return fs::directory_iterator(dir_ / "cache")->path(); }

  const test::TempDir dir_;
  const LayerCache cache_{dir_ / "cache"};
};

TEST_F(KnownFilesTest, know_nothing_at_first) {
  EXPECT_FALSE(known().find(version(1, 5), geometry(5)));
  EXPECT_FALSE(KnownFiles().find(version(1, 5), geometry(5)));
}

TEST_F(KnownFilesTest, know_each_file_that_was_kept) {
  keep();
  const KnownFiles known = this->known();
  for (std::uint64_t i = 1; i <= 100; ++i) {
    const std::uint64_t length = 16384 * (1 + i % 3);
    EXPECT_THAT(known.find(version(i, length), geometry(length)),
                Optional(layer(1 + i % 3, static_cast<std::uint8_t>(i))));
  }
}

TEST_F(KnownFilesTest, know_no_file_of_another_version) {
  keep();
  const FileVersion kept = version(3, 16384);
  ASSERT_TRUE(known().find(kept, geometry(16384)));
  std::vector<FileVersion> others(6, kept);
  others[0].identity.device = 6;
  others[1].identity.inode = 0;
  others[2].identity.inode = 101;
  others[3].identity.length = 16383;
  others[4].identity.modified_ns = 0;
  others[5].changed_ns = 1001;
  for (const FileVersion& other : others) EXPECT_FALSE(known().find(other, geometry(16384)));
}

TEST_F(KnownFilesTest, know_a_folder_by_its_place_on_the_disk) {
  keep();
  FileIdentity folder = kFolder;
  folder.modified_ns = 78;  // something was put into it
  folder.length = 8192;
  EXPECT_TRUE(KnownFiles::load(cache_, folder).find(version(3, 16384), geometry(16384)));
  folder.inode = 3;
  EXPECT_FALSE(KnownFiles::load(cache_, folder).find(version(3, 16384), geometry(16384)));
}

TEST_F(KnownFilesTest, know_only_roots_where_pieces_are_cut_otherwise) {
  keep();
  EXPECT_THAT(known().find(version(3, 16384), geometry(16384, 65536)), Optional(layer(1, 3)));
  ASSERT_TRUE(known().find(version(2, 3 * 16384), geometry(3 * 16384)));
  EXPECT_FALSE(known().find(version(2, 3 * 16384), geometry(3 * 16384, 32768)));
  // In one piece the layer is the root.
  const auto root = root_of(geometry(3 * 16384), layer(3, 2));
  EXPECT_THAT(known().find(version(2, 3 * 16384), geometry(3 * 16384, 65536)),
              Optional(ElementsAre(root)));
}

TEST_F(KnownFilesTest, know_nothing_from_an_entry_that_is_not_as_it_was_kept) {
  keep();
  const std::string name = "cache/" + entry().filename().string();
  const std::string good = dir_.read(name);
  for (std::size_t at = 0; at < good.size(); at += 131) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    dir_.write(name, bad);
    EXPECT_FALSE(known().find(version(3, 16384), geometry(16384))) << at;
  }
  for (const std::size_t size : {0UZ, 10UZ, 50UZ, 80UZ, good.size() / 2, good.size() - 1}) {
    dir_.write(name, good.substr(0, size));
    EXPECT_FALSE(known().find(version(3, 16384), geometry(16384))) << size;
  }
  dir_.write(name, good);
  EXPECT_TRUE(known().find(version(3, 16384), geometry(16384)));
}

TEST_F(KnownFilesTest, take_nothing_from_a_sound_entry_that_makes_no_sense) {
  keep();
  const std::string name = "cache/" + entry().filename().string();
  // Stored by the same key: nodes that are not there, and more files than there are bytes.
  Bytes key;
  ByteWriter(key).text("shoal folder 1\n").u64(kFolder.device).u64(kFolder.inode);
  Bytes record;
  ByteWriter(record).u64(2).u64(5).u64(3 * 16384).u64(~std::uint64_t{0}).u64(1000);
  ByteWriter(record).bytes(Digest{}.bytes).u32(0xffffffff).u32(3);
  for (const std::uint32_t files : {1U, 2U, 0xffffffffU}) {
    Bytes content;
    ByteWriter(content).u32(16384).u32(files).bytes(record);
    cache_.store(key, content);
    EXPECT_FALSE(known().find(version(2, 3 * 16384), geometry(3 * 16384))) << files;
  }
}

TEST_F(KnownFilesTest, of_the_last_time_replace_those_before) {
  keep();
  FilesToKnow files(16384);
  files.add(version(200, 5), layer(1, 9).front(), {});
  std::move(files).keep(cache_, kFolder);
  EXPECT_TRUE(known().find(version(200, 5), geometry(5)));
  EXPECT_FALSE(known().find(version(3, 16384), geometry(16384)));
}

}  // namespace
}  // namespace shoal::storage::known_files_test
