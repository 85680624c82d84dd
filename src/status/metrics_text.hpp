#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace shoal::status {

/// Writes metrics as Prometheus reads them (text format 0.0.4). Names are ours; label values may be
/// anybody's.
class MetricsText {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// Begins a metric; all its samples follow.
  void counter(std::string_view name, std::string_view help) { begin(name, help, "counter"); }
  void gauge(std::string_view name, std::string_view help) { begin(name, help, "gauge"); }

  void histogram(std::string_view name, std::string_view help) { begin(name, help, "histogram"); }

  /// All samples of a histogram. Precondition: there is one more count than there are bounds, which
  /// grow; the last is of what is beyond them.
  void buckets(std::span<const double> bounds, std::span<const std::uint64_t> counts, double sum,
               Labels labels = {});
  void sample(std::uint64_t value, Labels labels = {});
  void sample(double value, Labels labels = {});

  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  void begin(std::string_view name, std::string_view help, std::string_view type);
  void begin_sample(Labels labels, std::string_view suffix = {}, std::string_view bound = {});

  std::string text_;
  std::string name_;
};

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace shoal::status
