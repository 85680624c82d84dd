#pragma once

#include <memory>

#include <openssl/evp.h>

#include <shoal/digest.hpp>

#include "base/bytes.hpp"

namespace shoal {

/// One OpenSSL digest context, used again for every message. Throws std::runtime_error where
/// OpenSSL has no working SHA-256. Serves one thread at a time.
class OpensslSha256 {
 public:
  OpensslSha256();

  [[nodiscard]] Digest operator()(BytesView message);

 private:
  struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };

  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
};

}  // namespace shoal
