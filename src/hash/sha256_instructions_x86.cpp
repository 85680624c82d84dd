// SHA-256 by the SHA extensions of x86-64 (SHA-NI). Compiled into every build: the attributes let
// these functions alone use the instructions, and they are called where the processor has them.
#ifdef __x86_64__

#  include <cpuid.h>
#  include <immintrin.h>
#  include <utility>

#  include "hash/sha256_instructions.hpp"

namespace shoal {
namespace {

/// One message on its way through the registers, in the order that the instructions want.
struct Lane {
  __m128i abef;
  __m128i cdgh;
  __m128i words[4];  // the next 16 of the message schedule
};

[[gnu::target("sha,sse4.1")]] void load_state(Lane& lane, const Sha256State& state) {
  const auto word = [&state](std::size_t i) { return static_cast<int>(state[i]); };
  lane.abef = _mm_set_epi32(word(0), word(1), word(4), word(5));
  lane.cdgh = _mm_set_epi32(word(2), word(3), word(6), word(7));
}

[[gnu::target("sha,sse4.1")]] void store_state(const Lane& lane, Sha256State& state) {
  std::array<std::uint32_t, 4> feba, hgdc;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(feba.data()), lane.abef);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(hgdc.data()), lane.cdgh);
  state = {feba[3], feba[2], hgdc[3], hgdc[2], feba[1], feba[0], hgdc[1], hgdc[0]};
}

[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline __m128i big_endian_words(
    const std::byte* from) {
  const __m128i order = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)), order);
}

[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void load_block(Lane& lane,
                                                                         const std::byte* block) {
  lane.words[0] = big_endian_words(block);
  lane.words[1] = big_endian_words(block + 16);
  lane.words[2] = big_endian_words(block + 32);
  lane.words[3] = big_endian_words(block + 48);
}

/// Four rounds with words[I], which then become those of 16 rounds later if there are any.
template <std::size_t I, bool Schedule>
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void four_rounds(Lane& lane,
                                                                          __m128i constants) {
  __m128i& words = lane.words[I];
  const __m128i& last = lane.words[(I + 3) % 4];
  const __m128i sum = _mm_add_epi32(words, constants);
  lane.cdgh = _mm_sha256rnds2_epu32(lane.cdgh, lane.abef, sum);
  lane.abef = _mm_sha256rnds2_epu32(lane.abef, lane.cdgh, _mm_shuffle_epi32(sum, 0x0e));
  if constexpr (Schedule) {
    const __m128i seven_back = _mm_alignr_epi8(last, lane.words[(I + 2) % 4], 4);
    words = _mm_sha256msg1_epu32(words, lane.words[(I + 1) % 4]);
    words = _mm_sha256msg2_epu32(_mm_add_epi32(words, seven_back), last);
  }
}

template <bool Schedule, std::size_t... L>
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void sixteen_rounds(
    Lane (&lanes)[sizeof...(L)], const std::uint32_t* constants) {
  const auto* const four = reinterpret_cast<const __m128i*>(constants);
  (four_rounds<0, Schedule>(lanes[L], _mm_load_si128(four)), ...);
  (four_rounds<1, Schedule>(lanes[L], _mm_load_si128(four + 1)), ...);
  (four_rounds<2, Schedule>(lanes[L], _mm_load_si128(four + 2)), ...);
  (four_rounds<3, Schedule>(lanes[L], _mm_load_si128(four + 3)), ...);
}

[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void add_state(Lane& lane,
                                                                        const Lane& before) {
  lane.abef = _mm_add_epi32(lane.abef, before.abef);
  lane.cdgh = _mm_add_epi32(lane.cdgh, before.cdgh);
}

template <std::size_t... L>
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void compress(
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

[[gnu::target("sha,sse4.1")]] void compress_one(Sha256State& state, const std::byte* blocks,
                                                std::size_t count) {
  compress({&state}, {blocks}, count, std::make_index_sequence<1>());
}

[[gnu::target("sha,sse4.1")]] void compress_two(const std::array<Sha256State*, 2>& states,
                                                const std::array<const std::byte*, 2>& blocks,
                                                std::size_t count) {
  compress({states[0], states[1]}, {blocks[0], blocks[1]}, count, std::make_index_sequence<2>());
}

bool processor_has_them() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0) return false;
  if ((ecx & bit_SSSE3) == 0 || (ecx & bit_SSE4_1) == 0) return false;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & bit_SHA) != 0;
}

}  // namespace

const Sha256Instructions* sha256_instructions() {
  static constexpr Sha256Instructions kInstructions{
      .name = "sha-ni, two lanes", .one = compress_one, .two = compress_two};
  static const bool there = processor_has_them();
  return there ? &kInstructions : nullptr;
}

}  // namespace shoal

#endif
