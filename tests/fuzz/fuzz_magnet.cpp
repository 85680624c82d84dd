#include "check.hpp"
#include "metainfo/magnet.hpp"

using namespace shoal;

// A link that was understood is understood the same after it was formatted.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto magnet = parse_magnet(as_text(fuzz::view(data, size)));
  if (!magnet) return 0;
  const auto again = parse_magnet(format(*magnet));
  fuzz::check(again && *again == *magnet);
  return 0;
}
