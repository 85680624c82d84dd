#include "storage/folder_walk.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "support/temp_dir.hpp"

namespace shoal::storage::folder_walk_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FolderWalk : public testing::Test {
 protected:
  void file(const std::string& path, std::string_view content = "x") const {
    std::filesystem::create_directories((top_ / path).parent_path());
    dir_.write("photos/" + path, content);
  }
  void link(const std::string& path, const std::string& target) const {
    std::filesystem::create_directories((top_ / path).parent_path());
    std::filesystem::create_symlink(target, top_ / path);
  }
  [[nodiscard]] Result<FoundFolder> walked(Links links = Links::leave_out) const {
    return walk_folder(top_, links, {});
  }
  [[nodiscard]] std::vector<std::string> paths() const {
    std::vector<std::string> all;
    const auto found = walked();
    for (const FoundEntry& one : found.value().entries) all.push_back(one.entry.path);
    return all;
  }
  [[nodiscard]] std::string error(Links links = Links::leave_out) const {
    const auto found = walked(links);
    return found ? "no error" : found.error().message;
  }

  const test::TempDir dir_;
  const std::filesystem::path top_ = dir_ / "photos";
};

TEST_F(FolderWalk, finds_files_with_lengths_and_execute_bits_in_the_order_of_a_tree) {
  file("b/2", "four");
  file("b.txt", "");
  file("a");
  file("b/1/x");
  ASSERT_EQ(::chmod((top_ / "a").c_str(), 0755), 0);
  const auto found = walked();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(paths(), ElementsAre("a", "b/1/x", "b/2", "b.txt"));
  EXPECT_TRUE(found->entries[0].entry.executable);
  EXPECT_FALSE(found->entries[1].entry.executable);
  EXPECT_EQ(found->entries[2].entry.length, 4U);
  EXPECT_EQ(found->entries[2].version.identity.length, 4U);
  EXPECT_THAT(found->left_out, IsEmpty());
}

TEST_F(FolderWalk, keeps_links_to_what_is_in_the_folder_by_their_path_from_its_top) {
  file("a.txt");
  file("sub/x");
  link("one", "a.txt");
  link("sub/up", "../a.txt");
  link("sub/deep/far", "../../sub/./x");
  link("folder", "sub/");
  const auto found = walked();
  ASSERT_TRUE(found);
  std::vector<std::string> targets;
  for (const FoundEntry& one : found->entries) {
    if (one.entry.kind == TreeEntry::Kind::link) {
      targets.push_back(one.entry.path + " -> " + one.entry.target);
    }
  }
  EXPECT_THAT(targets, ElementsAre("folder -> sub", "one -> a.txt", "sub/deep/far -> sub/x",
                                   "sub/up -> a.txt"));
  EXPECT_EQ(error(Links::refuse), "no error");
}

TEST_F(FolderWalk, leaves_out_links_that_lead_elsewhere_or_refuses_them) {
  file("a.txt");
  file("sub/x");
  dir_.write("outside", "secret");
  for (const char* target : {"/etc/passwd", "../outside", "missing", ".", "..", "sub/../../outside",
                             "itself", "good", "folder/x"}) {
    SCOPED_TRACE(target);
    std::filesystem::remove_all(top_ / "itself");
    link("itself", target);
    if (!std::filesystem::is_symlink(top_ / "good")) link("good", "a.txt");
    if (!std::filesystem::is_symlink(top_ / "folder")) link("folder", "sub");
    const auto found = walked();
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_THAT(found->left_out, ElementsAre(HasSubstr("itself is a link to what is not in")));
    EXPECT_THAT(paths(), ElementsAre("a.txt", "folder", "good", "sub/x"));
    EXPECT_THAT(error(Links::refuse), HasSubstr("itself is a link"));
  }
}

