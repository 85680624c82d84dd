#include "check.hpp"
#include "fleet/change.hpp"

using namespace shoal;

// Whatever decodes of a fleet's log is within its bounds, and its encoding means the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto batch = fleet::decode(fuzz::view(data, size));
  if (!batch) return 0;
  fuzz::check(batch->changes.size() <= fleet::kMaxChanges);
  for (const fleet::Change& change : batch->changes) {
    Bytes one;
    fleet::encode(change, one);
    fuzz::check(one.size() <= fleet::kMaxChange);
  }
  Bytes bytes;
  fleet::encode(*batch, bytes);
  fuzz::check(fleet::decode(bytes) == *batch);
  return 0;
}
