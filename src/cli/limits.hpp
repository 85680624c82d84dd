#pragma once

#include <string>

#include <shoal/seeder.hpp>

#include "cli/options.hpp"
#include "cli/reporter.hpp"

namespace shoal::cli {

/// "Limits now: 10 MiB/s up, no limit down, 8 upload slots."
[[nodiscard]] std::string describe_limits(const PeerOptions& peer);

/// What SIGHUP does: parses the command line and with it the --config file again, and gives the
/// limits to the session, upload slots among them. A file that cannot be understood changes
/// nothing.
template <class Session, class Command>
void read_limits_again(Session& session, const Parsed<Command>& again, Reporter& reporter) {
  if (!again) {
    const std::string& text = again.error().text;
    return reporter.complain("The limits stay as they were. " + text.substr(0, text.find('\n')));
  }
  session.set_limits(again->peer.limits);
  session.set_upload_slots(again->peer.upload_slots);
  reporter.report(event::Notice{describe_limits(again->peer)});
}

}  // namespace shoal::cli
