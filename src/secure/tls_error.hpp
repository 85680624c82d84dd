#pragma once

#include <system_error>

namespace shoal::secure {

/// How a TLS connection ends, in words that a log can show.
enum class TlsErrc {
  closed = 1,      ///< the other side said that it has nothing more to say
  cut,             ///< the connection ended without that: a failure, or somebody in between
  no_common_key,   ///< the other side does not prove a key that we accept
  refused,         ///< the other side does not accept ours
  not_tls,         ///< what came is no TLS: a peer of an open swarm, or something else
  wrong_version,   ///< TLS, but not 1.3, or none of our ciphers
  other_protocol,  ///< TLS with our key, but for another protocol
  forged,          ///< bytes were changed on the way
  broken,          ///< anything else against the rules
};

[[nodiscard]] std::error_code make_error_code(TlsErrc code);

/// What OpenSSL's queue of errors says; empties it.
[[nodiscard]] TlsErrc take_openssl_error();

}  // namespace shoal::secure

template <>
struct std::is_error_code_enum<shoal::secure::TlsErrc> : std::true_type {};
