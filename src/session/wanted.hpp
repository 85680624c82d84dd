#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/file_info.hpp>

#include "base/bytes.hpp"
#include "metainfo/file_tree.hpp"
#include "metainfo/name.hpp"
#include "metainfo/torrent_file.hpp"

namespace shoal::session {

/// What a fetch is to bring, and from whom.
struct Wanted {
  FileInfo file;
  FileName name;  ///< of the file here: its own, or the one that was asked for (FetchOptions::as)
  InfoHash info_hash;
  std::vector<Endpoint> peers;
  std::optional<Bytes> info_dictionary{};  ///< where that is not info_dict(file)
  LayersByRoot piece_layers{};             ///< proven, as far as they are known
  std::shared_ptr<const FileTree> tree{};  ///< of a folder; null: a single file
  std::vector<FileIndex> selection{};      ///< entries of it that are wanted, in its order
  std::size_t others = 0;                  ///< who have it; one may be at two addresses
  std::optional<std::string> warning{};    ///< to be told with what was found
  /// People have typed the name that it gets here. Who follows a stranger's link has not: it gets
  /// into no folder that has nothing of it, and adds nothing hidden to one.
  bool name_is_typed = true;
  bool by_name = true;  ///< its own name was asked for, not what a link stands for

  /// Bytes of what is wanted.
  [[nodiscard]] std::uint64_t length() const {
    if (!tree) return file.length;
    std::uint64_t sum = 0;
    for (const FileIndex one : selection) sum += (*tree)[one].length;
    return sum;
  }
  /// Our trackers can know it by its name: what they are told makes its info hash.
  [[nodiscard]] bool known_by_name() const { return tree != nullptr || !info_dictionary; }
};

}  // namespace shoal::session
