// Which files the programs look for, and that an unknown option in one of them ends them.
#include <fstream>

#include "integration/loopback.hpp"

namespace shoal::test::configuration_test {
namespace {

class Configuration : public Loopback {
 protected:
  void write(const std::string& folder_name, const std::string& program,
             std::string_view text) const {
    std::filesystem::create_directories(home_ / folder_name);
    std::ofstream(home_ / folder_name / (program + ".conf")) << text;
  }
  [[nodiscard]] Program show(const std::string& program,
                             const Program::Arguments& more = {}) const {
    Program::Arguments arguments{"--print-config"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return start(program, arguments,
                 {"XDG_CONFIG_HOME=" + (home_ / "user").string(),
                  "SHOAL_CONFIG_DIR=" + (home_ / "system").string()});
  }
};

TEST_F(Configuration, is_found_in_the_user_s_folder_and_in_the_system_s) {
  for (const std::string program : {"tracker", "seeder", "leecher"}) {
    write("user/shoal", program, "log-level = debug\n");
    write("system", program, "log-level = off\nkey = system.key\n");
    Program shown = show(program);
    EXPECT_EQ(shown.wait_for_exit(), 0);
    EXPECT_TRUE(shown.output().contains("\nlog-level = debug  # ")) << shown.output();
    EXPECT_TRUE(shown.output().contains("\nkey = system.key  # ")) << shown.output();
  }
}

TEST_F(Configuration, shows_the_keys_that_the_environment_names_where_nothing_else_does) {
  for (const std::string program : {"tracker", "seeder", "leecher"}) {
    Program shown =
        start(program, {"--print-config"},
              {"SHOAL_KEY_FILE=a.key:b.key", "SHOAL_CONFIG_DIR=" + home_.path().string()});
    EXPECT_EQ(shown.wait_for_exit(), 0);
    EXPECT_TRUE(shown.output().contains("\nkey = a.key, b.key  # SHOAL_KEY_FILE\n"))
        << shown.output();
  }
  Program other = start("seeder", {"--print-config", "--key", "c.key"},
                        {"SHOAL_KEY_FILE=a.key", "SHOAL_CONFIG_DIR=" + home_.path().string()});
  EXPECT_EQ(other.wait_for_exit(), 0);
  EXPECT_TRUE(other.output().contains("\nkey = c.key  # command line\n")) << other.output();
}

TEST_F(Configuration, that_may_not_be_read_ends_the_program_and_is_not_passed_over) {
  write("system", "tracker", "key = our.key\n");
  for (const auto& closed : {home_ / "system" / "tracker.conf", home_ / "system"}) {
    std::filesystem::permissions(closed, std::filesystem::perms::none);
    Program refused = show("tracker");
    EXPECT_EQ(refused.wait_for_exit(), 2);
    EXPECT_TRUE(refused.errors().contains("may not read it")) << refused.errors();
    std::filesystem::permissions(closed, std::filesystem::perms::owner_all);
  }
}

TEST_F(Configuration, with_an_unknown_option_ends_the_program_with_2_and_the_place) {
  write("user/shoal", "leecher", "trakcer = t:1\n");
  Program refused = show("leecher");
  EXPECT_EQ(refused.wait_for_exit(), 2);
  EXPECT_TRUE(refused.errors().contains("leecher.conf, line 1")) << refused.errors();
  EXPECT_TRUE(refused.errors().contains("did you mean tracker?")) << refused.errors();
}

}  // namespace
}  // namespace shoal::test::configuration_test
