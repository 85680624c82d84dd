#include "cli/file_list.hpp"

namespace shoal::cli {
namespace {

// The text between double quotes when they enclose an item as a whole, thus up to a comma or the
// end.
struct Quoted {
  std::string_view text;
  std::size_t used = 0;  // up to the comma or the end; 0 = not quoted
};

Quoted quoted_item(std::string_view line) {
  if (!line.starts_with('"')) return {};
  const std::size_t close = line.find('"', 1);
  if (close == std::string_view::npos) return {};
  const std::size_t next = line.find_first_not_of(" \t\r", close + 1);
  if (next == std::string_view::npos) return {line.substr(1, close - 1), line.size()};
  if (line[next] != ',') return {};
  return {line.substr(1, close - 1), next};
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::filesystem::path> parse_file_list(
    std::string_view line, const std::function<bool(const std::filesystem::path&)>& exists) {
  std::string_view rest = trimmed(line);
  if (rest.empty()) return {};
  if (exists(rest)) return {std::filesystem::path(rest)};

  std::vector<std::filesystem::path> files;
  while (!rest.empty()) {
    const Quoted quoted = quoted_item(rest);
    const std::size_t end = quoted.used > 0 ? quoted.used : std::min(rest.find(','), rest.size());
    const std::string_view item = quoted.used > 0 ? quoted.text : trimmed(rest.substr(0, end));
    if (!item.empty()) files.emplace_back(item);
    rest = end < rest.size() ? trimmed(rest.substr(end + 1)) : std::string_view{};
  }
  return files;
}

}  // namespace shoal::cli
