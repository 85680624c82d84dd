#include "secure/aead.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace shoal::secure {
namespace {

void require(bool ok) {
  if (!ok) {
    throw std::runtime_error("OpenSSL cannot compute ChaCha20-Poly1305; check its installation");
  }
}

const unsigned char* raw(const std::byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}
unsigned char* raw(std::byte* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}
int size(BytesView bytes) {
  return static_cast<int>(bytes.size());
}

}  // namespace

Aead::Aead()
    : cipher_(EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr)),
      context_(EVP_CIPHER_CTX_new()) {
  require(cipher_ != nullptr && context_ != nullptr);
}

void Aead::start(BytesView key, std::uint64_t counter, Parts bound, bool seals) {
  std::array<std::byte, 12> nonce{};
  store_be(counter, nonce.data() + 4);
  EVP_CIPHER_CTX* const context = context_.get();
  require(EVP_CipherInit_ex2(context, cipher_.get(), raw(key.data()), raw(nonce.data()),
                             seals ? 1 : 0, nullptr) == 1);
  int ignored = 0;
  for (const BytesView part : bound) {
    require(EVP_CipherUpdate(context, nullptr, &ignored, raw(part.data()), size(part)) == 1);
  }
}

void Aead::seal(BytesView key, std::uint64_t counter, Parts bound, BytesView plain,
                std::byte* sealed) {
  start(key, counter, bound, true);
  EVP_CIPHER_CTX* const context = context_.get();
  int length = 0;
  int rest = 0;
  std::byte* const tag = sealed + plain.size();
  require(EVP_CipherUpdate(context, raw(sealed), &length, raw(plain.data()), size(plain)) == 1 &&
          EVP_CipherFinal_ex(context, raw(tag), &rest) == 1 &&
          EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kTag), tag) == 1);
}

bool Aead::open(BytesView key, std::uint64_t counter, Parts bound, BytesView sealed,
                std::byte* plain) {
  if (sealed.size() < kTag) return false;
  start(key, counter, bound, false);
  EVP_CIPHER_CTX* const context = context_.get();
  const BytesView hidden = sealed.first(sealed.size() - kTag);
  std::array<std::byte, kTag> tag;
  std::copy_n(sealed.data() + hidden.size(), kTag, tag.begin());
  int length = 0;
  int rest = 0;
  require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTag), tag.data()) ==
              1 &&
          EVP_CipherUpdate(context, raw(plain), &length, raw(hidden.data()), size(hidden)) == 1);
  return EVP_CipherFinal_ex(context, raw(plain + hidden.size()), &rest) == 1;
}

}  // namespace shoal::secure
