#include "base/compact.hpp"

namespace shoal {
namespace {

template <class AddressBytes>
std::optional<std::vector<Endpoint>> read_compact(BytesView bytes) {
  constexpr std::size_t kAddress = sizeof(AddressBytes);
  constexpr std::size_t kStride = kAddress + sizeof(std::uint16_t);
  if (bytes.size() % kStride != 0) return std::nullopt;

  std::vector<Endpoint> endpoints;
  endpoints.reserve(bytes.size() / kStride);
  ByteReader reader(bytes);
  while (!reader.rest().empty()) {
    const AddressBytes address = reader.array<kAddress>();
    endpoints.push_back({IpAddress(address), reader.u16()});
  }
  return endpoints;
}

}  // namespace

void write_compact(const Endpoint& endpoint, Bytes& out) {
  ByteWriter writer(out);
  if (endpoint.address.is_v4()) {
    writer.bytes(endpoint.address.v4());
  } else {
    writer.bytes(endpoint.address.v6());
  }
  writer.u16(endpoint.port);
}

std::optional<std::vector<Endpoint>> read_compact_v4(BytesView bytes) {
  return read_compact<IpAddress::V4>(bytes);
}

std::optional<std::vector<Endpoint>> read_compact_v6(BytesView bytes) {
  return read_compact<IpAddress::V6>(bytes);
}

}  // namespace shoal
