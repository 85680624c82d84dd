#include "hash/leaf_hasher_trial.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "hash/openssl_leaf_hasher.hpp"

namespace shoal {
namespace {

constexpr std::size_t kLeaf = 16384;
constexpr std::size_t kLeaves = 16;  // fills the widest registers there are, once
constexpr std::size_t kNode = 64;
constexpr std::size_t kNodes = 16;

/// Of this thread: what others do on a busy machine does not count.
double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double speed(LeafHasher& hasher, std::span<const BytesView> messages) {
  std::array<Digest, std::max(kLeaves, kNodes)> digests;
  const double before = processor_seconds();
  hasher.hash(messages, std::span(digests).first(messages.size()));
  // A clock of coarse steps must not make anything infinitely fast.
  const double seconds = std::max(processor_seconds() - before, 1e-9);
  return static_cast<double>(messages.size() * messages.front().size()) / seconds;
}

/// Each begins one node behind the one before.
std::vector<BytesView> cut(BytesView data, std::size_t count, std::size_t length) {
  std::vector<BytesView> parts;
  parts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) parts.push_back(data.subspan(i * kNode, length));
  return parts;
}

bool agree(LeafHasher& hasher, std::span<const BytesView> messages) {
  std::vector<Digest> expected(messages.size());
  std::vector<Digest> actual(messages.size());
  OpensslLeafHasher().hash(messages, expected);
  hasher.hash(messages, actual);
  return actual == expected;
}

}  // namespace

// Leaves that overlap take as long as others, and memory that is new to a process takes far longer
// than they do.
LeafHasherTrial::LeafHasherTrial() : data_(kLeaf + kLeaves * kNode) {
  for (std::size_t i = 0; i < data_.size(); ++i) {
    data_[i] = static_cast<std::byte>(i * 7 + i / 256);
  }
  leaves_ = cut(data_, kLeaves, kLeaf);
  nodes_ = cut(data_, kNodes, kNode);
}

bool LeafHasherTrial::agrees_with_openssl(LeafHasher& hasher) const {
  constexpr std::array<std::size_t, 9> kLengths{0, 1, 55, 56, 63, 64, 119, 120, 1000};
  constexpr std::array<std::size_t, 8> kCounts{0, 1, 2, 3, 7, 15, 16, 33};
  for (const std::size_t count : kCounts) {
    for (std::size_t shift = 0; shift < kLengths.size(); ++shift) {
      std::vector<BytesView> messages;
      messages.reserve(count);
      for (std::size_t i = 0; i < count; ++i) {
        messages.push_back(BytesView(data_).subspan(i, kLengths[(i + shift) % kLengths.size()]));
      }
      if (!agree(hasher, messages)) return false;
    }
  }
  // Whole leaves, and behind them the last one of a file.
  std::vector<BytesView> leaves = leaves_;
  leaves.push_back(BytesView(data_).subspan(1, kLeaf - 1));
  return agree(hasher, nodes_) && agree(hasher, leaves);
}

double LeafHasherTrial::speed_with_leaves(LeafHasher& hasher) const {
  return speed(hasher, leaves_);
}

double LeafHasherTrial::speed_with_nodes(LeafHasher& hasher) const {
  return speed(hasher, nodes_);
}

}  // namespace shoal
