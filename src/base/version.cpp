#include "base/version.hpp"

#include <shoal_commit.hpp>

namespace shoal {

std::string_view version() {
  return SHOAL_VERSION;
}

std::string_view commit() {
  return kBuiltCommit;
}

}  // namespace shoal
