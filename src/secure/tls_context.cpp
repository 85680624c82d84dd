#include "secure/tls_context.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#ifdef __aarch64__
#  include <sys/auxv.h>
#endif

#include "secure/key_ring.hpp"

namespace shoal::secure {
namespace {

constexpr const char* kCiphers = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519";

const char* cipher_name(Cipher cipher) {
  return cipher == Cipher::aes_256_gcm ? "TLS_AES_256_GCM_SHA384" : "TLS_CHACHA20_POLY1305_SHA256";
}

std::size_t hash_size(Cipher cipher) {
  return cipher == Cipher::aes_256_gcm ? 48 : 32;
}

/// One length-prefixed name, as ALPN has it.
std::string protocol_list() {
  return static_cast<char>(kProtocol.size()) + std::string(kProtocol);
}

const TlsContext& context_of(SSL* connection) {
  return *static_cast<const TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
}

/// The form in which OpenSSL takes an external key.
SSL_SESSION* as_session(SSL* connection, const Psk& psk) {
  std::array<unsigned char, 2> number{};
  store_be(static_cast<std::uint16_t>(psk.cipher), reinterpret_cast<std::byte*>(number.data()));
  const SSL_CIPHER* const cipher = SSL_CIPHER_find(connection, number.data());
  SSL_SESSION* const session = SSL_SESSION_new();
  const auto* const secret = reinterpret_cast<const unsigned char*>(psk.bytes().data());
  if (cipher != nullptr && session != nullptr &&
      SSL_SESSION_set1_master_key(session, secret, psk.bytes().size()) == 1 &&
      SSL_SESSION_set_cipher(session, cipher) == 1 &&
      SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1) {
    return session;
  }
  SSL_SESSION_free(session);
  return nullptr;
}

// ---- what OpenSSL asks us; 1 = go on, with or without a key

int offer_key(SSL* connection, const EVP_MD*, const unsigned char** identity, std::size_t* size,
              SSL_SESSION** session) {
  const Psk& psk = context_of(connection).offered();
  *identity = reinterpret_cast<const unsigned char*>(psk.identity.data());
  *size = psk.identity.size();
  *session = as_session(connection, psk);
  return *session != nullptr ? 1 : 0;
}

int find_key(SSL* connection, const unsigned char* identity, std::size_t size,
             SSL_SESSION** session) {
  const Psk* const psk =
      context_of(connection).find({reinterpret_cast<const char*>(identity), size});
  *session = psk != nullptr ? as_session(connection, *psk) : nullptr;
  return 1;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  static const std::string ours = protocol_list();
  unsigned char* found = nullptr;
  const int match =
      SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(ours.data()),
                            static_cast<unsigned>(ours.size()), offered, offered_size);
  *chosen = found;
  return match == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void require(bool ok) {
  if (!ok) {
    throw std::runtime_error(
        "this OpenSSL cannot do TLS 1.3 as closed swarms need it; check its "
        "installation");
  }
}

}  // namespace

Cipher preferred_cipher() {
#if defined(__x86_64__) || defined(__i386__)
  const bool quick_aes = __builtin_cpu_supports("aes") != 0;
#elif defined(__aarch64__)
  constexpr unsigned long kAes = 1UL << 3;  // HWCAP_AES
  const bool quick_aes = (::getauxval(AT_HWCAP) & kAes) != 0;
#else
  const bool quick_aes = false;
#endif
  return quick_aes ? Cipher::aes_256_gcm : Cipher::chacha20_poly1305;
}

Psk::Psk(const Key& key, Cipher with)
    : cipher(with),
      identity("shoal-1 " + to_hex(key.id()) +
               (with == Cipher::aes_256_gcm ? " sha384" : " sha256")) {
  key.derive(with == Cipher::aes_256_gcm ? "shoal 1 tls psk sha384" : "shoal 1 tls psk sha256",
             secret.fill().first(hash_size(with)));
}

BytesView Psk::bytes() const {
  return secret.view().first(hash_size(cipher));
}

TlsContext::TlsContext(const Keys& keys) : context_(SSL_CTX_new(TLS_method())) {
  for (const Key& key : keys->all()) {
    psks_.emplace_back(key, Cipher::aes_256_gcm);
    psks_.emplace_back(key, Cipher::chacha20_poly1305);
  }
  offered_ = &*std::ranges::find(psks_, preferred_cipher(), &Psk::cipher);

  SSL_CTX* const context = context_.get();
  require(context != nullptr);
  SSL_CTX_set_app_data(context, this);
  require(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
          SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
          SSL_CTX_set_ciphersuites(context, kCiphers) == 1 &&
          SSL_CTX_set1_groups_list(context, kGroups) == 1);
  // A ticket would outlive the key that it was got with.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_clear_options(context, SSL_OP_ALLOW_NO_DHE_KEX);  // whatever the system's settings say
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  require(SSL_CTX_set_num_tickets(context, 0) == 1);
  SSL_CTX_set_psk_use_session_callback(context, &offer_key);
  SSL_CTX_set_psk_find_session_callback(context, &find_key);
  SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
  const std::string protocols = protocol_list();
  require(SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(protocols.data()),
                                  static_cast<unsigned>(protocols.size())) == 0);
  // As much as there is room for a read; a quiet connection gives its buffers back.
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

std::unique_ptr<SSL, TlsContext::Free> TlsContext::connection(bool dials) const {
  std::unique_ptr<SSL, Free> connection(SSL_new(context_.get()));
  require(connection != nullptr);
  if (dials) {
    // The key offered belongs to one hash, so its cipher alone is offered.
    require(SSL_set_ciphersuites(connection.get(), cipher_name(offered_->cipher)) == 1);
    // A certificate is no proof here: there is nothing to verify one with, so it fails.
    SSL_set_verify(connection.get(), SSL_VERIFY_PEER, nullptr);
    SSL_set_connect_state(connection.get());
  } else {
    SSL_set_accept_state(connection.get());
  }
  return connection;
}

const Psk* TlsContext::find(std::string_view identity) const {
  const auto found = std::ranges::find(psks_, identity, &Psk::identity);
  return found != psks_.end() ? &*found : nullptr;
}

}  // namespace shoal::secure
