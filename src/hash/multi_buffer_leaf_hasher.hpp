#pragma once

#include <memory>

#include "hash/leaf_hasher.hpp"

namespace shoal {

/// Several leaves at a time in the lanes of wide registers, by libipsec-mb. Null when it was not
/// built in or the processor has no AVX2, without which there is too little to gain.
[[nodiscard]] std::unique_ptr<LeafHasher> make_multi_buffer_leaf_hasher();

}  // namespace shoal
