#pragma once

#include <chrono>

namespace shoal::test {

/// How long a test waits for what has to happen; longer in slow builds. Nothing takes that long
/// when all is well.
#ifdef SHOAL_TEST_PATIENCE
inline constexpr std::chrono::seconds kPatience(SHOAL_TEST_PATIENCE);
#else
inline constexpr std::chrono::seconds kPatience(20);
#endif

}  // namespace shoal::test
