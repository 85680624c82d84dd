#include "discovery/host_proof.hpp"

#include "base/bytes.hpp"
#include "discovery/tracker_address.hpp"
#include "secure/hkdf.hpp"

namespace shoal::discovery {

datagram::Proof proof_for(const HostSecret& secret, const std::string& tracker) {
  const auto address = parse_tracker_address(tracker);
  const std::string name = address ? address->host + " " + std::to_string(address->port) : tracker;
  std::array<std::byte, sizeof(std::uint64_t)> proof;
  secure::hkdf(secret, {}, "shoal 1 host proof " + name, proof);
  // One of 2^64 is none, and another one is as good.
  const datagram::Proof shown{load_be<std::uint64_t>(proof.data())};
  return shown == datagram::kNoProof ? datagram::Proof{1} : shown;
}

}  // namespace shoal::discovery
