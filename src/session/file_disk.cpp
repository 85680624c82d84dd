#include "session/file_disk.hpp"

#include "session/block_writer.hpp"

namespace shoal::session {
namespace {

/// The disk owns it, and outlives who is given this.
Disk::FilePtr not_owned(const storage::File& file) {
  return {std::shared_ptr<void>{}, &file};
}

}  // namespace

Disk::FilePtr FileDisk::opened(FileIndex) const {
  return not_owned(file_);
}

Disk::FilePtr PartFileDisk::opened(FileIndex) const {
  return not_owned(part_.file());
}

Result<void> PartFileDisk::write(const PieceSpace& space,
                                 std::span<const torrent::Received> blocks) {
  const storage::PartWatch::Writing writing(*watch_);
  return write_blocks(part_.file(), *space.file(FileIndex{0}), blocks);
}

/// What is filled from here on may be another file.
Result<storage::PartFile::Settled> PartFileDisk::settle_candidate(bool proven) {
  auto settled = part_.settle_candidate(proven);
  watch_.emplace(part_, length_);
  return settled;
}

PartDisk::Seen PartFileDisk::look() {
  auto seen = watch_->look();
  Seen told{.gone = std::move(seen.gone), .touched = {}};
  if (seen.touched) told.touched.push_back(FileIndex{0});
  return told;
}

Result<PartDisk::Finish> PartFileDisk::finish(bool again) {
  auto done = watch_->finish(again);
  if (!done) return std::unexpected(std::move(done).error());
  if (!*done) return Finish{.in_doubt = {FileIndex{0}}, .conflicts = {}};
  return Finish{.in_doubt = {}, .conflicts = {}, .witness = **std::move(done)};
}

}  // namespace shoal::session
