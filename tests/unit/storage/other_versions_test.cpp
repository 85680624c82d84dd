#include "storage/other_versions.hpp"

#include <fstream>
#include <iterator>
#include <sys/file.h>
#include <sys/stat.h>

#include <gmock/gmock.h>

#include "hash/sha256.hpp"
#include "metainfo/tree_dictionary.hpp"
#include "storage/part_name.hpp"
#include "support/descriptor.hpp"
#include "support/temp_dir.hpp"

namespace shoal::storage::other_versions_test {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A folder "photos" of these files.
struct Version {
  explicit Version(const std::vector<std::pair<std::string, std::string>>& files) {
    std::vector<TreeEntry> entries;
    for (const auto& [path, content] : files) {
      TreeEntry entry{.path = path, .length = content.size()};
      entry.root = sha256(as_bytes(content));
      entries.push_back(std::move(entry));
    }
    tree = std::make_shared<const FileTree>(*FileTree::make("photos", 16384, std::move(entries)));
    dictionary = tree_dictionary(*tree);
    hash = InfoHash{sha256(dictionary).bytes};
  }
  std::shared_ptr<const FileTree> tree;
  Bytes dictionary;
  InfoHash hash;
};

class OtherVersions : public testing::Test {
 protected:
  const FileName name_ = *FileName::parse("photos");
  const test::TempDir home_;
  const std::string long_ = std::string(3000, 'l');
  const Version before_{{{"a", "first"}, {"b", long_}, {"gone", "gone"}}};
  const Version now_{{{"a", "other"}, {"moved/b", long_}, {"new", "new"}}};

  [[nodiscard]] std::unique_ptr<PartFolder> open(const Version& version) const {
    Bitfield all(version.tree->size());
    all.set_all();
    auto folder = PartFolder::open(home_.path(), name_, version.tree, version.hash, std::move(all),
                                   version.dictionary);
    EXPECT_TRUE(folder) << folder.error().message;
    return *std::move(folder);
  }
  /// What an interrupted leecher has left.
  void leave(const Version& version, const std::string& path, std::string_view content) const {
    const auto folder = open(version);
    const auto writing = folder->write(*version.tree->find(path));
    const BytesView bytes = as_bytes(content);
    ASSERT_TRUE(writing->file().write_at(0, {&bytes, 1}));
  }
  [[nodiscard]] std::vector<OtherVersion> others() const {
    return other_versions(home_.path(), name_, now_.hash);
  }
  [[nodiscard]] static std::vector<FileIndex> all(const FileTree& tree) {
    std::vector<FileIndex> files;
    for (std::uint32_t i = 0; i < tree.size(); ++i) files.push_back(FileIndex{i});
    return files;
  }
};

TEST_F(OtherVersions, are_found_by_what_their_dictionaries_say) {
  leave(before_, "b", long_);
  leave(now_, "new", "new");
  std::ofstream(home_ / "photos.00000000.part.info") << "d4:name6:photose";
  fs::create_directory(home_ / "photos.00000000.part");
  const auto found = others();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].hash, before_.hash);
  EXPECT_TRUE(fs::is_directory(found[0].part_path));
  EXPECT_THAT(other_versions(home_.path(), *FileName::parse("photo"), now_.hash), IsEmpty());
}

TEST_F(OtherVersions, that_somebody_fills_are_left_alone) {
  const auto filled = open(before_);
  EXPECT_THAT(others(), IsEmpty());
}

TEST_F(OtherVersions, give_what_has_the_same_content_wherever_it_is_and_keep_it) {
  leave(before_, "b", long_);
  leave(before_, "gone", "gone");
  const auto folder = open(now_);
  const auto found = others();
  ASSERT_THAT(found, SizeIs(1));
  const auto taken = take_over(found[0], *folder, *now_.tree, all(*now_.tree), {});
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->files, 1u);
  EXPECT_EQ(taken->bytes, long_.size());
  const FileIndex moved = *now_.tree->find("moved/b");
  EXPECT_TRUE(folder->may_have(moved));
  EXPECT_FALSE(folder->may_have(*now_.tree->find("a")));
  std::ifstream in(folder->path_of(moved));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), long_);
  EXPECT_TRUE(fs::exists(found[0].part_path / "b"));
}

