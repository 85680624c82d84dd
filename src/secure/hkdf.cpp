#include "secure/hkdf.hpp"

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

namespace shoal::secure {
namespace {

struct Free {
  void operator()(EVP_KDF* algorithm) const { EVP_KDF_free(algorithm); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};

// Looking it up by name costs more than a derivation: once is enough.
EVP_KDF* algorithm() {
  static const std::unique_ptr<EVP_KDF, Free> fetched(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  return fetched.get();
}

/// OpenSSL's parameters are in-out for both directions; here they are only read.
OSSL_PARAM octets(const char* name, BytesView bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::byte*>(bytes.data()),
                                           bytes.size());
}

}  // namespace

void hkdf(BytesView secret, BytesView salt, std::string_view info, MutableBytes out) {
  std::string digest = "SHA256";
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      octets(OSSL_KDF_PARAM_KEY, secret), octets(OSSL_KDF_PARAM_INFO, as_bytes(info)),
      // A salt of no bytes is given as none: HKDF takes zeros then.
      salt.empty() ? OSSL_PARAM_construct_end() : octets(OSSL_KDF_PARAM_SALT, salt),
      OSSL_PARAM_construct_end()};
  const std::unique_ptr<EVP_KDF_CTX, Free> context(EVP_KDF_CTX_new(algorithm()));
  auto* const to = reinterpret_cast<unsigned char*>(out.data());
  if (context == nullptr || EVP_KDF_derive(context.get(), to, out.size(), parameters.data()) != 1) {
    throw std::runtime_error("OpenSSL cannot compute HKDF; check its installation");
  }
}

}  // namespace shoal::secure
