// PartFolder: everything in the staging folder as it shall be in the end.
#include "storage/part_folder_settling.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "storage/io_error.hpp"

namespace shoal::storage {
namespace {

using Where = FilledFiles::Where;
using Missing = FolderStack::Missing;

constexpr std::size_t kMostTold = 20;
constexpr ::mode_t kMayRead = 0444;

}  // namespace

Settling::Settling(PartFolder::Parts& parts)
    : parts_(parts), staged_(parts.place.folder.get()), final_(parts.final_folder.get()) {}

Result<void> Settling::settle(FileIndex file) {
  const FileTree::View view = parts_.at(file);
  if (view.kind == TreeEntry::Kind::link) return {};
  switch (parts_.files.where(file)) {
    case Where::in_the_way:
      return settle_in_the_way(file);
    case Where::in_place:
      return settle_in_place(file);
    case Where::staged:
    case Where::nowhere:
      break;
  }
  if (view.length == 0) return make_empty(file);
  return parts_.files.where(file) == Where::staged ? settle_staged(file) : missing(file);
}

Result<void> Settling::make_link(FileIndex file) {
  const FileTree::View view = parts_.at(file);
  if (view.kind != TreeEntry::Kind::link) return {};
  const std::string name = last_element(view.path);
  const std::string target = target_from_link(view.path, view.target);
  if (!parts_.tree->is_sound_link(file)) {
    return leave_out(file, "a link to what is not in the folder");
  }
  if (parts_.files.where(file) == Where::in_the_way) {
    if (auto settled = settle_in_the_way(file); !settled) return settled;
    if (parts_.files.where(file) == Where::in_the_way) return {};
  }
  if (parts_.files.where(file) == Where::in_place) {
    const int folder = final_.enter(view.path);
    const auto there = folder < 0 ? std::nullopt : status_in(folder, name);
    if (there && read_link(folder, name) == target) {
      parts_.files.remember(file, version_of(*there));
      return {};
    }
    parts_.files.put(file, there ? Where::in_the_way : Where::nowhere);
    if (there) return {};
  }
  const int folder = staged_.enter(view.path, Missing::make);
  if (folder < 0) return parts_.obstacle(file, errno);
  if (::symlinkat(target.c_str(), folder, name.c_str()) != 0) {
    const int error = errno;
    if (error == EPERM || error == EOPNOTSUPP || error == ENOSYS) {
      return leave_out(file, "the file system there has no symbolic links");
    }
    if (error == ENAMETOOLONG) return leave_out(file, "it leads too far for a link");
    if (error != EEXIST) {
      return io_failure("cannot make the link", parts_.staged_path(file), error, Tried::create);
    }
    if (read_link(folder, name) != target) {
      return in_our_way(parts_.staged_path(file),
                        "is there, and is not the link that it should be");
    }
  }
  if (const auto there = status_in(folder, name)) parts_.files.remember(file, version_of(*there));
  parts_.files.put(file, Where::staged);
  return {};
}

std::vector<std::string> Settling::left_out() const {
  std::vector<std::string> told = left_out_;
  if (left_out_count_ > told.size()) {
    told.push_back(std::to_string(left_out_count_ - told.size()) + " more links are left out");
  }
  return told;
}

Result<void> Settling::leave_out(FileIndex file, const char* why) {
  parts_.files.put(file, Where::nowhere);
  if (++left_out_count_ <= kMostTold) {
    left_out_.push_back(shown(parts_.path_in_the_end(file)) + " is left out: " + why);
  }
  return {};
}

/// Somebody may have moved away what was in the way.
Result<void> Settling::settle_in_the_way(FileIndex file) {
  const FileTree::View view = parts_.at(file);
  const int folder = parts_.final_folder.is_open() ? final_.enter(view.path) : -1;
  if (folder < 0 && parts_.final_folder.is_open() && errno != ENOENT) return {};
  if (folder >= 0 && status_in(folder, last_element(view.path))) return {};
  const bool here = parts_.files.is_twice(file);
  parts_.files.put(file, here ? Where::staged : Where::nowhere);
  return view.kind == TreeEntry::Kind::link ? Result<void>{} : settle(file);
}

Result<void> Settling::settle_in_place(FileIndex file) {
  const FileTree::View view = parts_.at(file);
  const int folder = parts_.final_folder.is_open() ? final_.enter(view.path) : -1;
  const auto there = folder < 0 ? std::nullopt : status_in(folder, last_element(view.path));
  if (!there) {
    if (view.length > 0) return missing(file);
    parts_.files.put(file, Where::nowhere);
    return make_empty(file);
  }
  if (!S_ISREG(there->st_mode) || std::cmp_not_equal(there->st_size, view.length)) {
    parts_.files.put(file, Where::in_the_way);
    parts_.open.forget(file);
    return {};
  }
  if (view.length == 0) {  // nothing to prove
    parts_.files.remember(file, version_of(*there));
    return {};
  }
  parts_.files.compare(file, version_of(*there));
  if (!parts_.files.proven(file)) prove_first(file);
  return {};
}

Result<void> Settling::settle_staged(FileIndex file) {
  const FileTree::View view = parts_.at(file);
  const int folder = staged_.enter(view.path);
  if (folder < 0 && errno != ENOENT) return parts_.obstacle(file, errno);
  const auto there = folder < 0 ? std::nullopt : status_in(folder, last_element(view.path));
  if (!there) return missing(file);
  if (!S_ISREG(there->st_mode)) return parts_.obstacle(file, EEXIST);
  parts_.files.compare(file, version_of(*there));
  if (!parts_.files.proven(file) || std::cmp_not_equal(there->st_size, view.length)) {
    prove_first(file);
    return {};
  }
  return complete(folder, file, *there);
}

void Settling::prove_first(FileIndex file) {
  parts_.files.unprove(file);
  parts_.open.forget(file);  // opened again, it gets its length
  to_prove_.push_back(file);
}

Result<void> Settling::missing(FileIndex file) {
  parts_.files.put(file, Where::nowhere);
  parts_.files.forget(file);
  prove_first(file);
  return {};
}

/// Its execute bits, where others may read it; and onto the disk.
Result<void> Settling::complete(int folder, FileIndex file, const struct stat& there) {
  const ::mode_t now = there.st_mode & 0777u;
  const ::mode_t wanted =
      parts_.at(file).executable ? now | ((there.st_mode & kMayRead) >> 2u) : now;
  if (wanted == now && !parts_.options.sync) return {};
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const Descriptor opened(::openat(folder, last_element(parts_.at(file).path).c_str(), kFlags));
  if (!opened.is_open()) return io_failure("cannot open", parts_.staged_path(file), errno);
  // Where it cannot be changed it is the same for all files, as on FAT.
  if (wanted != now) static_cast<void>(::fchmod(opened.get(), wanted));
  if (parts_.options.sync && ::fsync(opened.get()) != 0) {
    return io_failure("cannot write out", parts_.staged_path(file), errno);
  }
  struct stat after {};
  if (::fstat(opened.get(), &after) != 0) {
    return io_failure("cannot look at", parts_.staged_path(file), errno);
  }
  if (identity_of(after) == identity_of(there)) {
    parts_.files.remember(file, version_of(after));
  } else {
    parts_.files.compare(file, version_of(after));
    prove_first(file);
  }
  return {};
}

Result<void> Settling::make_empty(FileIndex file) {
  const FileTree::View view = parts_.at(file);
  const std::string name = last_element(view.path);
  const int folder = staged_.enter(view.path, Missing::make);
  if (folder < 0) return parts_.obstacle(file, errno);
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  Descriptor opened(
      ::openat(folder, name.c_str(), kFlags | O_CREAT | O_EXCL, view.executable ? 0777 : 0666));
  const bool there = !opened.is_open() && errno == EEXIST;
  if (there) opened = Descriptor(::openat(folder, name.c_str(), kFlags));
  if (!opened.is_open()) return parts_.obstacle(file, errno);
  struct stat status {};
  if (::fstat(opened.get(), &status) != 0) {
    return io_failure("cannot look at", parts_.staged_path(file), errno);
  }
  if (there) {
    if (auto empty = empty_again(file, opened.get(), status); !empty) return empty;
  }
  parts_.files.put(file, Where::staged);
  parts_.files.remember(file, version_of(status));
  return complete(folder, file, status);
}

Result<void> Settling::empty_again(FileIndex file, int opened, struct stat& status) {
  if (parts_.files.where(file) == Where::nowhere) {
    if (auto alone = parts_.check_alone(file, status); !alone) return alone;
  }
  if (!S_ISREG(status.st_mode)) return parts_.obstacle(file, EISDIR);
  const std::string why = parts_.why_not_ours_inside(status);
  if (!why.empty()) return in_our_way(parts_.staged_path(file), why);
  if (status.st_size == 0) return {};
  if (::ftruncate(opened, 0) != 0 || ::fstat(opened, &status) != 0) {
    return io_failure("cannot resize", parts_.staged_path(file), errno, Tried::resize);
  }
  return {};
}

}  // namespace shoal::storage
