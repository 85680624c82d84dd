#pragma once

#include "base/bytes.hpp"

namespace shoal::secure {

/// Random bytes that nobody can guess. Throws std::system_error when the system has none.
void fill_random(MutableBytes bytes);

}  // namespace shoal::secure
