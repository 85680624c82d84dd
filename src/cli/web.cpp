#include "cli/web.hpp"

#include <utility>

#include "base/printable.hpp"
#include "cli/options.hpp"
#include "storage/spelled.hpp"
#include "web/access.hpp"

namespace shoal::cli {

std::optional<EarlyExit> take_web(const std::string& program, const Keys& keys,
                                  WebOptions& options) {
  const auto wrong = [&](const std::string& why) {
    return EarlyExit{ExitCode::usage, program + ": " + printable(why) +
                                          "\nRead more with: " + program + " --help\n"};
  };
  if (!options.listen) {
    if (options.token_file || options.open)
      return wrong("--web-token and --web-open belong to --web");
    return std::nullopt;
  }
  if (options.token_file) {
    auto token = web::read_token(storage::as_on_disk(*options.token_file));
    if (!token) return wrong("--web-token: " + token.error().message);
    options.token = *std::move(token);
    return std::nullopt;
  }
  if (keys)
    return wrong(
        "--web: the pages show what only those with the key may know; add --web-token FILE");
  if (!options.open && !options.listen->address.is_loopback())
    return wrong("--web: whoever reaches " + options.listen->to_string() +
                 " could read the pages; add --web-token FILE, or --web-open if that is meant");
  return std::nullopt;
}

}  // namespace shoal::cli
