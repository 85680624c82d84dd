#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <shoal/digest.hpp>

namespace shoal {

/// What a file is: enough to compute its info dictionary, so enough to join its swarm.
/// Two files with equal FileInfo are one file. An empty file has length 0 and a zero root.
struct FileInfo {
  std::string name;                ///< what people type; an allowed name (see metainfo/name.hpp)
  std::uint64_t length = 0;        ///< bytes
  std::uint32_t piece_length = 0;  ///< bytes, a power of two, at least 16 KiB (BEP 52)
  Digest root;                     ///< pieces root, the Merkle root of the content (BEP 52)

  bool operator==(const FileInfo&) const = default;
};

/// SHA-256 of the one-file BEP 52 info dictionary; identical to what libtorrent computes.
[[nodiscard]] InfoHash info_hash(const FileInfo& file);

/// `magnet:?xt=urn:btmh:1220...&dn=...&tr=...&x.pe=...`; trackers are `host:port` and become udp://
/// URLs, and so are `peers`, who can be asked without a tracker.
[[nodiscard]] std::string magnet_link(const FileInfo& file, std::span<const std::string> trackers,
                                      std::span<const std::string> peers = {});

}  // namespace shoal
