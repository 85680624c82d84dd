#include "storage/part_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "metainfo/name.hpp"
#include "storage/io_error.hpp"
#include "storage/part_name.hpp"
#include "storage/part_place.hpp"
#include "storage/rename.hpp"

namespace shoal::storage {
namespace {

namespace fs = std::filesystem;

constexpr ::mode_t kOthersMayWrite = S_IWGRP | S_IWOTH;

}  // namespace

struct PartFile::Place {
  File file;
  fs::path path;
  bool resumed = false;
  std::vector<std::string> notes;
  bool locked = false;
};

PartFile::PartFile(Place place, fs::path final_path, std::uint64_t length, PartOptions options,
                   NewFile fresh)
    : file_(std::move(place.file)),
      part_path_(std::move(place.path)),
      final_path_(std::move(final_path)),
      length_(length),
      options_(std::move(options)),
      fresh_(fresh),
      notes_(std::move(place.notes)),
      resumed_(place.resumed),
      locked_(place.locked) {}

/// A new file under the first name that is free or ours. Nothing when it was renamed meanwhile: by
/// a leecher that was finishing.
Result<std::optional<PartFile::Place>> PartFile::take_place(const fs::path& directory,
                                                            const std::string& name,
                                                            const Digest& root,
                                                            std::uint64_t length,
                                                            const NewFile& fresh) {
  std::vector<std::string> notes;
  for (int which = 1; which <= kNames; ++which) {
    const fs::path path = directory / part_name(name, root, which, longest_name(directory));
    FoundPart found = open_or_create(path, directory / name, length, fresh);
    if (found.error == ENOENT && found.existed) return std::nullopt;
    if (found.error != 0) {
      if (auto refused = refused_name(directory / name, found.error); refused && !found.existed) {
        return std::unexpected(*std::move(refused));
      }
      return io_failure("cannot create or open", path, found.error,
                        found.existed ? Tried::other : Tried::create);
    }
    if (!found.objection.empty()) {
      notes.push_back(left_alone(path, found.objection));
      continue;
    }
    File file = *std::move(found.file);
    const Lock held = lock(file);
    if (held == Lock::somebody_elses) {
      return somebody_fetches(path);
    }
    struct stat status {};
    if (!names(path, file.descriptor()) || ::fstat(file.descriptor(), &status) != 0)
      return std::nullopt;
    return Place{.file = std::move(file),
                 .path = path,
                 .resumed = status.st_size > 0,
                 .notes = std::move(notes),
                 .locked = held == Lock::ours};
  }
  return no_name_left(notes.front());
}

Result<PartFile> PartFile::open(const fs::path& directory, const FileName& file_name,
                                const Digest& root, std::uint64_t length,
                                const PartOptions& options) {
  const std::string& name = file_name.text();
  if (auto good = check_directory(directory); !good)
    return std::unexpected(std::move(good).error());
  const fs::path final_path = directory / name;
  if (name.size() > longest_name(directory)) {
    return std::unexpected(*refused_name(final_path, ENAMETOOLONG));
  }
  // Without a file to compare with, one that is there has to be closed to all others.
  const NewFile fresh = new_file_in(directory).value_or(NewFile{.owner = ::geteuid(), .mode = 0});

  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto place = take_place(directory, name, root, length, fresh);
    if (!place) return std::unexpected(std::move(place).error());
    if (!*place) continue;
    PartFile part(**std::move(place), final_path, length, options, fresh);
    if (!part.resumed_) part.look_for_candidate(directory / old_part_name(name));
    if (auto ready = part.prepare(); !ready) {
      if (!part.resumed_) ::unlink(part.part_path_.c_str());
      return std::unexpected(std::move(ready).error());
    }
    return part;
  }
  return keeps_being_replaced(final_path);
}

Result<void> PartFile::prepare() {
  if (anything_at(final_path_)) {
    return fail(Errc::conflict, shown(final_path_) + " is there already; it is left as it is");
  }
  if (!candidate_) return take_room();
  struct stat status {};
  if (::fstat(candidate_->file.descriptor(), &status) != 0) {
    return io_failure("cannot look at", candidate_->path, errno);
  }
  return check_space(file_, final_path_, length_,
                     static_cast<std::uint64_t>(status.st_blocks) * 512);
}

Result<void> PartFile::take_room() const {
  struct stat status {};
  if (::fstat(file_.descriptor(), &status) != 0) {
    return io_failure("cannot look at", part_path_, errno);
  }
  const auto here = static_cast<std::uint64_t>(status.st_blocks) * 512;
  if (auto space = check_space(file_, final_path_, length_, here); !space) return space;
  return make_room(file_, length_, options_.room);
}

void PartFile::look_for_candidate(const fs::path& path) {
  const int descriptor = open_at(path, 0);
  if (descriptor < 0) {
    const std::string why = why_closed(path, errno);
    if (!why.empty()) notes_.push_back(left_alone(path, why));
    return;
  }
  File file = File::of_descriptor(descriptor, final_path_);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || status.st_size == 0) return;
  std::string why = why_not_ours(status, fresh_);
  const auto length = static_cast<std::uint64_t>(status.st_size);
  if (why.empty() && length > length_) why = kIsLonger;
  if (why.empty() && lock(file) == Lock::somebody_elses) why = "is being filled by another program";
  if (!why.empty()) {
    notes_.push_back(left_alone(path, why));
    return;
  }
  candidate_ = Candidate{.file = std::move(file), .path = path, .length = length};
}

