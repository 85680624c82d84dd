// PartFolder: what is there already.
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "storage/alike_names.hpp"
#include "storage/io_error.hpp"
#include "storage/part_folder_parts.hpp"
#include "storage/part_place.hpp"

namespace shoal::storage {
namespace {

using Where = FilledFiles::Where;

/// What an entry of the tree takes on the disk, where each file has whole blocks.
class Blocks {
 public:
  explicit Blocks(int folder) {
    struct statvfs disk {};
    if (::fstatvfs(folder, &disk) == 0 && disk.f_frsize > 0) size_ = disk.f_frsize;
  }
  [[nodiscard]] std::uint64_t taken(std::uint64_t length) const {
    return (length + size_ - 1) / size_ * size_;
  }

 private:
  std::uint64_t size_ = 1;
};

/// What stands under that name has the kind and length, or the target, of that entry.
bool is_fit(const FileTree::View& view, int folder, const std::string& name,
            const struct stat& status) {
  if (view.kind == TreeEntry::Kind::file) {
    return S_ISREG(status.st_mode) && std::cmp_equal(status.st_size, view.length);
  }
  return S_ISLNK(status.st_mode) &&
         read_link(folder, name) == target_from_link(view.path, view.target);
}

bool has_hidden_name(std::string_view path) {
  return path.starts_with('.') || path.contains("/.");
}

class Look {
 public:
  explicit Look(PartFolder::Parts& parts) : parts_(parts), blocks_(parts.place.folder.get()) {}

  Result<void> run() {
    if (auto looked = parts_.look_for_final_folder(); !looked) return looked;
    if (has_no_case(parts_.place.info_path)) {
      if (auto fit = check_names(); !fit) return fit;
    }
    if (parts_.place.existed) {
      if (auto looked = look_into_staging_folder(); !looked) return looked;
    }
    if (parts_.final_folder.is_open()) look_into_final_folder();
    parts_.before = what_was_there();
    std::uint64_t needed = 0;
    parts_.for_each_wanted([&](FileIndex file) {
      if (parts_.files.where(file) != Where::in_the_way) needed += blocks_.taken(length(file));
    });
    return check_space(parts_.place.info, parts_.final_path, needed, here_);
  }

 private:
  [[nodiscard]] std::uint64_t length(FileIndex file) const { return parts_.at(file).length; }

  /// Better known now than in the middle: such disks do not store all names, and have but one file
  /// where others have two.
  [[nodiscard]] Result<void> check_names() const {
    if (const auto two = taken_for_one(*parts_.tree, parts_.wanted)) {
      return fail(Errc::conflict,
                  shown(parts_.path_in_the_end(two->first)) + " and " +
                      shown(parts_.path_in_the_end(two->second)) +
                      " would be one and the same on that disk, which does not tell such names "
                      "apart; choose another directory, or fetch one of them only");
    }
    const auto odd = with_odd_name(*parts_.tree, parts_.wanted);
    return odd ? try_to_make(*odd) : Result<void>{};
  }

  /// Something of each name in its path.
  [[nodiscard]] Result<void> try_to_make(FileIndex file) const {
    const int folder = parts_.place.folder.get();
    for (const auto& name : std::filesystem::path(parts_.at(file).path)) {
      const bool made = ::mkdirat(folder, name.c_str(), 0700) == 0;
      const int error = errno;
      if (made) {
        ::unlinkat(folder, name.c_str(), AT_REMOVEDIR);
      } else if (error == ENOENT || error == EINVAL) {  // by FUSE, or by Linux itself
        return io_failure("cannot create", parts_.path_in_the_end(file), EINVAL, Tried::create);
      }
    }
    return {};
  }

  [[nodiscard]] PartFolder::Before what_was_there() const {
    std::error_code unknown;
    PartFolder::Before before;
    if (!parts_.final_folder.is_open()) return before;
    before.anything = !std::filesystem::is_empty(parts_.final_path, unknown) || unknown;
    before.all_of_it = true;
    parts_.for_each_wanted([&](FileIndex file) {
      const bool in_place = parts_.files.where(file) == Where::in_place;
      before.some_of_it = before.some_of_it || (in_place && length(file) > 0);
      before.all_of_it = before.all_of_it && in_place;
      if (!in_place && before.hidden.empty() && has_hidden_name(parts_.at(file).path))
        before.hidden = parts_.at(file).path;
    });
    return before;
  }

