#pragma once

#include <cstdint>
#include <span>

#include "hash/leaf_hasher.hpp"

namespace shoal {

/// So many bytes of leaves are going to be hashed. With enough of them in a process the ways of
/// hashing are measured, by the thread that says so (LeafHashingChoice). Any thread.
void expect_leaf_hashing(std::uint64_t bytes);

/// The calling thread's own hasher, of the kind that is the best known by now: ask again for each
/// batch, and for none on another thread.
[[nodiscard]] LeafHasher& thread_leaf_hasher();
/// The same for the inner nodes of trees, 64 bytes each and few at a time.
[[nodiscard]] LeafHasher& thread_node_hasher();

/// `told` hears what was measured, once in a process, on the thread that did. Any thread; says
/// nothing where it is over already. Null: nobody.
void on_leaf_hashing_measured(void (*told)(std::span<const LeafHashingSpeed>));

}  // namespace shoal
