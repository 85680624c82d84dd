#include "check.hpp"
#include "metainfo/name.hpp"
#include "metainfo/torrent_file.hpp"

using namespace shoal;

// What parses has an allowed name and comes back as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto torrent = parse_torrent(fuzz::view(data, size));
  if (!torrent) return 0;
  fuzz::check(check_name(torrent->file.name).has_value());
  const auto again = parse_torrent(encode(*torrent));
  fuzz::check(again && *again == *torrent);
  return 0;
}
