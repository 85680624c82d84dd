#include "base/version.hpp"

namespace shoal {

std::string_view version() {
  return SHOAL_VERSION;
}

}  // namespace shoal
