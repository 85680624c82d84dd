#include "storage/staging_place.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "metainfo/name.hpp"
#include "storage/io_error.hpp"
#include "storage/part_name.hpp"
#include "storage/part_place.hpp"

namespace shoal::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kInfoEnding = ".info";
constexpr std::size_t kComparedAtOnce = 1 << 20;
constexpr ::mode_t kOwnerOnly = 0700;
constexpr ::mode_t kOthersWriteToFolder = S_IWGRP | S_IWOTH;
constexpr ::mode_t kMayRead = 0444;

/// Why the folder cannot be ours, in words that follow "it"; empty also when there is none.
std::string why_not_our_folder(const fs::path& path, const NewFile& fresh) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) return {};
  if (S_ISLNK(there.st_mode)) return "is a symbolic link, which is not followed";
  if (!S_ISDIR(there.st_mode)) return "is not a folder";
  if (there.st_uid != fresh.owner) return "belongs to another user";
  const bool others_write = (there.st_mode & kOthersWriteToFolder & ~fresh.mode) != 0;
  return others_write ? "can be written to by others" : "";
}

/// Whether there is nothing in the file but a beginning of these bytes, or zeros, which a power cut
/// may have left in their place.
Result<bool> is_of(const File& file, BytesView bytes) {
  const auto identity = file.identity();
  if (!identity) return std::unexpected(identity.error());
  if (identity->length > bytes.size()) return false;
  Bytes there(std::min<std::size_t>(identity->length, kComparedAtOnce));
  for (std::size_t at = 0; at < identity->length;) {
    const std::size_t size = std::min<std::size_t>(identity->length - at, there.size());
    const MutableBytes some(there.data(), size);
    if (auto read = file.read_at(at, some); !read) return std::unexpected(read.error());
    const BytesView wanted = bytes.subspan(at, size);
    const bool same = std::ranges::equal(some, wanted, [](std::byte one, std::byte other) {
      return one == other || one == std::byte{0};
    });
    if (!same) return false;
    at += size;
  }
  return true;
}

/// What is sought in a directory.
struct Sought {
  const fs::path& directory;
  const std::string& name;
  const Digest digest;
  BytesView dictionary;
  NewFile fresh;
};

/// 0 or an errno value.
int make_or_open(const fs::path& path, Descriptor& folder, bool& existed) {
  existed = ::mkdir(path.c_str(), kOwnerOnly) != 0;
  if (existed && errno != EEXIST) return errno;
  folder = Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return folder.is_open() ? 0 : errno;
}

Result<std::optional<StagingPlace>> take_one(const Sought& sought, const fs::path& part,
                                             std::string& objection) {
  const fs::path final_path = sought.directory / sought.name;
  fs::path info_path = part;
  info_path += kInfoEnding;
  objection = why_not_our_folder(part, sought.fresh);
  if (!objection.empty()) {
    objection = left_alone(part, objection);
    return std::nullopt;
  }
  FoundPart found = open_or_create(info_path, info_path, sought.dictionary.size(), sought.fresh);
  if (found.error == ENOENT && found.existed) return std::nullopt;
  if (found.error != 0) {
    if (auto refused = refused_name(final_path, found.error); refused && !found.existed) {
      return std::unexpected(*std::move(refused));
    }
    return io_failure("cannot create or open", info_path, found.error,
                      found.existed ? Tried::other : Tried::create);
  }
  if (!found.objection.empty()) {
    objection = left_alone(info_path, found.objection);
    return std::nullopt;
  }
  File info = *std::move(found.file);
  const Lock held = lock(info);
  if (held == Lock::somebody_elses) return somebody_fetches(part);
  if (!names(info_path, info.descriptor())) return std::nullopt;
  const auto ours = is_of(info, sought.dictionary);
  if (!ours) return std::unexpected(ours.error());
  if (!*ours) {
    objection = left_alone(info_path, "is not what this folder has there");
    return std::nullopt;
  }
  const auto give_up = [&](int error) -> std::unexpected<Error> {
    if (!found.existed) ::unlink(info_path.c_str());
    if (auto refused = refused_name(final_path, error)) return std::unexpected(*std::move(refused));
    return io_failure("cannot create or open", part, error, Tried::create);
  };
  if (auto written = info.write_at(0, {&sought.dictionary, 1}); !written) {
    if (!found.existed) ::unlink(info_path.c_str());
    return std::unexpected(written.error());
  }
  Descriptor folder;
  bool existed = false;
  if (const int error = make_or_open(part, folder, existed); error != 0) return give_up(error);
  // Put there since we looked.
  if (!names(part, folder.get()) || !why_not_our_folder(part, sought.fresh).empty()) {
    if (!found.existed) ::unlink(info_path.c_str());
    return std::nullopt;
  }
  StagingPlace place{.part_path = part,
                     .info_path = std::move(info_path),
                     .info = std::move(info),
                     .folder = std::move(folder),
                     .fresh = sought.fresh,
                     .existed = existed,
                     .locked = held == Lock::ours};
  if (existed) place.close_to_others();
  return place;
}

