#include "cli/limits.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"
#include "unit/cli/parse_helpers.hpp"

namespace shoal::cli::limits_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Silent : public Reporter {
 public:
  void report(const Event& event) override {
    if (const auto* notice = std::get_if<event::Notice>(&event)) said = notice->message;
  }
  void catalogue(std::span<const CatalogueEntry>, bool) override {}
  void folder(std::span<const FolderEntry>, bool) override {}
  void tracker_listening(std::span<const Endpoint>) override {}
  void web_page(std::string_view, bool) override {}
  void statistics(const TrackerStatistics&) override {}
  void complain(std::string_view sentence) override { complained = sentence; }
  void ask(std::string_view) override {}
  void answered() override {}

  std::string said;
  std::string complained;
};

struct Session {
  void set_limits(const RateLimits& wanted) { limits = wanted; }
  void set_upload_slots(std::size_t wanted) { slots = wanted; }
  RateLimits limits{1, 2};
  std::size_t slots = 3;
};

class ConfigFile : public testing::Test {
 protected:
  void write(std::string_view text) const { std::ofstream(path_) << text; }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  test::TempDir home_;
  std::filesystem::path path_ = home_ / "shoal.conf";
};

TEST_F(ConfigFile, gives_options_that_the_command_line_does_not) {
  write("# thin line\nupload-limit = 10M\ndownload-limit = \"1500K\"\ntracker = t.example:7000\n");
  const auto command = seeder({"a", "--config", path(), "--download-limit", "2M"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_TRUE(command->configured);
  EXPECT_EQ(command->peer.limits, (RateLimits{10 << 20, 2 << 20}));
  EXPECT_THAT(command->peer.trackers, ElementsAre("t.example:7000"));
}

TEST_F(ConfigFile, may_ask_for_pages_which_a_list_has_not) {
  write("web = 127.0.0.1:8080\nweb-token = token\n");
  const auto fetching = leecher({"a", "--config", path()});
  ASSERT_TRUE(fetching) << fetching.error().text;
  EXPECT_EQ(fetching->web.listen, Endpoint::parse("127.0.0.1:8080"));
  EXPECT_EQ(fetching->web.token_file, "token");
  const auto listing = leecher({"--list", "--config", path()});
  ASSERT_TRUE(listing) << listing.error().text;
  EXPECT_FALSE(listing->web.listen);
  EXPECT_FALSE(listing->web.token_file);
}

TEST_F(ConfigFile, with_a_word_that_is_no_option_is_refused_by_that_word) {
  write("uplod-limit = 10M\n");
  const auto command = leecher({"a", "--config", path()});
  ASSERT_FALSE(command);
  EXPECT_EQ(command.error().code, ExitCode::usage);
  EXPECT_THAT(command.error().text, HasSubstr("uplod-limit"));
}

TEST_F(ConfigFile, that_is_missing_is_refused_by_its_name) {
  const auto command = leecher({"a", "--config", path()});
  ASSERT_FALSE(command);
  EXPECT_THAT(command.error().text, HasSubstr("shoal.conf"));
}

TEST_F(ConfigFile, read_again_sets_the_limits_and_says_so) {
  write("upload-limit = 10M\n");
  Session session;
  Silent reporter;
  read_limits_again(session, seeder({"a", "--config", path()}), reporter);
  EXPECT_EQ(session.limits, (RateLimits{10 << 20, 0}));
  EXPECT_EQ(session.slots, 0U);
  EXPECT_EQ(reporter.said, "Limits now: 10 MiB/s up, no limit down.");
  EXPECT_EQ(reporter.complained, "");
}

TEST_F(ConfigFile, read_again_sets_the_upload_slots_too) {
  write("upload-slots = 8\n");
  Session session;
  Silent reporter;
  read_limits_again(session, leecher({"a", "--config", path()}), reporter);
  EXPECT_EQ(session.slots, 8U);
  EXPECT_EQ(reporter.said, "Limits now: no limit up, no limit down, 8 upload slots.");
}

TEST_F(ConfigFile, that_cannot_be_understood_when_read_again_changes_nothing) {
  write("upload-limit = fast\n");
  Session session;
  Silent reporter;
  read_limits_again(session, seeder({"a", "--config", path()}), reporter);
  EXPECT_EQ(session.limits, (RateLimits{1, 2}));
  EXPECT_EQ(session.slots, 3U);
  EXPECT_THAT(reporter.complained, HasSubstr("The limits stay as they were."));
  EXPECT_THAT(reporter.complained, HasSubstr("\"fast\" is not a rate"));
}

TEST(LimitOptions, are_bytes_a_second_and_none_by_default) {
  EXPECT_EQ(seeder({"a"})->peer.limits, RateLimits{});
  EXPECT_EQ(seeder({"a"})->peer.max_connections, 500U);
  EXPECT_FALSE(seeder({"a"})->configured);
  const auto command =
      leecher({"a", "--upload-limit", "500K", "--download-limit", "0", "--max-peers", "20"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_EQ(command->peer.limits, (RateLimits{500 << 10, 0}));
  EXPECT_EQ(command->peer.max_connections, 20U);
}

TEST(LimitOptions, serve_everybody_unless_slots_are_given) {
  EXPECT_EQ(seeder({"a"})->peer.upload_slots, 0U);
  EXPECT_EQ(seeder({"a", "--upload-slots", "4"})->peer.upload_slots, 4U);
  EXPECT_EQ(leecher({"a", "--upload-slots=0"})->peer.upload_slots, 0U);
  EXPECT_FALSE(leecher({"a", "--upload-slots", "few"}));
}

TEST(LimitOptions, that_make_no_sense_are_refused) {
  for (const char* rate : {"fast", "", "-1", "10X", "1", "1023", "10.5M"}) {
    const auto command = seeder({"a", std::string("--upload-limit=") + rate});
    EXPECT_FALSE(command) << rate;
  }
  EXPECT_FALSE(seeder({"a", "--max-peers", "0"}));
  EXPECT_FALSE(seeder({"a", "--max-peers", "many"}));
}

}  // namespace
}  // namespace shoal::cli::limits_test
