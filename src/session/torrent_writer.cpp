#include "session/torrent_writer.hpp"

#include "storage/io_error.hpp"
#include "storage/small_file.hpp"

namespace shoal {
namespace {

bool made_by_us(BytesView existing) {
  const auto torrent = parse_torrent(existing);
  return torrent && torrent->created_by.starts_with("Shoal ");
}

}  // namespace

Result<void> write_torrent(const std::filesystem::path& directory, const TorrentFile& torrent) {
  const std::filesystem::path path = directory / (torrent.file.name + ".torrent");
  const Bytes bytes = encode(torrent);
  auto written = storage::write_whole(path, bytes, storage::IfThere::keep);
  if (written || written.error().code != Errc::conflict) return written;

  const auto existing = storage::read_whole(path, kMaxTorrentFile);
  if (existing == bytes) return {};
  if (!existing || !made_by_us(*existing)) {
    return fail(Errc::conflict, storage::shown(path) +
                                    " is there already and was not made by Shoal; it is left as "
                                    "it is: rename it or choose another directory");
  }
  return storage::write_whole(path, bytes, storage::IfThere::replace);
}

}  // namespace shoal
