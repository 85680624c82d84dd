#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <shoal/digest.hpp>

namespace shoal {

/// What is said of a folder before its info dictionary is here.
struct FolderInfo {
  std::uint32_t files = 0;       ///< and links
  std::uint32_t dictionary = 0;  ///< bytes of its info dictionary

  bool operator==(const FolderInfo&) const = default;
};

/// What a name stands for: a file, or a folder with all that is in it. Of a file, this is enough to
/// compute its info dictionary, so enough to join its swarm. An empty file has length 0 and a zero
/// root.
struct FileInfo {
  std::string name;                ///< what people type; an allowed name (see metainfo/name.hpp)
  std::uint64_t length = 0;        ///< bytes; of a folder those of all its files together
  std::uint32_t piece_length = 0;  ///< bytes, a power of two, at least 16 KiB (BEP 52)
  /// Pieces root, the Merkle root of the content (BEP 52). Of a folder its info hash, which stands
  /// for everything in it.
  Digest root;
  std::optional<FolderInfo> folder{};  ///< nothing: it is a file

  /// Whether both are the same. Of folders the info hash says it all; what else is told of them
  /// are hints.
  bool operator==(const FileInfo& other) const {
    if (folder.has_value() != other.folder.has_value()) return false;
    if (name != other.name || root != other.root) return false;
    return folder || (length == other.length && piece_length == other.piece_length);
  }
};

/// Of a file SHA-256 of the one-file BEP 52 info dictionary, identical to what libtorrent computes;
/// of a folder its root.
[[nodiscard]] InfoHash info_hash(const FileInfo& file);

/// `magnet:?xt=urn:btmh:1220...&dn=...&tr=...&x.pe=...`; trackers are `host:port` and become udp://
/// URLs, and so are `peers`, who can be asked without a tracker.
[[nodiscard]] std::string magnet_link(const FileInfo& file, std::span<const std::string> trackers,
                                      std::span<const std::string> peers = {});

}  // namespace shoal
