#include "torrent/upload/upload_queue.hpp"

#include <algorithm>

namespace shoal::torrent {

bool UploadQueue::push(const wire::BlockRange& range) {
  if (requests_.size() >= kCapacity) return false;
  requests_.push_back(range);
  return true;
}

bool UploadQueue::cancel(const wire::BlockRange& range) {
  const auto found = std::ranges::find(requests_, range);
  if (found == requests_.end()) return false;
  requests_.erase(found);
  return true;
}

void UploadQueue::take_piece(std::uint32_t piece, std::vector<wire::BlockRange>& out) {
  std::erase_if(requests_, [&](const wire::BlockRange& request) {
    if (request.piece != piece) return false;
    out.push_back(request);
    return true;
  });
}

void UploadQueue::take(std::size_t most, std::vector<wire::BlockRange>& out) {
  const auto end =
      requests_.begin() + static_cast<std::ptrdiff_t>(std::min(most, requests_.size()));
  out.insert(out.end(), requests_.begin(), end);
  requests_.erase(requests_.begin(), end);
}

}  // namespace shoal::torrent
