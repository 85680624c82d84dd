#pragma once

#include <string_view>

#include "base/bytes.hpp"

namespace shoal::secure {

/// HKDF-SHA-256 (RFC 5869): fills `out` (at most 255 * 32 bytes) from a secret. Another salt or
/// another `info` gives bytes that say nothing about these. The salt has at most 64 bytes. Throws
/// std::runtime_error where OpenSSL has no working SHA-256.
void hkdf(BytesView secret, BytesView salt, std::string_view info, MutableBytes out);

}  // namespace shoal::secure
