#include "metainfo/tree_dictionary.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/bencode_reader.hpp"
#include "base/printable.hpp"
#include "metainfo/name.hpp"

namespace shoal {
namespace {

using bencode::Reader;

constexpr std::size_t kMaxTokens = 2'500'000;  // libtorrent 2.0 reads no more by magnet link

std::unexpected<Error> bad(std::string what) {
  return fail(Errc::bad_input, "info dictionary: " + std::move(what));
}

// ---- writing ----------------------------------------------------------------

void put_text(ByteWriter& out, std::string_view text) {
  out.text(std::to_string(text.size())).text(":").text(text);
}

void put_number(ByteWriter& out, std::uint64_t number) {
  out.text("i").text(std::to_string(number)).text("e");
}

/// The elements of a path, one after the other.
template <class Take>
void for_elements(std::string_view path, Take take) {
  for (;;) {
    const std::size_t end = std::min(path.find('/'), path.size());
    take(path.substr(0, end));
    if (end == path.size()) return;
    path.remove_prefix(end + 1);
  }
}

void put_entry(ByteWriter& out, const FileTree::View& file) {
  out.text("d0:d");
  if (file.kind == TreeEntry::Kind::link) {
    out.text("4:attr2:xl12:symlink pathl");
    if (!file.target.empty()) {
      for_elements(file.target, [&](std::string_view element) { put_text(out, element); });
    }
    out.text("e");
  } else {
    if (file.executable) out.text("4:attr1:x");
    out.text("6:length");
    put_number(out, file.length);
    if (file.root != nullptr) {
      out.text("11:pieces root");
      put_text(out, as_text(file.root->bytes));
    }
  }
  out.text("ee");
}

/// The folder of a path, with the "/" at its end; empty at the top.
std::string_view folder_of(std::string_view path) {
  return path.substr(0, path.rfind('/') + 1);
}

void put_tree(ByteWriter& out, const FileTree& tree) {
  out.text("d");
  std::string_view open;  // the folder that we are in
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    const FileTree::View file = tree[FileIndex{i}];
    const std::string_view folder = folder_of(file.path);
    while (!folder.starts_with(open)) {
      out.text("e");
      open = folder_of(open.substr(0, open.size() - 1));
    }
    while (open.size() < folder.size()) {
      const std::string_view rest = folder.substr(open.size());
      const std::string_view element = rest.substr(0, rest.find('/'));
      put_text(out, element);
      out.text("d");
      open = folder.substr(0, open.size() + element.size() + 1);
    }
    put_text(out, file.path.substr(folder.size()));
    put_entry(out, file);
  }
  for (std::size_t levels = static_cast<std::size_t>(std::ranges::count(open, '/')); levels > 0;
       --levels)
    out.text("e");
  out.text("e");
}

// ---- reading ----------------------------------------------------------------

class TreeReader {
 public:
  explicit TreeReader(BytesView bytes)
      : reader_(bytes, {.depth = static_cast<int>(kMaxElements) + 4, .values = kMaxTokens}),
        size_(bytes.size()) {}

  Result<FileTree> read() {
    if (auto read = top(); !read) return std::unexpected(read.error());
    if (reader_.position() != size_) return bad("something follows it");
    if (!version_ && has_v1_pieces_) {
      return bad(
          "it is of BitTorrent v1; only v2 content can be fetched, so ask for a v2 or hybrid one");
    }
    if (version_ != 2) return bad("not of meta version 2 (BEP 52)");
    if (!has_tree_) return bad("it has no file tree");
    if (!name_) return bad("it has no name");
    if (!piece_length_ || *piece_length_ < 0) return bad("the piece length is missing or negative");
    if (*piece_length_ > kMaxPieceLength) {
      return bad("a piece length of " + std::to_string(*piece_length_) + " bytes; the most is " +
                 std::to_string(kMaxPieceLength));
    }
    auto tree = FileTree::make(std::string(*name_), static_cast<std::uint32_t>(*piece_length_),
                               std::move(entries_));
    if (!tree && tree.error().code == Errc::bad_input) return bad(tree.error().message);
    return tree;
  }

 private:
  /// Calls `member(key)` with the reader at each member's value.
  template <class Member>
  Result<void> dictionary(Member member) {
    if (reader_.kind() != Reader::Kind::dict) return bad("a dictionary is expected " + place());
    if (auto opened = reader_.open(); !opened) return opened;
    std::optional<std::string_view> before;
    for (;;) {
      const auto key = reader_.key(before);
      if (!key) return std::unexpected(key.error());
      if (!*key) return {};
      before = *key;
      if (Result<void> read = member(**key); !read) return read;
    }
  }

