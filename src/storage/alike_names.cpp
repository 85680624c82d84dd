#include "storage/alike_names.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

#include "metainfo/spelling.hpp"

namespace shoal::storage {
namespace {

constexpr std::string_view kOdd = "\\:*?\"<>|";

char other_case(char letter) {
  if (letter >= 'a' && letter <= 'z') return static_cast<char>(letter - 'a' + 'A');
  if (letter >= 'A' && letter <= 'Z') return static_cast<char>(letter - 'A' + 'a');
  return letter;
}

/// FAT leaves out what is at the end of a name, too.
std::string as_taken(std::string_view path) {
  std::string all;
  const std::string folded = without_case(path);
  for (std::string_view rest = folded;;) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    std::string_view name = rest.substr(0, end);
    while (name.size() > 1 && (name.ends_with('.') || name.ends_with(' '))) name.remove_suffix(1);
    all += name;
    if (end == rest.size()) return all;
    all += '/';
    rest.remove_prefix(end + 1);
  }
}

bool is_in(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace

bool has_no_case(const std::filesystem::path& file) {
  std::string name = file.filename().string();
  std::ranges::transform(name, name.begin(), other_case);
  struct stat status {};
  return name != file.filename() && ::lstat((file.parent_path() / name).c_str(), &status) == 0;
}

std::optional<std::pair<FileIndex, FileIndex>> taken_for_one(const FileTree& tree,
                                                             const Bitfield& wanted) {
  std::vector<std::pair<std::string, FileIndex>> paths;
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    if (wanted.test(i)) paths.emplace_back(as_taken(tree[FileIndex{i}].path), FileIndex{i});
  }
  // What is in a folder is right behind it.
  std::ranges::sort(paths, [](const auto& one, const auto& other) {
    const auto order = compare_paths(one.first, other.first);
    return order != 0 ? order < 0 : one.second < other.second;
  });
  const auto found = std::ranges::adjacent_find(
      paths, [](const auto& one, const auto& other) { return is_in(other.first, one.first); });
  if (found == paths.end()) return std::nullopt;
  return std::pair(found->second, std::next(found)->second);
}

std::optional<FileIndex> with_odd_name(const FileTree& tree, const Bitfield& wanted) {
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    if (wanted.test(i) && tree[FileIndex{i}].path.find_first_of(kOdd) != std::string_view::npos) {
      return FileIndex{i};
    }
  }
  return std::nullopt;
}

}  // namespace shoal::storage
