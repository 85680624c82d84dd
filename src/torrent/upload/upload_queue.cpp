#include "torrent/upload/upload_queue.hpp"

#include <algorithm>
#include <bit>

namespace shoal::torrent {
namespace {

constexpr std::size_t kFewestPlaces = 64;

bool is_gone(const wire::BlockRange& request) {
  return request.length == 0;
}

}  // namespace

bool UploadQueue::push(const wire::BlockRange& range) {
  if (size_ >= kCapacity || range.length == 0 || find(range)) return false;
  // What was taken out of the middle stays until it is more than the rest.
  if (requests_.size() >= 2 * size_ + kFewestPlaces) rebuild();
  requests_.push_back(range);
  ++size_;
  if (2 * size_ > places_.size()) {
    rebuild();
  } else {
    enter(first_ + static_cast<Number>(requests_.size()) - 1);
  }
  return true;
}

bool UploadQueue::cancel(const wire::BlockRange& range) {
  const auto place = find(range);
  if (!place) return false;
  request(places_[*place].number).length = 0;
  remove(*place);
  --size_;
  drop_front();
  return true;
}

void UploadQueue::take_piece(std::uint32_t piece, std::vector<wire::BlockRange>& out) {
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (is_gone(requests_[i]) || requests_[i].piece != piece) continue;
    out.push_back(requests_[i]);
    take_out(first_ + static_cast<Number>(i));
  }
  drop_front();
}

void UploadQueue::take(std::size_t most, std::vector<wire::BlockRange>& out) {
  for (; most > 0 && size_ > 0; --most) {
    out.push_back(requests_.front());
    take_out(first_);
    drop_front();
  }
}

/// Leaves it empty where it is.
void UploadQueue::take_out(Number number) {
  const std::size_t mask = places_.size() - 1;
  std::size_t at = place_of(request(number));
  while (!places_[at].used || places_[at].number != number) at = (at + 1) & mask;
  remove(at);
  request(number).length = 0;
  --size_;
}

void UploadQueue::drop_front() {
  while (!requests_.empty() && is_gone(requests_.front())) {
    requests_.pop_front();
    ++first_;
  }
}

// ---- the table --------------------------------------------------------------

/// Where it is, or would be: in the first place from there on. Nobody else knows where we are in
/// memory, so nobody can ask for blocks that all come to one place.
std::size_t UploadQueue::place_of(const wire::BlockRange& range) const {
  std::uint64_t hash = (std::uint64_t{range.piece} << 32 | range.begin) ^
                       static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(this));
  hash = (hash ^ hash >> 29) * 0x9E3779B97F4A7C15;
  hash ^= range.length;
  hash = (hash ^ hash >> 32) * 0xD6E8FEB86659FD93;
  return static_cast<std::size_t>(hash >> 32) & (places_.size() - 1);
}

std::optional<std::size_t> UploadQueue::find(const wire::BlockRange& range) const {
  if (size_ == 0) return std::nullopt;
  for (std::size_t at = place_of(range); places_[at].used; at = (at + 1) & (places_.size() - 1)) {
    if (requests_[places_[at].number - first_] == range) return at;
  }
  return std::nullopt;
}

void UploadQueue::enter(Number number) {
  std::size_t at = place_of(request(number));
  while (places_[at].used) at = (at + 1) & (places_.size() - 1);
  places_[at] = {number, true};
}

/// Those behind that would be looked for in vain move up.
void UploadQueue::remove(std::size_t place) {
  const std::size_t mask = places_.size() - 1;
  for (std::size_t at = (place + 1) & mask; places_[at].used; at = (at + 1) & mask) {
    const std::size_t home = place_of(request(places_[at].number));
    if (((at - home) & mask) < ((at - place) & mask)) continue;
    places_[place] = places_[at];
    place = at;
  }
  places_[place].used = false;
}

void UploadQueue::rebuild() {
  std::erase_if(requests_, is_gone);
  places_.assign(std::max(kFewestPlaces, std::bit_ceil(4 * size_)), {});
  for (std::size_t i = 0; i < requests_.size(); ++i) enter(first_ + static_cast<Number>(i));
}

}  // namespace shoal::torrent
