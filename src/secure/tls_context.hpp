#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

#include <shoal/keys.hpp>

#include "secure/key.hpp"
#include "secure/secret.hpp"

namespace shoal::secure {

/// Names what is spoken inside (ALPN), with its version.
inline constexpr std::string_view kProtocol = "shoal/1";

/// The two ciphers of closed swarms, by their numbers in TLS (RFC 8446).
enum class Cipher : std::uint16_t { aes_256_gcm = 0x1302, chacha20_poly1305 = 0x1303 };
/// Which one this machine is quicker with.
[[nodiscard]] Cipher preferred_cipher();

/// What one key is in TLS: an external pre-shared key (RFC 8446, 4.2.11). One for each cipher,
/// since such a key belongs to one hash.
struct Psk {
  Psk(const Key& key, Cipher with);

  Cipher cipher;
  std::string identity;  ///< sent in the clear
  Secret<48> secret;     ///< as many bytes as the cipher's hash has: 48 or 32
  [[nodiscard]] BytesView bytes() const;
};

/// What all TLS connections of a process share: keys, ciphers, rules. TLS 1.3 only, a pre-shared
/// key with an ephemeral Diffie-Hellman exchange only; no certificates, no tickets, no early data.
class TlsContext {
 public:
  /// `keys`: not null. Throws std::runtime_error where OpenSSL lacks what it takes.
  explicit TlsContext(const Keys& keys);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// A connection to come; `dials`: we are its client.
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* connection) const { SSL_free(connection); }
  };
  [[nodiscard]] std::unique_ptr<SSL, Free> connection(bool dials) const;

  /// Ours to offer.
  [[nodiscard]] const Psk& offered() const { return *offered_; }
  /// Null when nobody here knows it.
  [[nodiscard]] const Psk* find(std::string_view identity) const;

 private:
  std::vector<Psk> psks_;
  const Psk* offered_;
  std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace shoal::secure
