#include "session/hashing.hpp"

#include <span>
#include <string>

#include <spdlog/spdlog.h>

#include "hash/thread_hashers.hpp"

namespace shoal::session {
namespace {

std::string in_words(const LeafHashingSpeed& speed) {
  return fmt::format("{} ({:.2f} GB/s a core)", speed.name, speed.bytes_per_second / 1e9);
}

void tell_fastest_hashing(std::span<const LeafHashingSpeed> speeds) {
  std::string others;
  for (const LeafHashingSpeed& slower : speeds.subspan(1)) {
    others += (others.empty() ? "; slower here: " : ", ") + in_words(slower);
  }
  spdlog::info("hashing with {}{}", in_words(speeds.front()), others);
}

}  // namespace

void tell_how_is_hashed() {
  on_leaf_hashing_measured(&tell_fastest_hashing);
}

}  // namespace shoal::session
