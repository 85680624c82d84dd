#include "storage/large_file.hpp"

#include <fcntl.h>
#include <utility>

#include "hash/thread_hashers.hpp"

namespace shoal::storage {

Result<std::optional<std::vector<Digest>>> LargeFile::hash(std::uint64_t stretch,
                                                           LeafReader& reader,
                                                           const AfterBatch& after_batch) {
  std::call_once(first_, [this] { begun_ = begin(); });
  if (!begun_) return std::unexpected(begun_.error());
  auto done = known_ ? after_batch(stretches_.bytes(stretch))
                     : stretches_.hash(stretch, *file_, reader, after_batch);
  if (!done) {
    // An end that comes too early, say, has its reason in what became of the file.
    if (file_ && done.error().code == Errc::io) {
      if (auto same = place_.check_same(found_, file_->descriptor()); !same) {
        return std::unexpected(std::move(same).error());
      }
    }
    return std::unexpected(std::move(done).error());
  }
  if (left_.fetch_sub(1, std::memory_order_acq_rel) != 1) return std::nullopt;
  return finish();
}

Result<void> LargeFile::begin() {
  began_ = std::chrono::system_clock::now();
  if (cache_ != nullptr) known_ = cache_->find(found_.version, geometry_, began_);
  if (known_) return {};
  auto opened = place_.open(found_);
  if (!opened) return std::unexpected(std::move(opened).error());
  if (auto same = place_.check_same(found_, opened->get()); !same) return same;
  file_ = File::of_descriptor(opened->release(), place_.path_of(found_));
  // A hint: whether it is taken makes no difference to the result.
  static_cast<void>(::posix_fadvise(file_->descriptor(), 0, 0, POSIX_FADV_SEQUENTIAL));
  expect_leaf_hashing(geometry_.length());
  return {};
}

Result<std::vector<Digest>> LargeFile::finish() {
  if (known_) return *std::move(known_);
  if (auto same = place_.check_same(found_, file_->descriptor()); !same) {
    return std::unexpected(std::move(same).error());
  }
  file_.reset();
  auto layer = std::move(stretches_).layer();
  if (cache_ != nullptr) cache_->keep(found_.version, geometry_, layer, began_);
  return layer;
}

}  // namespace shoal::storage
