#include "hash/thread_hashers.hpp"

#include <array>
#include <atomic>
#include <memory>

#include "hash/leaf_hashing_choice.hpp"

namespace shoal {
namespace {

constinit LeafHashingChoice choice(&leaf_hashing_speeds);
constinit std::atomic<void (*)(std::span<const LeafHashingSpeed>)> listener = nullptr;

/// To make one takes up to a millisecond: a thread keeps each that it once used.
LeafHasher& of_this_thread(LeafHashing kind) {
  thread_local std::array<std::unique_ptr<LeafHasher>, kLeafHashingKinds> hashers;
  auto& hasher = hashers[static_cast<std::size_t>(kind)];
  if (!hasher) hasher = make_leaf_hasher(kind);
  return *hasher;
}

}  // namespace

void expect_leaf_hashing(std::uint64_t bytes) {
  if (!choice.expect(bytes)) return;
  if (auto* const told = listener.load()) told(leaf_hashing_speeds());
}

LeafHasher& thread_leaf_hasher() {
  return of_this_thread(choice.for_leaves());
}

LeafHasher& thread_node_hasher() {
  return of_this_thread(choice.for_nodes());
}

void on_leaf_hashing_measured(void (*told)(std::span<const LeafHashingSpeed>)) {
  listener.store(told);
}

}  // namespace shoal
