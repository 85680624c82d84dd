#include "cli/requests.hpp"

#include <algorithm>

#include "session/selection.hpp"
#include "session/target.hpp"

namespace shoal::cli {

std::vector<Request> requests_of(std::span<const std::string> typed) {
  std::vector<Request> requests;
  std::vector<bool> whole;
  for (const std::string& one : typed) {
    session::NameAndPart split{.name = one, .part = {}};
    if (const std::size_t end = session::end_of_torrent_file(one); end > 0) {
      const std::size_t part = std::min(one.find_first_not_of('/', end), one.size());
      split = {.name = one.substr(0, end), .part = one.substr(part)};
    } else if (!session::may_be_link(one) && !session::is_path(one)) {
      split = session::split_name(one);
    }
    auto place = std::ranges::find(requests, split.name, &Request::target);
    if (place == requests.end()) {
      requests.push_back({.target = split.name});
      whole.push_back(false);
      place = requests.end() - 1;
    }
    const auto number = static_cast<std::size_t>(place - requests.begin());
    if (split.part.empty()) whole[number] = true;
    const bool known = std::ranges::find(place->parts, split.part) != place->parts.end();
    if (!known) place->parts.push_back(std::move(split.part));
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (whole[i]) requests[i].parts.clear();
  }
  return requests;
}

}  // namespace shoal::cli
