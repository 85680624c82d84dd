#include "hash/leaf_hasher.hpp"

#include <array>
#include <vector>

#include "hash/multi_buffer_leaf_hasher.hpp"
#include "hash/openssl_leaf_hasher.hpp"

namespace shoal {
namespace {

/// Lengths around every padding case of SHA-256, in counts around every number of lanes.
bool agrees_with_openssl(LeafHasher& hasher) {
  constexpr std::array<std::size_t, 9> kLengths{0, 1, 55, 56, 63, 64, 119, 16383, 16384};
  constexpr std::array<std::size_t, 8> kCounts{0, 1, 2, 7, 8, 15, 16, 40};

  Bytes data(16384 + kCounts.back());
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 7 + i / 256);
  OpensslLeafHasher reference;
  for (const std::size_t count : kCounts) {
    for (std::size_t shift = 0; shift <= kLengths.size(); ++shift) {
      std::vector<BytesView> leaves;
      for (std::size_t i = 0; i < count; ++i) {
        // The last shift makes all leaves whole, the usual case; the others mix the lengths.
        const std::size_t length =
            shift == kLengths.size() ? kLengths.back() : kLengths[(i + shift) % kLengths.size()];
        leaves.push_back(BytesView(data).subspan(i, length));
      }
      std::vector<Digest> expected(count);
      std::vector<Digest> actual(count);
      reference.hash(leaves, expected);
      hasher.hash(leaves, actual);
      if (actual != expected) return false;
    }
  }
  return true;
}

std::unique_ptr<LeafHasher> make_proven_multi_buffer() {
  static const bool proven = [] {
    const auto hasher = make_multi_buffer_leaf_hasher();
    return hasher != nullptr && agrees_with_openssl(*hasher);
  }();
  return proven ? make_multi_buffer_leaf_hasher() : nullptr;
}

}  // namespace

std::unique_ptr<LeafHasher> make_leaf_hasher(LeafHashing choice) {
  if (choice != LeafHashing::openssl) {
    auto hasher = make_proven_multi_buffer();
    if (hasher || choice == LeafHashing::multi_buffer) return hasher;
  }
  return std::make_unique<OpensslLeafHasher>();
}

LeafHasher& thread_leaf_hasher() {
  thread_local const std::unique_ptr<LeafHasher> hasher = make_leaf_hasher();
  return *hasher;
}

}  // namespace shoal
