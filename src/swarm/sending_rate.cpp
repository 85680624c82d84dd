#include "swarm/sending_rate.hpp"

#include <algorithm>
#include <numeric>

namespace shoal::swarm {

void SendingRate::add(std::uint64_t bytes, Time now) {
  constexpr double kFade = 0.993;  // a bucket: half in ten seconds
  const std::int64_t bucket = now.time_since_epoch() / kBucket;
  if (bucket_ < 0) {
    bucket_ = bucket;
    first_ = now;
  }
  for (; bucket_ < bucket; ++bucket_) {
    if (bucket - bucket_ > static_cast<std::int64_t>(kBuckets)) {  // a long pause
      bucket_ = bucket - static_cast<std::int64_t>(kBuckets);
      first_ = now;
      buckets_.fill(0);
    }
    buckets_[static_cast<std::size_t>(bucket_ + 1) % kBuckets] = 0;
    best_ *= kFade;
  }
  buckets_[static_cast<std::size_t>(bucket) % kBuckets] += bytes;
  // In the first second the mean is over what has passed of it.
  const std::chrono::duration<double> span =
      std::clamp<Duration>(now - first_, kBucket, kBucket * kBuckets);
  const auto sum = std::accumulate(buckets_.begin(), buckets_.end(), std::uint64_t{0});
  best_ = std::max(best_, static_cast<double>(sum) / span.count());
}

}  // namespace shoal::swarm
