// PartFolder: what is settled gets its name.
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "storage/io_error.hpp"
#include "storage/part_folder_parts.hpp"
#include "storage/part_folder_settling.hpp"
#include "storage/part_place.hpp"
#include "storage/rename.hpp"

namespace shoal::storage {
namespace {

using Where = FilledFiles::Where;
using Missing = FolderStack::Missing;

// More than that are written out together first, in the disk's order.
constexpr std::size_t kFewFiles = 64;

Result<void> look_for_final_folder(PartFolder::Parts& parts) {
  auto looked = parts.look_for_final_folder();
  if (looked) return looked;
  return fail(looked.error().code, "cannot finish: " + looked.error().message +
                                       ", and the download stays in " +
                                       shown(parts.place.part_path));
}

/// Gives what is settled its name.
class Naming {
 public:
  explicit Naming(PartFolder::Parts& parts) : parts_(parts) {}

  Result<void> run() {
    if (parts_.options.sync) {
      if (auto synced = sync_staged_folders(); !synced) return synced;
    }
    if (!parts_.final_folder.is_open() && !parts_.others_wait) {
      const auto named = rename_all();
      if (!named) return std::unexpected(named.error());
      if (*named) return {};
    }
    return move_each();
  }

 private:
  Result<void> sync_staged_folders() {
    int error = 0;
    FolderStack stack(parts_.place.folder.get(), [&](int folder, int, const std::string&) {
      if (error == 0) error = sync_folder(folder);
    });
    parts_.for_each_wanted([&](FileIndex file) {
      if (parts_.files.where(file) == Where::staged) {
        static_cast<void>(stack.enter(parts_.at(file).path));
      }
    });
    stack.leave_all();
    if (error == 0) error = sync_folder(parts_.place.folder.get());
    if (error != 0) return io_failure("cannot write out", parts_.place.part_path, error);
    return {};
  }

  /// False when there is such a folder now.
  Result<bool> rename_all() {
    parts_.place.open_to_all();
    if (parts_.options.sync) static_cast<void>(sync_folder(parts_.place.folder.get()));
    const int error = rename_folder_without_replacing(parts_.place.part_path, parts_.final_path);
    if (error != 0) parts_.place.close_to_others();
    if (error == EEXIST) {
      if (auto looked = look_for_final_folder(parts_); !looked) {
        return std::unexpected(looked.error());
      }
      if (parts_.final_folder.is_open()) return false;
    }
    if (error != 0) {
      return io_failure("cannot give its final name to", parts_.place.part_path, error,
                        Tried::rename);
    }
    if (!names(parts_.final_path, parts_.place.folder.get())) {
      return fail(Errc::io, shown(parts_.final_path) +
                                " was moved, replaced or deleted by another program as soon as it "
                                "had its name; start again");
    }
    parts_.for_each_wanted([&](FileIndex file) {
      if (parts_.files.where(file) == Where::staged) parts_.files.put(file, Where::in_place);
    });
    parts_.finished = true;
    parts_.final_folder = std::exchange(parts_.place.folder, Descriptor());
    parts_.place.remove_info();
    if (parts_.options.sync) {
      if (auto synced = sync_directory(parts_.final_path.parent_path()); !synced) {
        return std::unexpected(synced.error());
      }
    }
    return true;
  }

  Result<void> move_each() {
    const bool made = !parts_.final_folder.is_open();
    if (made) {
      if (::mkdir(parts_.final_path.c_str(), 0777) != 0 && errno != EEXIST) {
        return io_failure("cannot create", parts_.final_path, errno, Tried::create);
      }
      if (auto looked = parts_.look_for_final_folder(); !looked) return looked;
    }
    FolderStack from(parts_.place.folder.get());
    int error = 0;
    FolderStack to(parts_.final_folder.get(), [&](int folder, int, const std::string&) {
      if (parts_.options.sync && error == 0) error = sync_folder(folder);
    });
    for (const auto kind : {TreeEntry::Kind::file, TreeEntry::Kind::link}) {
      auto moved = parts_.try_each_wanted([&](FileIndex file) -> Result<void> {
        return parts_.at(file).kind == kind ? move(file, from, to) : Result<void>{};
      });
      if (!moved) return moved;
      to.leave_all();
    }
    if (parts_.options.sync) {
      if (error == 0) error = sync_folder(parts_.final_folder.get());
      if (error != 0) return io_failure("cannot write out", parts_.final_path, error);
      if (auto synced = sync_directory(parts_.final_path.parent_path()); !synced) return synced;
    }
    clean_up();
    return {};
  }

