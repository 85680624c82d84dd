#include "hash/multi_buffer_leaf_hasher.hpp"

#ifdef SHOAL_HAVE_IPSEC_MB

#  include <algorithm>

#  include <intel-ipsec-mb.h>

#  include "hash/lane_leaf_hasher.hpp"
#  include "hash/openssl_leaf_hasher.hpp"

namespace shoal {
namespace {

constexpr std::size_t kMaxLaneMessage =
    16384;  // a Merkle leaf; the lanes count lengths in few bits

struct FreeManager {
  void operator()(IMB_MGR* manager) const { free_mb_mgr(manager); }
};
using Manager = std::unique_ptr<IMB_MGR, FreeManager>;

struct Processor {
  std::string_view name;
  std::size_t lanes;
};

Processor processor(IMB_ARCH arch, const IMB_MGR& manager) {
  if (arch == IMB_ARCH_AVX512) return {"ipsec-mb avx512", 16};
  const bool sha_extensions = (manager.features & IMB_FEATURE_SHANI) != 0;
  return sha_extensions ? Processor{"ipsec-mb sha-ni", 2} : Processor{"ipsec-mb avx2", 8};
}

class MultiBufferLeafHasher final : public LeafHasher {
 public:
  MultiBufferLeafHasher(Manager manager, Processor processor)
      : manager_(std::move(manager)), processor_(processor), few_(make_lane_leaf_hasher()) {
    if (!few_) few_ = std::make_unique<OpensslLeafHasher>();
  }

  void hash(std::span<const BytesView> leaves, std::span<Digest> out) override {
    const std::size_t in_lanes = count_for_lanes(leaves.size());
    const bool suitable = std::ranges::all_of(leaves.first(in_lanes), [](BytesView leaf) {
      return !leaf.empty() && leaf.size() <= kMaxLaneMessage;
    });
    const std::size_t done =
        suitable && hash_in_lanes(leaves.first(in_lanes), out.first(in_lanes)) ? in_lanes : 0;
    few_->hash(leaves.subspan(done), out.subspan(done));
  }

  [[nodiscard]] std::string_view name() const override { return processor_.name; }

 private:
  // A round costs the same however many of its lanes are filled, about what others take for a third
  // to a half as many leaves: a last round emptier than that is not worth it.
  [[nodiscard]] std::size_t count_for_lanes(std::size_t leaves) const {
    const std::size_t rest = leaves % processor_.lanes;
    return rest <= std::max<std::size_t>(1, processor_.lanes / 3) ? leaves - rest : leaves;
  }

  /// False when the library refused any of them; then `out` means nothing.
  [[nodiscard]] bool hash_in_lanes(std::span<const BytesView> leaves, std::span<Digest> out) {
    std::size_t completed = 0;
    const auto count = [&](const IMB_JOB* job) {
      if (job != nullptr && job->status == IMB_STATUS_COMPLETED) ++completed;
    };
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      IMB_JOB* const job = IMB_GET_NEXT_JOB(manager_.get());
      *job = IMB_JOB{};
      job->cipher_mode = IMB_CIPHER_NULL;
      job->cipher_direction = IMB_DIR_ENCRYPT;
      job->chain_order = IMB_ORDER_HASH_CIPHER;
      job->hash_alg = IMB_AUTH_SHA_256;
      job->src = reinterpret_cast<const std::uint8_t*>(leaves[i].data());
      job->msg_len_to_hash_in_bytes = leaves[i].size();
      job->auth_tag_output = reinterpret_cast<std::uint8_t*>(out[i].bytes.data());
      job->auth_tag_output_len_in_bytes = out[i].bytes.size();
      count(IMB_SUBMIT_JOB(manager_.get()));
    }
    while (const IMB_JOB* const job = IMB_FLUSH_JOB(manager_.get())) count(job);
    return completed == leaves.size();
  }

  Manager manager_;
  Processor processor_;
  std::unique_ptr<LeafHasher> few_;  // what does not fill the lanes
};

}  // namespace

std::unique_ptr<LeafHasher> make_multi_buffer_leaf_hasher() {
  Manager manager(alloc_mb_mgr(0));
  if (!manager) return nullptr;
  IMB_ARCH arch = IMB_ARCH_NONE;
  init_mb_mgr_auto(manager.get(), &arch);
  if (imb_get_errno(manager.get()) != 0) return nullptr;
  if (arch != IMB_ARCH_AVX512 && arch != IMB_ARCH_AVX2) return nullptr;
  const Processor found = processor(arch, *manager);
  return std::make_unique<MultiBufferLeafHasher>(std::move(manager), found);
}

}  // namespace shoal

#else

namespace shoal {

std::unique_ptr<LeafHasher> make_multi_buffer_leaf_hasher() {
  return nullptr;
}

}  // namespace shoal

#endif
