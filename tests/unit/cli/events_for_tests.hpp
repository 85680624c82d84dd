#pragma once

#include <shoal/events.hpp>

namespace shoal::cli {

inline FileInfo file_for_tests() {
  FileInfo file{.name = "big.iso", .length = 3 << 20, .piece_length = 65536, .root = {}};
  file.root.bytes.fill(std::byte{0xab});
  return file;
}

inline InfoHash info_hash_for_tests() {
  InfoHash hash;
  hash.bytes.fill(std::byte{0xcd});
  return hash;
}

}  // namespace shoal::cli
