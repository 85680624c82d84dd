#include "cli/exit_code.hpp"

namespace shoal::cli {

ExitCode exit_code(Errc code) {
  switch (code) {
    case Errc::not_found:
    case Errc::no_part:
      return ExitCode::not_found;
    case Errc::no_tracker:
      return ExitCode::no_tracker;
    case Errc::conflict:
    case Errc::unprovable:
      return ExitCode::conflict;
    case Errc::cancelled:
      return ExitCode::interrupted;
    case Errc::io:
    case Errc::bad_input:
    case Errc::bad_name:
    case Errc::table_full:
    case Errc::busy:
      break;
  }
  return ExitCode::failed;
}

}  // namespace shoal::cli
