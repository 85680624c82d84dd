#include "storage/folder_stack.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace shoal::storage {
namespace {

/// The same or in it; everything is in "".
bool is_at_or_in(std::string_view path, std::string_view folder) {
  return folder.empty() ||
         (path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/'));
}

int open_folder_in(int parent, const std::string& name, FolderStack::Missing missing) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const int folder = ::openat(parent, name.c_str(), kFlags);
  if (folder >= 0 || errno != ENOENT || missing == FolderStack::Missing::stay) return folder;
  if (::mkdirat(parent, name.c_str(), 0777) != 0 && errno != EEXIST) return -1;
  return ::openat(parent, name.c_str(), kFlags);
}

}  // namespace

int FolderStack::enter(std::string_view path, Missing missing) {
  const std::size_t end = path.rfind('/');
  const std::string_view folder = end == path.npos ? std::string_view() : path.substr(0, end);
  std::size_t shared = levels_.size();
  std::string_view inner = path_;
  while (!is_at_or_in(folder, inner)) inner = inner.substr(0, levels_[--shared].outside);
  leave_until(shared);
  if (missing == Missing::make) closed_.clear();
  if (!closed_.empty() && is_at_or_in(folder, closed_)) {
    errno = error_;
    return -1;
  }
  while (path_.size() < folder.size()) {
    const std::size_t begin = path_.empty() ? 0 : path_.size() + 1;
    const std::size_t stop = std::min(folder.find('/', begin), folder.size());
    const std::string name(folder.substr(begin, stop - begin));
    Descriptor next(open_folder_in(top(), name, missing));
    if (!next.is_open()) {
      error_ = errno;
      closed_ = folder.substr(0, stop);
      return -1;
    }
    levels_.push_back({.folder = std::move(next), .outside = path_.size()});
    path_ = folder.substr(0, stop);
  }
  return top();
}

void FolderStack::leave_until(std::size_t levels) {
  while (levels_.size() > levels) {
    const Level left = std::move(levels_.back());
    levels_.pop_back();
    if (on_leave_) {
      on_leave_(left.folder.get(), top(), path_.substr(left.outside == 0 ? 0 : left.outside + 1));
    }
    path_.resize(left.outside);
  }
}

std::optional<struct stat> status_in(int folder, const std::string& name) {
  struct stat status {};
  if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return status;
}

}  // namespace shoal::storage
