#include "cli/outcomes.hpp"

#include <algorithm>

namespace shoal::cli {

Outcomes::Outcomes(std::span<const std::string> names) {
  for (const std::string& name : names) {
    if (std::ranges::find(pending_, name) == pending_.end()) pending_.push_back(name);
  }
}

void Outcomes::complete(std::string_view name) {
  if (end(name)) any_complete_ = true;
}

void Outcomes::failed(std::string_view name, Errc reason) {
  if (end(name) && code_ == ExitCode::done) code_ = exit_code(reason);
}

bool Outcomes::end(std::string_view name) {
  return std::erase(pending_, name) > 0;
}

}  // namespace shoal::cli
