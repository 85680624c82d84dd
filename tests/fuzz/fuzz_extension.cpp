#include "check.hpp"
#include "wire/extension.hpp"

using namespace shoal;

namespace {

// What was understood of a message is understood again from our encoding of it.
template <class Decode>
void round_trip(BytesView input, Decode decode) {
  const auto decoded = decode(input);
  if (!decoded) return;
  const Bytes bytes = wire::encode(*decoded);
  const auto again = decode(bytes);
  fuzz::check(again && wire::encode(*again) == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = fuzz::view(data, size);
  round_trip(input, wire::decode_extended_handshake);
  round_trip(input, wire::decode_metadata);
  round_trip(input, wire::decode_pex);
  return 0;
}
