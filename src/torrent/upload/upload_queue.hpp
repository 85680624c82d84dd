#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "wire/messages.hpp"

namespace shoal::torrent {

/// The blocks that one peer has asked us for and that have not been sent, first come first served.
/// A request is looked up, not searched for: a peer may cancel what it likes, as often as it likes.
class UploadQueue {
 public:
  /// What we announce as `reqq` (BEP 10); a request beyond it is rejected.
  static constexpr std::uint32_t kCapacity = 2000;

  UploadQueue() = default;
  UploadQueue(const UploadQueue&) = delete;
  UploadQueue& operator=(const UploadQueue&) = delete;

  /// False when the queue is full, or has that request. `range` is not empty.
  [[nodiscard]] bool push(const wire::BlockRange& range);
  /// False when there is no such request (any more).
  bool cancel(const wire::BlockRange& range);
  /// Takes out every request for that piece, appended to `out`.
  void take_piece(std::uint32_t piece, std::vector<wire::BlockRange>& out);
  /// Takes up to `most` requests off the front, appended to `out`.
  void take(std::size_t most, std::vector<wire::BlockRange>& out);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  using Number = std::uint32_t;  // of a request, in the order of asking; wraps around

  [[nodiscard]] wire::BlockRange& request(Number number) { return requests_[number - first_]; }
  [[nodiscard]] std::size_t place_of(const wire::BlockRange& range) const;
  [[nodiscard]] std::optional<std::size_t> find(const wire::BlockRange& range) const;
  void enter(Number number);
  void remove(std::size_t place);
  void take_out(Number number);
  void drop_front();
  void rebuild();

  std::deque<wire::BlockRange> requests_;  // those taken out of the middle are empty
  Number first_ = 0;                       // the number of the one in front
  std::size_t size_ = 0;
  // A hash table of their numbers with linear probing, at least half of it free.
  struct Place {
    Number number = 0;
    bool used = false;
  };
  std::vector<Place> places_;
};

}  // namespace shoal::torrent
