#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shoal::cli {

/// One entry of a manual's list of options.
struct ManualOption {
  std::vector<std::string> names;  ///< "-h", "--help"
  std::string value;               ///< "HOST:PORT"; empty for a flag
  std::string text;                ///< in one line
};

struct ManualExample {
  std::string command;
  std::string text;
};

/// What --help prints, taken apart, so that man pages and completions say the same.
struct Manual {
  std::string program;
  std::string summary;
  std::vector<std::string> usage;
  std::vector<std::string> paragraphs;  ///< between usage and options
  std::vector<ManualOption> options;
  std::vector<std::string> remarks;  ///< between options and examples
  std::vector<ManualExample> examples;
  std::vector<ManualExample> exit_codes;  ///< the code, and what it means
  std::vector<std::string> after;         ///< the last paragraphs
};

/// What stands in [brackets] at the end of an option's text; empty where nothing does.
[[nodiscard]] std::string_view default_of(const ManualOption& option);

/// Precondition: the text of one of our manuals.
[[nodiscard]] Manual read_manual(std::string_view text);

/// A man page of section 1, roff for man(7).
[[nodiscard]] std::string man_page(const Manual& manual);
/// shoal.conf(5), with the options of all programs.
[[nodiscard]] std::string config_man_page(const std::vector<Manual>& manuals);

}  // namespace shoal::cli