  Result<void> move(FileIndex file, FolderStack& from, FolderStack& to) {
    const std::string_view path = parts_.at(file).path;
    const std::string name = last_element(path);
    const Where where = parts_.files.where(file);
    if (where == Where::in_place && parts_.files.is_twice(file)) {
      const int folder = from.enter(path);
      if (folder >= 0) ::unlinkat(folder, name.c_str(), 0);
    }
    if (where != Where::staged) return {};
    const int source = from.enter(path);
    if (source < 0) return parts_.obstacle(file, errno);
    const int target = to.enter(path, Missing::make);
    if (const int closed = errno; target < 0 && closed != ENOTDIR && closed != ELOOP) {
      return io_failure("cannot create or open", parts_.final_path / to.closed(), closed,
                        Tried::create);
    }
    const int error = target < 0 ? EEXIST : rename_without_replacing(source, name, target, name);
    if (error == EEXIST) {
      parts_.files.found_twice(file);
      parts_.files.put(file, Where::in_the_way);
      return {};
    }
    if (error != 0) {
      return io_failure("cannot give its final name to", parts_.staged_path(file), error,
                        Tried::rename);
    }
    const auto there = status_in(target, name);
    // To be given a name changes the time of the last change only.
    if (!there || identity_of(*there) != parts_.files.version(file).identity) {
      static_cast<void>(rename_without_replacing(target, name, source, name));
      return fail(Errc::io, shown(parts_.path_in_the_end(file)) +
                                " was changed by another program while it was given its name, and "
                                "is not to be trusted; start again");
    }
    parts_.files.remember(file, version_of(*there));
    parts_.files.put(file, Where::in_place);
    return {};
  }

  void clean_up() {
    bool waits = parts_.others_wait;
    parts_.for_each_wanted([&](FileIndex file) {
      waits =
          waits || (parts_.files.where(file) == Where::in_the_way && parts_.files.is_twice(file));
    });
    parts_.remove_empty_folders();
    if (parts_.place.remove_folder()) return parts_.place.remove_info();
    if (waits) return;  // for a run that goes on from there
    parts_.notes.push_back(left_alone(parts_.place.part_path, "holds what is not of this folder"));
    parts_.place.remove_info();
  }

  PartFolder::Parts& parts_;
};

}  // namespace

Result<PartFolder::Finished> finish_folder(PartFolder::Parts& parts) {
  PartFolder::Finished finished;
  if (parts.finished) return finished;
  if (auto gone = parts.place.what_became_of_it()) return std::unexpected(*std::move(gone));
  if (auto looked = look_for_final_folder(parts); !looked) {
    return std::unexpected(looked.error());
  }
  if (parts.options.sync && parts.wanted.count() > kFewFiles) ::syncfs(parts.place.folder.get());
  if (std::exchange(parts.all_in_doubt, false)) {
    parts.for_each_wanted([&](FileIndex file) { parts.files.unprove(file); });
  }
  Settling settling(parts);
  const auto settle = [&](FileIndex file) { return settling.settle(file); };
  if (auto settled = parts.try_each_wanted(settle); !settled) {
    return std::unexpected(settled.error());
  }
  if (!settling.to_prove().empty()) {
    static_cast<void>(parts.files.touched());  // all of them are told of now
    finished.to_prove = settling.to_prove();
    return finished;
  }
  const auto link = [&](FileIndex file) { return settling.make_link(file); };
  if (auto linked = parts.try_each_wanted(link); !linked) return std::unexpected(linked.error());
  if (auto named = Naming(parts).run(); !named) return std::unexpected(named.error());
  std::ranges::move(settling.left_out(), std::back_inserter(parts.notes));
  finished.conflicts = parts.conflicts();
  parts.finished = finished.conflicts.empty();
  return finished;
}

}  // namespace shoal::storage
