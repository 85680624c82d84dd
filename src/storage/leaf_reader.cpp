#include "storage/leaf_reader.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <span>
#include <utility>

#include "hash/thread_hashers.hpp"
#include "storage/bus_guard.hpp"

namespace shoal::storage {
namespace {

/// Of this thread: neither the disk that it waits for counts, nor what others do.
std::chrono::nanoseconds processor_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

LeafReader::LeafReader(std::uint64_t bytes, WayOfReading* way, LeafHasher* hasher)
    : way_(way),
      hasher_(hasher),
      buffer_(std::make_unique_for_overwrite<std::byte[]>(
          std::min<std::uint64_t>(bytes, kBatchBytes))) {}

Result<void> LeafReader::append_batch(const File& file, std::uint64_t offset, std::size_t bytes,
                                      std::vector<Digest>& out) {
  // A thread's first batch costs more than others: its buffer is new.
  const bool usual = way_ != nullptr && bytes == kBatchBytes && !std::exchange(first_, false);
  if (!usual) return append_read(file, offset, bytes, out);
  const WayOfReading::Turn turn = way_->next();
  const auto before = turn.counts ? processor_time() : std::chrono::nanoseconds{};
  if (turn.way == WayOfReading::Way::map) {
    if (!append_mapped(file, offset, bytes, out)) return append_read(file, offset, bytes, out);
  } else {
    if (auto done = append_read(file, offset, bytes, out); !done) return done;
  }
  if (turn.counts) way_->took(turn.way, processor_time() - before);
  return {};
}

Result<void> LeafReader::append_read(const File& file, std::uint64_t offset, std::size_t bytes,
                                     std::vector<Digest>& out) {
  const MutableBytes batch(buffer_.get(), bytes);
  if (auto read = file.read_at(offset, batch); !read) return read;
  hash(batch, out);
  return {};
}

/// False, with `out` as it was, where only a read can tell what there is, or what is the matter.
bool LeafReader::append_mapped(const File& file, std::uint64_t offset, std::size_t bytes,
                               std::vector<Digest>& out) {
  const BytesView batch = window_.mapped(file, offset, bytes);
  if (batch.empty()) return false;
  const std::size_t before = out.size();
  {
    const BusGuard guard(batch);
    if (!guard.works()) return false;
    hash(batch, out);
    if (!guard.torn()) return true;
  }
  window_.close();
  out.resize(before);
  return false;
}

void LeafReader::hash(BytesView batch, std::vector<Digest>& out) {
  std::array<BytesView, kBatchBlocks> blocks;
  std::size_t count = 0;
  for (; !batch.empty(); ++count) {
    blocks[count] = batch.first(std::min<std::size_t>(batch.size(), kBlockLength));
    batch = batch.subspan(blocks[count].size());
  }
  out.resize(out.size() + count);
  LeafHasher& hasher = hasher_ != nullptr ? *hasher_ : thread_leaf_hasher();
  hasher.hash(std::span(blocks).first(count), std::span(out).last(count));
}

}  // namespace shoal::storage
