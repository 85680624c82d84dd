#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <shoal/error.hpp>

/// Files of options: a line each, "upload-limit = 10M", "no-seed", "# a comment".
namespace shoal::cli {

/// Where options are looked for besides the command line; the first one has the first word.
using ConfigFiles = std::vector<std::filesystem::path>;

/// $XDG_CONFIG_HOME/shoal/PROGRAM.conf (or ~/.config/...), then /etc/shoal/PROGRAM.conf, whose
/// folder SHOAL_CONFIG_DIR replaces. They need not exist.
[[nodiscard]] ConfigFiles standard_config_files(const std::string& program);

/// One line that is not empty and no comment.
struct ConfigLine {
  std::size_t number = 0;  ///< from 1
  std::string key;
  std::optional<std::string> value;  ///< as written, quotes and all; nothing without "="
};

/// Errors name the line.
[[nodiscard]] Result<std::vector<ConfigLine>> parse_config(std::string_view text);

/// The value of an option that is given once: the whole text, without quotes around it.
[[nodiscard]] std::string single_value(std::string_view text);
/// The values of an option that may be repeated: between commas or blanks, each in quotes or not;
/// all in [brackets] or not.
[[nodiscard]] std::vector<std::string> value_list(std::string_view text);
/// A value as single_value() and value_list() read it back.
[[nodiscard]] std::string as_config_value(const std::string& value);

/// The text of a file of at most 64 KiB; a device (but for /dev/null), or a file with control
/// characters in it is refused at once, and so is a pipe, unless the file is `named` by a person.
/// Nothing where there is no file, or none that we may read.
[[nodiscard]] Result<std::optional<std::string>> read_config(const std::filesystem::path& file,
                                                             bool named);

}  // namespace shoal::cli
