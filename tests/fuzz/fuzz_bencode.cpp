#include <algorithm>

#include "base/bencode.hpp"
#include "check.hpp"

using namespace shoal;

// What the strict parser accepts is canonical: it encodes to the very bytes it was parsed from.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = fuzz::view(data, size);
  const auto parsed = bencode::parse_prefix(input);
  fuzz::check(bencode::parse(input).has_value() == (parsed && parsed->used == size));
  if (!parsed) return 0;
  fuzz::check(std::ranges::equal(bencode::encode(parsed->value), input.first(parsed->used)));
  return 0;
}
