#include "storage/part_folder.hpp"

#include <algorithm>
#include <fcntl.h>
#include <tuple>
#include <unistd.h>
#include <utility>

#include "storage/copy_content.hpp"
#include "storage/io_error.hpp"
#include "storage/local_disk.hpp"
#include "storage/part_folder_parts.hpp"
#include "storage/part_place.hpp"

namespace shoal::storage {
namespace {

namespace fs = std::filesystem;
using Where = FilledFiles::Where;

std::shared_ptr<const File> as_file(std::shared_ptr<OpenPartFile> open) {
  if (open == nullptr) return nullptr;
  const File* const file = &open->file;
  return {std::move(open), file};
}

}  // namespace

PartFolder::PartFolder(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
PartFolder::~PartFolder() = default;

Result<std::unique_ptr<PartFolder>> PartFolder::open(
    const fs::path& directory, const FileName& name, std::shared_ptr<const FileTree> tree,
    const InfoHash& hash, Bitfield wanted, BytesView dictionary, const PartOptions& options) {
  std::vector<std::string> notes;
  auto place = StagingPlace::take(directory, name.text(), hash, dictionary, notes);
  if (!place) return std::unexpected(std::move(place).error());
  auto folder = std::make_unique<PartFolder>(
      std::make_unique<Parts>(std::move(tree), std::move(wanted), options, directory / name.text(),
                              *std::move(place), std::move(notes)));
  folder->parts_->options.room.on_made = {};  // it would tell of one file after the other
  folder->parts_->local = is_on_local_disk(folder->parts_->place.folder.get());
  folder->parts_->all_in_doubt = !folder->parts_->local;
  if (auto looked = look_what_is_there(*folder->parts_); !looked) {
    folder->discard_if_new();
    return std::unexpected(std::move(looked).error());
  }
  return folder;
}

const fs::path& PartFolder::part_path() const {
  return parts_->place.part_path;
}

const fs::path& PartFolder::final_path() const {
  return parts_->final_path;
}

fs::path PartFolder::path_of(FileIndex file) const {
  const bool staged = parts_->files.where(file) == Where::staged;
  return staged ? parts_->staged_path(file) : parts_->path_in_the_end(file);
}

bool PartFolder::resumed() const {
  return parts_->resumed;
}

bool PartFolder::locked() const {
  return parts_->place.locked;
}

const std::vector<std::string>& PartFolder::notes() const {
  return parts_->notes;
}

bool PartFolder::may_have(FileIndex file) const {
  return parts_->files.may_have(file);
}

bool PartFolder::in_final_place(FileIndex file) const {
  return parts_->files.where(file) == Where::in_place;
}

bool PartFolder::in_the_way(FileIndex file) const {
  return parts_->files.where(file) == Where::in_the_way;
}

const PartFolder::Before& PartFolder::before() const {
  return parts_->before;
}

void PartFolder::expect_data(FileIndex file) {
  parts_->files.found_data(file);
}

void PartFolder::disproven(FileIndex file) {
  parts_->files.unprove(file);
  if (!in_final_place(file)) return;
  parts_->files.put(file, Where::in_the_way);
  parts_->open.forget(file);
}

std::vector<PartFolder::Conflict> PartFolder::conflicts() {
  const std::lock_guard lock(parts_->disk);
  return parts_->conflicts();
}

Result<std::shared_ptr<const File>> PartFolder::open(FileIndex file) {
  auto open = open_file(*parts_, file);
  if (!open) return std::unexpected(std::move(open).error());
  return as_file(*std::move(open));
}

std::shared_ptr<const File> PartFolder::opened(FileIndex file) const {
  return as_file(parts_->open.find(file));
}

PartFolder::Writing::Writing(Parts& parts, FileIndex index, std::shared_ptr<OpenPartFile> open)
    : parts_(&parts), index_(index), open_(std::move(open)), lock_(open_->writing) {
  if (!parts.local || !parts.files.knows(index)) return;
  if (const auto now = open_->file.version()) parts.files.compare(index, *now);
}

PartFolder::Writing::~Writing() {
  if (open_ == nullptr) return;
  if (!parts_->local) {
    // To be asked for its times, a network file system would first write out what it has.
    parts_->files.forget_version(index_);
  } else if (const auto now = open_->file.version()) {
    parts_->files.remember(index_, *now);
  } else {
    parts_->files.forget(index_);
  }
}

const File& PartFolder::Writing::file() const {
  return open_->file;
}

Result<PartFolder::Writing> PartFolder::write(FileIndex file) {
  auto open = open_file(*parts_, file);
  if (!open) return std::unexpected(std::move(open).error());
  if (in_final_place(file)) {
    return fail(Errc::conflict,
                shown(parts_->path_in_the_end(file)) + " is there already and is not written to");
  }
  return Writing(*parts_, file, *std::move(open));
}

Sharing PartFolder::sharing() const {
  return parts_->options.room.preallocate ? Sharing::refused : Sharing::allowed;
}

void PartFolder::proven(FileIndex file) {
  parts_->files.prove(file);
}

std::vector<FileIndex> PartFolder::touched() {
  return parts_->files.touched();
}

Result<bool> PartFolder::copy(FileIndex from, FileIndex to) {
  const auto source = open(from);
  if (!source) return std::unexpected(source.error());
  const auto is_proven = [&] {
    const auto now = (*source)->version();
    if (now && parts_->local) parts_->files.compare(from, *now);
    return now && parts_->files.proven(from);
  };
  if (!is_proven()) return false;
  {
    const auto writing = write(to);
    if (!writing) return std::unexpected(writing.error());
    const auto copied = copy_content(**source, writing->file(), parts_->at(from).length,
                                     parts_->options.room.stop, sharing());
    if (!copied) return std::unexpected(copied.error());
  }
  if (!is_proven()) return false;
  parts_->files.prove(to);
  return true;
}

Result<PartFolder::Finished> PartFolder::finish() {
  const std::lock_guard lock(parts_->disk);
  return finish_folder(*parts_);
}

std::vector<FileVersion> PartFolder::versions() const {
  std::vector<FileVersion> all(parts_->tree->size());
  parts_->for_each_wanted([&](FileIndex file) {
    if (parts_->files.where(file) == Where::in_place) {
      all[value(file)] = parts_->files.version(file);
    }
  });
  return all;
}

std::optional<Error> PartFolder::what_became_of_it() const {
  const std::lock_guard lock(parts_->disk);
  return parts_->finished ? std::nullopt : parts_->place.what_became_of_it();
}

void PartFolder::discard_if_new() {
  const std::lock_guard lock(parts_->disk);
  if (parts_->of_worth || parts_->others_wait || parts_->finished) return;
  FolderStack stack(parts_->place.folder.get());
  parts_->for_each_wanted([&](FileIndex file) {
    const std::string_view path = parts_->at(file).path;
    const int folder = stack.enter(path);
    if (folder >= 0 && parts_->files.where(file) == Where::staged) {
      ::unlinkat(folder, last_element(path).c_str(), 0);
    }
  });
  parts_->remove_empty_folders();
  if (parts_->place.remove_folder() || !anything_at(parts_->place.part_path)) {
    parts_->place.remove_info();
  }
}

std::vector<FileIndex> first_of_equals(const FileTree& tree, const Bitfield& wanted) {
  std::vector<FileIndex> first(tree.size());
  std::vector<FileIndex> sorted;
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    first[i] = FileIndex{i};
    if (wanted.test(i) && tree[FileIndex{i}].root != nullptr) sorted.push_back(FileIndex{i});
  }
  const auto root = [&](FileIndex file) -> const Digest& { return *tree[file].root; };
  const auto same = [&](FileIndex one, FileIndex other) {
    return root(one) == root(other) && tree[one].length == tree[other].length;
  };
  std::ranges::sort(sorted, [&](FileIndex one, FileIndex other) {
    return std::tuple(root(one), tree[one].length, one) <
           std::tuple(root(other), tree[other].length, other);
  });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    if (same(sorted[i - 1], sorted[i])) first[value(sorted[i])] = first[value(sorted[i - 1])];
  }
  return first;
}

}  // namespace shoal::storage
