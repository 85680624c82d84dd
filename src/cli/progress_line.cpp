#include "cli/progress_line.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "cli/columns.hpp"
#include "cli/messages.hpp"
#include "session/peer_words.hpp"

namespace shoal::cli {
namespace {

constexpr std::size_t kBarMin = 8;
constexpr std::size_t kBarMax = 40;
constexpr std::string_view kGap = "  ";
// Not the one character, which terminals without UTF-8 do not know.
constexpr std::string_view kMore = ", ...";
constexpr double kLongest = 100.0 * 24 * 3600;  // s; a longer estimate tells nobody anything

struct Facts {
  std::string percent;
  std::string files;
  std::string rate;
  std::string here;
  std::string peers;
  std::string left;
  std::string held;
};

std::string time_left(const ProgressView& view) {
  if (view.rate <= 0 || view.bytes >= view.length) return {};
  const double seconds = static_cast<double>(view.length - view.bytes) / view.rate;
  if (seconds > kLongest) return {};
  const auto whole = std::chrono::seconds(std::llround(seconds));
  return format_duration(whole) + " left";
}

Facts facts(const ProgressView& view) {
  Facts out;
  out.percent = std::to_string(percent(view.bytes, view.length)) + " %";
  if (view.of_files > 0) {
    out.files = std::to_string(view.files) + "/" + std::to_string(view.of_files) + " files";
  }
  if (view.rate > 0) out.rate = format_rate(view.rate);
  if (view.here) out.here = std::to_string(percent(*view.here, view.length)) + " % here";
  if (view.peers) out.peers = std::to_string(*view.peers) + (*view.peers == 1 ? " peer" : " peers");
  out.left = time_left(view);
  if (!view.held.empty()) out.held = "held by " + view.held;
  return out;
}

/// Why there are no peers, with that many of the reasons.
std::string alone(const KnownPeers& known, std::size_t most) {
  std::string text = known.known == 0 ? "0 peers" : "0 of " + counted(known.known, "peer");
  const std::vector<std::string> reasons = reasons_alone(known);
  for (std::size_t i = 0; i < std::min(most, reasons.size()); ++i) {
    text += (i == 0 ? ": " : ", ") + reasons[i];
  }
  if (most > 0 && most < reasons.size()) text += kMore;
  return text;
}

/// The same with as many as there is room for.
std::string alone_within(const KnownPeers& known, std::size_t width) {
  std::size_t most = reasons_alone(known).size();
  while (most > 0 && columns(alone(known, most)) > width) --most;
  return alone(known, most);
}

std::string bar(const ProgressView& view, std::size_t width) {
  const std::size_t inner = width - 2;
  const std::size_t filled = inner * percent(view.bytes, view.length) / 100;
  std::string out = "[" + std::string(filled, '=');
  if (filled < inner) out += '>' + std::string(inner - filled - 1, ' ');
  return out + "]";
}

std::size_t taken(const std::vector<std::string*>& fields) {
  std::size_t width = 0;
  for (const std::string* field : fields) {
    if (!field->empty()) width += kGap.size() + columns(*field);
  }
  return width;
}

}  // namespace

unsigned percent(std::uint64_t bytes, std::uint64_t length) {
  if (bytes >= length) return 100;
  const auto share =
      static_cast<unsigned>(100.0 * static_cast<double>(bytes) / static_cast<double>(length));
  return std::min(share, 99U);
}

std::string progress_line(const ProgressView& view, std::size_t width) {
  const std::size_t limit = std::max<std::size_t>(width, 1) - 1;
  Facts fact = facts(view);
  fact.percent.insert(0, 5 - std::min<std::size_t>(fact.percent.size(), 5),
                      ' ');  // keeps the line still

  std::string label = shortened(view.label, std::max<std::size_t>(limit / 3, 6));
  const std::vector<std::string*> shown{&fact.percent, &fact.files, &fact.rate, &fact.here,
                                        &fact.peers,   &fact.left,  &fact.held};
  // Why there are no peers tells more than how fast it was, and than the whole name.
  const std::size_t least_label = std::min<std::size_t>(columns(label), 6);
  const std::size_t around = least_label + kGap.size() + columns(fact.percent) + kGap.size();
  if (view.alone && around + columns(alone(*view.alone, 0)) <= limit) {
    fact.peers = alone_within(*view.alone, limit - around);
    for (std::string* less : {&fact.held, &fact.files, &fact.here, &fact.left, &fact.rate}) {
      if (columns(label) + taken(shown) > limit) less->clear();
    }
    if (const std::size_t fields = taken(shown); columns(label) + fields > limit) {
      label = shortened(label, limit - fields);
    }
  }
  for (std::string* least :
       {&fact.held, &fact.peers, &fact.here, &fact.files, &fact.left, &fact.rate}) {
    if (columns(label) + taken(shown) > limit) least->clear();
  }
  const std::size_t used = columns(label) + taken(shown);
  if (used > limit) return shortened(fact.percent, limit);

  std::string line = label;
  if (const std::size_t room = limit - used; room >= kGap.size() + kBarMin) {
    line += kGap;
    line += bar(view, std::min(room - kGap.size(), kBarMax));
  }
  for (const std::string* field : shown) {
    if (!field->empty()) line.append(kGap).append(*field);
  }
  return line;
}

std::string plain_progress(const ProgressView& view) {
  Facts fact = facts(view);
  if (view.alone) fact.peers = alone(*view.alone, reasons_alone(*view.alone).size());
  std::string line = view.label + ": " + fact.percent + " of " + format_size(view.length);
  for (const std::string* field :
       {&fact.files, &fact.rate, &fact.here, &fact.peers, &fact.left, &fact.held}) {
    if (!field->empty()) line += ", " + *field;
  }
  return line;
}

}  // namespace shoal::cli
