#include "session/upload_reader.hpp"

#include <algorithm>

#include "session/swarm.hpp"

namespace shoal::session {

using namespace torrent;
namespace {

// Shorter runs are not worth a window. There is one window, and so one such run in a batch.
constexpr std::size_t kLeastInWindow = UploadReader::kMostBlocks / 2 + 1;

std::uint64_t offset_of(const FileOfPieces& where, const wire::BlockRange& block) {
  return where.geometry.offset(where.in_file(PieceIndex{block.piece})) + block.begin;
}

/// How many of the blocks follow one another in the file that the first one is of.
std::size_t run_length(const FileOfPieces& where, std::span<const wire::BlockRange> blocks) {
  const std::uint32_t end = where.first_piece + where.geometry.pieces();
  std::size_t count = 1;
  while (count < blocks.size() && blocks[count].piece >= where.first_piece &&
         blocks[count].piece < end &&
         offset_of(where, blocks[count - 1]) + blocks[count - 1].length ==
             offset_of(where, blocks[count])) {
    ++count;
  }
  return count;
}

}  // namespace

asio::awaitable<void> UploadReader::gather(Swarm& swarm, std::span<const wire::BlockRange> blocks,
                                           std::size_t usual, bool encrypted,
                                           std::vector<asio::const_buffer>& out) {
  const PieceSpace& space = swarm.content().space();
  const std::size_t most = std::max(usual, blocks.size());
  headers_.resize(blocks.size());
  auto header = headers_.begin();
  std::size_t copied = 0;
  while (!blocks.empty()) {
    const FileOfPieces where = space.file_of(PieceIndex{blocks.front().piece});
    const auto run = blocks.first(run_length(where, blocks));
    blocks = blocks.subspan(run.size());
    const std::uint64_t begin = offset_of(where, run.front());
    const std::uint64_t end = offset_of(where, run.back()) + run.back().length;
    const std::uint64_t real = std::min(end, where.geometry.length()) - begin;
    BytesView bytes;
    if (run.size() >= kLeastInWindow && real == end - begin && !encrypted) {
      bytes = look_through_window(swarm, where.file, begin, static_cast<std::size_t>(real));
    }
    if (bytes.empty()) {
      make_room(swarm, most);
      const MutableBytes copy(copies_->bytes.get() + copied, static_cast<std::size_t>(end - begin));
      copied += copy.size();
      // Zeros past the end of the file (trap T1).
      std::ranges::fill(copy.subspan(static_cast<std::size_t>(real)), std::byte{0});
      co_await swarm.read(where, begin, copy.first(static_cast<std::size_t>(real)));
      bytes = copy;
    }
    for (const wire::BlockRange& block : run) {
      *header = wire::piece_header(block.piece, block.begin, block.length);
      out.emplace_back(header->data(), header->size());
      out.emplace_back(bytes.data(), block.length);
      bytes = bytes.subspan(block.length);
      ++header;
    }
  }
}

BytesView UploadReader::look_through_window(const Swarm& swarm, FileIndex file, std::uint64_t begin,
                                            std::size_t bytes) {
  const auto opened = swarm.opened(file);
  if (opened == nullptr) return {};
  if (std::exchange(window_of_, file) != file) window_.close();
  return window_.cached(*opened, begin, bytes);
}

void UploadReader::make_room(Swarm& swarm, std::size_t blocks) {
  const std::size_t needed = blocks == kMostBlocks ? ChunkPool::kLarge : blocks * kBlockLength;
  if (copies_ != nullptr && copies_->capacity == needed) return;
  copies_.reset();
  copies_ = swarm.chunks()->take(needed);
}

void UploadReader::rest() {
  copies_.reset();
  window_.close();
}

}  // namespace shoal::session
