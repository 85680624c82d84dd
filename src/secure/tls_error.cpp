#include "secure/tls_error.hpp"

#include <string>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace shoal::secure {
namespace {

class TlsCategory : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "tls"; }
  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<TlsErrc>(code)) {
      case TlsErrc::closed:
        return "closed by the other side";
      case TlsErrc::cut:
        return "the connection was cut off in the middle of TLS";
      case TlsErrc::no_common_key:
        return "the other side has no key that we accept";
      case TlsErrc::refused:
        return "the other side does not accept our key";
      case TlsErrc::not_tls:
        return "the other side does not speak TLS: it has no key, or belongs to an open swarm";
      case TlsErrc::wrong_version:
        return "the other side does not speak TLS 1.3 with ciphers that we accept";
      case TlsErrc::other_protocol:
        return "the other side has our key but speaks another protocol than ours";
      case TlsErrc::forged:
        return "what came is not what the other side has sent";
      case TlsErrc::broken:
        break;
    }
    return "the other side breaks the rules of TLS";
  }
};

TlsErrc meaning(int reason) {
  switch (reason) {
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:  // what is left without a key is certificates
    case SSL_R_BINDER_DOES_NOT_VERIFY:
    case SSL_R_BAD_PSK:
    case SSL_R_BAD_PSK_IDENTITY:
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return TlsErrc::no_common_key;
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_SSLV3_ALERT_ILLEGAL_PARAMETER:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
      return TlsErrc::refused;
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      return TlsErrc::not_tls;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
      return TlsErrc::wrong_version;
    case SSL_R_NO_APPLICATION_PROTOCOL:
    case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
      return TlsErrc::other_protocol;
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
    case SSL_R_SSLV3_ALERT_BAD_RECORD_MAC:
      return TlsErrc::forged;
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return TlsErrc::cut;
    default:
      return TlsErrc::broken;
  }
}

}  // namespace

std::error_code make_error_code(TlsErrc code) {
  static const TlsCategory category;
  return {static_cast<int>(code), category};
}

TlsErrc take_openssl_error() {
  const unsigned long error = ERR_peek_error();
  ERR_clear_error();
  return meaning(ERR_GET_REASON(error));
}

}  // namespace shoal::secure
