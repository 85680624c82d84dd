#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace shoal::status {

/// What some counters and gauges were during the last hour: a second apart at first, and further
/// apart the longer it is. Bounded; pure, the time is an argument.
template <std::size_t N>
class History {
 public:
  using Values = std::array<std::uint64_t, N>;
  struct Sample {
    std::chrono::milliseconds at;
    Values values;
  };

  static constexpr std::size_t kMost = 240;
  static constexpr std::chrono::seconds kFurthestApart{16};

  /// To be called about once a second; takes a sample when it is time for one. `now` since any
  /// beginning; never goes back.
  void add(std::chrono::milliseconds now, const Values& values) {
    if (!samples_.empty() && now - samples_.back().at + kEarly < apart_) return;
    if (samples_.size() == kMost) make_room();
    samples_.push_back({now, values});
  }

  /// The oldest first.
  [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }

  /// How far back each sample is from the last one, in seconds.
  [[nodiscard]] std::vector<double> seconds_ago() const {
    std::vector<double> out;
    for (const Sample& one : samples_) out.push_back(seconds(samples_.back().at - one.at));
    return out;
  }
  [[nodiscard]] std::vector<double> gauge(std::size_t column) const {
    std::vector<double> out;
    for (const Sample& one : samples_) out.push_back(static_cast<double>(one.values[column]));
    return out;
  }
  /// What a counter grew by in a second, before each sample; the first is 0.
  [[nodiscard]] std::vector<double> rate(std::size_t column) const {
    std::vector<double> out(samples_.empty() ? 0 : 1);
    for (std::size_t i = 1; i < samples_.size(); ++i) {
      const auto before = samples_[i - 1].values[column];
      const auto now = samples_[i].values[column];
      const double took = seconds(samples_[i].at - samples_[i - 1].at);
      out.push_back(now > before && took > 0 ? static_cast<double>(now - before) / took : 0);
    }
    return out;
  }

 private:
  static constexpr std::chrono::milliseconds kEarly{300};  // a timer is not that exact

  static double seconds(std::chrono::milliseconds time) {
    return std::chrono::duration<double>(time).count();
  }
  /// Every other one goes, until they are as far apart as they may be: then the oldest.
  void make_room() {
    if (apart_ >= kFurthestApart) {
      samples_.erase(samples_.begin());
      return;
    }
    for (std::size_t i = 0; i < samples_.size() / 2; ++i) samples_[i] = samples_[2 * i + 1];
    samples_.resize(samples_.size() / 2);
    apart_ *= 2;
  }

  std::vector<Sample> samples_;
  std::chrono::milliseconds apart_ = std::chrono::seconds(1);
};

}  // namespace shoal::status
