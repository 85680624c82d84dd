#include "storage/rights.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "storage/small_file.hpp"

namespace shoal::storage {
namespace {

constexpr ::mode_t kWhatTheUmaskLeaves = 0666;
constexpr ::mode_t kOthersWrite = S_IWGRP | S_IWOTH;

int open_unnamed([[maybe_unused]] const std::filesystem::path& directory) {
#ifdef O_TMPFILE
  return ::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kWhatTheUmaskLeaves);
#else
  return -1;
#endif
}

int open_named(const std::filesystem::path& directory) {
  const std::filesystem::path scratch = directory / scratch_name();
  const int descriptor = ::open(
      scratch.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kWhatTheUmaskLeaves);
  if (descriptor >= 0) ::unlink(scratch.c_str());
  return descriptor;
}

}  // namespace

std::optional<NewFile> new_file_in(const std::filesystem::path& directory) {
  int descriptor = open_unnamed(directory);
  if (descriptor < 0) descriptor = open_named(directory);
  if (descriptor < 0) return std::nullopt;
  struct stat status {};
  const bool known = ::fstat(descriptor, &status) == 0;
  ::close(descriptor);
  if (!known) return std::nullopt;
  return NewFile{.owner = status.st_uid, .mode = status.st_mode & 0777u};
}

std::string why_not_ours(const struct stat& there, const NewFile& fresh) {
  if (S_ISDIR(there.st_mode)) return "is a directory";
  if (!S_ISREG(there.st_mode)) return "is not a regular file";
  if (there.st_nlink > 1) return "is a second name (hard link) of some other file";
  if (there.st_uid != fresh.owner) return "belongs to another user";
  if ((there.st_mode & kOthersWrite & ~fresh.mode) != 0) return "can be written to by others";
  return {};
}

}  // namespace shoal::storage
