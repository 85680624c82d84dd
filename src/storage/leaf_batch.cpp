#include "storage/leaf_batch.hpp"

#include <algorithm>

#include "hash/thread_hashers.hpp"

namespace shoal::storage {

LeafBatch::LeafBatch() : buffer_(std::make_unique_for_overwrite<std::byte[]>(kMostBytes)) {}

MutableBytes LeafBatch::add(std::size_t length) {
  const MutableBytes place(buffer_.get() + used_.bytes, length);
  for (std::size_t at = 0; at < length; at += kBlockLength) {
    blocks_[used_.blocks++] = place.subspan(at, std::min<std::size_t>(kBlockLength, length - at));
  }
  used_.bytes += length;
  return place;
}

std::span<const Digest> LeafBatch::hash() {
  expect_leaf_hashing(used_.bytes);
  const auto leaves = std::span(leaves_).first(used_.blocks);
  thread_leaf_hasher().hash(std::span(blocks_).first(used_.blocks), leaves);
  return leaves;
}

}  // namespace shoal::storage