TEST_F(FolderWalk, goes_into_no_link_but_may_begin_at_one) {
  file("a/x");
  link("a/again", "..");
  EXPECT_THAT(paths(), ElementsAre("a/x"));
  std::filesystem::create_directory_symlink(top_, dir_ / "other");
  const auto found = walk_folder(dir_ / "other", Links::leave_out, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->entries.size(), 1U);
}

TEST_F(FolderWalk, tells_of_empty_folders_the_first_of_many) {
  file("a");
  for (int i = 0; i < 100; ++i)
    std::filesystem::create_directories(top_ / ("e" + std::to_string(i)));
  const auto found = walked();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->left_out.size(), FoundFolder::kMostTold);
  EXPECT_EQ(found->left_out_count, 100U);
  EXPECT_THAT(found->left_out.front(), HasSubstr("is an empty folder"));
}

TEST_F(FolderWalk, refuses_what_nobody_could_store_and_names_it) {
  file("in/\xFF");
  EXPECT_THAT(error(), HasSubstr("photos/in/"));
  std::filesystem::remove_all(top_);
  file("in/line\nbreak");
  EXPECT_THAT(error(), HasSubstr("control character"));
  std::filesystem::remove_all(top_);
  file("in/a\\b");
  EXPECT_THAT(error(), HasSubstr("in/a"));
}

TEST_F(FolderWalk, refuses_pipes_sockets_and_devices_without_opening_them) {
  file("a");
  ASSERT_EQ(::mkfifo((top_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(error(), HasSubstr("photos/pipe is a pipe"));
  std::filesystem::remove(top_ / "pipe");

  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string place = (top_ / "s").string();
  ASSERT_LT(place.size(), sizeof(address.sun_path));
  place.copy(static_cast<char*>(address.sun_path), place.size());
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ::close(fd);
  EXPECT_THAT(error(), HasSubstr("photos/s is a socket"));
}

/// Somebody whom permissions hold back, for as long as it lives.
class NoRoot {
 public:
  NoRoot() {
    if (was_root_) ::seteuid(65534);
  }
  NoRoot(const NoRoot&) = delete;
  NoRoot& operator=(const NoRoot&) = delete;
  ~NoRoot() {
    if (was_root_) ::seteuid(0);
  }

 private:
  bool was_root_ = ::geteuid() == 0;
};

TEST_F(FolderWalk, refuses_what_may_not_be_read) {
  file("a");
  file("b/c");
  ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod((top_ / "a").c_str(), 0), 0);
  {
    const NoRoot user;
    EXPECT_THAT(error(), HasSubstr("photos/a"));
  }
  // Its owner may give himself the right to, but has not.
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown((top_ / "a").c_str(), 65534, 65534), 0);
  }
  {
    const NoRoot user;
    EXPECT_THAT(error(), HasSubstr("photos/a"));
  }
  std::filesystem::remove(top_ / "a");
  ASSERT_EQ(::chmod((top_ / "b").c_str(), 0), 0);
  {
    const NoRoot user;
    EXPECT_THAT(error(), HasSubstr("photos/b"));
  }
  ASSERT_EQ(::chmod((top_ / "b").c_str(), 0700), 0);
}

TEST_F(FolderWalk, refuses_a_folder_that_is_not_there_or_is_none) {
  EXPECT_THAT(error(), HasSubstr("photos"));
  dir_.write("photos", "a file");
  EXPECT_THAT(error(), HasSubstr("photos"));
}

TEST_F(FolderWalk, refuses_folders_deeper_than_a_path_may_be) {
  std::string deep = "a";
  for (int i = 0; i < 39; ++i) deep += "/a";
  file(deep + "/x");
  EXPECT_EQ(paths().size(), 1U);
  file(deep + "/a/x");
  EXPECT_THAT(error(), HasSubstr("more than 40 folders deep"));
}

TEST_F(FolderWalk, ends_when_it_is_told_to) {
  file("a");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(walk_folder(top_, Links::leave_out, stop.get_token()).error().code, Errc::cancelled);
}

}  // namespace
}  // namespace shoal::storage::folder_walk_test
