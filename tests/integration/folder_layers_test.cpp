// Folders of files that are longer than a piece, from those who have a part of them.
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "integration/loopback.hpp"
#include "support/folders.hpp"

namespace shoal::test::folder_layers_test {
namespace {

namespace fs = std::filesystem;

class FolderLayers : public Loopback {
 protected:
  /// A folder of some files, and so of some layers, more than are asked for at once.
  [[nodiscard]] static fs::path make(const fs::path& path) {
    for (const char* half : {"left", "right"}) {
      fs::create_directories(path / half);
      for (std::uint64_t i = 0; i < kFiles; ++i) {
        make_file(path / half / (std::to_string(i) + ".bin"), kSize + i, half[0] + i);
      }
    }
    make_file(path / "readme.txt", 100, 99);
    return path;
  }

  static constexpr std::uint64_t kFiles = 12;
  static constexpr std::uint64_t kSize = 100'000;
  static constexpr std::uint64_t kHalf = kFiles * kSize + kFiles * (kFiles - 1) / 2;

  fs::path photos_ = make(folder("theirs") / "photos");
  fs::path here_ = folder("here");
};

TEST_F(FolderLayers, what_somebody_has_of_it_comes_though_nobody_has_the_layers_of_the_rest) {
  std::optional<Program> seeder = seeder_of(photos_);
  Program part = leecher_of("photos/left", folder("part"));
  part.wait_for("seeding");
  seeder.reset();
  {
    Program killed = leecher_of("photos", here_);
    killed.wait_for("progress", has_bytes(kHalf));
    killed.kill();
  }
  Program again = leecher_of("photos", here_, {"--no-seed"});
  again.wait_for("progress", has_bytes(kHalf));
  EXPECT_FALSE(fs::exists(here_ / "photos"));
  Program back = seeder_of(photos_);
  EXPECT_EQ(fetched(again), kHalf + 100) << "none of the first half";
  EXPECT_EQ(again.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
}

TEST_F(FolderLayers, all_of_it_comes_from_two_who_have_a_half_each) {
  std::optional<Program> seeder = seeder_of(photos_);
  Program left = leecher_of("photos/left", folder("one"));
  const fs::path two = folder("two");
  Program right = start_leecher({"photos/right", "photos/readme.txt", "--output", two.string()});
  left.wait_for("seeding");
  right.wait_for("seeding");
  seeder.reset();
  Program leecher = leecher_of("photos", here_, {"--no-seed"});
  leecher.wait_for("complete");
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
}

TEST_F(FolderLayers, all_that_is_in_the_way_is_named_whenever_its_own_layer_comes) {
  for (const char* file : {"left/0.bin", "left/11.bin", "right/11.bin"}) {
    fs::create_directories((here_ / "photos" / file).parent_path());
    make_file(here_ / "photos" / file, fs::file_size(photos_ / file), 1000);
  }
  Program seeder = seeder_of(photos_);
  Program leecher = leecher_of("photos", here_);
  const Json failed = leecher.wait_for("failed");
  EXPECT_EQ(failed.at("code"), 5);
  const std::string reason = failed.at("reason");
  EXPECT_TRUE(reason.starts_with("3 files are in the way")) << reason;
  EXPECT_EQ(leecher.wait_for_exit(), 5);
  std::set<std::string> named;
  for (const Json& event : leecher.events()) {
    if (event.at("event") == "notice") named.insert(event.at("message"));
  }
  for (const char* file : {"left/0.bin", "left/11.bin", "right/11.bin"}) {
    const std::string path = (here_ / "photos" / file).string();
    EXPECT_TRUE(named.contains(path + " exists already with other content.")) << path;
  }
}

TEST_F(FolderLayers, what_is_in_the_way_ends_it_though_more_may_be_that_nobody_can_prove) {
  std::optional<Program> seeder = seeder_of(photos_);
  Program part = leecher_of("photos/left", folder("part"));
  part.wait_for("seeding");
  seeder.reset();
  for (const char* file : {"left/0.bin", "right/0.bin"}) {
    fs::create_directories((here_ / "photos" / file).parent_path());
    make_file(here_ / "photos" / file, fs::file_size(photos_ / file), 1000);
  }
  Program leecher = leecher_of("photos", here_);
  const Json failed = leecher.wait_for("failed");
  EXPECT_EQ(failed.at("code"), 5);
  const std::string reason = failed.at("reason");
  EXPECT_TRUE(reason.starts_with("1 file is in the way")) << reason;
  EXPECT_NE(reason.find("perhaps with others"), std::string::npos) << reason;
  EXPECT_EQ(leecher.wait_for_exit(), 5);
}

}  // namespace
}  // namespace shoal::test::folder_layers_test
