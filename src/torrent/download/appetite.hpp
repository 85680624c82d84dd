#pragma once

#include "torrent/rate_meter.hpp"

namespace shoal::torrent {

/// Whether a download needs the seeders that brought the file in, once they show everything. A
/// leecher that gets from other leechers, complete or not, about as much as it can take leaves a
/// seeder's line to those who are not served so well. What it can take is the most that it was
/// given lately, by all: where all uplinks together are the limit, the seeders' are needed. Pure.
class Appetite {
 public:
  void received(std::uint64_t bytes, bool from_origin, Time now) {
    all_.add(bytes, now);
    if (!from_origin) others_.add(bytes, now);
  }
  [[nodiscard]] bool sated(Time now) {
    const double enough = sated_ ? kStillEnough : kEnough;
    sated_ = all_.best() > 0 && others_.mean(now) >= enough * all_.best();
    return sated_;
  }

 private:
  static constexpr double kEnough = 0.9;
  static constexpr double kStillEnough = 0.75;  // a mean over a second goes up and down

  RateMeter all_;
  RateMeter others_;  // from leechers
  bool sated_ = false;
};

}  // namespace shoal::torrent