  Result<void> look_into_staging_folder() {
    std::vector<std::pair<std::uint64_t, FileIndex>> inodes;
    FolderStack stack(parts_.place.folder.get());
    for (std::uint32_t i = 0; i < parts_.tree->size(); ++i) {
      const FileIndex file{i};
      const FileTree::View view = parts_.at(file);
      const int folder = stack.enter(view.path);
      struct stat status {};
      if (folder < 0 ||
          ::fstatat(folder, last_element(view.path).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        continue;
      }
      const bool link = view.kind == TreeEntry::Kind::link;
      // Others things are told of when they turn out to be in the way.
      if (link ? !S_ISLNK(status.st_mode) : !S_ISREG(status.st_mode)) continue;
      inodes.emplace_back(status.st_ino, file);
      note_staged(file, status);
    }
    std::ranges::sort(inodes);
    const auto twice = std::ranges::adjacent_find(
        inodes, [](const auto& one, const auto& other) { return one.first == other.first; });
    if (twice == inodes.end()) return {};
    return parts_.same_file(twice->second, std::next(twice)->second);
  }

  void note_staged(FileIndex file, const struct stat& status) {
    const bool something = length(file) > 0 && status.st_size > 0;
    parts_.of_worth = parts_.of_worth || something;
    if (!parts_.wants(file)) {
      parts_.others_wait = true;
      return;
    }
    parts_.files.put(file, Where::staged);
    if (!something) return;
    parts_.files.found_data(file);
    parts_.resumed = true;
    here_ +=
        std::min(static_cast<std::uint64_t>(status.st_blocks) * 512, blocks_.taken(length(file)));
  }

  void look_into_final_folder() {
    FolderStack stack(parts_.final_folder.get());
    parts_.for_each_wanted([&](FileIndex file) {
      const FileTree::View view = parts_.at(file);
      const int folder = stack.enter(view.path);
      const std::string name = last_element(view.path);
      struct stat status {};
      if (folder < 0 || ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT) parts_.files.put(file, Where::in_the_way);
        return;
      }
      const bool staged = parts_.files.where(file) == Where::staged;
      if (staged) parts_.files.found_twice(file);
      if (!is_fit(view, folder, name, status)) {
        parts_.files.put(file, Where::in_the_way);
        return;
      }
      if (!staged) here_ += blocks_.taken(view.length);
      parts_.files.put(file, Where::in_place);
      if (view.length > 0) parts_.files.found_data(file);
      parts_.resumed = true;
    });
  }

  PartFolder::Parts& parts_;
  Blocks blocks_;
  std::uint64_t here_ = 0;
};

/// What stands there instead of what should be: words that follow "it". Empty: nothing does.
std::string why_not(const std::filesystem::path& path, bool should_be_folder) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (S_ISLNK(status.st_mode)) return "is a symbolic link, which is not followed";
  if (S_ISDIR(status.st_mode)) {
    return should_be_folder ? "" : "is a folder, and a file has to be there";
  }
  if (should_be_folder) return "is a file, and a folder has to be there";
  return S_ISREG(status.st_mode) ? "" : "is not a regular file";
}

}  // namespace

bool stand_there(const std::filesystem::path& folder, const FileTree& tree,
                 std::span<const FileIndex> entries) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const Descriptor opened(::open(folder.c_str(), kFlags));
  if (!opened.is_open()) return false;
  FolderStack stack(opened.get());
  return std::ranges::all_of(entries, [&](FileIndex entry) {
    const FileTree::View view = tree[entry];
    const int in = stack.enter(view.path);
    const std::string name = last_element(view.path);
    const auto status = in < 0 ? std::nullopt : status_in(in, name);
    return status && is_fit(view, in, name, *status);
  });
}

Result<void> look_what_is_there(PartFolder::Parts& parts) {
  return Look(parts).run();
}

