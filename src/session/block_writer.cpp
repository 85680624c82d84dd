#include "session/block_writer.hpp"

#include <cstring>
#include <vector>

namespace shoal::session {
namespace {

bool all_zeros(BytesView data) {
  return data.front() == std::byte{0} &&
         std::memcmp(data.data(), data.data() + 1, data.size() - 1) == 0;
}

/// There is no data there, and it reads as zeros: some file systems forget what is not on disk yet.
bool reads_as_hole(const storage::File& file, std::uint64_t begin, std::uint64_t end) {
  if (file.next_data(begin, end).begin < end) return false;
  Bytes there(static_cast<std::size_t>(end - begin));
  return file.read_at(begin, there) && all_zeros(there);
}

}  // namespace

Result<void> write_blocks(const storage::File& file, const FileOfPieces& where,
                          std::span<const torrent::Received> blocks) {
  const auto offset_of = [&](const torrent::Received& one) {
    return where.geometry.offset(BlockRef{where.in_file(one.block.piece), one.block.block});
  };
  std::vector<BytesView> parts;
  for (std::size_t next = 0; next < blocks.size();) {
    const std::uint64_t offset = offset_of(blocks[next]);
    const bool zeros = all_zeros(blocks[next].data);
    std::uint64_t end = offset;
    parts.clear();
    do {
      parts.push_back(blocks[next].data);
      end += blocks[next++].data.size();
    } while (next < blocks.size() && offset_of(blocks[next]) == end &&
             all_zeros(blocks[next].data) == zeros);
    if (zeros && reads_as_hole(file, offset, end)) continue;
    if (auto written = file.write_at(offset, parts); !written) return written;
  }
  return {};
}

}  // namespace shoal::session
