#include "cli/standing.hpp"

#include <algorithm>
#include <chrono>

#include "base/units.hpp"
#include "cli/columns.hpp"
#include "cli/messages.hpp"

namespace shoal::cli {
namespace {

// What is typed begins here.
constexpr std::string_view kEnd = "  ";

}  // namespace

double Growth::look(std::uint64_t number, Time now) {
  looks_.push_back({number, now});
  if (looks_.size() > kMost) looks_.pop_front();
  const double seconds = std::chrono::duration<double>(now - looks_.front().at).count();
  if (seconds <= 0) return 0;
  return static_cast<double>(number - looks_.front().number) / seconds;
}

std::vector<std::string> SessionStanding::look(const SessionStatus& totals, Time now) {
  const double rate = sent_.look(totals.totals.sent, now);
  if (totals.torrents == 0) return {};
  std::vector<std::string> facts;
  facts.push_back("Offering " + counted(totals.torrents, "name"));
  facts.push_back(counted(totals.connections, "peer"));
  if (rate >= 1) facts.push_back(format_rate(rate) + " up");
  if (totals.totals.sent > 0) facts.push_back(format_size(totals.totals.sent) + " sent");
  return facts;
}

std::vector<std::string> TrackerStanding::look(const TrackerStatistics& statistics, Time now) {
  const double rate = answered_.look(statistics.answered, now);
  const auto whole = static_cast<std::size_t>(rate + 0.5);
  return {counted(statistics.files, "file"), counted(statistics.peers, "peer"),
          counted(whole, "request") + " a second"};
}

std::string standing_line(std::span<const std::string> facts, std::size_t width) {
  if (facts.empty()) return {};
  const std::size_t limit = std::max(width, 1uz) - 1;
  std::string line = facts.front();
  for (const std::string& fact : facts.subspan(1)) {
    std::string longer = line + ", " + fact;
    if (columns(longer) > limit) break;
    line = std::move(longer);
  }
  if (columns(line) + kEnd.size() <= limit) return line.append(kEnd);
  return shortened(line, limit);
}

}  // namespace shoal::cli
