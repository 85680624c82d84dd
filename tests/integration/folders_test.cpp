// Folders by name, with the real programs.
#include "support/folders.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>

#include "integration/loopback.hpp"

namespace shoal::test::folders_test {
namespace {

namespace fs = std::filesystem;

class Folders : public Loopback {
 protected:
  fs::path photos_ = make_folder(folder("theirs") / "photos");
  fs::path here_ = folder("here");

  [[nodiscard]] std::vector<std::string> notices(const Program& program) const {
    std::vector<std::string> found;
    for (const Json& event : program.events()) {
      if (event.at("event") == "notice") found.push_back(event.at("message"));
    }
    return found;
  }
};

TEST_F(Folders, is_fetched_by_its_name_with_all_that_is_in_it) {
  Program seeder = seeder_of(photos_);
  const Json registered = seeder.wait_for("registered");
  EXPECT_EQ(registered.at("kind"), "folder");
  EXPECT_EQ(registered.at("files"), 29);
  Program leecher = leecher_of("photos", here_, {"--no-seed"});
  const Json found = leecher.wait_for("found");
  EXPECT_EQ(found.at("info_hash"), registered.at("info_hash"));
  EXPECT_EQ(found.at("wanted").at("files"), 29);
  const Json complete = leecher.wait_for("complete");
  EXPECT_EQ(complete.at("path"), (here_ / "photos").string());
  EXPECT_EQ(complete.at("bytes"), registered.at("length"));
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
  EXPECT_EQ(std::distance(fs::directory_iterator(here_), {}), 1) << "nothing else is left";
}

TEST_F(Folders, goes_on_from_leechers_when_its_seeder_has_left) {
  std::optional<Program> seeder = seeder_of(photos_);
  Program one = leecher_of("photos", here_);
  Program two = leecher_of("photos", folder("two"));
  one.wait_for("complete");
  two.wait_for("complete");
  one.wait_for("registered");
  seeder.reset();
  Program last = leecher_of("photos", folder("three"), {"--no-seed"});
  last.wait_for("complete");
  EXPECT_EQ(last.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos_, home_.path() / "three" / "photos"));
}

TEST_F(Folders, a_part_is_fetched_by_path_folder_and_pattern_in_one_download) {
  Program seeder = seeder_of(photos_);
  Program leecher = start_leecher({"photos/2024/p1*.jpg", "photos/2023/deep", "photos/2023.txt",
                                   "--output", here_.string(), "--no-seed"});
  const Json found = leecher.wait_for("found");
  EXPECT_EQ(found.at("wanted").at("files"), 13);  // p1, p10 to p19, one in deep, and 2023.txt
  EXPECT_EQ(leecher.wait_for("complete").at("files"), 13);
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(leecher.count("complete"), 1);
  const FolderContent all = content_of(photos_);
  FolderContent some = content_of(here_ / "photos");
  std::erase_if(some, [](const auto& entry) { return entry.second == "/"; });
  EXPECT_EQ(some.size(), 13u);
  for (const auto& [path, content] : some) EXPECT_EQ(content, all.at(path)) << path;

  Program rest = leecher_of("photos", here_, {"--no-seed"});
  EXPECT_LT(fetched(rest), found.at("length").get<std::uint64_t>());
  EXPECT_EQ(rest.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
}

TEST_F(Folders, who_has_a_part_serves_that) {
  std::optional<Program> seeder = seeder_of(photos_);
  Program part = leecher_of("photos/2023", here_);
  part.wait_for("seeding");
  seeder.reset();
  const fs::path there = folder("there");
  Program other = leecher_of("photos/2023/deep", there, {"--no-seed"});
  other.wait_for("complete");
  EXPECT_EQ(other.wait_for_exit(), 0);
  const std::string file = "photos/2023/deep/er/one block.jpg";
  EXPECT_TRUE(same_content(here_ / file, there / file));
}

TEST_F(Folders, a_part_that_is_not_in_it_is_named_with_what_is) {
  Program seeder = seeder_of(photos_);
  Program leecher = leecher_of("photos/2024/P1.JPG", here_);
  const Json failed = leecher.wait_for("failed");
  EXPECT_EQ(failed.at("code"), 3);
  const std::string reason = failed.at("reason");
  EXPECT_NE(reason.find("\"2024/P1.JPG\""), std::string::npos) << reason;
  EXPECT_NE(reason.find("\"2024/p1.jpg\""), std::string::npos) << reason;
  EXPECT_EQ(leecher.wait_for_exit(), 3);
  EXPECT_TRUE(fs::is_empty(here_));
}

TEST_F(Folders, killed_again_and_again_it_goes_on_from_what_is_there) {
  Program seeder = start_seeder({photos_.string(), "--upload-limit", "1M"});
  seeder.wait_for("registered");
  std::uint64_t had = 0;
  for (int round = 0; round < 2; ++round) {
    Program killed = leecher_of("photos", here_);
    had = killed.wait_for("progress", [&](const Json& e) { return e.at("bytes") > had + 300'000; })
              .at("bytes");
    killed.kill();
    EXPECT_FALSE(fs::exists(here_ / "photos"));
  }
  Program again = leecher_of("photos", here_, {"--no-seed"});
  const std::uint64_t length = again.wait_for("found").at("length");
  EXPECT_LT(fetched(again), length - had / 2);
  EXPECT_EQ(again.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
}

TEST_F(Folders, what_is_in_the_way_is_named_and_left_as_it_is) {
  fs::create_directories(here_ / "photos" / "2024");
  std::ofstream(here_ / "photos" / "2023.txt") << "mine";       // another length
  make_file(here_ / "photos" / "2024" / "readme.md", 100, 99);  // another content
  fs::copy_file(photos_ / "2024" / "p3.jpg", here_ / "photos" / "2024" / "p3.jpg");
  std::ofstream(here_ / "photos" / "own.txt") << "not of the folder";
  Program seeder = seeder_of(photos_);
  Program leecher = leecher_of("photos", here_);
  EXPECT_EQ(leecher.wait_for("failed").at("code"), 5);
  EXPECT_EQ(leecher.wait_for_exit(), 5);
  const std::vector<std::string> told = notices(leecher);
  EXPECT_TRUE(std::ranges::any_of(told, [](const auto& n) { return n.contains("2023.txt"); }));
  EXPECT_EQ(content_of(here_ / "photos").at("2023.txt"), "mine");

  fs::remove(here_ / "photos" / "2023.txt");
  Program again = leecher_of("photos", here_);
  EXPECT_NE(again.wait_for("failed").at("reason").get<std::string>().find("in the way"),
            std::string::npos);
  EXPECT_EQ(again.wait_for_exit(), 5);
  const std::vector<std::string> then = notices(again);
  EXPECT_TRUE(std::ranges::any_of(then, [](const auto& n) { return n.contains("readme.md"); }));

  fs::remove(here_ / "photos" / "2024" / "readme.md");
  Program last = leecher_of("photos", here_, {"--no-seed"});
  last.wait_for("complete");
  EXPECT_EQ(last.wait_for_exit(), 0);
  fs::remove(here_ / "photos" / "own.txt");
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
}

TEST_F(Folders, a_file_that_changes_is_not_served_any_more_and_the_rest_is) {
  Program seeder = seeder_of(photos_);
  std::ofstream(photos_ / "2024" / "p7.jpg", std::ios::app) << "more";
  const Json told = seeder.wait_for("notice", [](const Json& event) {
    return event.at("message").get<std::string>().contains("p7.jpg");
  });
  Program some = leecher_of("photos/2023", here_, {"--no-seed"});
  some.wait_for("complete");
  EXPECT_EQ(some.wait_for_exit(), 0);
  EXPECT_TRUE(same_content(photos_ / "2023" / "long.bin", here_ / "photos" / "2023" / "long.bin"));
}

TEST_F(Folders, one_that_has_changed_is_offered_as_it_is_now_when_it_is_named_again) {
  Program seeder = seeder_of(photos_);
  const std::string before = seeder.wait_for("registered").at("info_hash");
  std::ofstream(photos_ / "2024" / "p7.jpg", std::ios::app) << "more";
  seeder.wait_for("notice", [](const Json& event) {
    return event.at("message").get<std::string>().contains("p7.jpg");
  });
  seeder.type(photos_.string());
  seeder.wait_for("registered", [&](const Json& event) { return event.at("info_hash") != before; });
  Program leecher = leecher_of("photos", here_, {"--no-seed"});
  leecher.wait_for("complete");
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
}

TEST_F(Folders, what_is_in_one_is_told_without_fetching_it) {
  Program seeder = seeder_of(photos_);
  Program all = start_leecher({"--list", "photos/"});
  EXPECT_EQ(all.wait_for_exit(), 0);
  EXPECT_EQ(all.count("entry"), 29);
  Program some = start_leecher({"--list", "photos/2024/p1?.jpg"});
  EXPECT_EQ(some.wait_for_exit(), 0);
  EXPECT_EQ(some.count("entry"), 10);
  Program none = start_leecher({"--list", "photos/2025"});
  EXPECT_EQ(none.wait_for_exit(), 3);
}

TEST_F(Folders, equal_files_are_fetched_once) {
  Program seeder = seeder_of(photos_);
  Program leecher = leecher_of("photos", here_, {"--no-seed"});
  const std::uint64_t length = leecher.wait_for("found").at("length");
  EXPECT_EQ(fetched(leecher), length - fs::file_size(photos_ / "2023" / "long.bin"));
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
}

TEST_F(Folders, an_empty_file_alone_is_a_part_too) {
  Program seeder = seeder_of(photos_);
  Program leecher = leecher_of("photos/empty.txt", here_, {"--no-seed"});
  leecher.wait_for("complete");
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_EQ(fs::file_size(here_ / "photos" / "empty.txt"), 0);
}

TEST_F(Folders, one_with_a_link_out_of_it_is_offered_without_that_link_or_refused) {
  fs::create_symlink("/etc/passwd", photos_ / "secret");
  Program seeder = start_seeder({photos_.string()});
  seeder.wait_for("notice", [](const Json& event) {
    return event.at("message").get<std::string>().contains("secret");
  });
  EXPECT_EQ(seeder.wait_for("registered").at("files"), 29);
  Program strict = start_seeder({photos_.string(), "--strict"});
  EXPECT_NE(strict.wait_for("refused").at("reason").get<std::string>().find("secret"),
            std::string::npos);
}

TEST_F(Folders, of_one_file_of_its_own_name_or_of_nothing_is_refused_with_what_to_do) {
  const fs::path twice = folder("theirs2") / "one.bin";
  fs::create_directory(twice);
  make_file(twice / "one.bin", 1000);
  Program seeder = start_seeder({twice.string()});
  EXPECT_NE(seeder.wait_for("refused").at("reason").get<std::string>().find("by itself"),
            std::string::npos);
  const fs::path nothing = folder("nothing");
  make_file(nothing / "empty", 0);
  Program other = start_seeder({nothing.string()});
  other.wait_for("refused");
}

TEST_F(Folders, of_a_single_file_keeps_its_folder_when_fetched_by_name) {
  const fs::path single = folder("single");
  make_file(single / "one.bin", 100'000);
  Program seeder = seeder_of(single);
  Program leecher = leecher_of("single", here_, {"--no-seed"});
  leecher.wait_for("complete");
  EXPECT_EQ(leecher.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(single, here_ / "single"));
}

TEST_F(Folders, is_fetched_by_its_magnet_link_and_by_its_torrent_file) {
  const fs::path torrents = folder("torrents");
  Program seeder = start_seeder({photos_.string(), "--torrent-dir", torrents.string()});
  const std::string magnet = seeder.wait_for("registered").at("magnet");
  Program by_magnet = leecher_of(magnet, here_, {"--no-seed"});
  by_magnet.wait_for("complete");
  EXPECT_EQ(by_magnet.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos_, here_ / "photos"));
  const fs::path there = folder("there");
  Program by_file = leecher_of((torrents / "photos.torrent").string(), there, {"--no-seed"});
  by_file.wait_for("complete");
  EXPECT_EQ(by_file.wait_for_exit(), 0);
  EXPECT_TRUE(same_folder(photos_, there / "photos"));
}

TEST_F(Folders, another_content_than_the_one_that_was_asked_for_is_not_fetched) {
  Program seeder = seeder_of(photos_);
  const std::string hash = seeder.wait_for("registered").at("info_hash");
  Program right = leecher_of("photos", here_, {"--no-seed", "--info-hash", hash});
  EXPECT_EQ(right.wait_for_exit(), 0);
  Program wrong = leecher_of("photos", folder("there"), {"--info-hash", std::string(64, '0')});
  EXPECT_EQ(wrong.wait_for_exit(), 5);
}

TEST_F(Folders, has_one_content_for_one_name) {
  Program seeder = seeder_of(photos_);
  const fs::path other = make_folder(folder("others") / "photos", 77);
  Program second = start_seeder({other.string()});
  EXPECT_EQ(second.wait_for("refused").at("code"), 5);
}

}  // namespace
}  // namespace shoal::test::folders_test
