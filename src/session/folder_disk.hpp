#pragma once

#include <atomic>

#include "session/disk.hpp"
#include "storage/offered_folder.hpp"
#include "storage/part_folder.hpp"

namespace shoal::session {

/// A folder that is here whole.
class FolderDisk final : public Disk {
 public:
  FolderDisk(std::filesystem::path path, std::shared_ptr<const FileTree> tree,
             std::vector<storage::FileVersion> versions)
      : folder_(std::move(path), std::move(tree), std::move(versions)) {}

  Result<FilePtr> open(FileIndex file) override { return folder_.open(file); }
  FilePtr opened(FileIndex file) const override { return folder_.opened(file); }
  std::filesystem::path path() const override { return folder_.path(); }
  std::optional<Error> news_of(FileIndex file) override;
  storage::OfferedFolder* offered_folder() override { return &folder_; }

 private:
  storage::OfferedFolder folder_;
};

/// A folder that is being filled, and later offered from its final place.
class PartFolderDisk final : public PartDisk {
 public:
  /// Of a folder, one entry is a copy of another.
  struct Copy {
    FileIndex from;
    FileIndex to;
  };
  /// `wanted`: the entries that are; of these, `copies` are made at the end.
  PartFolderDisk(std::unique_ptr<storage::PartFolder> folder, std::shared_ptr<const FileTree> tree,
                 std::vector<FileIndex> wanted, std::vector<Copy> copies);

  Result<FilePtr> open(FileIndex file) override;
  FilePtr opened(FileIndex file) const override;
  std::filesystem::path path() const override { return folder_->final_path(); }
  std::optional<Error> news_of(FileIndex file) override;
  storage::OfferedFolder* offered_folder() override { return finished_; }

  Result<void> write(const PieceSpace& space, std::span<const torrent::Received> blocks) override;
  bool may_hold(FileIndex file) const override { return folder_->may_have(file); }
  bool resumed(FileIndex file) const override { return folder_->may_have(file); }
  std::filesystem::path part_path() const override { return folder_->part_path(); }
  bool in_final_place(FileIndex file) const override { return folder_->in_final_place(file); }
  Seen look() override;
  Result<Finish> finish(bool again) override;
  void discard_if_new() override { folder_->discard_if_new(); }

 private:
  const std::unique_ptr<storage::PartFolder> folder_;
  const std::shared_ptr<const FileTree> tree_;
  const std::vector<FileIndex> wanted_;
  const std::vector<Copy> copies_;
  std::unique_ptr<storage::OfferedFolder> offered_;          // once all has its name
  std::atomic<storage::OfferedFolder*> finished_ = nullptr;  // the same, for other threads
};

}  // namespace shoal::session
