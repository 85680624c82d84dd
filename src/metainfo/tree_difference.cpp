#include "metainfo/tree_difference.hpp"

#include "base/printable.hpp"

namespace shoal {
namespace {

constexpr std::size_t kLongestShown = 100;  // bytes of a path

void count(TreeDifference::Kind& kind, std::string_view path) {
  if (++kind.count <= TreeDifference::kMostNamed) kind.first.emplace_back(path);
}

bool same_entry(const FileTree::View& one, const FileTree::View& other) {
  const bool same_content = one.root == nullptr || other.root == nullptr ? one.root == other.root
                                                                         : *one.root == *other.root;
  return same_content && one.kind == other.kind && one.length == other.length &&
         one.executable == other.executable && one.target == other.target;
}

std::string words_of(const TreeDifference::Kind& kind, const char* what) {
  std::string names;
  for (const std::string& path : kind.first) {
    names += (names.empty() ? "\"" : ", \"") + printable(path, kLongestShown) + "\"";
  }
  if (kind.count > kind.first.size()) names += ", ...";
  return std::to_string(kind.count) + " " + what + " (" + names + ")";
}

}  // namespace

TreeDifference difference(const FileTree& before, const FileTree& now) {
  TreeDifference found;
  std::uint32_t i = 0;
  std::uint32_t k = 0;
  while (i < before.size() || k < now.size()) {
    const bool one = i < before.size();
    const bool other = k < now.size();
    const auto order = one && other
                           ? compare_paths(before[FileIndex{i}].path, now[FileIndex{k}].path)
                       : one ? std::strong_ordering::less
                             : std::strong_ordering::greater;
    if (order < 0) {
      count(found.removed, before[FileIndex{i++}].path);
    } else if (order > 0) {
      count(found.added, now[FileIndex{k++}].path);
    } else {
      const FileTree::View was = before[FileIndex{i++}];
      if (!same_entry(was, now[FileIndex{k++}])) count(found.changed, was.path);
    }
  }
  return found;
}

std::string in_words(const TreeDifference& difference) {
  std::string words;
  std::size_t left = 0;
  for (const auto* kind : {&difference.added, &difference.removed, &difference.changed}) {
    left += kind->count > 0 ? 1 : 0;
  }
  const auto add = [&](const TreeDifference::Kind& kind, const char* what) {
    if (kind.count == 0) return;
    --left;
    words += (words.empty() ? "" : left == 0 ? " and " : ", ") + words_of(kind, what);
  };
  add(difference.added, "added");
  add(difference.removed, "removed");
  add(difference.changed, "changed");
  return words.empty() ? "the same files, described in other words by another program" : words;
}

}  // namespace shoal
