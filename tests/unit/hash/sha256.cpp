#include "hash/sha256.hpp"

#include <gtest/gtest.h>

namespace shoal::sha256_test {
namespace {

TEST(Sha256, knows_the_published_answers) {  // FIPS 180-4 examples
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, a_pair_is_the_hash_of_both_in_order) {
  const Digest left = sha256(as_bytes("left"));
  const Digest right = sha256(as_bytes("right"));
  Bytes both(left.bytes.begin(), left.bytes.end());
  both.insert(both.end(), right.bytes.begin(), right.bytes.end());
  EXPECT_EQ(sha256_pair(left, right), sha256(both));
  EXPECT_NE(sha256_pair(left, right), sha256_pair(right, left));
}

}  // namespace
}  // namespace shoal::sha256_test