  Result<void> top() {
    return dictionary([this](std::string_view key) -> Result<void> {
      if (key == "file tree") {
        has_tree_ = true;
        return folder(false);
      }
      if (key == "meta version") return into(reader_.number(), version_);
      if (key == "name") return into(reader_.text(), name_);
      if (key == "piece length") return into(reader_.number(), piece_length_);
      has_v1_pieces_ = has_v1_pieces_ || key == "pieces";
      return reader_.skip();
    });
  }

  /// A folder, or, where that may be, a file: a dictionary with the empty key and no other. Keys
  /// are sorted, so the empty one comes first.
  Result<void> folder(bool may_be_file) {
    bool is_file = false;
    return dictionary([&](std::string_view element) -> Result<void> {
      if (is_file || (element.empty() && !may_be_file)) {
        return bad("a file is a folder as well, " + place());
      }
      is_file = element.empty();
      return is_file ? file() : inside(element);
    });
  }

  Result<void> inside(std::string_view element) {
    if (auto allowed = check_element(element); !allowed) return allowed;
    const std::size_t outside = path_.size();
    if (!path_.empty()) path_ += '/';
    path_ += element;
    Result<void> read = folder(true);
    path_.resize(outside);
    return read;
  }

  Result<void> file() {
    std::optional<std::int64_t> length;
    std::optional<std::string_view> root;
    std::optional<std::string_view> attributes;
    std::optional<std::string> target;
    Result<void> read = dictionary([&](std::string_view key) -> Result<void> {
      if (key == "length") return into(reader_.number(), length);
      if (key == "pieces root") return into(reader_.text(), root);
      if (key == "attr") return into(reader_.text(), attributes);
      if (key == "symlink path") return into(link_target(), target);
      return reader_.skip();
    });
    if (!read) return read;
    const auto has = [&](char attribute) { return attributes && attributes->contains(attribute); };
    if (has('p')) return bad("it has padding " + place());
    TreeEntry& entry = entries_.emplace_back();
    entry.path = path_;
    if (has('l') && target) {
      entry.kind = TreeEntry::Kind::link;
      entry.target = std::move(*target);
      return {};
    }
    entry.executable = has('x');
    if (!length || *length < 0) return bad("the length is missing or negative " + place());
    entry.length = static_cast<std::uint64_t>(*length);
    if (entry.length == 0) return {};
    if (!root || root->size() != entry.root.bytes.size()) {
      return bad("the pieces root is missing or not 32 bytes " + place());
    }
    std::ranges::copy(as_bytes(*root), entry.root.bytes.begin());
    return {};
  }

  /// Its elements as a path; nothing that could be one if there are none, or too many.
  Result<std::string> link_target() {
    std::string target;
    if (reader_.kind() != Reader::Kind::list) return bad("a list is expected " + place());
    if (auto opened = reader_.open(); !opened) return std::unexpected(opened.error());
    while (!reader_.closed()) {
      const auto element = reader_.text();
      if (!element) return std::unexpected(element.error());
      if (target.size() > kMaxPathLength) continue;
      if (!target.empty()) target += '/';
      target += element->contains('/') ? ".." : *element;  // not what it was meant to be
    }
    return target;
  }

  template <class T, class U>
  static Result<void> into(Result<T> value, std::optional<U>& place) {
    if (!value) return std::unexpected(std::move(value.error()));
    place = std::move(*value);
    return {};
  }

  /// Where we are, for errors.
  [[nodiscard]] std::string place() const {
    return path_.empty() ? "at the top" : "at \"" + printable(path_, kMaxNameLength) + "\"";
  }

  Reader reader_;
  std::size_t size_;
  std::string path_;  // of what is read
  std::vector<TreeEntry> entries_;
  bool has_tree_ = false;
  bool has_v1_pieces_ = false;
  std::optional<std::int64_t> version_;
  std::optional<std::int64_t> piece_length_;
  std::optional<std::string_view> name_;
};

}  // namespace

Bytes tree_dictionary(const FileTree& tree) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.text("d9:file tree");
  put_tree(out, tree);
  out.text("12:meta versioni2e4:name");
  put_text(out, tree.name());
  out.text("12:piece length");
  put_number(out, tree.piece_length());
  out.text("e");
  return bytes;
}

Result<FileTree> parse_tree_dictionary(BytesView bytes) {
  if (bytes.size() > kMaxTreeDictionary) {
    return bad("it has " + std::to_string(bytes.size()) + " bytes, and the most is " +
               std::to_string(kMaxTreeDictionary));
  }
  return TreeReader(bytes).read();
}

}  // namespace shoal
