#include "session/descriptors.hpp"

#include <algorithm>
#include <limits>
#include <sys/resource.h>

namespace shoal::session {

std::size_t most_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::numeric_limits<std::size_t>::max();
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::size_t spare_descriptors(std::size_t most) {
  constexpr std::size_t kForOthers = 40;
  return std::min(kForOthers, most / 8);
}

}  // namespace shoal::session
