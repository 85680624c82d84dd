#include "session/hashing.hpp"

#include <exception>
#include <string>

#include <asio/post.hpp>
#include <spdlog/spdlog.h>

#include "hash/leaf_hasher.hpp"

namespace shoal::session {
namespace {

std::string in_words(const LeafHashingSpeed& speed) {
  return fmt::format("{} ({:.2f} GB/s a core)", speed.name, speed.bytes_per_second / 1e9);
}

void tell_fastest_hashing() {
  const auto speeds = leaf_hashing_speeds();
  std::string others;
  for (const LeafHashingSpeed& slower : speeds.subspan(1)) {
    others += (others.empty() ? "; slower here: " : ", ") + in_words(slower);
  }
  spdlog::info("hashing with {}{}", in_words(speeds.front()), others);
}

}  // namespace

void find_fastest_hashing(asio::thread_pool& workers) {
  asio::post(workers, [] {
    try {
      tell_fastest_hashing();
    } catch (const std::exception& exception) {
      spdlog::error("cannot hash: {}", exception.what());  // whoever hashes is told so, too
    }
  });
}

}  // namespace shoal::session
