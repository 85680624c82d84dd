#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hash/sha256.hpp"
#include "metainfo/description.hpp"
#include "metainfo/tree_dictionary.hpp"
#include "support/sample_file.hpp"
#include "torrent/content/content.hpp"

namespace shoal::test {

/// A folder in memory. Files of equal lengths are equal files.
class SampleFolder {
 public:
  SampleFolder(std::uint32_t piece_length,
               const std::vector<std::pair<std::string, std::uint64_t>>& files)
      : piece_length_(piece_length) {
    std::vector<TreeEntry> entries;
    for (const auto& [path, length] : files) {
      TreeEntry entry{.path = path, .length = length};
      if (length > 0) entry.root = sample(length).info().root;
      entries.push_back(std::move(entry));
    }
    tree_ = std::make_shared<const FileTree>(
        *FileTree::make("photos", piece_length, std::move(entries)));
    dictionary_ = tree_dictionary(*tree_);
  }

  [[nodiscard]] const std::shared_ptr<const FileTree>& tree() const { return tree_; }
  [[nodiscard]] const Bytes& dictionary() const { return dictionary_; }
  [[nodiscard]] FileInfo info() const { return info_of_folder(*tree_, dictionary_); }
  [[nodiscard]] FileIndex index_of(std::string_view path) const { return *tree_->find(path); }
  /// What the file of that piece is, and which of its pieces that is.
  [[nodiscard]] const SampleFile& file_of(PieceIndex piece) const {
    return samples_.at((*tree_)[tree_->file_of(value(piece))].length);
  }
  [[nodiscard]] PieceIndex in_file(PieceIndex piece) const {
    return PieceIndex{value(piece) - (*tree_)[tree_->file_of(value(piece))].first_piece};
  }
  [[nodiscard]] Digest leaf(BlockRef block) const {
    return file_of(block.piece).leaf({in_file(block.piece), block.block});
  }
  [[nodiscard]] const SampleFile& sample(std::uint64_t length) {
    return samples_.try_emplace(length, length, piece_length_).first->second;
  }

  /// Nothing of it is here but what the dictionary tells.
  [[nodiscard]] torrent::Content missing() const {
    return {info_of_folder(*tree_, dictionary_), tree_, dictionary_};
  }
  /// All layers are here.
  [[nodiscard]] torrent::Content with_layers() const {
    torrent::Content content = missing();
    for (const auto& [length, file] : samples_) {
      if (file.geometry().pieces() > 1) content.set_layer(file.layers());
    }
    return content;
  }

  [[nodiscard]] torrent::Content whole() const {
    torrent::Content content = with_layers();
    content.add_all();
    return content;
  }
  /// The answer to a hash request of a piece layer.
  [[nodiscard]] std::vector<Digest> answer(const merkle::HashRequest& request) const {
    for (const auto& [length, file] : samples_) {
      if (file.info().root == request.root) return file.layers().answer(request);
    }
    return {};
  }

 private:
  std::uint32_t piece_length_;
  std::map<std::uint64_t, SampleFile> samples_;
  std::shared_ptr<const FileTree> tree_;
  Bytes dictionary_;
};

}  // namespace shoal::test
