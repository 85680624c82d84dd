#include "metainfo/description.hpp"

#include <utility>

#include "hash/sha256.hpp"
#include "metainfo/info_dict.hpp"
#include "metainfo/tree_dictionary.hpp"

namespace shoal {
namespace {

Result<Description> served_folder(FileTree tree, BytesView dictionary) {
  if (tree.pieces() == 0) {
    return fail(Errc::bad_input,
                "info dictionary: there are but empty files in the folder, and "
                "nothing to fetch");
  }
  FileInfo folder = info_of_folder(tree, dictionary);
  return Description{std::move(folder), std::make_shared<const FileTree>(std::move(tree))};
}

}  // namespace

FileInfo info_of_folder(const FileTree& tree, BytesView dictionary) {
  return {.name = tree.name(),
          .length = tree.total_length(),
          .piece_length = tree.piece_length(),
          .root = sha256(dictionary),
          .folder = FolderInfo{.files = tree.size(),
                               .dictionary = static_cast<std::uint32_t>(dictionary.size())}};
}

Result<Description> parse_folder(BytesView dictionary) {
  auto tree = parse_tree_dictionary(dictionary);
  if (!tree) return std::unexpected(std::move(tree).error());
  return served_folder(*std::move(tree), dictionary);
}

Result<Description> parse_description(BytesView dictionary) {
  auto file = parse_info_dict(dictionary);
  if (file) return Description{.content = *std::move(file)};
  auto tree = parse_tree_dictionary(dictionary);
  // Who means a single file, or v1, has that told what is wrong with it.
  const bool is_v1 = file.error().message.contains("BitTorrent v1");
  if (tree ? tree->is_one_file_at_the_top() : is_v1)
    return std::unexpected(std::move(file).error());
  if (!tree) return std::unexpected(std::move(tree).error());
  return served_folder(*std::move(tree), dictionary);
}

}  // namespace shoal
