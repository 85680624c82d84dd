#include "storage/open_part_files.hpp"

#include <algorithm>
#include <iterator>

namespace shoal::storage {

std::shared_ptr<OpenPartFile> OpenPartFiles::find(FileIndex file) {
  const std::lock_guard lock(mutex_);
  const auto at = by_file_.find(file);
  if (at == by_file_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, at->second);
  return at->second->open;
}

void OpenPartFiles::keep(FileIndex file, std::shared_ptr<OpenPartFile> open) {
  std::shared_ptr<OpenPartFile> closed;  // without the lock
  const std::lock_guard lock(mutex_);
  kept_.push_front({.file = file, .open = std::move(open)});
  by_file_[file] = kept_.begin();
  if (kept_.size() <= kMost) return;
  // One that is written to now has to be the same for the next who writes to it.
  const auto unused = std::ranges::find_if(
      kept_.rbegin(), kept_.rend(), [](const Kept& one) { return one.open.use_count() == 1; });
  if (unused == kept_.rend()) return;
  closed = std::move(unused->open);
  by_file_.erase(unused->file);
  kept_.erase(std::next(unused).base());
}

void OpenPartFiles::forget(FileIndex file) {
  std::shared_ptr<OpenPartFile> closed;
  const std::lock_guard lock(mutex_);
  const auto at = by_file_.find(file);
  if (at == by_file_.end()) return;
  closed = std::move(at->second->open);
  kept_.erase(at->second);
  by_file_.erase(at);
}

}  // namespace shoal::storage
