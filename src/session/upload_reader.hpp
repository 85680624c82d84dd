#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>

#include "metainfo/file_tree.hpp"
#include "storage/file_window.hpp"
#include "torrent/peer/chunk_pool.hpp"
#include "torrent/peer/write_pacer.hpp"
#include "wire/messages.hpp"

namespace shoal::session {

class Swarm;

/// Brings the blocks that one connection sends to where a system call finds them, each behind its
/// header. Runs of them that the system has in memory are sent from there, others are read into
/// memory of our own. What gather() brought stays until the next call.
class UploadReader {
 public:
  static constexpr std::size_t kMostBlocks = torrent::WritePacer::kMostBlocks;  // in one write

  /// Appends buffers for the blocks. `usual` is how many there are in most batches now. Encrypted
  /// ones are read by us, not by the system, and so are never sent from where they are. Throws
  /// std::system_error when the file is not what it was.
  asio::awaitable<void> gather(Swarm& swarm, std::span<const wire::BlockRange> blocks,
                               std::size_t usual, bool encrypted,
                               std::vector<asio::const_buffer>& out);
  /// Nothing goes out for a while: holds little.
  void rest();

 private:
  void make_room(Swarm& swarm, std::size_t blocks);
  [[nodiscard]] BytesView look_through_window(const Swarm& swarm, FileIndex file,
                                              std::uint64_t begin, std::size_t bytes);

  std::vector<std::array<std::byte, wire::kPieceHeader>> headers_;
  std::shared_ptr<torrent::Chunk> copies_;
  storage::FileWindow window_;
  FileIndex window_of_{};
};

}  // namespace shoal::session
