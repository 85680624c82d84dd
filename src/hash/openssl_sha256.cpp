#include "hash/openssl_sha256.hpp"

#include <stdexcept>

namespace shoal {
namespace {

struct FreeAlgorithm {
  void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
};

void require(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL cannot compute SHA-256; check its installation");
}

// Looking an algorithm up by name costs more than hashing a small message: once is enough.
const EVP_MD* algorithm() {
  static const std::unique_ptr<EVP_MD, FreeAlgorithm> fetched(
      EVP_MD_fetch(nullptr, "SHA256", nullptr));
  return fetched.get();
}

}  // namespace

OpensslSha256::OpensslSha256() : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr && algorithm() != nullptr);
}

Digest OpensslSha256::operator()(BytesView message) {
  Digest digest;
  auto* const out = reinterpret_cast<unsigned char*>(digest.bytes.data());
  require(EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr) == 1 &&
          EVP_DigestUpdate(context_.get(), message.data(), message.size()) == 1 &&
          EVP_DigestFinal_ex(context_.get(), out, nullptr) == 1);
  return digest;
}

}  // namespace shoal
