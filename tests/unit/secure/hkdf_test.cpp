#include "secure/hkdf.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"

namespace shoal::secure::hkdf_test {
namespace {

std::string derived(std::string_view secret, std::string_view salt, std::string_view info) {
  Bytes out(42);
  const Bytes info_bytes = *from_hex(info);
  hkdf(*from_hex(secret), *from_hex(salt), as_text(info_bytes), out);
  return shoal::to_hex(out);
}

constexpr std::string_view kSecret = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b";

TEST(Hkdf, does_what_rfc_5869_shows) {
  EXPECT_EQ(derived(kSecret, "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9"),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(derived(kSecret, "", ""),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

}  // namespace
}  // namespace shoal::secure::hkdf_test
