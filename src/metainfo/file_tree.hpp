#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/error.hpp>

#include "metainfo/geometry.hpp"

/// What is in a folder, as BitTorrent v2 describes it (BEP 52): files and links by their paths,
/// which pieces are whose, and how its info dictionary is read and written.
namespace shoal {

/// A file's number in a FileTree, in the tree's order.
enum class FileIndex : std::uint32_t {};
[[nodiscard]] constexpr std::uint32_t value(FileIndex file) {
  return static_cast<std::uint32_t>(file);
}

inline constexpr std::size_t kMaxElements = 41;      ///< of a path: 40 folders and a file
inline constexpr std::size_t kMaxPathLength = 4096;  ///< bytes, with the "/" between elements
/// What stock clients take by magnet link (libtorrent 2.0: 2.5 million tokens, 10 a file).
inline constexpr std::size_t kMaxFilesOfTree = 249'000;
inline constexpr std::uint32_t kMaxPiecesOfTree = 1u << 21;  ///< libtorrent's, too

/// A file or a symbolic link, to make a tree of.
struct TreeEntry {
  enum class Kind : std::uint8_t { file, link };

  std::string path;  ///< from the folder, its elements with "/" between them
  Kind kind = Kind::file;
  bool executable = false;
  std::uint64_t length = 0;
  Digest root = {};         ///< of a file that is not empty
  std::string target = {};  ///< of a link, as a path from the folder; empty: it leads elsewhere

  bool operator==(const TreeEntry&) const = default;
};

/// Immutable, and sound by construction: allowed names, no path twice, no file in a file, lengths
/// and piece numbers in range, one length for one root.
class FileTree {
 public:
  /// One entry; what it points to lives as long as the tree.
  struct View {
    std::string_view path;
    TreeEntry::Kind kind = TreeEntry::Kind::file;
    bool executable = false;
    std::uint64_t length = 0;
    const Digest* root = nullptr;  ///< null for what has no pieces: empty files, links
    std::string_view target;
    std::uint32_t first_piece = 0;
    std::uint32_t pieces = 0;
  };

  /// In any order. Errors name the path.
  [[nodiscard]] static Result<FileTree> make(std::string name, std::uint32_t piece_length,
                                             std::vector<TreeEntry> entries);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint32_t piece_length() const { return piece_length_; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(records_.size()); }
  [[nodiscard]] std::uint64_t total_length() const { return total_length_; }
  [[nodiscard]] std::uint32_t pieces() const { return pieces_; }

  /// Precondition: below size().
  [[nodiscard]] View operator[](FileIndex file) const;
  /// Whose piece that is. Precondition: below pieces().
  [[nodiscard]] FileIndex file_of(std::uint32_t piece) const;
  /// The file or link of exactly that path.
  [[nodiscard]] std::optional<FileIndex> find(std::string_view path) const;
  /// First and one past the last of what is in that folder; equal when there is no such folder.
  struct Range {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    bool operator==(const Range&) const = default;
  };
  [[nodiscard]] Range folder(std::string_view path) const;
  /// A link that may be made: its target is a file or folder of the tree, reached without another
  /// link.
  [[nodiscard]] bool is_sound_link(FileIndex file) const;
  /// Stock clients take such a tree for a file of its own, without the folder around it.
  [[nodiscard]] bool is_one_file_at_the_top() const;

 private:
  struct Record {
    std::uint32_t path_at = 0;
    std::uint16_t path_length = 0;
    std::uint16_t target_length = 0;  ///< behind the path
    std::uint32_t first_piece = 0;
    TreeEntry::Kind kind = TreeEntry::Kind::file;
    bool executable = false;
    std::uint64_t length = 0;
    Digest root;
  };

  FileTree(std::string name, std::uint32_t piece_length)
      : name_(std::move(name)), piece_length_(piece_length) {}

  [[nodiscard]] std::string_view path_of(const Record& record) const;
  [[nodiscard]] std::vector<Record>::const_iterator first_not_before(std::string_view path) const;
  [[nodiscard]] Result<void> append(TreeEntry&& entry);
  [[nodiscard]] Result<void> check_roots() const;

  std::string name_;
  std::uint32_t piece_length_;
  std::uint32_t pieces_ = 0;
  std::uint64_t total_length_ = 0;
  std::string text_;  // paths and targets
  std::vector<Record> records_;
};

/// The order of a file tree: path elements compared one by one as unsigned bytes, so that a folder
/// comes where its name does, whatever follows in it.
[[nodiscard]] std::strong_ordering compare_paths(std::string_view a, std::string_view b);

/// The rule for the names in a folder, and for its own: check_name(), and no "\", which stands
/// between folders elsewhere.
[[nodiscard]] Result<void> check_element(std::string_view element);
/// The rule for paths in a folder: 1 to 41 such elements, at most 4096 bytes.
[[nodiscard]] Result<void> check_path(std::string_view path);

}  // namespace shoal