std::string PartFile::adopt(Candidate& old) {
  struct stat status {};
  const bool same =
      names(old.path, old.file.descriptor()) && ::fstat(old.file.descriptor(), &status) == 0 &&
      why_not_ours(status, fresh_).empty() && std::cmp_less_equal(status.st_size, length_);
  if (!same) return "was changed or taken away by another program meanwhile";
  // Replaces our own empty file, which we have under lock.
  if (std::rename(old.path.c_str(), part_path_.c_str()) != 0) {
    return "cannot be renamed (" + in_words(Tried::rename, errno) + ")";
  }
  file_ = std::move(old.file);
  resumed_ = true;
  static_cast<void>(::fchmod(file_.descriptor(), status.st_mode & 0777u & ~kOthersMayWrite));
  return {};
}

Result<PartFile::Settled> PartFile::settle_candidate(bool proven) {
  if (!candidate_) return Settled{};
  Candidate old = *std::exchange(candidate_, std::nullopt);
  if (!names(part_path_, file_.descriptor())) return gone();
  std::string why = proven ? adopt(old) : "holds nothing of it";
  if (auto room = take_room(); !room) return std::unexpected(std::move(room).error());
  const bool adopted = why.empty();
  return Settled{.adopted = adopted, .why = std::move(why)};
}

std::unexpected<Error> PartFile::gone() const {
  return fail(Errc::io, shown(part_path_) +
                            " was moved, replaced or deleted while it was being filled; "
                            "start again");
}

Result<void> PartFile::finish() {
  struct stat status {};
  if (::fstat(file_.descriptor(), &status) != 0) {
    return io_failure("cannot look at", part_path_, errno);
  }
  if (options_.sync) {
    if (auto synced = file_.sync(); !synced) return synced;
  }
  if (!names(part_path_, file_.descriptor())) return gone();
  const int error = rename_without_replacing(part_path_, final_path_);
  if (error == EEXIST) {
    return fail(Errc::conflict, "cannot finish " + shown(final_path_) +
                                    ": a file of that name has appeared meanwhile; the download "
                                    "stays in " +
                                    shown(part_path_));
  }
  if (error != 0)
    return io_failure("cannot give its final name to", part_path_, error, Tried::rename);
  // Who may read it may write it too, where the umask says so; not before, for what others may
  // write to is not gone on from.
  const ::mode_t readers = (status.st_mode & (S_IRGRP | S_IROTH)) >> 1u;
  const ::mode_t mode = (status.st_mode | (readers & fresh_.mode & kOthersMayWrite)) & 0777u;
  if (mode != (status.st_mode & 0777u)) static_cast<void>(::fchmod(file_.descriptor(), mode));
  return options_.sync ? sync_directory(final_path_.parent_path()) : Result<void>{};
}

Result<void> PartFile::take_name_back() const {
  if (!names(final_path_,
             file_.descriptor())) {  // what stands there instead is not ours to be moved
    return fail(Errc::io, shown(final_path_) +
                              " was moved, replaced or deleted by another program as soon as it "
                              "had its name; start again");
  }
  struct stat status {};
  if (::fstat(file_.descriptor(), &status) == 0 && (status.st_mode & kOthersMayWrite) != 0) {
    static_cast<void>(::fchmod(file_.descriptor(), status.st_mode & 0777u & ~kOthersMayWrite));
  }
  const int error = rename_without_replacing(final_path_, part_path_);
  if (error == 0) return {};
  return fail(Errc::io, shown(final_path_) +
                            " was changed by another program while it was given its name, and is "
                            "not to be trusted; remove it and start again");
}

bool PartFile::remove_second_name(const fs::path& directory, const FileName& file_name,
                                  const Digest& root) {
  const std::string& name = file_name.text();
  std::vector<std::string> parts{old_part_name(name)};
  for (int which = 1; which <= kNames; ++which) {
    parts.push_back(part_name(name, root, which, longest_name(directory)));
  }
  return std::ranges::any_of(parts, [&](const std::string& other) {
    const fs::path part = directory / other;
    std::error_code ignored;
    if (!fs::equivalent(part, directory / name, ignored)) return false;
    const int descriptor = open_at(part, 0);  // NFS locks only what may be written
    if (descriptor < 0) return false;
    const File file = File::of_descriptor(descriptor, part);
    if (!names(directory / name, file.descriptor()) || lock(file) == Lock::somebody_elses)
      return false;
    return names(part, file.descriptor()) && ::unlink(part.c_str()) == 0;
  });
}

void PartFile::discard_if_new() const {
  if (!resumed_ && names(part_path_, file_.descriptor())) ::unlink(part_path_.c_str());
}

}  // namespace shoal::storage
