// Two folders under one name, with the real programs.
#include <csignal>
#include <fstream>

#include "integration/loopback.hpp"
#include "support/folders.hpp"

namespace shoal::test::folder_conflicts_test {
namespace {

namespace fs = std::filesystem;

class FolderConflicts : public Loopback {
 protected:
  fs::path photos_ = make_folder(folder("theirs") / "photos");
  fs::path other_ = make_folder(folder("others") / "photos");

  void change(const fs::path& folder) const {
    std::ofstream(folder / "new.txt") << "added";
    fs::remove(folder / "2024" / "p3.jpg");
    std::ofstream(folder / "2024" / "p7.jpg", std::ios::app) << "more";
  }
  static void expect_differences(const std::string& reason) {
    EXPECT_NE(reason.find("1 added (\"new.txt\")"), std::string::npos) << reason;
    EXPECT_NE(reason.find("1 removed (\"2024/p3.jpg\")"), std::string::npos) << reason;
    EXPECT_NE(reason.find("1 changed (\"2024/p7.jpg\")"), std::string::npos) << reason;
  }
};

TEST_F(FolderConflicts, says_in_which_files_they_differ) {
  change(other_);
  Program holder = seeder_of(photos_);
  Program second = start_seeder({other_.string()});
  const Json refused = second.wait_for("refused");
  EXPECT_EQ(refused.at("code"), 5);
  expect_differences(refused.at("reason"));
}

TEST_F(FolderConflicts, is_told_when_who_holds_the_name_does_not_answer_and_the_next_is_offered) {
  change(other_);
  Program holder = seeder_of(photos_);
  holder.signal(SIGSTOP);
  const fs::path fine = make_folder(folder("third") / "fine", 7);
  Program second = start_seeder({other_.string(), fine.string()});
  second.wait_for("registered", named("fine"));
  EXPECT_EQ(second.wait_for("refused").at("code"), 5);
  holder.signal(SIGCONT);
}

TEST_F(FolderConflicts, one_that_has_got_a_file_more_is_offered_anew_when_it_is_named_again) {
  Program seeder = seeder_of(photos_);
  const std::string before = seeder.wait_for("registered").at("info_hash");
  std::ofstream(photos_ / "new.txt") << "added";
  seeder.type(photos_.string());
  seeder.wait_for("registered", [&](const Json& e) { return e.at("info_hash") != before; });
  const Json told = seeder.wait_for("notice", [](const Json& e) {
    return e.at("message").get<std::string>().contains("1 added (\"new.txt\")");
  });
}

TEST_F(FolderConflicts, two_that_are_here_are_told_apart_too) {
  change(other_);
  Program seeder = seeder_of(photos_);
  seeder.type(other_.string());
  const Json refused = seeder.wait_for("refused");
  EXPECT_EQ(refused.at("code"), 5);
  expect_differences(refused.at("reason"));
}

}  // namespace
}  // namespace shoal::test::folder_conflicts_test
