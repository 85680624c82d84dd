#include <chrono>
#include <fstream>
#include <regex>
#include <sys/stat.h>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"
#include "unit/cli/parse_helpers.hpp"

namespace shoal::cli::settings_test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class StandardFiles : public testing::Test {
 protected:
  static void write(const std::filesystem::path& file, std::string_view text) {
    std::ofstream(file) << text;
  }
  [[nodiscard]] Parsed<LeecherCommand> leecher(const std::vector<std::string>& arguments) const {
    return parse_leecher(arguments, files_);
  }
  [[nodiscard]] std::string refusal(std::string_view text) const {
    write(user_, text);
    const auto command = leecher({"a"});
    if (command) return "taken";
    EXPECT_EQ(command.error().code, ExitCode::usage);
    return command.error().text;
  }

  test::TempDir home_;
  std::filesystem::path user_ = home_ / "user.conf";
  std::filesystem::path system_ = home_ / "system.conf";
  ConfigFiles files_{user_, system_};
};

TEST_F(StandardFiles, need_not_exist) {
  EXPECT_TRUE(leecher({"a"}));
}

TEST_F(StandardFiles, give_way_to_the_command_line_and_the_system_s_to_the_user_s) {
  write(user_, "wait = 1m\noutput = /users\nsync = false\n");
  write(system_, "wait = 2m\noutput = /systems\nsync\npreallocate\ntracker = s:1, t:2\n");
  const auto command = leecher({"a", "--wait", "3m"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_EQ(command->fetch.wait, 3min);
  EXPECT_EQ(command->fetch.directory, "/users");
  EXPECT_FALSE(command->fetch.sync);
  EXPECT_TRUE(command->fetch.preallocate);
  EXPECT_THAT(command->peer.trackers, ElementsAre("s:1", "t:2"));
  EXPECT_FALSE(command->configured) << "a closed terminal must still end it";
}

TEST_F(StandardFiles, are_not_read_where_a_file_is_named) {
  write(user_, "wait = 1m\n");
  const auto command = leecher({"a", "--config", "/dev/null"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_EQ(command->fetch.wait, 0ms);
}

TEST_F(StandardFiles, do_not_stand_in_the_way_of_an_option_they_contradict) {
  write(user_, "seed-for = 1h\noutput = /users\n");
  EXPECT_TRUE(leecher({"--list"}));
  const auto command = leecher({"a", "--no-seed"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_FALSE(command->seed_for);
  EXPECT_THAT(refusal("no-seed\nseed-for = 1h\n"), HasSubstr("exclude each other"));
}

TEST_F(StandardFiles, take_addresses_in_brackets_and_values_in_quotes) {
  write(
      user_,
      "listen = [::]:7001\ntracker = [::1]:1, [::2]:2  # two\noutput = /my dir\nas = \"a # b\"\n");
  const auto command = leecher({"a"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_EQ(command->peer.listen, *Endpoint::parse("[::]:7001"));
  EXPECT_THAT(command->peer.trackers, ElementsAre("[::1]:1", "[::2]:2"));
  EXPECT_EQ(command->fetch.directory, "/my dir");
  EXPECT_EQ(command->fetch.as, "a # b");
}

TEST_F(StandardFiles, with_an_unknown_word_are_refused_with_the_nearest_one) {
  EXPECT_THAT(refusal("\nuplod-limit = 10M\n"),
              AllOf(HasSubstr("user.conf, line 2"), HasSubstr("did you mean upload-limit?")));
  EXPECT_THAT(refusal("qqqqqqqq = 1\n"), Not(HasSubstr("did you mean")));
  EXPECT_THAT(refusal("config = x\n"), HasSubstr("no option config"));
  EXPECT_THAT(refusal("[section]\n"), HasSubstr("line 1"));
  EXPECT_THAT(refusal("wait = soon\n"), AllOf(HasSubstr("line 1"), HasSubstr("wait")));
  EXPECT_THAT(refusal("wait\n"), HasSubstr("needs a value"));
  EXPECT_THAT(refusal("sync = perhaps\n"), HasSubstr("true or false"));
  EXPECT_THAT(refusal("wait = 1s\nwait = 2s\n"), HasSubstr("twice"));
}

TEST_F(StandardFiles, that_are_no_text_are_refused_at_once) {
  EXPECT_THAT(refusal(std::string_view("\0\1\2", 3)), HasSubstr("control characters"));
  EXPECT_THAT(refusal(std::string(70'000, '#')), HasSubstr("64 KiB"));
  std::filesystem::remove(user_);
  std::filesystem::create_directory(user_);
  EXPECT_THAT(leecher({"a"}).error().text, HasSubstr("no file of text"));
  std::filesystem::remove(user_);
  ASSERT_EQ(::mkfifo(user_.c_str(), 0600), 0);
  EXPECT_THAT(leecher({"a"}).error().text, HasSubstr("no file of text"));
}

TEST_F(StandardFiles, may_begin_with_the_mark_that_some_editors_put_there) {
  write(user_, "\xEF\xBB\xBFwait = 1m\n");
  const auto command = leecher({"a"});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_EQ(command->fetch.wait, 1min);
}

TEST_F(StandardFiles, may_be_pipes_where_a_person_names_one_as_shells_do) {
  const auto pipe = home_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::jthread writer([&] { write(pipe, "wait = 1m\n"); });
  const auto command = leecher({"a", "--config", pipe.string()});
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_EQ(command->fetch.wait, 1min);
}

TEST_F(StandardFiles, are_shown_with_what_holds_and_where_it_is_from) {
  write(user_, "output = \"/my, dir\"\n");
  write(system_, "output = /systems\ntracker = t:1\n");
  const auto shown = leecher({"--print-config", "--wait", "3m"});
  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().code, ExitCode::done);
  const std::string text = shown.error().text;
  EXPECT_THAT(text, HasSubstr("\nwait = 3m  # command line\n"));
  EXPECT_THAT(text, HasSubstr("\noutput = \"/my, dir\"  # " + user_.string() + ", line 1\n"));
  EXPECT_THAT(text, HasSubstr("\ntracker = t:1  # " + system_.string() + ", line 2\n"));
  EXPECT_THAT(text, HasSubstr("\n# sync = false  # default\n"));
  EXPECT_THAT(text, HasSubstr("\n# max-peers = 500  # default\n"));
  EXPECT_THAT(text, HasSubstr("\n# listen: any free port  # default\n"));
  EXPECT_THAT(text, HasSubstr("\n# root: not given  # default\n"));
  write(user_, text);  // it is such a file itself
  EXPECT_EQ(leecher({"a"})->fetch.directory, "/my, dir");
}

TEST_F(StandardFiles, may_spell_out_the_defaults_that_are_shown_which_then_hold_as_before) {
  const std::string shown = leecher({"--print-config"}).error().text;
  write(user_, std::regex_replace(shown, std::regex("(^|\n)# ([a-z-]+ = )"), "$1$2"));
  const auto spelled = leecher({"a"});
  ASSERT_TRUE(spelled) << spelled.error().text;
  const auto plain = leecher({"a", "--config", "/dev/null"});
  EXPECT_EQ(spelled->peer.trackers, plain->peer.trackers);
  EXPECT_EQ(spelled->peer.max_connections, plain->peer.max_connections);
  EXPECT_EQ(spelled->peer.upload_slots, plain->peer.upload_slots);
  EXPECT_EQ(spelled->peer.limits.upload, plain->peer.limits.upload);
  EXPECT_EQ(spelled->peer.limits.download, plain->peer.limits.download);
  EXPECT_EQ(spelled->fetch.directory, plain->fetch.directory);
  EXPECT_EQ(spelled->fetch.wait, plain->fetch.wait);
  EXPECT_EQ(spelled->seed, plain->seed);
  EXPECT_EQ(spelled->output.log_level, plain->output.log_level);
}

}  // namespace
}  // namespace shoal::cli::settings_test
