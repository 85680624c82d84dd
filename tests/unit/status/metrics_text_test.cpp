#include "status/metrics_text.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "status/durations.hpp"

namespace shoal::status::metrics_text_test {
namespace {

TEST(MetricsText, has_help_and_type_before_its_samples) {
  MetricsText out;
  out.counter("shoal_a_total", "What a is.");
  out.sample(std::uint64_t{3}, {{"reason", "x"}, {"ip_version", "4"}});
  out.sample(std::uint64_t{18446744073709551615u});
  out.gauge("shoal_b", "Back\\slash, line\nend.");
  out.sample(0.5);
  EXPECT_EQ(out.str(),
            "# HELP shoal_a_total What a is.\n"
            "# TYPE shoal_a_total counter\n"
            "shoal_a_total{reason=\"x\",ip_version=\"4\"} 3\n"
            "shoal_a_total 18446744073709551615\n"
            "# HELP shoal_b Back\\\\slash, line\uFFFDend.\n"
            "# TYPE shoal_b gauge\n"
            "shoal_b 0.5\n");
}

TEST(MetricsText, escapes_label_values_so_that_nobody_can_add_a_line) {
  MetricsText out;
  out.gauge("a", "b");
  out.sample(std::uint64_t{1}, {{"l", "q\"b\\n\n\xff"}});
  EXPECT_TRUE(out.str().ends_with("a{l=\"q\\\"b\\\\n\uFFFD\uFFFD\"} 1\n")) << out.str();
}

TEST(MetricsText, counts_durations_up_to_each_bound) {
  Durations durations;
  for (const int milliseconds : {500, 1000, 1001, 30'000'000})
    durations.add(std::chrono::milliseconds(milliseconds));
  MetricsText out;
  out.histogram("a_seconds", "b");
  out.buckets(Durations::kBounds, durations.counts(), durations.sum(), {{"size", "x"}});
  EXPECT_EQ(out.str(),
            "# HELP a_seconds b\n"
            "# TYPE a_seconds histogram\n"
            "a_seconds_bucket{size=\"x\",le=\"1\"} 2\n"
            "a_seconds_bucket{size=\"x\",le=\"5\"} 3\n"
            "a_seconds_bucket{size=\"x\",le=\"15\"} 3\n"
            "a_seconds_bucket{size=\"x\",le=\"60\"} 3\n"
            "a_seconds_bucket{size=\"x\",le=\"300\"} 3\n"
            "a_seconds_bucket{size=\"x\",le=\"900\"} 3\n"
            "a_seconds_bucket{size=\"x\",le=\"3600\"} 3\n"
            "a_seconds_bucket{size=\"x\",le=\"21600\"} 3\n"
            "a_seconds_bucket{size=\"x\",le=\"+Inf\"} 4\n"
            "a_seconds_sum{size=\"x\"} 30002.501\n"
            "a_seconds_count{size=\"x\"} 4\n");
}

TEST(DownloadDurations, are_by_size) {
  DownloadDurations downloads;
  downloads.add(1 << 20, std::chrono::seconds(1));
  downloads.add((1 << 20) + 1, std::chrono::seconds(2));
  downloads.add(std::uint64_t{1} << 40, std::chrono::seconds(3));
  const auto& [small, medium, large, larger] = downloads.by_size();
  EXPECT_EQ(small.sum(), 1);
  EXPECT_EQ(medium.sum(), 2);
  EXPECT_EQ(large.sum(), 0);
  EXPECT_EQ(larger.sum(), 3);
}

TEST(MetricsText, writes_numbers_as_prometheus_reads_them) {
  MetricsText out;
  out.gauge("a", "b");
  out.sample(std::numeric_limits<double>::infinity());
  out.sample(-std::numeric_limits<double>::infinity());
  out.sample(std::numeric_limits<double>::quiet_NaN());
  out.sample(1.5e300);
  EXPECT_TRUE(out.str().ends_with("a +Inf\na -Inf\na NaN\na 1.5e+300\n")) << out.str();
}

}  // namespace
}  // namespace shoal::status::metrics_text_test
