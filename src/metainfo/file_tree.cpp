#include "metainfo/file_tree.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/printable.hpp"
#include "metainfo/name.hpp"

namespace shoal {
namespace {

std::unexpected<Error> bad_path(std::string_view path, const std::string& what) {
  return fail(Errc::bad_name, "bad path \"" + printable(path, kMaxNameLength) + "\": " + what);
}

/// "/" comes before all bytes that a name can have.
unsigned rank(char c) {
  return c == '/' ? 0 : static_cast<unsigned char>(c) + 1U;
}

bool is_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

/// Links that lead elsewhere are kept without a target: the tree tells of them, nobody makes them.
void drop_bad_target(TreeEntry& entry) {
  if (entry.kind != TreeEntry::Kind::link || !check_path(entry.target)) entry.target.clear();
}

}  // namespace

std::strong_ordering compare_paths(std::string_view a, std::string_view b) {
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end(),
                                                [](char x, char y) { return rank(x) <=> rank(y); });
}

Result<void> check_element(std::string_view element) {
  if (auto allowed = check_name(element); !allowed) return allowed;
  if (element.contains('\\')) {
    return bad_path(element, "it has a \"\\\", which stands between folders elsewhere");
  }
  return {};
}

Result<void> check_path(std::string_view path) {
  if (path.size() > kMaxPathLength) {
    return bad_path(path, "it has " + std::to_string(path.size()) + " bytes, and the most is " +
                              std::to_string(kMaxPathLength));
  }
  std::size_t elements = 0;
  for (std::string_view rest = path;;) {
    if (++elements > kMaxElements) {
      return bad_path(path,
                      "it is more than " + std::to_string(kMaxElements - 1) + " folders deep");
    }
    const std::size_t end = std::min(rest.find('/'), rest.size());
    if (auto allowed = check_element(rest.substr(0, end)); !allowed) return allowed;
    if (end == rest.size()) return {};
    rest.remove_prefix(end + 1);
  }
}

Result<FileTree> FileTree::make(std::string name, std::uint32_t piece_length,
                                std::vector<TreeEntry> entries) {
  if (auto allowed = check_element(name); !allowed) return std::unexpected(allowed.error());
  // The piece length has to make sense also where no file has a piece.
  if (auto sound = Geometry::make(1, piece_length); !sound) return std::unexpected(sound.error());
  if (entries.empty()) return fail(Errc::bad_input, "there is no file in the folder");
  if (entries.size() > kMaxFilesOfTree) {
    return fail(Errc::bad_input, "there are " + std::to_string(entries.size()) +
                                     " files in the folder, and the most is " +
                                     std::to_string(kMaxFilesOfTree));
  }
  std::ranges::sort(entries, [](const TreeEntry& a, const TreeEntry& b) {
    return compare_paths(a.path, b.path) < 0;
  });
  FileTree tree(std::move(name), piece_length);
  tree.records_.reserve(entries.size());
  for (TreeEntry& entry : entries) {
    if (auto appended = tree.append(std::move(entry)); !appended) {
      return std::unexpected(appended.error());
    }
  }
  if (auto sound = tree.check_roots(); !sound) return std::unexpected(sound.error());
  return tree;
}

/// What has one root is one content, so it has one length: layers are kept by root.
Result<void> FileTree::check_roots() const {
  std::vector<std::uint32_t> by_root;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (records_[i].length > 0) by_root.push_back(i);
  }
  const auto root_of = [&](std::uint32_t i) -> const Digest& { return records_[i].root; };
  std::ranges::sort(by_root, {}, root_of);
  const auto differ = std::ranges::adjacent_find(by_root, [&](std::uint32_t a, std::uint32_t b) {
    return records_[a].root == records_[b].root && records_[a].length != records_[b].length;
  });
  if (differ == by_root.end()) return {};
  return bad_path(path_of(records_[*differ]), "it has the root of \"" +
                                                  printable(path_of(records_[*(differ + 1)])) +
                                                  "\", and another length");
}

