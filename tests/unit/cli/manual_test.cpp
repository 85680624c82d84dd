#include "cli/manual.hpp"

#include <algorithm>
#include <regex>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/parse_helpers.hpp"

namespace shoal::cli::manual_test {
namespace {

std::vector<std::string> helps() {
  return {tracker({"--help"}).error().text, seeder({"--help"}).error().text,
          leecher({"--help"}).error().text};
}

/// The words of a text, as they stand in it, without the headings.
std::vector<std::string> words(std::string text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string word; in >> word;) all.push_back(word);
  return all;
}

std::string without_roff(std::string text) {
  text = std::regex_replace(text, std::regex(R"(\\f[BRI])"), "");
  for (const auto& [escape, plain] : {std::pair{R"(\-)", "-"},
                                      {R"(\(ti)", "~"},
                                      {R"(\(aq)", "'"},
                                      {R"(\(ga)", "`"},
                                      {R"(\(ha)", "^"},
                                      {R"(\&)", ""},
                                      {R"(\e)", "\\"}}) {
    for (std::size_t at = 0; (at = text.find(escape, at)) != std::string::npos;) {
      text.replace(at, std::string_view(escape).size(), plain);
      at += std::string_view(plain).size();
    }
  }
  return std::regex_replace(text, std::regex("(^|\n)\\.[^\n]*"), "$1");
}

TEST(ManPage, says_every_word_of_the_help_in_its_order_and_no_other) {
  for (const std::string& help : helps()) {
    const std::string text =
        std::regex_replace(help, std::regex("Usage: |\nOptions:|\nExamples:|\nExit codes:"), "\n");
    EXPECT_EQ(words(without_roff(man_page(read_manual(help)))), words(text));
  }
}

TEST(ManPage, of_the_file_has_every_option_but_those_that_make_no_sense_in_it) {
  std::vector<Manual> manuals;
  for (const std::string& help : helps()) manuals.push_back(read_manual(help));
  const std::string page = config_man_page(manuals);
  for (const Manual& manual : manuals) {
    EXPECT_GE(manual.options.size(), 10U);
    for (const ManualOption& option : manual.options) {
      if (option.text.empty()) ADD_FAILURE() << option.names.back();
    }
  }
  EXPECT_THAT(page, testing::HasSubstr("\\fBupload\\-limit\\fR \\fIRATE\\fR"));
  EXPECT_THAT(page, testing::Not(testing::HasSubstr("\\fBhelp\\fR")));
}

TEST(Manual, knows_exactly_the_options_that_the_program_takes) {
  const auto shown = leecher({"--print-config"}).error().text;
  std::size_t known = 0;
  for (const ManualOption& option : read_manual(helps()[2]).options) {
    const std::string name = option.names.back().substr(2);
    const bool in_file =
        shown.contains("\n# " + name + ": ") || shown.contains("\n# " + name + " = ");
    const bool apart =
        name == "config" || name == "print-config" || name == "help" || name == "version";
    EXPECT_NE(in_file, apart) << name;
    known += in_file ? 1 : 0;
  }
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(shown, '\n')), known + 1);
}

}  // namespace
}  // namespace shoal::cli::manual_test
