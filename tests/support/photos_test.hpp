#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "storage/part_folder.hpp"
#include "support/fetched_folder.hpp"
#include "support/temp_dir.hpp"

namespace shoal::test {

/// A folder of three files, an empty one and a link, and something outside that is not to be
/// touched.
class PhotosTest : public ::testing::Test {
 protected:
  PhotosTest() {
    std::filesystem::create_directory(outside_ / "folder");
    outside_.write("precious", "precious content");
  }

  [[nodiscard]] std::filesystem::path here(const std::string& path) const {
    return photos_.dir() / path;
  }
  [[nodiscard]] std::filesystem::path staged(const std::string& path) const {
    return here(FetchedFolder::kPart) / path;
  }
  [[nodiscard]] std::filesystem::path final(const std::string& path) const {
    return here("photos") / path;
  }
  void write(const std::filesystem::path& path, const std::string& content) const {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }
  [[nodiscard]] std::string read(const std::filesystem::path& path) const {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// What an earlier leecher has left.
  void begin() const { static_cast<void>(photos_.open()); }
  void expect_nothing_outside() const {
    EXPECT_EQ(outside_.read("precious"), "precious content");
    EXPECT_TRUE(std::filesystem::is_empty(outside_ / "folder"));
  }
  void expect_finished(storage::PartFolder& folder) const {
    const auto finished = folder.finish();
    ASSERT_TRUE(finished) << finished.error().message;
    EXPECT_TRUE(finished->to_prove.empty());
    for (const auto& one : finished->conflicts) ADD_FAILURE() << one.message;
  }
  /// All that is wanted is there, and nothing else.
  void expect_whole() const {
    EXPECT_EQ(photos_.what_is_there(),
              (std::set<std::string>{"photos/", "photos/a.jpg", "photos/empty", "photos/link",
                                     "photos/sub/", "photos/sub/b.jpg", "photos/sub/run"}));
    EXPECT_EQ(read(final("a.jpg")), "first");
    EXPECT_EQ(read(final("sub/b.jpg")), "second");
    EXPECT_EQ(read(final("sub/run")), "third");
    EXPECT_EQ(std::filesystem::read_symlink(final("link")), "sub/b.jpg");
  }
  /// The next leecher makes it whole.
  void expect_goes_on() const {
    const auto folder = photos_.open();
    photos_.fill_rest(*folder);
    expect_finished(*folder);
    expect_whole();
  }

  const TempDir outside_;
  FetchedFolder photos_{{{"a.jpg", "first"},
                         {"empty", ""},
                         {"link", "", false, "sub/b.jpg"},
                         {"sub/b.jpg", "second"},
                         {"sub/run", "third", true}}};
};

}  // namespace shoal::test
