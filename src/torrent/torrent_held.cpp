// Torrent: what holds the download back.
#include <algorithm>

#include "torrent/torrent.hpp"

namespace shoal::torrent {
namespace {

// With more peers than that, they are looked through now and then, not with all that comes.
constexpr std::size_t kFew = 8;
constexpr Duration kLookThrough = std::chrono::milliseconds(10);

}  // namespace

HeldTimes Torrent::held_by(Time now) const {
  return account_.times(now);
}

void Torrent::look_what_holds(Time now) {
  if (closed_ || download_ == nullptr) return account_.stops(now);
  if (content_.complete()) return account_.goes_on(HeldCause::disk, now);
  if (!may_receive()) return account_.goes_on_storing(now);
  if (opened_ == 0) {
    return account_.goes_on(checks_ ? HeldCause::hashing : HeldCause::no_peers, now);
  }
  if (peers_.size() > kFew && looked_through_ && now - *looked_through_ < kLookThrough) return;
  looked_through_ = now;
  bool limited = false;
  bool asks = false;
  for (const auto& [key, peer] : peers_) {
    limited = limited || budget_.down.waits(key);
    asks = asks || (peer->has_protocol() && !peer->protocol()->asked().empty());
  }
  if (limited) return account_.goes_on(HeldCause::own_limit, now);
  if (asks) {
    const bool full = budget_.line.is_full(now);
    return account_.goes_on(full ? HeldCause::own_line : HeldCause::peers, now);
  }
  if (checks_) return account_.goes_on(HeldCause::hashing, now);
  // At the end all that is missing is on its way to the disk.
  const std::uint64_t missing = content_.wanted_bytes() - content_.bytes();
  if (unstored_ > 0 && missing <= kMostUnstored) return account_.goes_on_storing(now);
  // Before there is a layer, that is what is asked for.
  account_.goes_on(download_->picks() ? HeldCause::sources : HeldCause::peers, now);
}

}  // namespace shoal::torrent
