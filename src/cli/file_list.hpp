#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::cli {

/// Without the spaces, tabs and carriage returns around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// The file names of a line that a person typed: separated by commas, spaces around them dropped,
/// empty ones left out. A name that has a comma itself is written in double quotes, or alone on the
/// line: a line that as a whole `exists` is one name.
[[nodiscard]] std::vector<std::filesystem::path> parse_file_list(
    std::string_view line, const std::function<bool(const std::filesystem::path&)>& exists);

}  // namespace shoal::cli
