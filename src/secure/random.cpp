#include "secure/random.hpp"

#include <system_error>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "secure/secret.hpp"

namespace shoal::secure {

void fill_random(MutableBytes bytes) {
  auto* const to = reinterpret_cast<unsigned char*>(bytes.data());
  if (RAND_bytes(to, static_cast<int>(bytes.size())) == 1) return;
  throw std::system_error(std::make_error_code(std::errc::io_error),
                          "no random bytes from the system");
}

void wipe(MutableBytes bytes) {
  OPENSSL_cleanse(bytes.data(), bytes.size());
}

}  // namespace shoal::secure
