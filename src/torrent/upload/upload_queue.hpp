#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "wire/messages.hpp"

namespace shoal::torrent {

/// The blocks that one peer has asked us for and that have not been sent, first come first served.
class UploadQueue {
 public:
  /// What we announce as `reqq` (BEP 10); a request beyond it is rejected.
  static constexpr std::uint32_t kCapacity = 2000;

  /// False when the queue is full.
  [[nodiscard]] bool push(const wire::BlockRange& range);
  /// False when there is no such request (any more).
  bool cancel(const wire::BlockRange& range);
  /// Takes out every request for that piece, appended to `out`.
  void take_piece(std::uint32_t piece, std::vector<wire::BlockRange>& out);
  /// Takes up to `most` requests off the front, appended to `out`.
  void take(std::size_t most, std::vector<wire::BlockRange>& out);

  [[nodiscard]] std::size_t size() const { return requests_.size(); }
  [[nodiscard]] bool empty() const { return requests_.empty(); }

 private:
  std::deque<wire::BlockRange> requests_;
};

}  // namespace shoal::torrent
