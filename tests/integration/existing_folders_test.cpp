// What is in the destination before a folder comes, with the real programs.
#include <algorithm>
#include <csignal>
#include <fstream>
#include <optional>

#include "integration/loopback.hpp"
#include "support/folders.hpp"

namespace shoal::test::existing_folders_test {
namespace {

namespace fs = std::filesystem;

class ExistingFolders : public Loopback {
 protected:
  fs::path photos_ = make_folder(folder("theirs") / "photos");
  fs::path here_ = folder("here");
  fs::path torrents_ = folder("torrents");
  Program seeder_ = start_seeder({photos_.string(), "--torrent-dir", torrents_.string()});
  std::string magnet_ = seeder_.wait_for("registered").at("magnet");

  void put_own_file() const {
    fs::create_directories(here_ / "photos");
    std::ofstream(here_ / "photos" / "own.txt") << "mine";
  }
  /// Where it was told among all events; nothing: it was not.
  [[nodiscard]] static std::optional<std::size_t> place_of_notice(const Program& program,
                                                                  const std::string& words) {
    const auto& events = program.events();
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (events[i].at("event") == "notice" &&
          events[i].at("message").get<std::string>().contains(words)) {
        return i;
      }
    }
    return std::nullopt;
  }
  [[nodiscard]] static std::size_t place_of(const Program& program, const std::string& event) {
    const auto& events = program.events();
    const auto found =
        std::ranges::find_if(events, [&](const Json& e) { return e.at("event") == event; });
    return static_cast<std::size_t>(found - events.begin());
  }
};

TEST_F(ExistingFolders, a_links_folder_is_not_put_into_one_that_has_nothing_of_it) {
  put_own_file();
  for (const std::string& link : {magnet_, (torrents_ / "photos.torrent").string()}) {
    Program leecher = leecher_of(link, here_);
    const Json failed = leecher.wait_for("failed");
    EXPECT_EQ(failed.at("code"), 5);
    EXPECT_NE(failed.at("reason").get<std::string>().find("--as photos"), std::string::npos)
        << failed;
    EXPECT_EQ(leecher.wait_for_exit(), 5);
    EXPECT_EQ(content_of(here_), (FolderContent{{"photos", "/"}, {"photos/own.txt", "mine"}}));
  }
}

TEST_F(ExistingFolders, a_links_folder_is_put_there_when_people_name_it) {
  put_own_file();
  Program leecher = leecher_of(magnet_, here_, {"--no-seed", "--as", "photos"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  const auto told = place_of_notice(leecher, "is there already: what is missing is added to it");
  ASSERT_TRUE(told);
  EXPECT_LT(*told, place_of(leecher, "complete"));
  fs::remove(here_ / "photos" / "own.txt");
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
}

TEST_F(ExistingFolders, a_links_folder_goes_on_in_one_that_has_some_of_it) {
  fs::create_directories(here_ / "photos" / "2024");
  fs::copy_file(photos_ / "2024" / "p3.jpg", here_ / "photos" / "2024" / "p3.jpg");
  Program leecher = leecher_of(magnet_, here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(place_of_notice(leecher, "is there already"));
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
}

TEST_F(ExistingFolders, a_links_folder_adds_nothing_hidden_to_one_that_is_there) {
  const fs::path theirs = folder("dotted") / "alice";
  fs::create_directories(theirs / ".ssh");
  std::ofstream(theirs / ".ssh" / "authorized_keys") << "theirs";
  std::ofstream(theirs / "known.txt") << "known to everybody";
  Program seeder = start_seeder({theirs.string()});
  const std::string magnet = seeder.wait_for("registered").at("magnet");
  fs::create_directories(here_ / "alice");
  fs::copy_file(theirs / "known.txt", here_ / "alice" / "known.txt");
  Program leecher = leecher_of(magnet, here_);
  const Json failed = leecher.wait_for("failed");
  EXPECT_EQ(failed.at("code"), 5);
  EXPECT_NE(failed.at("reason").get<std::string>().find(".ssh/authorized_keys"), std::string::npos)
      << failed;
  EXPECT_EQ(leecher.wait_for_exit(), 5);
  EXPECT_FALSE(fs::exists(here_ / "alice" / ".ssh"));
  Program fresh = leecher_of(magnet, folder("there"), {"--no-seed"});
  EXPECT_EQ(fresh.wait_for_exit(), 0);
}

TEST_F(ExistingFolders, a_links_folder_fills_an_empty_one) {
  fs::create_directory(here_ / "photos");
  Program leecher = leecher_of(magnet_, here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
}

TEST_F(ExistingFolders, that_one_is_added_to_is_told_before) {
  put_own_file();
  Program leecher = leecher_of("photos", here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  const auto told = place_of_notice(leecher, "is there already: what is missing is added to it");
  ASSERT_TRUE(told);
  EXPECT_LT(*told, place_of(leecher, "complete"));
  EXPECT_EQ(content_of(here_ / "photos").at("own.txt"), "mine");
  Program again = leecher_of("photos", here_, {"--no-seed"});
  EXPECT_EQ(again.wait_for_exit(), 0);
  EXPECT_FALSE(place_of_notice(again, "is there already")) << "nothing is missing";
}

TEST_F(ExistingFolders, a_torrent_that_nobody_has_ends_as_a_name_does) {
  seeder_.signal(SIGINT);
  EXPECT_EQ(seeder_.wait_for_exit(), 0);
  fs::create_directories(here_ / "photos" / "2024");
  fs::copy_file(photos_ / "2024" / "p3.jpg", here_ / "photos" / "2024" / "p3.jpg");
  Program leecher = leecher_of((torrents_ / "photos.torrent").string(), here_);
  EXPECT_EQ(leecher.wait_for("failed").at("code"), 3);
  EXPECT_EQ(leecher.wait_for_exit(), 3);
  EXPECT_EQ(leecher.count("found"), 0) << "nothing was begun";
}

TEST_F(ExistingFolders, a_torrent_whose_folder_is_here_needs_nobody) {
  seeder_.signal(SIGINT);
  EXPECT_EQ(seeder_.wait_for_exit(), 0);
  fs::copy(photos_, here_ / "photos",
           fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  Program leecher = leecher_of((torrents_ / "photos.torrent").string(), here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for("complete").at("fetched"), 0);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
}

TEST_F(ExistingFolders, a_part_of_a_torrent_file_is_fetched_by_its_path) {
  const std::string torrent = (torrents_ / "photos.torrent").string();
  Program leecher = leecher_of(torrent + "/2024/p1*.jpg", here_, {"--no-seed"});
  EXPECT_EQ(leecher.wait_for("complete").at("files"), 11);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  Program none = leecher_of(torrent + "/2025", here_, {"--no-seed"});
  const Json failed = none.wait_for("failed");
  EXPECT_NE(failed.at("reason").get<std::string>().find("no \"2025\" in \"photos\""),
            std::string::npos)
      << failed;
  EXPECT_EQ(none.wait_for_exit(), 3);
}

TEST_F(ExistingFolders, two_arguments_that_mean_one_folder_end_both) {
  const std::string torrent = (torrents_ / "photos.torrent").string();
  Program leecher =
      start_leecher({"photos/2023", torrent + "/2024", "--output", here_.string(), "--no-seed"});
  EXPECT_EQ(leecher.wait_for_exit(), 0) << leecher.output();
  EXPECT_EQ(leecher.count("complete"), 2);
  EXPECT_TRUE(same_content(photos_ / "2023" / "long.bin", here_ / "photos" / "2023" / "long.bin"));
  EXPECT_TRUE(same_content(photos_ / "2024" / "p7.jpg", here_ / "photos" / "2024" / "p7.jpg"));
}

TEST_F(ExistingFolders, what_an_earlier_version_has_left_is_used_and_told) {
  seeder_.signal(SIGINT);
  EXPECT_EQ(seeder_.wait_for_exit(), 0);
  std::string before;
  {
    Program slow = start_seeder({photos_.string(), "--upload-limit", "300K"});
    before = slow.wait_for("registered").at("info_hash");
    Program stopped = leecher_of("photos", here_);
    stopped.wait_for("progress", [](const Json& e) { return e.at("bytes") > 700'000; });
    stopped.signal(SIGINT);
    EXPECT_EQ(stopped.wait_for_exit(), 130);
  }
  std::ofstream(photos_ / "new.txt") << "added";
  Program seeder = seeder_of(photos_);
  Program leecher = leecher_of("photos", here_, {"--no-seed"});
  const std::uint64_t length = leecher.wait_for("found").at("length");
  const std::uint64_t twice = fs::file_size(photos_ / "2023" / "long.bin");
  EXPECT_LT(fetched(leecher), length - twice - 300'000);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(place_of_notice(leecher, "--info-hash " + before));
  EXPECT_TRUE(place_of_notice(leecher, "photos." + before.substr(0, 8) + ".part"));
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
}

TEST_F(ExistingFolders, a_part_of_a_folder_is_offered_as_that) {
  Program leecher = leecher_of("photos/2023", here_);
  const Json seeding = leecher.wait_for("seeding");
  const Json registered = leecher.wait_for("registered");
  EXPECT_EQ(seeding.at("files"), 29);
  for (const Json& told : {seeding, registered}) {
    EXPECT_EQ(told.at("here").at("files"), 2) << told;
    EXPECT_EQ(told.at("here").at("bytes"), (1 << 20) + 4711 + 16384) << told;
  }
}

}  // namespace
}  // namespace shoal::test::existing_folders_test
