#pragma once

#include "hash/leaf_hasher.hpp"
#include "hash/openssl_sha256.hpp"

namespace shoal {

/// One leaf after the other; works everywhere.
class OpensslLeafHasher final : public LeafHasher {
 public:
  void hash(std::span<const BytesView> leaves, std::span<Digest> out) override;
  [[nodiscard]] std::string_view name() const override { return "openssl"; }

 private:
  OpensslSha256 sha256_;
};

}  // namespace shoal
