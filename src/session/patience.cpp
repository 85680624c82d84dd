#include "session/patience.hpp"

#include <algorithm>
#include <utility>

namespace shoal {
namespace {

constexpr Duration kAlone = std::chrono::seconds(60);
constexpr Duration kQuiet = std::chrono::seconds(30);
// Stock clients with many leechers let each of them wait for minutes.
constexpr Duration kIgnored = std::chrono::minutes(5);

}  // namespace

Patience::Patience(Duration wait, Time now) : wait_(wait), last_company_(now), last_arrival_(now) {}

void Patience::begin_anew(Time now) {
  last_company_ = last_arrival_ = now;
  told_ = false;
}

Patience::Verdict Patience::look(std::size_t peers, std::uint64_t arrived, Time now) {
  if (peers > 0) last_company_ = now;
  if (arrived != arrived_) {
    arrived_ = arrived;
    last_arrival_ = now;
    told_ = false;
  }
  if (now - last_company_ > std::max(kAlone, wait_)) return Verdict::left_alone;
  if (now - last_arrival_ > std::max(kIgnored, wait_)) return Verdict::ignored;
  const bool quiet = peers > 0 && now - last_arrival_ > kQuiet;
  return quiet && !std::exchange(told_, true) ? Verdict::tell : Verdict::go_on;
}

}  // namespace shoal
