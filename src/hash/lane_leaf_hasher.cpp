#include "hash/lane_leaf_hasher.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "hash/sha256_instructions.hpp"

namespace shoal {
namespace {

constexpr std::size_t kBlock = 64;

/// A message that is being hashed: whole blocks where they lie, then a copy of what is left of it
/// with the padding (FIPS 180-4, 5.1.1).
class Message {
 public:
  explicit Message(BytesView message) : data(message.data()), blocks(message.size() / kBlock) {
    const BytesView rest = message.subspan(blocks * kBlock);
    std::byte* const padding = std::ranges::copy(rest, tail.begin()).out;
    *padding = std::byte{0x80};
    if (rest.size() >= kBlock - sizeof(std::uint64_t)) tail_blocks = 2;
    std::byte* const length = tail.data() + tail_blocks * kBlock - sizeof(std::uint64_t);
    std::fill(padding + 1, length, std::byte{0});
    store_be(std::uint64_t{message.size()} * 8, length);
  }

  [[nodiscard]] Digest digest() const {
    Digest digest;
    for (std::size_t i = 0; i < state.size(); ++i) {
      store_be(state[i], digest.bytes.data() + i * sizeof state[i]);
    }
    return digest;
  }

  Sha256State state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const std::byte* data;
  std::size_t blocks;
  std::array<std::byte, 2 * kBlock> tail;
  std::size_t tail_blocks = 1;
};

class LaneLeafHasher final : public LeafHasher {
 public:
  explicit LaneLeafHasher(const Sha256Instructions& instructions) : instructions_(instructions) {}

  void hash(std::span<const BytesView> leaves, std::span<Digest> out) override {
    std::size_t next = 0;
    for (; next + 2 <= leaves.size(); next += 2) {
      hash_two(leaves.subspan(next, 2), out.subspan(next, 2));
    }
    if (next < leaves.size()) out[next] = hash_one(leaves[next]);
  }

  [[nodiscard]] std::string_view name() const override { return instructions_.name; }

 private:
  [[nodiscard]] Digest hash_one(BytesView leaf) const {
    Message message(leaf);
    instructions_.one(message.state, message.data, message.blocks);
    instructions_.one(message.state, message.tail.data(), message.tail_blocks);
    return message.digest();
  }

  /// Together as far as both go; then the longer one goes on by itself.
  void hash_two(std::span<const BytesView> leaves, std::span<Digest> out) const {
    Message first(leaves[0]);
    Message second(leaves[1]);
    advance(first, first.data, first.blocks, second, second.data, second.blocks);
    advance(first, first.tail.data(), first.tail_blocks, second, second.tail.data(),
            second.tail_blocks);
    out[0] = first.digest();
    out[1] = second.digest();
  }

  void advance(Message& first, const std::byte* first_data, std::size_t first_blocks,
               Message& second, const std::byte* second_data, std::size_t second_blocks) const {
    const std::size_t both = std::min(first_blocks, second_blocks);
    instructions_.two({&first.state, &second.state}, {first_data, second_data}, both);
    instructions_.one(first.state, first_data + both * kBlock, first_blocks - both);
    instructions_.one(second.state, second_data + both * kBlock, second_blocks - both);
  }

  const Sha256Instructions& instructions_;
};

}  // namespace

std::unique_ptr<LeafHasher> make_lane_leaf_hasher() {
  const Sha256Instructions* const instructions = sha256_instructions();
  if (instructions == nullptr) return nullptr;
  return std::make_unique<LaneLeafHasher>(*instructions);
}

#if !defined(__x86_64__) && !defined(__aarch64__)
const Sha256Instructions* sha256_instructions() {
  return nullptr;
}
#endif

}  // namespace shoal
