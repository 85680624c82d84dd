#include "session/folder_disk.hpp"

#include <set>
#include <utility>

#include "session/block_writer.hpp"

namespace shoal::session {
namespace {

std::optional<Error> news_in(storage::OfferedFolder& folder, FileIndex file) {
  std::uint32_t next = value(file);
  for (auto& change : folder.look(next, 1)) {
    if (change.file == file) return std::move(change.news);
  }
  auto opened = folder.open(file);
  return opened ? std::nullopt : std::optional(std::move(opened).error());
}

}  // namespace

std::optional<Error> FolderDisk::news_of(FileIndex file) {
  return news_in(folder_, file);
}

PartFolderDisk::PartFolderDisk(std::unique_ptr<storage::PartFolder> folder,
                               std::shared_ptr<const FileTree> tree, std::vector<FileIndex> wanted,
                               std::vector<Copy> copies)
    : folder_(std::move(folder)),
      tree_(std::move(tree)),
      wanted_(std::move(wanted)),
      copies_(std::move(copies)) {}

Result<Disk::FilePtr> PartFolderDisk::open(FileIndex file) {
  if (storage::OfferedFolder* const finished = finished_) return finished->open(file);
  return folder_->open(file);
}

Disk::FilePtr PartFolderDisk::opened(FileIndex file) const {
  if (const storage::OfferedFolder* const finished = finished_) return finished->opened(file);
  return folder_->opened(file);
}

std::optional<Error> PartFolderDisk::news_of(FileIndex file) {
  storage::OfferedFolder* const finished = finished_;
  return finished != nullptr ? news_in(*finished, file) : std::nullopt;
}

Result<void> PartFolderDisk::write(const PieceSpace& space,
                                   std::span<const torrent::Received> blocks) {
  while (!blocks.empty()) {
    const FileOfPieces where = space.file_of(blocks.front().block.piece);
    std::size_t count = 1;
    while (count < blocks.size() && space.file_of(blocks[count].block.piece).file == where.file) {
      ++count;
    }
    auto writing = folder_->write(where.file);
    if (!writing) return std::unexpected(std::move(writing).error());
    auto written = write_blocks(writing->file(), where, blocks.first(count));
    if (!written) return written;
    blocks = blocks.subspan(count);
  }
  return {};
}

PartDisk::Seen PartFolderDisk::look() {
  if (auto gone = folder_->what_became_of_it()) return {.gone = std::move(gone), .touched = {}};
  return {.gone = {}, .touched = folder_->touched()};
}

Result<PartDisk::Finish> PartFolderDisk::finish(bool) {
  Finish told;
  std::set<FileIndex> later;
  for (const Copy& copy : copies_) later.insert(copy.to);
  for (const FileIndex file : wanted_) {
    if ((*tree_)[file].root != nullptr && !later.contains(file)) folder_->proven(file);
  }
  for (const auto& [from, to] : copies_) {
    auto copied = folder_->copy(from, to);
    if (!copied) return std::unexpected(std::move(copied).error());
    (*copied ? told.copied : told.in_doubt).push_back(*copied ? to : from);
  }
  if (!told.in_doubt.empty()) return told;
  auto finished = folder_->finish();
  if (!finished) return std::unexpected(std::move(finished).error());
  told.in_doubt = std::move(finished->to_prove);
  for (auto& conflict : finished->conflicts) told.conflicts.push_back(std::move(conflict.message));
  if (told.in_doubt.empty() && told.conflicts.empty()) {
    offered_ =
        std::make_unique<storage::OfferedFolder>(folder_->final_path(), tree_, folder_->versions());
    finished_ = offered_.get();
  }
  return told;
}

}  // namespace shoal::session