/// Nothing when something was renamed meanwhile: by a leecher that was finishing.
Result<std::optional<StagingPlace>> try_names(const Sought& sought,
                                              std::vector<std::string>& notes) {
  const std::size_t most =
      std::min(longest_name(sought.directory), kMaxNameLength) - kInfoEnding.size();
  notes.clear();
  for (int which = 1; which <= kNames; ++which) {
    const fs::path part = sought.directory / part_name(sought.name, sought.digest, which, most);
    std::string objection;
    auto place = take_one(sought, part, objection);
    if (!place || objection.empty()) return place;
    notes.push_back(std::move(objection));
  }
  return no_name_left(notes.front());
}

void change_mode(int folder, ::mode_t mode) {
  struct stat status {};
  if (::fstat(folder, &status) != 0 || (status.st_mode & 0777u) == mode) return;
  // What cannot be changed is the same for all files there, as on FAT.
  static_cast<void>(::fchmod(folder, (status.st_mode & 07000u) | mode));
}

}  // namespace

Result<StagingPlace> StagingPlace::take(const fs::path& directory, const std::string& name,
                                        const InfoHash& hash, BytesView dictionary,
                                        std::vector<std::string>& notes) {
  if (auto good = check_directory(directory); !good) return std::unexpected(good.error());
  if (name.size() > longest_name(directory)) {
    return std::unexpected(*refused_name(directory / name, ENAMETOOLONG));
  }
  const Sought sought{
      .directory = directory,
      .name = name,
      .digest = Digest{hash.bytes},
      .dictionary = dictionary,
      // Without a file to compare with, one that is there has to be closed to all others.
      .fresh = new_file_in(directory).value_or(NewFile{.owner = ::geteuid(), .mode = 0})};
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto place = try_names(sought, notes);
    if (!place) return std::unexpected(std::move(place).error());
    if (*place) return **std::move(place);
  }
  return keeps_being_replaced(directory / name);
}

void StagingPlace::open_to_all() const {
  change_mode(folder.get(), kOwnerOnly | fresh.mode | ((fresh.mode & kMayRead) >> 2u));
}

void StagingPlace::close_to_others() const {
  change_mode(folder.get(), kOwnerOnly);
}

std::optional<Error> StagingPlace::what_became_of_it() const {
  const auto what = [&](const char* words) {
    return Error{Errc::io, shown(part_path) + " " + words + "; start again"};
  };
  struct stat opened {};
  struct stat there {};
  const bool known = ::fstat(folder.get(), &opened) == 0;
  if (::lstat(part_path.c_str(), &there) == 0) {
    const bool same = there.st_dev == opened.st_dev && there.st_ino == opened.st_ino;
    if (!known || same) return std::nullopt;
    return what("was replaced while it was being filled");
  }
  if (errno != ENOENT && errno != ENOTDIR && errno != ESTALE && errno != ELOOP) return {};
  if (known && opened.st_nlink == 0) return what("was deleted while it was being filled");
  return what(
      "is not there any more: it, its folder or its disk was taken away while it was being filled");
}

void StagingPlace::remove_info() const {
  if (names(info_path, info.descriptor())) ::unlink(info_path.c_str());
}

bool StagingPlace::remove_folder() const {
  return names(part_path, folder.get()) && ::rmdir(part_path.c_str()) == 0;
}

}  // namespace shoal::storage
