#include "storage/filled_files.hpp"

#include <algorithm>
#include <utility>

namespace shoal::storage {

FilledFiles::Where FilledFiles::where(FileIndex file) const {
  const std::lock_guard lock(mutex_);
  return at(file).where;
}

void FilledFiles::put(FileIndex file, Where where) {
  const std::lock_guard lock(mutex_);
  at(file).where = where;
}

void FilledFiles::found_data(FileIndex file) {
  const std::lock_guard lock(mutex_);
  at(file).has_data = true;
}

bool FilledFiles::may_have(FileIndex file) const {
  const std::lock_guard lock(mutex_);
  return at(file).has_data;
}

void FilledFiles::found_twice(FileIndex file) {
  const std::lock_guard lock(mutex_);
  at(file).twice = true;
}

bool FilledFiles::is_twice(FileIndex file) const {
  const std::lock_guard lock(mutex_);
  return at(file).twice;
}

void FilledFiles::remember(FileIndex file, const FileVersion& version) {
  const std::lock_guard lock(mutex_);
  at(file).version = version;
  at(file).known = true;
}

void FilledFiles::forget(FileIndex file) {
  const std::lock_guard lock(mutex_);
  at(file).known = false;
  touch(file);
}

void FilledFiles::forget_version(FileIndex file) {
  const std::lock_guard lock(mutex_);
  at(file).known = false;
}

bool FilledFiles::knows(FileIndex file) const {
  const std::lock_guard lock(mutex_);
  return at(file).known;
}

void FilledFiles::compare(FileIndex file, const FileVersion& version) {
  const std::lock_guard lock(mutex_);
  State& state = at(file);
  if (state.known && state.version != version) touch(file);
  state.proven = state.proven && state.known;
  state.known = true;
  state.version = version;
}

FileVersion FilledFiles::version(FileIndex file) const {
  const std::lock_guard lock(mutex_);
  return at(file).version;
}

void FilledFiles::prove(FileIndex file) {
  const std::lock_guard lock(mutex_);
  at(file).proven = !at(file).touched;
}

void FilledFiles::unprove(FileIndex file) {
  const std::lock_guard lock(mutex_);
  at(file).proven = false;
}

bool FilledFiles::proven(FileIndex file) const {
  const std::lock_guard lock(mutex_);
  return at(file).proven;
}

std::vector<FileIndex> FilledFiles::touched() {
  const std::lock_guard lock(mutex_);
  for (const FileIndex file : touched_) at(file).touched = false;
  return std::exchange(touched_, {});
}

void FilledFiles::touch(FileIndex file) {
  at(file).proven = false;
  if (!std::exchange(at(file).touched, true)) touched_.push_back(file);
}

}  // namespace shoal::storage