Result<void> FileTree::append(TreeEntry&& entry) {
  if (auto allowed = check_path(entry.path); !allowed) return allowed;
  // In this order whatever is in a "folder" comes right behind a file of that path.
  if (!records_.empty()) {
    const std::string_view before = path_of(records_.back());
    if (before == entry.path) return bad_path(entry.path, "it is there twice");
    if (is_below(entry.path, before)) return bad_path(before, "it is a file and a folder at once");
  }
  drop_bad_target(entry);
  Record record;
  record.kind = entry.kind;
  record.first_piece = pieces_;
  if (entry.kind == TreeEntry::Kind::file && entry.length > 0) {
    const auto geometry = Geometry::make(entry.length, piece_length_);
    if (!geometry) return bad_path(entry.path, geometry.error().message);
    if (entry.root == Digest{}) return bad_path(entry.path, "it has no pieces root");
    if (geometry->pieces() > kMaxPiecesOfTree - pieces_) {
      return fail(Errc::bad_input, "the folder has more than " + std::to_string(kMaxPiecesOfTree) +
                                       " pieces of " + std::to_string(piece_length_) + " bytes");
    }
    pieces_ += geometry->pieces();
    total_length_ += entry.length;  // at most 2^21 pieces of 2^27 bytes
    record.length = entry.length;
    record.root = entry.root;
  }
  record.executable = entry.kind == TreeEntry::Kind::file && entry.executable;
  const std::size_t needed = entry.path.size() + entry.target.size();
  if (needed > std::numeric_limits<std::uint32_t>::max() - text_.size()) {
    return fail(Errc::bad_input, "the paths in the folder are longer than 4 GiB");
  }
  record.path_at = static_cast<std::uint32_t>(text_.size());
  record.path_length = static_cast<std::uint16_t>(entry.path.size());
  record.target_length = static_cast<std::uint16_t>(entry.target.size());
  text_.append(entry.path).append(entry.target);
  records_.push_back(record);
  return {};
}

std::string_view FileTree::path_of(const Record& record) const {
  return std::string_view(text_).substr(record.path_at, record.path_length);
}

FileTree::View FileTree::operator[](FileIndex file) const {
  const std::size_t index = value(file);
  const Record& record = records_[index];
  const std::uint32_t end = index + 1 < records_.size() ? records_[index + 1].first_piece : pieces_;
  return {
      .path = path_of(record),
      .kind = record.kind,
      .executable = record.executable,
      .length = record.length,
      .root = record.length > 0 ? &record.root : nullptr,
      .target =
          std::string_view(text_).substr(record.path_at + record.path_length, record.target_length),
      .first_piece = record.first_piece,
      .pieces = end - record.first_piece,
  };
}

FileIndex FileTree::file_of(std::uint32_t piece) const {
  // The last one that begins at that piece or before: what has no piece comes before what has it.
  const auto behind = std::ranges::upper_bound(records_, piece, {}, &Record::first_piece);
  return FileIndex{static_cast<std::uint32_t>(behind - records_.begin() - 1)};
}

std::vector<FileTree::Record>::const_iterator FileTree::first_not_before(
    std::string_view path) const {
  return std::ranges::lower_bound(
      records_, path,
      [](std::string_view a, std::string_view b) { return compare_paths(a, b) < 0; },
      [this](const Record& record) { return path_of(record); });
}

std::optional<FileIndex> FileTree::find(std::string_view path) const {
  const auto place = first_not_before(path);
  if (place == records_.end() || path_of(*place) != path) return std::nullopt;
  return FileIndex{static_cast<std::uint32_t>(place - records_.begin())};
}

FileTree::Range FileTree::folder(std::string_view path) const {
  const auto begin = first_not_before(std::string(path) + '/');
  const auto end = std::partition_point(
      begin, records_.end(), [&](const Record& record) { return is_below(path_of(record), path); });
  return {static_cast<std::uint32_t>(begin - records_.begin()),
          static_cast<std::uint32_t>(end - records_.begin())};
}

bool FileTree::is_sound_link(FileIndex file) const {
  const View link = (*this)[file];
  if (link.kind != TreeEntry::Kind::link || link.target.empty()) return false;
  // A path that leads through a link is not in the tree: nothing is below a link.
  const auto at = find(link.target);
  if (at) return (*this)[*at].kind == TreeEntry::Kind::file;
  const Range inside = folder(link.target);
  return inside.begin != inside.end;
}

bool FileTree::is_one_file_at_the_top() const {
  return records_.size() == 1 && !path_of(records_.front()).contains('/');
}

}  // namespace shoal
