#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <sys/stat.h>

#include <shoal/error.hpp>

#include "base/bytes.hpp"

namespace shoal::storage {

/// Tells whether a file is still the one it was: changes with its content, its length or its
/// replacement.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t length = 0;
  std::int64_t modified_ns = 0;

  bool operator==(const FileIdentity&) const = default;
};
[[nodiscard]] FileIdentity identity_of(const struct stat& status);

/// An identity, and when content or attributes were last changed (ctime), which nobody can set
/// back.
struct FileVersion {
  FileIdentity identity;
  std::int64_t changed_ns = 0;

  bool operator==(const FileVersion&) const = default;
};
[[nodiscard]] FileVersion version_of(const struct stat& status);

/// An open regular file. All calls block; positions are explicit, so threads may share one File.
/// Errors are Errc::io and name the file.
class File {
 public:
  /// A file to read. Errors name the path and the reason: missing, not readable, a directory.
  [[nodiscard]] static Result<File> open_to_read(const std::filesystem::path& path);
  /// A file to read and fill, created when missing, kept as it is when there. A symbolic link is
  /// refused, for it may lead anywhere. Later messages call the file `known_as` (`path` when that
  /// is empty). 0666: the umask alone decides what the finished file allows.
  [[nodiscard]] static Result<File> open_to_fill(const std::filesystem::path& path,
                                                 std::filesystem::path known_as = {},
                                                 ::mode_t mode = 0666);

  /// Takes over a descriptor; the caller has seen that it is a regular file.
  [[nodiscard]] static File of_descriptor(int descriptor, std::filesystem::path known_as);

  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// What messages call it.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] Result<FileIdentity> identity() const;
  [[nodiscard]] Result<FileVersion> version() const;

  /// Fills all of `out`; a file that ends before is an error (it was truncated).
  [[nodiscard]] Result<void> read_at(std::uint64_t offset, MutableBytes out) const;
  /// The same only if no disk has to be waited for (preadv2 with RWF_NOWAIT): false = ask a worker.
  [[nodiscard]] bool read_at_if_cached(std::uint64_t offset, MutableBytes out) const;
  /// Writes the parts one behind the other from `offset`.
  [[nodiscard]] Result<void> write_at(std::uint64_t offset, std::span<const BytesView> parts) const;
  [[nodiscard]] Result<void> resize(std::uint64_t length) const;
  /// Takes the room for all of the file, or for what comes after `from`, from the disk
  /// (posix_fallocate); what is there stays.
  [[nodiscard]] Result<void> reserve(std::uint64_t length, std::uint64_t from = 0) const;
  /// Returns when the content is on the disk, to stay there in a power cut.
  [[nodiscard]] Result<void> sync() const;

  struct Range {
    std::uint64_t begin;
    std::uint64_t end;

    bool operator==(const Range&) const = default;
  };
  /// The first range with data at or after `offset`, below `length` (SEEK_DATA, SEEK_HOLE);
  /// {length, length} when there is none. Where the file system cannot tell, everything counts as
  /// data.
  [[nodiscard]] Range next_data(std::uint64_t offset, std::uint64_t length) const;

 private:
  File(int descriptor, std::filesystem::path path);
  [[nodiscard]] Result<void> require_regular(const std::filesystem::path& path) const;

  int descriptor_ = -1;
  std::filesystem::path path_;
};

}  // namespace shoal::storage
