#include <algorithm>

#include "check.hpp"
#include "datagram/datagram.hpp"

using namespace shoal;

namespace {

Bytes encoded(const auto& message) {
  Bytes out;
  datagram::encode(message, out);
  fuzz::check(out.size() <= datagram::kMaxDatagram);
  return out;
}

void request(BytesView input) {
  const auto decoded = datagram::decode_request(input);
  if (!decoded) return;
  const Bytes bytes = encoded(*decoded);
  const auto again = datagram::decode_request(bytes);
  fuzz::check(again && encoded(*again) == bytes);
}

// An IPv6 announce reply may name v4-mapped peers. They become IPv4 endpoints, which no tracker
// puts into such a reply, so there is no way back.
bool has_no_way_back(const datagram::Reply& reply, bool v6) {
  const auto* announce = std::get_if<datagram::AnnounceReply>(&reply);
  return announce != nullptr && v6 &&
         std::ranges::any_of(announce->peers,
                             [](const Endpoint& peer) { return peer.address.is_v4(); });
}

void reply(BytesView input, bool v6) {
  const auto decoded = datagram::decode_reply(input, v6);
  if (!decoded || has_no_way_back(decoded->reply, v6)) return;
  const Bytes bytes = encoded(*decoded);
  const auto again = datagram::decode_reply(bytes, v6);
  fuzz::check(again && encoded(*again) == bytes);
}

}  // namespace

// Whatever decodes encodes within one MTU, and its encoding means the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = fuzz::view(data, size);
  request(input);
  reply(input, false);
  reply(input, true);
  return 0;
}
