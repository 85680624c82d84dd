#include "discovery/host_proof.hpp"

#include <gtest/gtest.h>

namespace shoal::discovery::host_proof_test {
namespace {

const HostSecret kSecret{std::byte{1}}, kOther{std::byte{2}};

TEST(HostProofFor, a_tracker_is_the_same_each_time_and_however_it_is_written) {
  const auto proof = proof_for(kSecret, "tracker.example:6000");
  EXPECT_NE(proof, datagram::kNoProof);
  EXPECT_EQ(proof_for(kSecret, "tracker.example:6000"), proof);
  EXPECT_EQ(proof_for(kSecret, "udp://tracker.example:6000"), proof);
}

TEST(HostProofFor, another_tracker_or_of_another_host_is_another_one) {
  const auto proof = proof_for(kSecret, "tracker.example:6000");
  EXPECT_NE(proof_for(kSecret, "tracker.example:6001"), proof);
  EXPECT_NE(proof_for(kSecret, "other.example:6000"), proof);
  EXPECT_NE(proof_for(kOther, "tracker.example:6000"), proof);
}

}  // namespace
}  // namespace shoal::discovery::host_proof_test