TEST_F(OtherVersions, give_no_holes_for_content) {
  const std::string large(8 << 20, 'x');
  const Version old{{{"large", large}}};
  const Version fresh{{{"large", large}, {"new", "new"}}};
  leave(old, "large", std::string_view(large).substr(0, 65536));
  const auto folder = open(fresh);
  const auto found = other_versions(home_.path(), name_, fresh.hash);
  ASSERT_THAT(found, SizeIs(1));
  ASSERT_TRUE(take_over(found[0], *folder, *fresh.tree, all(*fresh.tree), {}));
  struct stat status {};
  ASSERT_EQ(::stat(folder->path_of(*fresh.tree->find("large")).c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 8 << 20);
  EXPECT_LT(status.st_blocks * 512, 4 << 20);
}

TEST_F(OtherVersions, give_nothing_through_a_link_and_nothing_of_another_length) {
  leave(before_, "b", long_);
  const auto found = others();
  ASSERT_THAT(found, SizeIs(1));
  std::ofstream(home_ / "elsewhere") << long_;
  fs::remove(found[0].part_path / "b");
  fs::create_symlink(home_ / "elsewhere", found[0].part_path / "b");
  const auto folder = open(now_);
  EXPECT_EQ(take_over(found[0], *folder, *now_.tree, all(*now_.tree), {})->files, 0u);
  fs::remove(found[0].part_path / "b");
  std::ofstream(found[0].part_path / "b") << "short";
  EXPECT_EQ(take_over(found[0], *folder, *now_.tree, all(*now_.tree), {})->files, 0u);
  fs::remove(found[0].part_path / "b");
  ::mkfifo((found[0].part_path / "b").c_str(), 0600);
  EXPECT_EQ(take_over(found[0], *folder, *now_.tree, all(*now_.tree), {})->files, 0u);
}

TEST_F(OtherVersions, give_nothing_when_it_shall_stop) {
  leave(before_, "b", long_);
  const auto folder = open(now_);
  std::stop_source stop;
  stop.request_stop();
  const auto taken =
      take_over(others().front(), *folder, *now_.tree, all(*now_.tree), stop.get_token());
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::cancelled);
}

TEST_F(OtherVersions, a_folder_that_is_there_tells_whether_it_has_something_of_the_tree) {
  const auto before = [&] { return open(now_)->before(); };
  EXPECT_FALSE(before().anything);
  fs::create_directories(home_ / "photos" / "moved");
  fs::remove(home_ / "photos" / "moved");
  EXPECT_FALSE(before().anything);
  std::ofstream(home_ / "photos" / "own") << "mine";
  EXPECT_TRUE(before().anything);
  EXPECT_FALSE(before().some_of_it);
  std::ofstream(home_ / "photos" / "new") << "new";
  EXPECT_TRUE(before().some_of_it);
  EXPECT_FALSE(before().all_of_it);
  EXPECT_FALSE(stand_there(home_ / "photos", *now_.tree, all(*now_.tree)));
  std::ofstream(home_ / "photos" / "a") << "other";
  fs::create_directories(home_ / "photos" / "moved");
  std::ofstream(home_ / "photos" / "moved" / "b") << long_;
  EXPECT_TRUE(before().all_of_it);
  EXPECT_TRUE(stand_there(home_ / "photos", *now_.tree, all(*now_.tree)));
  EXPECT_FALSE(stand_there(home_ / "nowhere", *now_.tree, all(*now_.tree)));
}

TEST_F(OtherVersions, a_folder_that_is_there_tells_whether_it_would_get_hidden_names) {
  const Version dotted{{{"a", "first"}, {"b/.ssh/keys", "keys"}, {"c.d/e.", "fine"}}};
  std::filesystem::create_directories(home_ / "photos" / "b" / ".ssh");
  std::ofstream(home_ / "photos" / "a") << "first";
  EXPECT_EQ(open(dotted)->before().hidden, "b/.ssh/keys");
  std::ofstream(home_ / "photos" / "b" / ".ssh" / "keys") << "keys";
  EXPECT_EQ(open(dotted)->before().hidden, "");
}

}  // namespace
}  // namespace shoal::storage::other_versions_test
