#include "storage/known_files.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace shoal::storage {
namespace {

// The entry: piece length and number of files, u32 each; a record for each file, sorted; the nodes
// of all layers. A record: the version, five u64; the root; where in the nodes the layer begins and
// how many it has, u32 each.
constexpr std::size_t kHeadBytes = 8;
constexpr std::size_t kVersionBytes = 40;
constexpr std::size_t kRecordBytes = 80;
constexpr std::size_t kNodeBytes = sizeof(Digest);
// A quarter of what a cache has, so that no folder takes the room of all others.
constexpr std::size_t kMostBytes = 64 << 20;

Bytes key_of(const FileIdentity& folder) {
  Bytes key;
  ByteWriter(key).text("shoal folder 1\n").u64(folder.device).u64(folder.inode);
  return key;
}

Bytes version_bytes(const FileVersion& file) {
  Bytes bytes;
  bytes.reserve(kRecordBytes);
  ByteWriter(bytes)
      .u64(file.identity.inode)
      .u64(file.identity.device)
      .u64(file.identity.length)
      .u64(static_cast<std::uint64_t>(file.identity.modified_ns))
      .u64(static_cast<std::uint64_t>(file.changed_ns));
  return bytes;
}

}  // namespace

KnownFiles KnownFiles::load(const LayerCache& cache, const FileIdentity& folder) {
  KnownFiles known;
  auto content = cache.load(key_of(folder), kMostBytes);
  if (!content) return known;
  ByteReader reader(*content);
  const std::uint32_t piece_length = reader.u32();
  const std::uint32_t files = reader.u32();
  if (!reader.ok() || files > reader.rest().size() / kRecordBytes) return known;
  known.piece_length_ = piece_length;
  known.files_ = files;
  known.content_ = *std::move(content);
  return known;
}

void KnownFiles::forget(const LayerCache& cache, const FileIdentity& folder) {
  cache.erase(key_of(folder));
}

std::optional<std::vector<Digest>> KnownFiles::find(const FileVersion& file,
                                                    const Geometry& geometry) const {
  const Bytes wanted = version_bytes(file);
  const auto record = [this](std::size_t number) {
    return BytesView(content_).subspan(kHeadBytes + number * kRecordBytes, kRecordBytes);
  };
  std::size_t low = 0;
  for (std::size_t high = files_; low < high;) {
    const std::size_t middle = low + (high - low) / 2;
    const bool before = std::memcmp(record(middle).data(), wanted.data(), kVersionBytes) < 0;
    (before ? low : high) = before ? middle + 1 : middle;
  }
  if (low == files_) return std::nullopt;
  ByteReader found(record(low));
  if (!std::ranges::equal(found.take(kVersionBytes), wanted)) return std::nullopt;
  const Digest root{found.array<kNodeBytes>()};
  // Whatever the pieces are, the root of one alone is the same.
  if (geometry.pieces() == 1) return std::vector{root};
  const std::uint64_t first = found.u32();
  const std::uint64_t count = found.u32();
  const BytesView nodes = BytesView(content_).subspan(kHeadBytes + files_ * kRecordBytes);
  if (geometry.piece_length() != piece_length_ || count != geometry.pieces() ||
      (first + count) * kNodeBytes > nodes.size()) {
    return std::nullopt;
  }
  ByteReader reader(nodes.subspan(first * kNodeBytes));
  std::vector<Digest> layer(count);
  for (Digest& node : layer) node.bytes = reader.array<kNodeBytes>();
  return layer;
}

void FilesToKnow::add(const FileVersion& file, const Digest& root, std::span<const Digest> layer) {
  Bytes bytes = version_bytes(file);
  ByteWriter(bytes)
      .bytes(root.bytes)
      .u32(static_cast<std::uint32_t>(nodes_.size() / kNodeBytes))
      .u32(static_cast<std::uint32_t>(layer.size()));
  std::ranges::copy(bytes, records_.emplace_back().begin());
  for (const Digest& node : layer) ByteWriter(nodes_).bytes(node.bytes);
}

void FilesToKnow::keep(const LayerCache& cache, const FileIdentity& folder) && {
  const std::size_t size = kHeadBytes + records_.size() * kRecordBytes + nodes_.size();
  if (size > kMostBytes) return;
  std::ranges::sort(records_);
  Bytes content;
  content.reserve(size);
  ByteWriter writer(content);
  writer.u32(piece_length_).u32(static_cast<std::uint32_t>(records_.size()));
  for (const auto& record : std::exchange(records_, {})) writer.bytes(record);
  writer.bytes(nodes_);
  cache.store(key_of(folder), content);
}

}  // namespace shoal::storage
