#pragma once

#include <cstddef>
#include <cstdint>

#include "storage/file.hpp"

namespace shoal::storage {

/// A stretch of a file as memory that system calls send from, so that what is sent is copied once
/// and not twice. Only system calls may look at it: where the file was cut short meanwhile they
/// fail with EFAULT, while a program that reads there is killed (SIGBUS). One thread.
class FileWindow {
 public:
  FileWindow() = default;
  FileWindow(const FileWindow&) = delete;
  FileWindow& operator=(const FileWindow&) = delete;
  ~FileWindow() { close(); }

  /// The range, if no disk has to be waited for; otherwise empty, as where files cannot be mapped
  /// or nobody tells us what is in memory: ask read_at(). Stays until the next call.
  [[nodiscard]] BytesView cached(const File& file, std::uint64_t offset, std::size_t bytes);
  void close();

 private:
  [[nodiscard]] bool move_to(const File& file, std::uint64_t offset, std::size_t bytes);
  [[nodiscard]] bool is_cached(BytesView range) const;

  std::byte* memory_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t begin_ = 0;  // where in the file
};

}  // namespace shoal::storage
