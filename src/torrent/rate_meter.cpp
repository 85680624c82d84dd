#include "torrent/rate_meter.hpp"

#include <algorithm>
#include <numeric>

namespace shoal::torrent {

void RateMeter::add(std::uint64_t bytes, Time now) {
  advance(now);
  buckets_[static_cast<std::size_t>(bucket_) % kBuckets] += bytes;
  best_ = std::max(best_, mean(now));
}

double RateMeter::mean(Time now) {
  if (bucket_ < 0) return 0;
  advance(now);
  // In the first window the mean is over what has passed of it.
  const Time oldest{(bucket_ + 1 - static_cast<std::int64_t>(kBuckets)) * bucket_time_};
  const std::chrono::duration<double> span = std::max(now - std::max(first_, oldest), least_);
  const auto sum = std::accumulate(buckets_.begin(), buckets_.end(), std::uint64_t{0});
  return static_cast<double>(sum) / span.count();
}

/// Moves on to the bucket of `now`.
void RateMeter::advance(Time now) {
  constexpr double kFade = 0.993;  // a bucket: half in ten windows
  const std::int64_t bucket = now.time_since_epoch() / bucket_time_;
  if (bucket_ < 0) {
    bucket_ = bucket;
    first_ = now;
  }
  for (; bucket_ < bucket; ++bucket_) {
    if (bucket - bucket_ > static_cast<std::int64_t>(kBuckets)) {  // a long pause
      bucket_ = bucket - static_cast<std::int64_t>(kBuckets);
      if (!pauses_count_) first_ = now;
      buckets_.fill(0);
    }
    buckets_[static_cast<std::size_t>(bucket_ + 1) % kBuckets] = 0;
    best_ *= kFade;
  }
}

}  // namespace shoal::torrent