Result<void> PartFolder::Parts::look_for_final_folder() {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  Descriptor folder(::open(final_path.c_str(), kFlags));
  const int error = errno;
  if (folder.is_open() || error == ENOENT) {
    final_folder = std::move(folder);
    return {};
  }
  if (error != ENOTDIR && error != ELOOP) return io_failure("cannot look into", final_path, error);
  struct stat status {};
  const bool link = ::lstat(final_path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
  return fail(Errc::conflict,
              shown(final_path) +
                  (link ? " is a symbolic link, which is not followed" : " is there already") +
                  "; it is left as it is");
}

std::unexpected<Error> PartFolder::Parts::obstacle(FileIndex file, int error) const {
  FolderStack stack(place.folder.get());
  const bool folder = stack.enter(at(file).path) < 0;
  const std::filesystem::path path = folder ? place.part_path / stack.closed() : staged_path(file);
  const std::string why = why_not(path, folder);
  if (why.empty()) return io_failure("cannot create or open", path, error, Tried::create);
  return in_our_way(path, why);
}

Result<void> PartFolder::Parts::check_alone(FileIndex file, const struct stat& status) const {
  FolderStack stack(place.folder.get());
  return try_each_wanted([&](FileIndex other) -> Result<void> {
    if (other == file || files.where(other) != Where::staged) return {};
    const int folder = stack.enter(at(other).path);
    struct stat one {};
    if (folder < 0 ||
        ::fstatat(folder, last_element(at(other).path).c_str(), &one, AT_SYMLINK_NOFOLLOW) != 0) {
      return {};
    }
    const bool same = one.st_ino == status.st_ino && one.st_dev == status.st_dev;
    return same ? same_file(other, file) : Result<void>{};
  });
}

std::unexpected<Error> PartFolder::Parts::same_file(FileIndex one, FileIndex other) const {
  return fail(Errc::conflict, shown(staged_path(one)) + " and " + shown(staged_path(other)) +
                                  " are one and the same file there; where the disk does not tell "
                                  "such names apart, choose another directory, else remove both");
}

std::string PartFolder::Parts::why_in_the_way(FileIndex file, FolderStack& final) const {
  const FileTree::View view = at(file);
  const std::string path = shown(path_in_the_end(file));
  const int folder = final_folder.is_open() ? final.enter(view.path) : -1;
  struct stat status {};
  if (folder < 0 && final_folder.is_open() && errno != ENOENT) {
    return path + " has no place, since " + shown(final_path / final.closed()) +
           " is no folder; it is left as it is";
  }
  std::string why = "was there already, and is something else";
  if (folder >= 0 &&
      ::fstatat(folder, last_element(view.path).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    why = "is there already, and is another file";
    if (S_ISDIR(status.st_mode)) {
      why = "is there already, and is a folder";
    } else if (S_ISLNK(status.st_mode)) {
      why = "is there already, and is a symbolic link";
    } else if (!S_ISREG(status.st_mode)) {
      why = "is there already, and is not a regular file";
    } else if (std::cmp_not_equal(status.st_size, view.length)) {
      why = "is there already, and has " + std::to_string(status.st_size) + " bytes instead of " +
            std::to_string(view.length);
    }
  }
  std::string fetched;
  if (files.is_twice(file)) fetched = ", what was fetched of it is " + shown(staged_path(file));
  return path + " " + why + "; it is left as it is" + fetched;
}

std::vector<PartFolder::Conflict> PartFolder::Parts::conflicts() const {
  std::vector<Conflict> all;
  FolderStack stack(final_folder.get());
  for_each_wanted([&](FileIndex file) {
    if (files.where(file) == Where::in_the_way) all.push_back({file, why_in_the_way(file, stack)});
  });
  return all;
}

void PartFolder::Parts::remove_empty_folders() const {
  FolderStack stack(place.folder.get(), [](int, int parent, const std::string& name) {
    ::unlinkat(parent, name.c_str(), AT_REMOVEDIR);  // not one that has something in it
  });
  for (std::uint32_t i = 0; i < tree->size(); ++i) {
    static_cast<void>(stack.enter(at(FileIndex{i}).path));
  }
  stack.leave_all();
}

std::unexpected<Error> in_our_way(const std::filesystem::path& path, const std::string& why) {
  return fail(Errc::conflict, shown(path) + " " + why + "; move it away and start again");
}

std::string target_from_link(std::string_view link, std::string_view target) {
  std::size_t common = 0;  // whole folders of the link
  for (std::size_t i = 0; i < link.size(); ++i) {
    const bool ends = i >= target.size();
    if (!ends && link[i] != target[i]) break;
    if (link[i] == '/') common = i + 1;
    if (ends) break;
  }
  const auto up = std::ranges::count(link.substr(common), '/');
  std::string from;
  for (auto i = 0; i < up; ++i) from += "../";
  from += target.substr(std::min(common, target.size()));
  if (from.ends_with('/')) from.pop_back();
  return from.empty() ? "." : from;
}

std::string read_link(int folder, const std::string& name) {
  std::string target(4096, '\0');
  const ssize_t size = ::readlinkat(folder, name.c_str(), target.data(), target.size());
  target.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return target;
}

}  // namespace shoal::storage
