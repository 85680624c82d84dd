#include "check.hpp"
#include "metainfo/info_dict.hpp"
#include "metainfo/name.hpp"

using namespace shoal;

// What a foreign dictionary says has an allowed name, and our canonical dictionary says the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = parse_info_dict(fuzz::view(data, size));
  if (!file) return 0;
  fuzz::check(check_name(file->name).has_value());
  const auto again = parse_info_dict(info_dict(*file));
  fuzz::check(again && *again == *file);
  return 0;
}
