// Room that is taken in advance, on a disk where files can share theirs. That disk is played: this
// machine's may be none.
#include <atomic>
#include <cstdarg>
#include <cstdint>
#include <fstream>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "hash/sha256.hpp"
#include "metainfo/tree_dictionary.hpp"
#include "storage/other_versions.hpp"
#include "support/fetched_folder.hpp"

namespace {

std::atomic<bool> disk_shares_room = false;

}  // namespace

/// The system's, but for FICLONE: the room that the second file had is gone.
extern "C" int ioctl(int descriptor, unsigned long request, ...) noexcept {
  va_list arguments;
  va_start(arguments, request);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  if (request != FICLONE || !disk_shares_room)
    return static_cast<int>(::syscall(SYS_ioctl, descriptor, request, argument));
  struct stat from {};
  const int source = static_cast<int>(reinterpret_cast<std::intptr_t>(argument));
  if (::fstat(source, &from) != 0 || ::ftruncate(descriptor, 0) != 0) return -1;
  return ::ftruncate(descriptor, from.st_size);
}

namespace shoal::storage::copied_room_test {
namespace {

namespace fs = std::filesystem;

class CopiedRoom : public testing::Test {
 protected:
  CopiedRoom() { disk_shares_room = true; }
  ~CopiedRoom() override { disk_shares_room = false; }

  static std::uint64_t room_of(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
  }
  [[nodiscard]] std::unique_ptr<PartFolder> open(const fs::path& directory, const std::string& file,
                                                 const PartOptions& options) {
    TreeEntry entry{.path = file, .length = content_.size()};
    entry.root = sha256(as_bytes(content_));
    std::vector<TreeEntry> entries;
    entries.push_back(std::move(entry));
    tree_ = std::make_shared<const FileTree>(*FileTree::make("photos", 16384, std::move(entries)));
    const Bytes dictionary = tree_dictionary(*tree_);
    hash_ = InfoHash{sha256(dictionary).bytes};
    Bitfield all(1);
    all.set_all();
    return PartFolder::open(directory, *FileName::parse("photos"), tree_, hash_, std::move(all),
                            dictionary, options)
        .value();
  }

  static constexpr std::uint64_t kSize = 4 << 20;
  const std::string content_ = std::string(kSize, 'x');
  const PartOptions preallocate_{.room = {.preallocate = true}};
  std::shared_ptr<const FileTree> tree_;
  InfoHash hash_{};
};

TEST_F(CopiedRoom, of_an_equal_file_stays_taken) {
  const test::FetchedFolder photos({{"a", content_}, {"b", content_}});
  const auto folder = photos.open(preallocate_);
  photos.fill(*folder, "a");
  ASSERT_TRUE(folder->open(photos.at("b")));
  ASSERT_TRUE(folder->copy(photos.at("a"), photos.at("b")).value());
  Bytes there(kSize);
  ASSERT_TRUE((*folder->open(photos.at("b")))->read_at(0, there));
  EXPECT_EQ(as_text(there), content_);
  EXPECT_GE(room_of(folder->path_of(photos.at("b"))), kSize);
}

TEST_F(CopiedRoom, of_what_another_version_has_left_stays_taken) {
  const test::TempDir home;
  {
    const auto before = open(home.path(), "before", {});
    const auto writing = before->write(FileIndex{0});
    const BytesView some = as_bytes(content_).first(65536);
    ASSERT_TRUE(writing->file().write_at(0, {&some, 1}));
  }
  const auto folder = open(home.path(), "now", preallocate_);
  const auto others = other_versions(home.path(), *FileName::parse("photos"), hash_);
  ASSERT_EQ(others.size(), 1u);
  const std::vector<FileIndex> files{FileIndex{0}};
  EXPECT_EQ(take_over(others[0], *folder, *tree_, files, {})->files, 1u);
  EXPECT_GE(room_of(folder->path_of(FileIndex{0})), kSize);
  Bytes begin(65536);
  ASSERT_TRUE((*folder->open(FileIndex{0}))->read_at(0, begin));
  EXPECT_EQ(as_text(begin), content_.substr(0, begin.size()));
}

TEST_F(CopiedRoom, is_shared_where_none_was_taken) {
  const test::FetchedFolder photos({{"a", content_}, {"b", content_}});
  const auto folder = photos.open();
  photos.fill(*folder, "a");
  ASSERT_TRUE(folder->copy(photos.at("a"), photos.at("b")).value());
  EXPECT_LT(room_of(folder->path_of(photos.at("b"))), kSize);
}

}  // namespace
}  // namespace shoal::storage::copied_room_test
