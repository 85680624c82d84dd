// SHA-256 by the SHA-2 instructions of AArch64. Compiled into every build for that processor: the
// attributes let these functions alone use them, and they are called where the processor has them.
#ifdef __aarch64__

#  include <arm_neon.h>
#  include <asm/hwcap.h>
#  include <sys/auxv.h>
#  include <utility>

#  include "hash/sha256_instructions.hpp"

namespace shoal {
namespace {

/// One message on its way through the registers.
struct Lane {
  uint32x4_t abcd;
  uint32x4_t efgh;
  uint32x4_t words[4];  // the next 16 of the message schedule
};

[[gnu::target("+crypto"), gnu::always_inline]] inline uint32x4_t big_endian_words(
    const std::byte* from) {
  return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(reinterpret_cast<const std::uint8_t*>(from))));
}

[[gnu::target("+crypto"), gnu::always_inline]] inline void load_block(Lane& lane,
                                                                      const std::byte* block) {
  lane.words[0] = big_endian_words(block);
  lane.words[1] = big_endian_words(block + 16);
  lane.words[2] = big_endian_words(block + 32);
  lane.words[3] = big_endian_words(block + 48);
}

/// Four rounds with words[I], which then become those of 16 rounds later if there are any.
template <std::size_t I, bool Schedule>
[[gnu::target("+crypto"), gnu::always_inline]] inline void four_rounds(Lane& lane,
                                                                       uint32x4_t constants) {
  uint32x4_t& words = lane.words[I];
  const uint32x4_t sum = vaddq_u32(words, constants);
  const uint32x4_t abcd = lane.abcd;
  lane.abcd = vsha256hq_u32(abcd, lane.efgh, sum);
  lane.efgh = vsha256h2q_u32(lane.efgh, abcd, sum);
  if constexpr (Schedule) {
    words = vsha256su1q_u32(vsha256su0q_u32(words, lane.words[(I + 1) % 4]),
                            lane.words[(I + 2) % 4], lane.words[(I + 3) % 4]);
  }
}

template <bool Schedule, std::size_t... L>
[[gnu::target("+crypto"), gnu::always_inline]] inline void sixteen_rounds(
    Lane (&lanes)[sizeof...(L)], const std::uint32_t* constants) {
  (four_rounds<0, Schedule>(lanes[L], vld1q_u32(constants)), ...);
  (four_rounds<1, Schedule>(lanes[L], vld1q_u32(constants + 4)), ...);
  (four_rounds<2, Schedule>(lanes[L], vld1q_u32(constants + 8)), ...);
  (four_rounds<3, Schedule>(lanes[L], vld1q_u32(constants + 12)), ...);
}

[[gnu::target("+crypto"), gnu::always_inline]] inline void load_state(Lane& lane,
                                                                      const Sha256State& state) {
  lane.abcd = vld1q_u32(state.data());
  lane.efgh = vld1q_u32(state.data() + 4);
}

[[gnu::target("+crypto"), gnu::always_inline]] inline void store_state(const Lane& lane,
                                                                       Sha256State& state) {
  vst1q_u32(state.data(), lane.abcd);
  vst1q_u32(state.data() + 4, lane.efgh);
}

[[gnu::target("+crypto"), gnu::always_inline]] inline void add_state(Lane& lane,
                                                                     const Lane& before) {
  lane.abcd = vaddq_u32(lane.abcd, before.abcd);
  lane.efgh = vaddq_u32(lane.efgh, before.efgh);
}

template <std::size_t... L>
[[gnu::target("+crypto"), gnu::always_inline]] inline void compress(
    Sha256State* const (&states)[sizeof...(L)], const std::byte* const (&blocks)[sizeof...(L)],
    std::size_t count, std::index_sequence<L...> /*lanes*/) {
  Lane lanes[sizeof...(L)];
  (load_state(lanes[L], *states[L]), ...);
  for (std::size_t offset = 0; offset < count * 64; offset += 64) {
    const Lane before[]{lanes[L]...};
    (load_block(lanes[L], blocks[L] + offset), ...);
    sixteen_rounds<true, L...>(lanes, &kSha256Constants[0]);
    sixteen_rounds<true, L...>(lanes, &kSha256Constants[16]);
    sixteen_rounds<true, L...>(lanes, &kSha256Constants[32]);
    sixteen_rounds<false, L...>(lanes, &kSha256Constants[48]);
    (add_state(lanes[L], before[L]), ...);
  }
  (store_state(lanes[L], *states[L]), ...);
}

[[gnu::target("+crypto")]] void compress_one(Sha256State& state, const std::byte* blocks,
                                             std::size_t count) {
  compress({&state}, {blocks}, count, std::make_index_sequence<1>());
}

[[gnu::target("+crypto")]] void compress_two(const std::array<Sha256State*, 2>& states,
                                             const std::array<const std::byte*, 2>& blocks,
                                             std::size_t count) {
  compress({states[0], states[1]}, {blocks[0], blocks[1]}, count, std::make_index_sequence<2>());
}

}  // namespace

const Sha256Instructions* sha256_instructions() {
  static constexpr Sha256Instructions kInstructions{
      .name = "sha2, two lanes", .one = compress_one, .two = compress_two};
  static const bool there = (::getauxval(AT_HWCAP) & HWCAP_SHA2) != 0;
  return there ? &kInstructions : nullptr;
}

}  // namespace shoal

#endif
