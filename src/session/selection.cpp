#include "session/selection.hpp"

#include <algorithm>

#include "base/printable.hpp"
#include "metainfo/path_pattern.hpp"

namespace shoal::session {
namespace {

constexpr std::size_t kMostNear = 3;

std::string in_quotes(std::string_view text) {
  return "\"" + printable(text) + "\"";
}

std::string_view last_element(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

bool looks_alike(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower) || a.starts_with(b) || b.starts_with(a);
}

/// What is called so elsewhere, or nearly so; else what there is.
std::string what_there_is(const FileTree& tree, std::string_view part) {
  while (part.ends_with('/')) part.remove_suffix(1);
  std::vector<std::string> near;
  for (std::uint32_t i = 0; i < tree.size() && near.size() < kMostNear; ++i) {
    const std::string_view path = tree[FileIndex{i}].path;
    if (looks_alike(last_element(path), last_element(part)) || looks_alike(path, part))
      near.push_back(in_quotes(path));
  }
  const bool any_near = !near.empty();
  for (std::uint32_t i = 0; i < tree.size() && !any_near && near.size() < kMostNear; ++i) {
    near.push_back(in_quotes(tree[FileIndex{i}].path));
  }
  std::string listed;
  for (const std::string& one : near) listed += (listed.empty() ? "" : ", ") + one;
  return any_near ? "; there is " + listed : "; its first files are " + listed;
}

}  // namespace

Result<std::vector<FileIndex>> select_parts(const FileTree& tree,
                                            std::span<const std::string> parts) {
  std::vector<FileIndex> all;
  for (const std::string& part : parts) {
    const std::vector<FileIndex> meant = select(tree, part);
    if (meant.empty()) {
      return fail(Errc::no_part, "there is no " + in_quotes(part) + " in " +
                                     in_quotes(tree.name()) + what_there_is(tree, part));
    }
    all.insert(all.end(), meant.begin(), meant.end());
  }
  if (parts.empty()) {
    for (std::uint32_t i = 0; i < tree.size(); ++i) all.push_back(FileIndex{i});
  }
  std::ranges::sort(all);
  const auto again = std::ranges::unique(all);
  all.erase(again.begin(), again.end());
  return all;
}

NameAndPart split_name(std::string_view typed) {
  const std::size_t slash = std::min(typed.find('/'), typed.size());
  NameAndPart split{.name = std::string(typed.substr(0, slash)), .part = {}};
  typed.remove_prefix(slash);
  while (typed.starts_with('/')) typed.remove_prefix(1);
  split.part = typed;
  return split;
}

}  // namespace shoal::session
