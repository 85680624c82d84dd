#include "secure/hkdf.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>

#include "secure/secret.hpp"

namespace shoal::secure {
namespace {

constexpr std::size_t kHash = 32;   // SHA-256
constexpr std::size_t kBlock = 64;  // bytes that it takes in at a time

struct Free {
  void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

void require(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL cannot compute SHA-256; check its installation");
}

/// HMAC-SHA-256 (RFC 2104). OpenSSL's HKDF takes most of its time to look itself up and to read its
/// parameters, and a tracker derives a key for every datagram that claims to begin a session.
class Hmac {
 public:
  using Parts = std::initializer_list<BytesView>;

  Hmac() : sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
    require(sha256_ != nullptr && context_ != nullptr);
  }

  /// `key` has at most kBlock bytes. `out` may be one of the parts.
  void operator()(BytesView key, Parts parts, std::span<std::byte, kHash> out) {
    Secret<kBlock> padded;
    std::ranges::copy(key, padded.fill().begin());
    Secret<kHash> inner;
    change(padded, std::byte{0x36});
    hash(padded.view(), parts, inner.fill());
    change(padded, std::byte{0x36 ^ 0x5c});
    hash(padded.view(), {inner.view()}, out);
  }

 private:
  static void change(Secret<kBlock>& bytes, std::byte with) {
    for (std::byte& one : bytes.fill()) one ^= with;
  }
  void hash(BytesView first, Parts parts, MutableBytes out) {
    EVP_MD_CTX* const context = context_.get();
    require(EVP_DigestInit_ex2(context, sha256_.get(), nullptr) == 1);
    require(EVP_DigestUpdate(context, first.data(), first.size()) == 1);
    for (const BytesView part : parts)
      require(EVP_DigestUpdate(context, part.data(), part.size()) == 1);
    auto* const to = reinterpret_cast<unsigned char*>(out.data());
    require(EVP_DigestFinal_ex(context, to, nullptr) == 1);
  }

  std::unique_ptr<EVP_MD, Free> sha256_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace

void hkdf(BytesView secret, BytesView salt, std::string_view info, MutableBytes out) {
  thread_local Hmac hmac;
  Secret<kHash> extracted;
  const auto mac = [&](BytesView key, Hmac::Parts parts, Secret<kHash>& to) {
    hmac(key, parts, std::span<std::byte, kHash>(to.fill()));
  };
  mac(salt, {secret}, extracted);  // no salt is zeros, which a key is padded with anyway
  Secret<kHash> round;
  for (std::byte number{1}; !out.empty(); number = std::byte(std::to_integer<int>(number) + 1)) {
    const bool first = number == std::byte{1};
    mac(extracted.view(),
        {first ? BytesView() : round.view(), as_bytes(info), BytesView(&number, 1)}, round);
    const std::size_t size = std::min(out.size(), kHash);
    std::ranges::copy(round.view().first(size), out.begin());
    out = out.subspan(size);
  }
}

}  // namespace shoal::secure
