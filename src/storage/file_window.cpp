#include "storage/file_window.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace shoal::storage {
namespace {

// Moving costs some microseconds, and what was looked at counts as memory of the process.
constexpr std::size_t kUsual = 4uz << 20;

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

/// mincore() says "all of it" to those who neither own a file nor may write it (Linux 5.2).
bool told_what_is_cached(const File& file) {
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) return false;
  if (::geteuid() == 0 || status.st_uid == ::geteuid()) return true;
  return (::fcntl(file.descriptor(), F_GETFL) & O_ACCMODE) == O_RDWR;
}

}  // namespace

BytesView FileWindow::cached(const File& file, std::uint64_t offset, std::size_t bytes) {
  if (!covers(offset, bytes) && !told_what_is_cached(file)) return {};
  const BytesView range = look(file, offset, bytes);
  return !range.empty() && is_cached(range) ? range : BytesView{};
}

BytesView FileWindow::mapped(const File& file, std::uint64_t offset, std::size_t bytes) {
  const BytesView range = look(file, offset, bytes);
  if (range.empty() || !bring(range)) return {};
  return range;
}

BytesView FileWindow::look(const File& file, std::uint64_t offset, std::size_t bytes) {
  if (!covers(offset, bytes) && !move_to(file, offset, bytes)) return {};
  return {memory_ + (offset - begin_), bytes};
}

bool FileWindow::covers(std::uint64_t offset, std::size_t bytes) const {
  return memory_ != nullptr && offset >= begin_ && bytes <= size_ &&
         offset - begin_ <= size_ - bytes;
}

void FileWindow::close() {
  if (memory_ != nullptr) ::munmap(memory_, size_);
  memory_ = nullptr;
}

bool FileWindow::move_to(const File& file, std::uint64_t offset, std::size_t bytes) {
  close();
  const std::uint64_t begin = offset - offset % page_size();
  const std::size_t size = std::max<std::size_t>(kUsual, offset - begin + bytes);
  void* const memory =
      ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.descriptor(), static_cast<off_t>(begin));
  if (memory == MAP_FAILED) return false;
  memory_ = static_cast<std::byte*>(memory);
  size_ = size;
  begin_ = begin;
  return true;
}

/// All pages at once; false where the file does not have them. An older system cannot (before Linux
/// 5.14): there each page comes when it is looked at.
bool FileWindow::bring(BytesView range) const {
#ifdef MADV_POPULATE_READ
  const auto from = static_cast<std::size_t>(range.data() - memory_) / page_size() * page_size();
  const auto to = static_cast<std::size_t>(range.data() - memory_) + range.size();
  return ::madvise(memory_ + from, to - from, MADV_POPULATE_READ) == 0 || errno == EINVAL;
#else
  return range.data() >= memory_;
#endif
}

bool FileWindow::is_cached(BytesView range) const {
  std::array<unsigned char, 512> resident;
  const auto from = static_cast<std::size_t>(range.data() - memory_) / page_size();
  const auto to =
      (static_cast<std::size_t>(range.data() - memory_) + range.size() + page_size() - 1) /
      page_size();
  for (std::size_t page = from; page < to; page += resident.size()) {
    const std::size_t count = std::min(resident.size(), to - page);
    if (::mincore(memory_ + page * page_size(), count * page_size(), resident.data()) != 0) {
      return false;
    }
    const auto there = [](unsigned char state) { return (state & 1) != 0; };
    if (!std::all_of(resident.begin(), resident.begin() + count, there)) return false;
  }
  return true;
}

}  // namespace shoal::storage
