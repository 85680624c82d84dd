#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>

#include <openssl/evp.h>

#include "base/bytes.hpp"

namespace shoal::secure {

/// ChaCha20-Poly1305 (RFC 8439): encrypts and authenticates. One OpenSSL context, used again for
/// every message. Throws std::runtime_error where OpenSSL has no working one. One thread at a time.
class Aead {
 public:
  static constexpr std::size_t kKey = 32;
  static constexpr std::size_t kTag = 16;
  using Parts = std::initializer_list<BytesView>;

  Aead();

  /// Writes plain.size() + kTag bytes to `sealed`. A key and a counter must never meet twice.
  /// `bound`: what is not sent encrypted but must be the same for whoever opens.
  void seal(BytesView key, std::uint64_t counter, Parts bound, BytesView plain, std::byte* sealed);
  /// Writes sealed.size() - kTag bytes to `plain`, which mean nothing unless it returns true.
  [[nodiscard]] bool open(BytesView key, std::uint64_t counter, Parts bound, BytesView sealed,
                          std::byte* plain);

 private:
  void start(BytesView key, std::uint64_t counter, Parts bound, bool seals);

  struct Free {
    void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  };
  std::unique_ptr<EVP_CIPHER, Free> cipher_;
  std::unique_ptr<EVP_CIPHER_CTX, Free> context_;
};

}  // namespace shoal::secure
