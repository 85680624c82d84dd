#include "cli/completions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/parse_helpers.hpp"

namespace shoal::cli::completions_test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<Manual> manuals() {
  return {read_manual(tracker({"--help"}).error().text),
          read_manual(seeder({"--help"}).error().text),
          read_manual(leecher({"--help"}).error().text)};
}

TEST(Completions, have_every_option_of_the_help) {
  for (const Manual& manual : manuals()) {
    const std::string bash = bash_completion(manual);
    const std::string zsh = zsh_completion(manual, "shoal-" + manual.program);
    const std::string fish = fish_completion(manual);
    for (const ManualOption& option : manual.options) {
      for (const std::string& name : option.names) {
        EXPECT_THAT(bash, HasSubstr(name));
        EXPECT_THAT(zsh, HasSubstr(name + (option.value.empty() ? "[" : "=[")));
        EXPECT_THAT(fish, HasSubstr(name.starts_with("--") ? " -l " + name.substr(2)
                                                           : " -s " + name.substr(1)));
      }
    }
    for (const std::string& script : {bash, zsh, fish}) {
      EXPECT_THAT(script, HasSubstr("shoal-" + manual.program));
      EXPECT_THAT(script, Not(testing::ContainsRegex("@[a-z]+@")));
    }
  }
}

TEST(Completions, ask_the_tracker_for_the_leecher_only) {
  for (const Manual& manual : manuals()) {
    for (const std::string& script :
         {bash_completion(manual), zsh_completion(manual, manual.program),
          fish_completion(manual)}) {
      EXPECT_EQ(script.contains("--list --names"), manual.program == "leecher");
    }
  }
}

TEST(Completions, quote_what_a_shell_would_read) {
  Manual odd;
  odd.program = "seeder";
  odd.options = {{{"--odd"}, "A:B", "it's a[so]: 50 \\ of it; and more"}};
  EXPECT_THAT(zsh_completion(odd, "odd"),
              HasSubstr(R"('--odd=[it'\''s a\[so\]\: 50 \\ of it]:A\:B:')"));
  EXPECT_THAT(fish_completion(odd), HasSubstr(R"(-l odd -x -d 'it\'s a[so]: 50 \\ of it')"));
}

}  // namespace
}  // namespace shoal::cli::completions_test
