#include "storage/folder_walk.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "storage/io_error.hpp"

namespace shoal::storage {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using OpenFolder = std::unique_ptr<DIR, CloseFolder>;

/// Null, and errno, where it cannot be opened or is none. `below` may be AT_FDCWD.
OpenFolder open_folder(int below, const char* name, int more) {
  const int descriptor = ::openat(below, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | more);
  if (descriptor < 0) return nullptr;
  DIR* const folder = ::fdopendir(descriptor);
  if (folder == nullptr) ::close(descriptor);
  return OpenFolder(folder);
}

std::string_view kind_of(::mode_t mode) {
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

/// Where a link at `path` leads, as a path from the folder; nothing where that is outside. What is
/// in the path is taken as folders: whether they are is seen when the tree is there.
std::optional<std::string> inside(std::string_view path, std::string_view target) {
  if (target.starts_with('/')) return std::nullopt;
  std::string at(path.substr(0, std::min(path.rfind('/') + 1, path.size())));  // "sub/" or nothing
  while (!target.empty()) {
    const std::size_t end = std::min(target.find('/'), target.size());
    const std::string_view element = target.substr(0, end);
    target.remove_prefix(std::min(end + 1, target.size()));
    if (element.empty() || element == ".") continue;
    if (element == "..") {
      if (at.empty()) return std::nullopt;
      at.pop_back();
      at.resize(at.rfind('/') + 1);
    } else {
      at.append(element) += '/';
    }
  }
  if (at.empty()) return std::nullopt;  // the folder itself
  at.pop_back();
  return at;
}

class Walk {
 public:
  Walk(std::filesystem::path folder, std::stop_token stop)
      : folder_(std::move(folder)), stop_(std::move(stop)) {}

  Result<void> run() {
    const OpenFolder top = open_folder(AT_FDCWD, folder_.c_str(), 0);
    if (top == nullptr) return io_failure("cannot look into", folder_, errno);
    return look_into(top.get());
  }

  std::vector<FoundEntry> found;
  std::vector<std::string> empty_folders;

 private:
  Result<void> look_into(DIR* folder) {
    bool is_empty = true;
    for (;;) {
      if (stop_.stop_requested()) return fail(Errc::cancelled, "stopped");
      errno = 0;
      const dirent* const one = ::readdir(folder);
      if (one == nullptr && errno != 0) return io_failure("cannot look into", here(), errno);
      if (one == nullptr) break;
      const std::string_view name = static_cast<const char*>(one->d_name);
      if (name == "." || name == "..") continue;
      is_empty = false;
      const std::size_t outside = path_.size();
      if (!path_.empty()) path_ += '/';
      path_ += name;
      Result<void> taken = take(::dirfd(folder), std::string(name));
      if (!taken) return taken;
      path_.resize(outside);
    }
    if (is_empty && !path_.empty()) empty_folders.push_back(path_);
    return {};
  }

  Result<void> take(int folder, const std::string& name) {
    if (const auto allowed = check_path(path_); !allowed) {
      return fail(Errc::bad_name, shown(here()) + " cannot be offered: " + allowed.error().message);
    }
    struct stat status {};
    if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return io_failure("cannot look at", here(), errno);
    }
    if (S_ISDIR(status.st_mode)) return enter(folder, name);
    if (found.size() == kMaxFilesOfTree) {
      return fail(Errc::bad_input, shown(folder_) + " has more than " +
                                       std::to_string(kMaxFilesOfTree) +
                                       " files in it, and no more can be offered by one name");
    }
    FoundEntry entry;
    entry.version = version_of(status);
    entry.entry.path = path_;
    if (S_ISLNK(status.st_mode)) {
      entry.entry.kind = TreeEntry::Kind::link;
      auto target = read_link(folder, name);
      if (!target) return std::unexpected(target.error());
      entry.entry.target = *std::move(target);
    } else if (S_ISREG(status.st_mode)) {
      entry.entry.length = entry.version.identity.length;
      entry.entry.executable = (status.st_mode & S_IXUSR) != 0;
      if (!may_be_read(folder, name, status)) return io_failure("cannot read", here(), errno);
    } else {
      return fail(Errc::bad_input, shown(here()) + " is " + std::string(kind_of(status.st_mode)) +
                                       ", which cannot be offered; move it out of the folder");
    }
    found.push_back(std::move(entry));
    return {};
  }

  /// Otherwise errno says why. Most files are our own, and tell it without another call.
  [[nodiscard]] bool may_be_read(int folder, const std::string& name,
                                 const struct stat& status) const {
    if (status.st_uid == user_ && (status.st_mode & S_IRUSR) != 0) return true;
    return ::faccessat(folder, name.c_str(), R_OK, AT_EACCESS) == 0;
  }

  Result<void> enter(int folder, const std::string& name) {
    const OpenFolder inner = open_folder(folder, name.c_str(), O_NOFOLLOW);
    if (inner == nullptr) return io_failure("cannot look into", here(), errno);
    return look_into(inner.get());
  }

  /// The target from the folder's top; empty for one that leads out.
  Result<std::string> read_link(int folder, const std::string& name) {
    std::array<char, 4096> target;  // no system has longer ones
    const ssize_t size = ::readlinkat(folder, name.c_str(), target.data(), target.size());
    if (size < 0) return io_failure("cannot read the link", here(), errno);
    const std::string_view text(target.data(), static_cast<std::size_t>(size));
    return inside(path_, text).value_or("");
  }

  [[nodiscard]] std::filesystem::path here() const { return folder_ / path_; }

  std::filesystem::path folder_;
  std::stop_token stop_;
  ::uid_t user_ = ::geteuid();
  std::string path_;  // from the folder to what is looked at
};

/// Takes away the links that cannot be offered, and says which.
std::vector<std::string> take_away_bad_links(std::vector<FoundEntry>& found) {
  const auto path_of = [](const FoundEntry& one) -> const std::string& { return one.entry.path; };
  const auto in_order = [](std::string_view a, std::string_view b) {
    return compare_paths(a, b) < 0;
  };
  std::ranges::sort(found, in_order, path_of);
  const auto is_offered = [&](const std::string& path) {
    const auto file = std::ranges::lower_bound(found, path, in_order, path_of);
    if (file != found.end() && path_of(*file) == path) {
      return file->entry.kind == TreeEntry::Kind::file;
    }
    const std::string folder = path + '/';
    const auto in_it = std::ranges::lower_bound(found, folder, in_order, path_of);
    return in_it != found.end() && path_of(*in_it).starts_with(folder);
  };
  std::vector<bool> bad(found.size());
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const TreeEntry& entry = found[i].entry;
    if (entry.kind != TreeEntry::Kind::link || is_offered(entry.target)) continue;
    bad[i] = true;
    paths.push_back(entry.path);
  }
  std::size_t at = 0;
  std::erase_if(found, [&](const FoundEntry&) { return bad[at++]; });
  return paths;
}

}  // namespace

Result<FoundFolder> walk_folder(const std::filesystem::path& folder, Links links,
                                const std::stop_token& stop) {
  Walk walk(folder, stop);
  if (auto walked = walk.run(); !walked) return std::unexpected(walked.error());
  FoundFolder all;
  const auto leave_out = [&](const std::vector<std::string>& paths, const char* why) {
    for (const std::string& path : paths) {
      if (all.left_out.size() < FoundFolder::kMostTold) {
        all.left_out.push_back(shown(folder / path) + why);
      }
    }
    all.left_out_count += paths.size();
  };
  const std::vector<std::string> bad_links = take_away_bad_links(walk.found);
  if (!bad_links.empty() && links == Links::refuse) {
    return fail(Errc::bad_input,
                shown(folder / bad_links.front()) +
                    " is a link to what is not in the folder; replace it by what it "
                    "leads to, or take it out");
  }
  leave_out(bad_links, " is a link to what is not in the folder");
  leave_out(walk.empty_folders, " is an empty folder");
  all.entries = std::move(walk.found);
  return all;
}

}  // namespace shoal::storage
