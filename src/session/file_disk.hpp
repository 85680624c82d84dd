#pragma once

#include "session/disk.hpp"
#include "storage/part_watch.hpp"

namespace shoal::session {

/// A single file that is here whole.
class FileDisk final : public Disk {
 public:
  explicit FileDisk(storage::File file) : file_(std::move(file)) {}

  Result<FilePtr> open(FileIndex file) override { return opened(file); }
  FilePtr opened(FileIndex file) const override;
  std::filesystem::path path() const override { return {}; }
  std::optional<Error> news_of(FileIndex) override { return std::nullopt; }

 private:
  storage::File file_;
};

/// A single file that is being filled.
class PartFileDisk final : public PartDisk {
 public:
  PartFileDisk(storage::PartFile part, std::uint64_t length)
      : part_(std::move(part)), length_(length), watch_(std::in_place, part_, length) {}

  Result<FilePtr> open(FileIndex file) override { return opened(file); }
  FilePtr opened(FileIndex file) const override;
  std::filesystem::path path() const override { return part_.final_path(); }
  std::optional<Error> news_of(FileIndex) override { return std::nullopt; }

  Result<void> write(const PieceSpace& space, std::span<const torrent::Received> blocks) override;
  bool resumed(FileIndex) const override { return part_.resumed(); }
  std::filesystem::path part_path() const override { return part_.part_path(); }
  const storage::PartFile::Candidate* candidate() const override { return part_.candidate(); }
  Result<storage::PartFile::Settled> settle_candidate(bool proven) override;
  Seen look() override;
  Result<Finish> finish(bool again) override;
  void discard_if_new() override { part_.discard_if_new(); }

 private:
  storage::PartFile part_;
  const std::uint64_t length_;
  std::optional<storage::PartWatch> watch_;  // over part_
};

}  // namespace shoal::session
