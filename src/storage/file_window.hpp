#pragma once

#include <cstddef>
#include <cstdint>

#include "storage/file.hpp"

namespace shoal::storage {

/// A stretch of a file as memory, for system calls to send from and for hashing: one copy less.
/// Where the file was cut short meanwhile system calls fail with EFAULT, while a program that reads
/// there is killed (SIGBUS), unless it does so under a BusGuard. One thread.
class FileWindow {
 public:
  FileWindow() = default;
  FileWindow(const FileWindow&) = delete;
  FileWindow& operator=(const FileWindow&) = delete;
  ~FileWindow() { close(); }

  /// The range, if no disk has to be waited for; otherwise empty, as where files cannot be mapped
  /// or nobody tells us what is in memory: ask read_at(). Stays until the next call.
  [[nodiscard]] BytesView cached(const File& file, std::uint64_t offset, std::size_t bytes);
  /// The range, to be read under a BusGuard; brought from the disk if need be. Empty where files
  /// cannot be mapped or this one ends before: ask read_at(). Stays until the next call.
  [[nodiscard]] BytesView mapped(const File& file, std::uint64_t offset, std::size_t bytes);
  void close();

 private:
  /// What the window has of the file there, after it has moved if it had to.
  [[nodiscard]] BytesView look(const File& file, std::uint64_t offset, std::size_t bytes);
  [[nodiscard]] bool covers(std::uint64_t offset, std::size_t bytes) const;
  [[nodiscard]] bool move_to(const File& file, std::uint64_t offset, std::size_t bytes);
  [[nodiscard]] bool bring(BytesView range) const;
  [[nodiscard]] bool is_cached(BytesView range) const;

  std::byte* memory_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t begin_ = 0;  // where in the file
};

}  // namespace shoal::storage
