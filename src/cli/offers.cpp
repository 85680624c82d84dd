#include "cli/offers.hpp"

#include <algorithm>

namespace shoal::cli {

void Offers::take(const Event& event) {
  if (const auto* e = std::get_if<event::Seeding>(&event)) offered(e->file.name);
  if (const auto* e = std::get_if<event::Refused>(&event)) refused(*e);
  if (const auto* e = std::get_if<event::Failed>(&event)) {
    if (refusals_.erase(e->name) > 0) lost(e->reason.code);
  }
}

void Offers::offered(const std::string& name) {
  const auto path =
      std::ranges::find(pending_, name, [](const auto& p) { return p.filename().string(); });
  if (path != pending_.end()) {
    pending_.erase(path);
  } else if (!pending_.empty()) {
    pending_.pop_front();  // by its .torrent; they are taken in one after the other
  }
  refusals_.try_emplace(name, 0);
}

// By ourselves under the path as given, or later by a tracker under the name.
void Offers::refused(const event::Refused& event) {
  if (const auto path = std::ranges::find(pending_, std::filesystem::path(event.name));
      path != pending_.end()) {
    pending_.erase(path);
    return lost(event.reason.code);
  }
  const auto found = refusals_.find(event.name);
  if (found == refusals_.end() || ++found->second < trackers_) return;
  refusals_.erase(found);
  lost(event.reason.code);
}

void Offers::lost(Errc reason) {
  if (code_ == ExitCode::usage) code_ = exit_code(reason);
}

}  // namespace shoal::cli
