#include "support/preload.hpp"

#include <cstdlib>

namespace shoal::test {

Program::Environment preloading(const std::string& library) {
  // AddressSanitizer wants to be the first library; it works as the second one too.
  const char* const options = std::getenv("ASAN_OPTIONS");
  const std::string before = options == nullptr ? "" : std::string(options) + ":";
  return {"LD_PRELOAD=" + library, "ASAN_OPTIONS=" + before + "verify_asan_link_order=0"};
}

}  // namespace shoal::test
